//! Sampling has no bias, and a file follows from its messages alone.

use std::{collections::BTreeMap, fs, path::Path};

use guildhall_markov::{Chain, Keep, Message, Request, Trainer, Training, synthetic::Synthetic};
use proptest::prelude::*;

fn training(order: u8) -> Training {
    Training { order, durable: false, ..Training::default() }
}

/// The greatest sum of squared deviations that chance alone exceeds once in about a million times
/// (Wilson and Hilferty's approximation of the chi-square distribution).
fn critical(freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + 4.75 * spread.sqrt()).powi(3)
}

/// Shapes of weights: even, steep, one giant, two levels, long tails, the ones that guide 002's code got wrong.
fn shapes() -> Vec<Vec<u32>> {
    vec![
        vec![4, 3, 2, 1],
        vec![5, 3, 1, 1],
        vec![1, 1],
        vec![1; 50],
        vec![1, 1000],
        vec![100, 1, 1, 1, 1, 1, 1, 1],
        (1..=40).collect(),
        (1..=60).map(|rank| 600 / rank).collect(),
        [vec![50; 5], vec![1; 200]].concat(),
        vec![1, 2, 4, 8, 16, 32, 64, 128, 256],
    ]
}

/// Draws what follows `from` and compares the counts with the weights.
fn check(chain: &Chain, weights: &BTreeMap<String, u32>, what: &str) {
    let total: u32 = weights.values().sum();
    let draws = 40_000.max(u64::from(total) * 20);
    let mut counts: BTreeMap<&str, u64> = weights.keys().map(|word| (word.as_str(), 0)).collect();
    for seed in 0..draws {
        let text = chain.generate(&Request::default(), seed).unwrap().text;
        let word = text.split(' ').nth(2).unwrap();
        *counts.get_mut(word).unwrap_or_else(|| panic!("{what}: {word} never followed")) += 1;
    }
    let mut deviation = 0.0;
    for (word, &weight) in weights {
        let expected = draws as f64 * f64::from(weight) / f64::from(total);
        deviation += (counts[word.as_str()] as f64 - expected).powi(2) / expected;
    }
    let limit = critical(weights.len() as f64 - 1.0);
    assert!(deviation < limit, "{what}: {deviation} is beyond {limit}: {counts:?} for {weights:?}");
}

#[test]
fn what_follows_has_its_exact_share_in_the_file_and_in_the_layer() {
    let folder = tempfile::tempdir().unwrap();
    for (index, shape) in shapes().into_iter().enumerate() {
        for order in [1, 2] {
            let weights: BTreeMap<String, u32> =
                shape.iter().enumerate().map(|(word, &weight)| (format!("w{word}"), weight)).collect();
            let mut texts: Vec<String> = weights
                .iter()
                .flat_map(|(word, &weight)| (0..weight).map(move |_| format!("so then {word} end")))
                .collect();
            // Equal neighbours and mixed ones lie differently in the corpus.
            let turn = texts.len() / 3;
            texts.rotate_left(turn);
            let path = folder.path().join(format!("{index}-{order}.markov"));
            let half = texts.len() / 2;
            let mut trainer = Trainer::new(training(order));
            for (id, text) in (1..).zip(&texts) {
                trainer.learn(&Message { id, author: 1, channel: 1, text }).unwrap();
            }
            trainer.write(&path).unwrap();
            let chain = Chain::open(&path, training(order)).unwrap();
            check(&chain, &weights, &format!("file, order {order}, {shape:?}"));

            // The same weights with half of the messages in the layer, and as many strangers forgotten.
            let path = folder.path().join(format!("{index}-{order}-layer.markov"));
            let mut trainer = Trainer::new(training(order));
            for (id, text) in (1..).zip(&texts[..half]) {
                trainer.learn(&Message { id, author: 1, channel: 1, text }).unwrap();
                let other = Message { id: id + 1_000_000, author: 2, channel: 1, text: "so then other end" };
                trainer.learn(&other).unwrap();
            }
            trainer.write(&path).unwrap();
            let chain = Chain::open(&path, training(order)).unwrap();
            chain.forget_author(2).unwrap();
            for (id, text) in (half as u64 + 1..).zip(&texts[half..]) {
                chain.learn(&Message { id, author: 1, channel: 1, text }).unwrap();
            }
            check(&chain, &weights, &format!("layer, order {order}, {shape:?}"));
        }
    }
}

