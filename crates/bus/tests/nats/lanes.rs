//! Both lanes while all is well.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::FutureExt as _;
use guildhall_bus::{Ack, Bus as _, BusError, NatsBus, nats::Options};
use guildhall_core::{
    clock::SystemClock,
    random::{Random as _, Seeded, SystemRandom},
};
use tokio::time::{Instant, timeout};

use crate::stage::{
    BOUND, Heard, Seen, all, bus, bus_with, event, interaction, options, server, until, work,
};

#[tokio::test]
async fn events_and_interactions_arrive_and_their_publisher_hears_of_their_end() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    worker.set_partitions(all());
    let (heard, seen) = (Heard::default(), Seen::default());
    work(&worker, &seen);
    for sequence in 1..=100 {
        heard.publish(&gateway, event(sequence % 7 + 1, sequence)).await.unwrap();
    }
    // A worker subscribes in the background, so the first may be given back.
    let mut first = heard.publish(&gateway, interaction(101)).await;
    while let Err(BusError::Unavailable { delivery, .. }) = first {
        first = timeout(BOUND, gateway.publish(delivery.envelope, heard.ack(101))).await.unwrap();
    }
    let mut times = Vec::new();
    for sequence in 102..=150 {
        let started = Instant::now();
        heard.publish(&gateway, interaction(sequence)).await.unwrap();
        times.push(started.elapsed());
    }
    heard.all(150).await;
    times.sort_unstable();
    println!("an interaction is with a worker after {:?}, at most {:?}", times[24], times[48]);
    assert_eq!(seen.len(), 150);
    seen.is_complete(150);
    assert!(gateway.connected() && gateway.flush(BOUND).await && worker.flush(BOUND).await);
}

#[tokio::test]
async fn what_is_published_arrives_byte_by_byte() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    worker.set_partitions(all());
    let mut subscription = worker.subscribe();
    // Larger than the server lets a message be, until it is compressed.
    let large = Bytes::from("{\"name\":\"one of very many members\"}".repeat(100_000));
    let mut sent = event(5, 9);
    sent.payload = large.clone();
    gateway.publish(sent.clone(), Ack::new(|| ())).await.unwrap();
    let delivery = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
    assert_eq!(delivery.envelope.payload, large);
    assert_eq!((delivery.envelope.origin, delivery.envelope.guild), (sent.origin, sent.guild));
    let noise = Seeded::new(1);
    let noise: Vec<u8> = (0..300_000).flat_map(|_| noise.next_u64().to_le_bytes()).collect();
    let mut sent = event(5, 10);
    sent.payload = noise.into();
    let error = gateway.publish(sent, Ack::new(|| ())).await.unwrap_err();
    assert!(matches!(&error, BusError::TooLarge { delivery, .. } if delivery.envelope.origin.sequence == 10));
    assert!(error.to_string().contains("max_payload"), "{error}");
}

#[tokio::test]
async fn events_of_a_guild_keep_their_order_under_load() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    worker.set_partitions(all());
    let (heard, seen) = (Heard::default(), Seen::default());
    work(&worker, &seen);
    let started = Instant::now();
    for sequence in 1..=3_000 {
        heard.publish(&gateway, event(1 + sequence % 40, sequence)).await.unwrap();
    }
    heard.all(3_000).await;
    println!("3000 events are finished after {:?}", started.elapsed());
    assert_eq!(seen.len(), 3_000);
    seen.is_ordered();
}

#[tokio::test]
async fn an_event_that_a_worker_drops_comes_again() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    worker.set_partitions(all());
    let heard = Heard::default();
    let mut subscription = worker.subscribe();
    heard.publish(&gateway, event(1, 1)).await.unwrap();
    for _ in 0..3 {
        let delivery = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
        assert_eq!((delivery.envelope.origin.sequence, heard.count()), (1, 0));
    }
    while heard.publish(&gateway, interaction(2)).await.is_err() {}
    let mut dropped = 0;
    while dropped < 3 {
        let delivery = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
        dropped += u32::from(delivery.envelope.interaction.is_some());
    }
    assert_eq!(heard.count(), 0);
    work(&worker, &Seen::default());
    heard.all(2).await;
}

