//! Who reads which partition, and what happens when that changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use guildhall_bus::{
    Bus as _,
    nats::{Options, PARTITIONS, partition},
};
use tokio::time::timeout;

use crate::stage::{
    BOUND, Heard, Seen, all, bus, bus_with, event, interaction, options, server, stream, until, work,
};

#[tokio::test]
async fn a_worker_gets_its_partitions_and_no_others() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    let (mine, rest): (BTreeSet<u32>, BTreeSet<u32>) = all().into_iter().partition(|number| number % 2 == 0);
    worker.set_partitions(mine.clone());
    let (heard, seen) = (Heard::default(), Seen::default());
    work(&worker, &seen);
    let ours = |guild| mine.contains(&partition(&event(guild, 0)));
    let expected: Vec<(u64, u64)> =
        (1..=200).filter(|guild| ours(*guild)).map(|guild| (guild, guild)).collect();
    for guild in 1..=200 {
        heard.publish(&gateway, event(guild, guild)).await.unwrap();
    }
    heard.all(expected.len()).await;
    let mut found = seen.list();
    found.sort_unstable();
    assert_eq!(found, expected);
    worker.set_partitions(mine.union(&rest).copied().chain([PARTITIONS]).collect());
    heard.all(200).await;
    assert_eq!(seen.len(), 200);
}

#[tokio::test]
async fn two_workers_exchange_partitions_without_loss_doubles_or_disorder() {
    const EVENTS: u64 = 3_000;
    let server = server().await;
    let gateway = bus(server.port()).await;
    let workers = [bus(server.port()).await, bus(server.port()).await];
    let (heard, seen) = (Heard::default(), Seen::default());
    let half =
        |which: u32| -> BTreeSet<u32> { all().into_iter().filter(|number| number % 2 == which).collect() };
    workers[0].set_partitions(half(0));
    workers[1].set_partitions(half(1));
    for worker in &workers {
        work(worker, &seen);
    }
    let published = stream(&gateway, &heard, EVENTS, Duration::from_millis(1));
    for turn in 1..=4 {
        published.reach(u64::from(turn) * EVENTS / 6).await;
        // First both let go of everything, then each takes what was the other's.
        for worker in &workers {
            worker.set_partitions(BTreeSet::new());
        }
        for worker in &workers {
            timeout(BOUND, worker.released()).await.unwrap();
        }
        workers[0].set_partitions(half(turn % 2));
        workers[1].set_partitions(half((turn + 1) % 2));
    }
    published.end().await;
    heard.all(usize::try_from(EVENTS).unwrap()).await;
    seen.is_complete(EVENTS);
    seen.is_ordered();
}

#[tokio::test]
async fn a_takeover_from_a_dead_worker_begins_with_what_it_left_in_order() {
    let server = server().await;
    let (gateway, dead) = (bus(server.port()).await, bus(server.port()).await);
    let heard = Heard::default();
    dead.set_partitions(all());
    let mut subscription = dead.subscribe();
    while heard.publish(&gateway, interaction(100)).await.is_err() {}
    for sequence in 1..=20 {
        heard.publish(&gateway, event(1, sequence)).await.unwrap();
    }
    let mut left = Vec::new();
    for _ in 0..11 {
        left.push(timeout(BOUND, subscription.next()).await.unwrap().unwrap());
    }
    // It goes without a word.
    drop((dead, subscription));
    std::mem::forget(left);
    let (heir, seen) = (bus(server.port()).await, Seen::default());
    heir.set_partitions(all());
    work(&heir, &seen);
    heard.all(21).await;
    let events: Vec<u64> = seen.list().iter().map(|(_, sequence)| *sequence).filter(|it| *it < 100).collect();
    assert_eq!(events, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn workers_that_both_believe_to_own_a_partition_lose_nothing() {
    let server = server().await;
    let gateway = bus(server.port()).await;
    let workers = [bus(server.port()).await, bus(server.port()).await];
    let (heard, seen) = (Heard::default(), Seen::default());
    for worker in &workers {
        worker.set_partitions(all());
        work(worker, &seen);
    }
    let published = stream(&gateway, &heard, 1_000, Duration::from_millis(1));
    published.end().await;
    heard.all(1_000).await;
    seen.is_complete(1_000);
}

#[tokio::test]
async fn interactions_are_shared_by_all_workers() {
    let server = server().await;
    let gateway = bus(server.port()).await;
    let workers = [bus(server.port()).await, bus(server.port()).await];
    let (heard, both) = (Heard::default(), [Seen::default(), Seen::default()]);
    let mut next = 1;
    for (worker, seen) in workers.iter().zip(&both) {
        work(worker, seen);
        // Until this one is there, too.
        while seen.len() == 0 {
            if heard.publish(&gateway, interaction(next)).await.is_ok() {
                next += 1;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    for sequence in next..next + 100 {
        heard.publish(&gateway, interaction(sequence)).await.unwrap();
    }
    let total = usize::try_from(next + 99).unwrap();
    heard.all(total).await;
    until("all were seen", || both[0].len() + both[1].len() == total).await;
    let shares: BTreeMap<usize, usize> = both.iter().map(Seen::len).enumerate().collect();
    assert!(shares.values().all(|share| *share > 20), "{shares:?}");
}

#[tokio::test]
async fn a_stream_that_was_set_up_otherwise_is_changed() {
    let server = server().await;
    let gateway = bus(server.port()).await;
    let smaller = Options { stream_bytes: 1 << 16, ..options(server.port()) };
    let worker = bus_with(smaller).await;
    let heard = Heard::default();
    // More than the stream holds now: the rest waits with its publisher until workers make room.
    for sequence in 1..=200 {
        let mut large = event(sequence, sequence);
        large.payload = vec![b'x'; 2_000].into();
        heard.publish(&gateway, large).await.unwrap();
    }
    assert!(!gateway.flush(Duration::from_millis(500)).await, "the stream takes everything");
    let seen = Seen::default();
    worker.set_partitions(all());
    work(&worker, &seen);
    heard.all(200).await;
    assert_eq!(seen.len(), 200);
}
