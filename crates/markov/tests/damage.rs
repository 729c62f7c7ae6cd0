//! Damaged files are refused with a clear word, and never bring the program down.

use std::{fs, path::Path};

use guildhall_markov::{Chain, Detail, FileError, Message, Request, Trainer, Training, synthetic::Synthetic};

fn training() -> Training {
    Training { durable: false, ..Training::default() }
}

fn chain_file(path: &Path, messages: usize) -> Vec<u8> {
    let mut trainer = Trainer::new(training());
    for sample in Synthetic::new(2).take(messages) {
        trainer.learn(&sample.message()).unwrap();
    }
    trainer.write(path).unwrap();
    fs::read(path).unwrap()
}

/// Everything that reads a chain. Only that it returns is asked for.
fn use_all(path: &Path, seed: u64) -> Result<(), FileError> {
    let chain = Chain::open(path, training())?;
    let strict = Request {
        min_score: 3,
        refuse_copies: true,
        max_tries: 20,
        detail: Detail::Path,
        ..Request::default()
    };
    let mut words = Vec::new();
    for number in seed..seed + 3 {
        words.extend(chain.generate(&strict, number).ok().map(|sentence| sentence.text));
    }
    words.extend(chain.complete("b", 5).into_iter().map(|found| found.text));
    for word in words {
        // What comes of it does not matter here.
        let _ = chain.generate(&Request { seed: Some(word), ..strict.clone() }, seed);
    }
    let mut count = 0_u64;
    chain.messages(|_, _, _, _| count += 1);
    assert!(count <= chain.stats().messages);
    chain.forget(1)?;
    chain.learn(&Message { id: 5, author: 1, channel: 1, text: "be ba bo da" })?;
    let _ = chain.generate(&strict, seed);
    chain.verify()
}

/// A number that follows from another without a pattern.
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ mixed >> 32
}

#[test]
fn every_changed_byte_is_noticed_and_none_is_fatal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.markov");
    let whole = chain_file(&path, 300);
    use_all(&path, 0).unwrap();
    let rounds = std::env::var_os("GUILDHALL_TEST_FUZZ")
        .and_then(|rounds| rounds.to_str()?.parse().ok())
        .unwrap_or(600);
    for round in 0..rounds {
        fs::remove_dir_all(folder.path()).unwrap();
        fs::create_dir(folder.path()).unwrap();
        let mut bytes = whole.clone();
        let at = usize::try_from(scatter(round) % bytes.len() as u64).unwrap();
        match round % 4 {
            0 => bytes[at] ^= 1 << (scatter(round + 1) % 8),
            1 => {
                let end = (at + 64).min(bytes.len());
                (at..end).for_each(|place| bytes[place] = (scatter(round + place as u64) & 0xff) as u8);
            }
            2 => {
                let end = (at + 4096).min(bytes.len());
                bytes[at..end].fill(if round % 8 == 2 { 0 } else { 0xff });
            }
            _ => bytes.truncate(at),
        }
        if bytes == whole {
            continue;
        }
        fs::write(&path, &bytes).unwrap();
        let refused = use_all(&path, round);
        assert!(
            matches!(refused, Err(FileError::Damaged(_) | FileError::Foreign | FileError::Version(_))),
            "round {round}, byte {at}: {refused:?}"
        );
    }
}

#[test]
fn a_damaged_header_with_a_right_checksum_is_not_fatal_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.markov");
    let whole = chain_file(&path, 200);
    for round in 0..800 {
        let mut bytes = whole.clone();
        // A count, an offset or a length, and sometimes two of them.
        for turn in 0..=round % 2 {
            let field = 16 + usize::try_from(scatter(round * 2 + turn) % 51).unwrap() * 8;
            let old = u64::from_le_bytes(bytes[field..field + 8].try_into().unwrap());
            let new = match round % 5 {
                0 => old + 1,
                1 => old.wrapping_sub(1),
                2 => u64::MAX - scatter(round) % 16,
                3 => scatter(round) >> (scatter(round + 9) % 64),
                _ => old.wrapping_mul(2),
            };
            bytes[field..field + 8].copy_from_slice(&new.to_le_bytes());
        }
        let check = xxhash_rust::xxh3::xxh3_64(&bytes[..1016]);
        bytes[1016..1024].copy_from_slice(&check.to_le_bytes());
        fs::remove_dir_all(folder.path()).unwrap();
        fs::create_dir(folder.path()).unwrap();
        fs::write(&path, &bytes).unwrap();
        // A header can be right by chance; all that is asked for is an answer.
        let _ = use_all(&path, round);
    }
}