/// The file of these messages and no others.
fn bytes_of(folder: &Path, order: u8, messages: &BTreeMap<u64, (u64, u64, String)>) -> Vec<u8> {
    let path = folder.join("expected.markov");
    let mut trainer = Trainer::new(training(order));
    for (&id, (author, channel, text)) in messages {
        trainer.learn(&Message { id, author: *author, channel: *channel, text }).unwrap();
    }
    trainer.write(&path).unwrap();
    fs::read(&path).unwrap()
}

#[derive(Clone, Debug)]
enum Act {
    Learn(u64, String),
    Train(Vec<(u64, String)>, bool),
    Forget(u64),
    ForgetAuthor(u64),
    ForgetChannel(u64),
    Clear,
    Fold,
    Reopen,
}

fn text() -> impl Strategy<Value = String> {
    // Few words, so that states repeat, and repeat within one cell.
    prop::collection::vec(
        prop::sample::select(vec!["a", "b", "ha", "the", "cat,", "é", "\n", "<@1>x"]),
        0..12,
    )
    .prop_map(|words| words.join(" "))
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0_u64..40, text()).prop_map(|(id, text)| Act::Learn(id, text)),
        1 => (prop::collection::vec((0_u64..40, text()), 0..20), any::<bool>()).prop_map(|(all, clean)| Act::Train(all, clean)),
        3 => (0_u64..40).prop_map(Act::Forget),
        1 => (0_u64..5).prop_map(Act::ForgetAuthor),
        1 => (0_u64..3).prop_map(Act::ForgetChannel),
        1 => Just(Act::Clear),
        2 => Just(Act::Fold),
        2 => Just(Act::Reopen),
    ]
}

fn message(id: u64, text: &str) -> Message<'_> {
    Message { id, author: id % 5, channel: id % 3, text }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happened_a_fold_leaves_the_file_of_what_is_left(order in 1_u8..=4, acts in prop::collection::vec(act(), 1..40)) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("chain.markov");
        let mut chain = Chain::open(&path, training(order)).unwrap();
        let mut left: BTreeMap<u64, (u64, u64, String)> = BTreeMap::new();
        let learn = |left: &mut BTreeMap<u64, (u64, u64, String)>, id: u64, text: &str| {
            if text.trim_matches(' ').is_empty() {
                left.remove(&id);
            } else {
                left.insert(id, (id % 5, id % 3, text.to_owned()));
            }
        };
        for act in &acts {
            match act {
                Act::Learn(id, text) => {
                    chain.learn(&message(*id, text)).unwrap();
                    learn(&mut left, *id, text);
                }
                Act::Train(all, clean) => {
                    let mut trainer = Trainer::new(training(order));
                    if *clean {
                        left.clear();
                    }
                    for (id, text) in all {
                        // A trainer passes over what holds nothing.
                        if trainer.learn(&message(*id, text)).unwrap() {
                            learn(&mut left, *id, text);
                        }
                    }
                    chain.absorb(trainer, if *clean { Keep::New } else { Keep::All }).unwrap();
                }
                Act::Forget(id) => prop_assert_eq!(chain.forget(*id).unwrap(), left.remove(id).is_some()),
                Act::ForgetAuthor(author) => {
                    let before = left.len();
                    left.retain(|_, message| message.0 != *author);
                    prop_assert_eq!(chain.forget_author(*author).unwrap(), (before - left.len()) as u64);
                }
                Act::ForgetChannel(channel) => {
                    let before = left.len();
                    left.retain(|_, message| message.1 != *channel);
                    prop_assert_eq!(chain.forget_channel(*channel).unwrap(), (before - left.len()) as u64);
                }
                Act::Clear => {
                    chain.clear().unwrap();
                    left.clear();
                }
                Act::Fold => chain.fold().unwrap(),
                Act::Reopen => {
                    drop(chain);
                    chain = Chain::open(&path, training(order)).unwrap();
                    prop_assert_eq!(chain.recovery().dropped, 0);
                }
            }
            prop_assert_eq!(chain.stats().messages, left.len() as u64);
            // Sentences are made of what is left, whatever lies in which layer.
            for seed in 0..4 {
                match chain.generate(&Request::default(), seed) {
                    Ok(sentence) => for word in sentence.text.split_whitespace() {
                        prop_assert!(left.values().any(|(_, _, text)| text.contains(word)), "{}", word);
                    },
                    Err(_) => prop_assert!(left.is_empty()),
                }
            }
        }
        chain.fold().unwrap();
        chain.verify().unwrap();
        prop_assert_eq!(fs::read(&path)?, bytes_of(folder.path(), order, &left));
    }
}

