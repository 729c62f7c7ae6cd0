//! The cache keeps its limit, never closes what is in use, and loses nothing.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
    mpsc,
};

use guildhall_markov::{
    CacheLimits, Chains, Keep, Message, Pool, Request, Trainer, Training, synthetic::Synthetic,
};

fn training() -> Training {
    Training { durable: false, ..Training::default() }
}

#[test]
fn the_least_recently_used_goes_and_what_is_in_use_stays() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<_> = Synthetic::new(1).take(300).collect();
    let unlimited = Chains::new(folder.path(), training(), CacheLimits::default());
    for key in 0..8 {
        let mut trainer = Trainer::new(training());
        for sample in &samples {
            trainer.learn(&sample.message()).unwrap();
        }
        unlimited.get(key).unwrap().absorb(trainer, Keep::New).unwrap();
    }
    let one = unlimited.get(0).unwrap().weight();
    drop(unlimited);

    let limits = CacheLimits { bytes: one * 3 + one / 2, ..CacheLimits::default() };
    let chains = Chains::new(folder.path(), training(), limits.clone());
    let pinned = chains.get(0).unwrap();
    for key in 1..8 {
        chains
            .get(key)
            .unwrap()
            .learn(&Message { id: 1, author: 1, channel: 1, text: "learned here" })
            .unwrap();
        assert!(chains.stats().bytes <= limits.bytes);
    }
    let stats = chains.stats();
    assert_eq!((stats.open, stats.misses, stats.hits, stats.evicted), (3, 8, 0, 5));
    assert!(
        stats.most_bytes >= 2 * one && stats.most_bytes <= limits.bytes,
        "room is made before it is taken"
    );
    assert!(Arc::ptr_eq(&pinned, &chains.get(0).unwrap()), "it was in use all the time");
    // Those that were closed come back with what they had learned.
    for key in 1..8 {
        assert!(chains.get(key).unwrap().contains(1), "{key}");
    }
    // More than fits may be in use.
    let all: Vec<_> = (0..8).map(|key| chains.get(key).unwrap()).collect();
    assert_eq!(chains.stats().open, 8);
    drop((all, pinned));
    assert!(chains.tend().is_empty());
    assert!(chains.stats().bytes <= limits.bytes);
}

#[test]
fn threads_share_chains_and_all_they_learn_is_folded() {
    let folder = tempfile::tempdir().unwrap();
    let limits = CacheLimits { bytes: 1, layer_bytes: 0, ..CacheLimits::default() };
    let told = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&told);
    let count = move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    };
    let chains = Arc::new(Chains::new(folder.path(), training(), limits).watched(count));
    let pool = Pool::start(Arc::clone(&chains), 3, |key, error| panic!("{key}: {error}")).unwrap();
    let (answer, answers) = mpsc::channel();
    for id in 0..300_u64 {
        let answer = answer.clone();
        pool.run(move |chains| {
            let chain = chains.get(id % 5).unwrap();
            chain.learn(&Message { id, author: 1, channel: 1, text: "some words of many" }).unwrap();
            chain.generate(&Request::default(), id).unwrap();
            answer.send(id).unwrap();
        });
    }
    pool.run(|_| panic!("a job that fails"));
    drop(answer);
    assert_eq!(answers.iter().count(), 300);
    drop(pool);
    assert_eq!(chains.stats().folded, told.load(Ordering::SeqCst));
    assert!(chains.stats().folded > 0);
    for key in 0..5 {
        assert_eq!(chains.get(key).unwrap().stats().messages, 60);
    }
}

#[test]
fn a_chain_that_is_removed_is_off_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let chains = Chains::new(folder.path(), training(), CacheLimits::default());
    for key in [1, 11] {
        let chain = chains.get(key).unwrap();
        chain.learn(&Message { id: 1, author: 1, channel: 1, text: "learned here" }).unwrap();
        chain.fold().unwrap();
    }
    chains.remove(1).unwrap();
    let names = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(left, ["11"], "with its journals and its lock");
    chains.remove(7).unwrap();
    assert!(!chains.get(1).unwrap().contains(1), "it begins anew");
    // One that somebody uses is emptied under them.
    let held = chains.get(11).unwrap();
    chains.remove(11).unwrap();
    assert!(!held.contains(1));
}
