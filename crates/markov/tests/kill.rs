//! A program that learns, forgets, saves and folds is killed again and again. Nothing is damaged, lost or
//! learned twice, and it goes on where it was.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use guildhall_markov::{Chain, Keep, Message, Trainer, Training, synthetic::Synthetic};

const FOLDER: &str = "GUILDHALL_TEST_MARKOV_FOLDER";
const BATCH: usize = 40;
const SAMPLES: usize = 20_000;
/// Made by the child when it is about to begin.
const READY: &str = "ready";

fn training() -> Training {
    // A process that is killed leaves its writes to the system: there is nothing to wait for.
    Training { durable: false, ..Training::default() }
}

fn is_forgotten(index: usize) -> bool {
    index % 7 == 3
}

/// The first batch that may not have been learned as a whole.
fn next_batch(chain: &Chain, ids: &BTreeMap<u64, usize>) -> usize {
    let mut last = 0;
    chain.messages(|id, _, _, _| last = last.max(ids[&id]));
    last / BATCH * BATCH
}

/// What is killed. Does nothing when it runs as an ordinary test.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let samples: Vec<_> = Synthetic::new(8).take(SAMPLES).collect();
    let ids = samples.iter().enumerate().map(|(index, sample)| (sample.id, index)).collect();
    let chain = Chain::open(&Path::new(&folder).join("chain.markov"), training()).unwrap();
    let mut at = next_batch(&chain, &ids);
    std::fs::write(Path::new(&folder).join(READY), "").unwrap();
    for round in 1_u64.. {
        if at + BATCH > samples.len() {
            thread::park();
        }
        let batch = &samples[at..at + BATCH];
        let messages: Vec<Message<'_>> = batch.iter().map(|sample| sample.message()).collect();
        if round % 3 == 0 {
            let mut trainer = Trainer::new(training());
            trainer.learn_batch(&messages).unwrap();
            chain.absorb(trainer, Keep::All).unwrap();
        } else {
            chain.learn_batch(&messages).unwrap();
        }
        for (index, sample) in (at..).zip(batch) {
            if is_forgotten(index) {
                chain.forget(sample.id).unwrap();
            }
        }
        if round % 5 == 0 {
            chain.sync().unwrap();
        }
        if round % 4 == 0 {
            chain.fold().unwrap();
        }
        at += BATCH;
    }
}

#[test]
fn kills_at_any_moment_damage_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rounds: u64 =
        std::env::var_os("GUILDHALL_TEST_KILLS").and_then(|kills| kills.to_str()?.parse().ok()).unwrap_or(12);
    let samples: Vec<_> = Synthetic::new(8).take(SAMPLES).collect();
    let ids: BTreeMap<u64, usize> =
        samples.iter().enumerate().map(|(index, sample)| (sample.id, index)).collect();
    let path = folder.path().join("chain.markov");
    let mut learned = 0;
    let mut kills = 0;
    for round in 0.. {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Until it has made its messages and opened the chain, there is nothing to interrupt.
        while !folder.path().join(READY).exists() {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(20 + round * 37 % 200));
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_file(folder.path().join(READY)).unwrap();
        let chain = Chain::open(&path, training()).unwrap();
        chain.verify().unwrap();
        let next = next_batch(&chain, &ids);
        let mut found = BTreeSet::new();
        chain.messages(|id, author, channel, text| {
            let index = ids[&id];
            let sample = &samples[index];
            assert_eq!((author, channel, text), (sample.author, sample.channel, sample.text.as_str()));
            assert!(found.insert(index), "learned twice");
            assert!(index >= next || !is_forgotten(index), "a forgotten message is back");
        });
        for index in 0..next {
            assert!(
                found.contains(&index) != is_forgotten(index),
                "message {index} of {next}, round {round}"
            );
        }
        assert!(next >= learned, "it went back from {learned} to {next}");
        kills += u64::from(next > learned);
        learned = next;
        if learned > SAMPLES * 3 / 4 && kills < rounds {
            // Before the messages run out, it begins anew.
            drop(chain);
            for entry in std::fs::read_dir(folder.path()).unwrap() {
                std::fs::remove_file(entry.unwrap().path()).unwrap();
            }
            learned = 0;
        }
        if kills == rounds {
            break;
        }
        assert!(round < rounds * 20, "it does not come forward: {learned} after {round} kills");
    }
    // What all the kills left is the chain of what was learned, and nothing else.
    let chain = Chain::open(&path, training()).unwrap();
    // A batch that was begun may have left some of its messages.
    for sample in samples[learned..].iter().take(2 * BATCH) {
        chain.forget(sample.id).unwrap();
    }
    chain.fold().unwrap();
    let mut trainer = Trainer::new(training());
    for (index, sample) in samples[..learned].iter().enumerate() {
        if !is_forgotten(index) {
            trainer.learn(&sample.message()).unwrap();
        }
    }
    let expected = folder.path().join("expected.markov");
    trainer.write(&expected).unwrap();
    assert!(std::fs::read(&path).unwrap() == std::fs::read(&expected).unwrap());
}
