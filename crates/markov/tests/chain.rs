//! What a chain promises, seen from outside.

use std::{collections::BTreeMap, fs, path::Path};

use guildhall_markov::{Chain, Detail, FileError, Keep, Message, NoSentence, Request, Trainer, Training};

fn training(order: u8) -> Training {
    Training { order, durable: false, ..Training::default() }
}

fn message(id: u64, text: &str) -> Message<'_> {
    Message { id, author: id % 5, channel: id % 3, text }
}

fn trained(path: &Path, order: u8, texts: &[&str]) -> Chain {
    let mut trainer = Trainer::new(training(order));
    for (id, text) in (1..).zip(texts) {
        trainer.learn(&message(id, text)).unwrap();
    }
    trainer.write(path).unwrap();
    Chain::open(path, training(order)).unwrap()
}

const TEXTS: &[&str] = &[
    "the cat sat on the mat",
    "the dog sat on the log",
    "a cat and a dog",
    "the cat and the dog sat",
    "ha ha ha ha ha ha ha",
    "ha ha said the cat",
    "one",
    "so the story goes\nand so it ends <:end:1>\u{1f600}",
];

#[test]
fn every_order_writes_what_its_messages_allow() {
    let folder = tempfile::tempdir().unwrap();
    for order in 1..=4_u8 {
        let chain = trained(&folder.path().join(format!("{order}.markov")), order, TEXTS);
        chain.verify().unwrap();
        let k = usize::from(order);
        // Each stretch of one more word than a state holds must be somebody's.
        let mut known = std::collections::BTreeSet::new();
        let padded = |text: &str| {
            let mut words = vec![String::new(); k];
            let text = text.replace('\n', " \n ").replace("\u{1f600}", " \u{1f600}");
            words.extend(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned));
            words.push(String::new());
            words
        };
        for text in TEXTS {
            known.extend(padded(text).windows(k + 1).map(<[String]>::to_vec));
        }
        let mut distinct = BTreeMap::new();
        for seed in 0..2000 {
            let request = Request { detail: Detail::Path, ..Request::default() };
            let sentence = chain.generate(&request, seed).unwrap();
            for window in padded(&sentence.text).windows(k + 1) {
                assert!(known.contains(window), "order {order}: {window:?} in {}", sentence.text);
            }
            assert_eq!(sentence, chain.generate(&request, seed).unwrap());
            assert_eq!(sentence.path.len(), sentence.tokens + 1);
            *distinct.entry(sentence.text).or_insert(0) += 1;
        }
        assert!(distinct.len() >= TEXTS.len(), "order {order}: {distinct:?}");
    }
}

#[test]
fn seeds_stand_anywhere_and_bounds_hold() {
    let folder = tempfile::tempdir().unwrap();
    for order in 1..=4 {
        let chain = trained(&folder.path().join(format!("{order}.markov")), order, TEXTS);
        for (seed, expected) in [
            ("dog", "dog"),
            ("DOG", "dog"),
            ("cat and", "cat and"),
            ("sat on the", "sat on the"),
            ("the cat sat on the mat", "the cat sat on the mat"),
            ("unheard mat", "mat"),
            ("ends", "ends"),
        ] {
            for number in 0..300 {
                let request = Request { seed: Some(seed.to_owned()), ..Request::default() };
                let sentence = chain.generate(&request, number).unwrap();
                let text = sentence.text.replace('\n', " ");
                assert!(format!(" {text} ").contains(&format!(" {expected} ")), "{order} {seed}: {text}");
                assert_eq!(sentence.seed.as_deref(), Some(expected));
            }
        }
        let unknown = Request { seed: Some("zebra".to_owned()), ..Request::default() };
        assert_eq!(chain.generate(&unknown, 1), Err(NoSentence::UnknownSeed));
        let long = Request { tokens: 500..=1000, max_tries: 5, ..Request::default() };
        assert_eq!(chain.generate(&long, 1), Err(NoSentence::TooShort { tries: 5 }));
        let short = Request { tokens: 1..=3, ..Request::default() };
        for number in 0..100 {
            assert!(chain.generate(&short, number).unwrap().tokens <= 3);
        }
        let narrow = Request { characters: 10..=14, ..Request::default() };
        for number in 0..100 {
            let length = chain.generate(&narrow, number).unwrap().text.chars().count();
            assert!((10..=14).contains(&length));
        }
    }
}