#[test]
fn a_journal_that_stops_anywhere_loses_nothing_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.markov");
    let mut ends = Vec::new();
    {
        let chain = Chain::open(&path, training()).unwrap();
        for (id, text) in [(1, "first words"), (2, "second words"), (1, "first edited"), (3, "third")] {
            chain.learn(&Message { id, author: id, channel: 1, text }).unwrap();
            ends.push((chain.stats().journal_bytes, chain.stats().messages));
        }
        chain.forget(2).unwrap();
        ends.push((chain.stats().journal_bytes, chain.stats().messages));
    }
    let log = folder.path().join("chain.markov.1.log");
    let whole = fs::read(&log).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&log, &whole[..cut]).unwrap();
        let chain = Chain::open(&path, training()).unwrap();
        let expected =
            ends.iter().rev().find(|(end, _)| *end <= cut as u64).map_or(0, |(_, messages)| *messages);
        assert_eq!(chain.stats().messages, expected, "cut at {cut}");
        // And it goes on from there.
        chain.learn(&Message { id: 9, author: 9, channel: 9, text: "and on" }).unwrap();
        drop(chain);
        assert_eq!(Chain::open(&path, training()).unwrap().stats().messages, expected + 1, "cut at {cut}");
    }
}

/// The files that a stop left behind.
type State<'a> = Vec<(&'a str, &'a [u8])>;

#[test]
fn a_fold_that_stopped_at_any_step_is_as_if_it_had_ended_or_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.markov");
    let contents = |chain: &Chain| {
        let mut all = Vec::new();
        chain.messages(|id, _, _, text| all.push((id, text.to_owned())));
        all.sort();
        all
    };
    let chain = Chain::open(&path, training()).unwrap();
    for sample in Synthetic::new(3).take(50) {
        chain.learn(&sample.message()).unwrap();
    }
    let first = Synthetic::new(3).next().unwrap().id;
    chain.forget(first).unwrap();
    let expected = contents(&chain);
    let snapshot = |name: &str| fs::read(folder.path().join(name)).ok();
    let before = snapshot("chain.markov.1.log").unwrap();
    chain.fold().unwrap();
    let file = snapshot("chain.markov").unwrap();
    let after = snapshot("chain.markov.2.log").unwrap();
    drop(chain);

    let states: [State<'_>; 5] = [
        // The journal was rotated, nothing else.
        vec![("chain.markov.1.log", &before), ("chain.markov.2.log", &after[..16])],
        // The file was half written under its other name.
        vec![
            ("chain.markov.1.log", &before),
            ("chain.markov.2.log", &after[..16]),
            ("chain.markov.7-0.part", &file[..900]),
        ],
        // The new journal names the new file, which has not got its name yet.
        vec![
            ("chain.markov.1.log", &before),
            ("chain.markov.2.log", &after),
            ("chain.markov.7-0.part", &file),
        ],
        // It has, and the old journal is still there.
        vec![("chain.markov.1.log", &before), ("chain.markov.2.log", &after), ("chain.markov", &file)],
        // All is done.
        vec![("chain.markov.2.log", &after), ("chain.markov", &file)],
    ];
    for (step, state) in states.iter().enumerate() {
        fs::remove_dir_all(folder.path()).unwrap();
        fs::create_dir(folder.path()).unwrap();
        for (name, bytes) in state {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let chain = Chain::open(&path, training()).unwrap();
        assert_eq!(contents(&chain), expected, "step {step}");
        chain.fold().unwrap();
        assert_eq!(fs::read(&path).unwrap(), file, "step {step}");
        assert!(!folder.path().join("chain.markov.7-0.part").exists());
    }
}