#[test]
fn neither_order_nor_memory_nor_threads_change_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<_> = Synthetic::new(5).take(6_000).collect();
    for order in [1, 2, 4] {
        let mut files = Vec::new();
        for (threads, memory, step) in
            [(1, 512 << 20, 1), (2, 512 << 20, 7), (3, 1 << 20, 11), (1, 1 << 18, 13)]
        {
            let path = folder.path().join("chain.markov");
            let scratch = folder.path().to_owned();
            let mut trainer = Trainer::new(Training { order, threads, memory, scratch, durable: false });
            // Another order each time, in batches of another size, some of it twice.
            let shuffled: Vec<_> =
                (0..samples.len()).map(|index| &samples[index * step % samples.len()]).collect();
            for batch in shuffled.chunks(500 + step) {
                let batch: Vec<_> = batch.iter().map(|sample| sample.message()).collect();
                trainer.learn_batch(&batch).unwrap();
            }
            let again = &samples[10];
            trainer.learn(&Message { text: "to be edited away", ..again.message() }).unwrap();
            trainer.learn(&again.message()).unwrap();
            trainer.learn(&Message { id: 1, author: 1, channel: 1, text: "to be forgotten" }).unwrap();
            trainer.forget(1);
            trainer.write(&path).unwrap();
            files.push(fs::read(&path).unwrap());
        }
        assert!(files.windows(2).all(|pair| pair[0] == pair[1]), "order {order}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_chain_of_many_messages_agrees_with_a_plain_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.markov");
    let samples: Vec<_> = Synthetic::new(9).take(5_000).collect();
    for order in 1..=3_usize {
        let mut trainer = Trainer::new(training(u8::try_from(order).unwrap()));
        for sample in &samples {
            trainer.learn(&sample.message()).unwrap();
        }
        trainer.write(&path).unwrap();
        let chain = Chain::open(&path, training(u8::try_from(order).unwrap())).unwrap();
        let mut states: BTreeMap<Vec<&str>, u64> = BTreeMap::new();
        for sample in &samples {
            // The made-up emoji is a token of its own.
            if sample.text.contains(['\u{1f600}', '<']) {
                continue;
            }
            let words: Vec<&str> = sample.text.split(' ').collect();
            for end in 1..=words.len() {
                *states.entry(words[end.saturating_sub(order)..end].to_vec()).or_default() += 1;
            }
        }
        // Each step names how many occurrences there were to choose from.
        let request = Request { detail: guildhall_markov::Detail::Path, ..Request::default() };
        let mut compared = 0;
        for seed in 0..3_000 {
            let sentence = chain.generate(&request, seed).unwrap();
            let score: u64 = sentence.path[1..].iter().map(|step| step.refs - 1).sum();
            assert_eq!(score, sentence.score);
            for step in &sentence.path[1..] {
                let state: Vec<&str> = step.state.split(' ').collect();
                // Shorter states stand at the beginning of a message only, which a plain count mixes up.
                if state.len() == order && !step.state.contains(['\u{1f600}', '<']) {
                    let known = states.get(&state).copied().unwrap_or(0);
                    assert!(step.refs >= known, "{step:?} but {known}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 5_000);
    }
}