#[tokio::test]
async fn a_worker_that_takes_its_time_is_not_disturbed() {
    let server = server().await;
    // Far less than the worker takes, so that only its word keeps the events from being handed out again.
    let short = Options {
        direct_silence: Duration::from_millis(200),
        effects_silence: Duration::from_millis(200),
        ack_wait: Duration::from_millis(500),
        ..options(server.port())
    };
    let (gateway, worker) = (bus_with(short.clone()).await, bus_with(short).await);
    worker.set_partitions(all());
    let heard = Heard::default();
    let mut subscription = worker.subscribe();
    heard.publish(&gateway, event(1, 1)).await.unwrap();
    let first = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
    while heard.publish(&gateway, interaction(2)).await.is_err() {}
    let second = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
    assert!(timeout(Duration::from_secs(2), subscription.next()).await.is_err(), "an event came twice");
    first.ack.complete();
    second.ack.complete();
    heard.all(2).await;
}

#[tokio::test]
async fn a_publisher_waits_while_too_much_is_unfinished() {
    let server = server().await;
    let gateway = bus_with(Options { unfinished_kib: 4, ..options(server.port()) }).await;
    let worker = bus(server.port()).await;
    let heard = Heard::default();
    for sequence in 1..=4 {
        heard.publish(&gateway, event(1, sequence)).await.unwrap();
    }
    // Cancelled while it waits, an event is not handed over.
    assert!(gateway.publish(event(1, 99), heard.ack(99)).now_or_never().is_none());
    let waiting = tokio::spawn({
        let (gateway, heard) = (gateway.clone(), heard.clone());
        async move { heard.publish(&gateway, event(1, 5)).await }
    });
    assert!(timeout(Duration::from_millis(300), gateway.publish(event(1, 99), heard.ack(99))).await.is_err());
    let seen = Seen::default();
    worker.set_partitions(all());
    work(&worker, &seen);
    waiting.await.unwrap().unwrap();
    heard.all(5).await;
    assert_eq!(seen.list(), [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5)]);
}

#[tokio::test]
async fn an_interaction_that_nobody_takes_is_given_back() {
    let server = server().await;
    let gateway = bus(server.port()).await;
    let heard = Heard::default();
    let Err(BusError::Unavailable { delivery, .. }) = heard.publish(&gateway, interaction(1)).await else {
        panic!("somebody took it");
    };
    // The gateway can handle it in the worker's place.
    assert_eq!((delivery.envelope.origin.sequence, heard.count()), (1, 0));
    delivery.ack.complete();
    assert_eq!(heard.count(), 1);
    let away = NatsBus::connect(options(1), Arc::new(SystemClock), &SystemRandom::new()).await.unwrap();
    assert!(!away.connected());
    let refused = heard.publish(&away, interaction(2)).await;
    assert!(matches!(refused, Err(BusError::Unavailable { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_closed_bus_takes_nothing_delivers_what_it_has_and_ends() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    worker.set_partitions(all());
    let heard = Heard::default();
    let mut subscription = worker.subscribe();
    for sequence in 1..=10 {
        heard.publish(&gateway, event(1, sequence)).await.unwrap();
    }
    let first = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
    first.ack.complete();
    worker.close();
    gateway.close();
    assert!(matches!(heard.publish(&gateway, event(1, 11)).await, Err(BusError::Closed)));
    assert!(matches!(heard.publish(&gateway, interaction(12)).await, Err(BusError::Closed)));
    let mut delivered = 1;
    while let Some(delivery) = timeout(BOUND, subscription.next()).await.unwrap() {
        delivery.ack.complete();
        delivered += 1;
    }
    // The publisher still hears of the end of each, and another worker gets the rest.
    until("what was delivered is finished", || heard.count() == delivered).await;
    assert!(worker.flush(BOUND).await && gateway.flush(BOUND).await);
    let (other, seen) = (bus(server.port()).await, Seen::default());
    other.set_partitions(all());
    work(&other, &seen);
    heard.all(10).await;
    assert_eq!(seen.len(), 10 - delivered);
}