#[test]
fn copies_and_low_scores_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let chain = trained(&folder.path().join("a.markov"), 1, TEXTS);
    let request = Request { refuse_copies: true, min_score: 3, ..Request::default() };
    for seed in 0..500 {
        let sentence = chain.generate(&request, seed).unwrap();
        assert!(!TEXTS.contains(&sentence.text.as_str()), "{}", sentence.text);
        assert!(sentence.score >= 3);
    }
    let alone = trained(&folder.path().join("b.markov"), 2, &["nothing else was ever said"]);
    let request = Request { refuse_copies: true, max_tries: 7, ..Request::default() };
    assert_eq!(alone.generate(&request, 1), Err(NoSentence::OnlyCopies { tries: 7 }));
    let request = Request { min_score: 1, max_tries: 7, ..Request::default() };
    assert_eq!(alone.generate(&request, 1), Err(NoSentence::LowScore { tries: 7 }));
    let nobody = Chain::open(&folder.path().join("c.markov"), training(2)).unwrap();
    assert_eq!(nobody.generate(&Request::default(), 1), Err(NoSentence::Empty));
}

#[test]
fn what_is_learned_is_there_after_opening_again_folded_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.markov");
    for fold in [false, true] {
        let chain = Chain::open(&path, training(2)).unwrap();
        assert!(matches!(Chain::open(&path, training(2)), Err(FileError::InUse(_))));
        for (id, text) in (1..).zip(TEXTS) {
            chain.learn(&message(id, text)).unwrap();
        }
        chain.learn(&message(2, "edited words")).unwrap();
        assert!(chain.forget(1).unwrap());
        assert!(!chain.forget(100).unwrap());
        assert_eq!(chain.stats().messages, 7);
        if fold {
            chain.fold().unwrap();
            assert_eq!((chain.stats().unfolded, chain.stats().forgotten), (0, 0));
        }
        let before = contents(&chain);
        drop(chain);
        let chain = Chain::open(&path, training(2)).unwrap();
        assert_eq!(contents(&chain), before);
        assert_eq!(before.len(), 7);
        assert_eq!(before[&2].2, "edited words");
        assert!(chain.contains(2) && !chain.contains(1));
    }
    assert!(matches!(Chain::open(&path, training(3)), Err(FileError::Order { found: 2, expected: 3 })));
}

fn contents(chain: &Chain) -> BTreeMap<u64, (u64, u64, String)> {
    let mut all = BTreeMap::new();
    chain.messages(|id, author, channel, text| {
        assert_eq!(all.insert(id, (author, channel, text.to_owned())), None);
    });
    all
}

#[test]
fn authors_and_channels_and_everything_can_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.markov");
    let chain = trained(&path, 2, TEXTS);
    chain.learn(&message(10, "a later message")).unwrap();
    assert_eq!(chain.forget_author(0).unwrap(), 2);
    assert_eq!(chain.forget_channel(1).unwrap(), 3);
    assert_eq!(contents(&chain).keys().copied().collect::<Vec<_>>(), [2, 3, 6, 8]);
    drop(chain);
    let chain = Chain::open(&path, training(2)).unwrap();
    assert_eq!(contents(&chain).keys().copied().collect::<Vec<_>>(), [2, 3, 6, 8]);
    chain.clear().unwrap();
    assert_eq!(chain.stats().messages, 0);
    chain.learn(&message(1, "a new beginning")).unwrap();
    drop(chain);
    let chain = Chain::open(&path, training(2)).unwrap();
    assert_eq!(contents(&chain).len(), 1);
    let mut trainer = Trainer::new(training(2));
    trainer.learn(&message(50, "trained words")).unwrap();
    chain.absorb(trainer, Keep::New).unwrap();
    assert_eq!(contents(&chain).keys().copied().collect::<Vec<_>>(), [50]);
    drop(chain);
    assert_eq!(contents(&Chain::open(&path, training(2)).unwrap()).len(), 1);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| Path::new(name).extension() != Some("part".as_ref())), "{names:?}");
}

#[test]
fn seeds_are_completed_by_use() {
    let folder = tempfile::tempdir().unwrap();
    let chain = trained(&folder.path().join("a.markov"), 2, TEXTS);
    let words = |chain: &Chain, prefix: &str| -> Vec<(String, u64)> {
        chain.complete(prefix, 3).into_iter().map(|found| (found.text, found.uses)).collect()
    };
    let pair = |text: &str, uses| (text.to_owned(), uses);
    assert_eq!(words(&chain, "S"), [pair("sat", 3), pair("so", 2), pair("said", 1)]);
    assert_eq!(words(&chain, "")[0], pair("ha", 9));
    assert_eq!(words(&chain, "zz"), []);
    chain.learn(&message(20, "zzz zza zzz")).unwrap();
    assert_eq!(words(&chain, "zz"), [pair("zzz", 2), pair("zza", 1)]);
    chain.forget(20).unwrap();
    chain.forget(5).unwrap();
    assert_eq!(words(&chain, "zz"), []);
    assert_eq!(words(&chain, "ha"), [pair("ha", 2)]);
}
