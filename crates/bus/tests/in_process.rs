//! The rules of the bus, on the transport in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, future::poll_immediate};
use guildhall_bus::{Ack, Bus, BusError, InProcess};
use guildhall_core::{
    clock::Timestamp,
    event::{Envelope, EventKind, Origin},
    id::InteractionId,
};

fn event(sequence: u64, interaction: bool) -> Envelope<Bytes> {
    Envelope {
        kind: if interaction { EventKind::InteractionCreate } else { EventKind::MessageCreate },
        guild: None,
        interaction: InteractionId::new(1).filter(|_| interaction),
        origin: Origin { shard: 0, session: "s".into(), sequence },
        received: Timestamp(0),
        payload: Bytes::from_static(b"{}"),
    }
}

fn nothing() -> Ack {
    Ack::new(|| ())
}

#[tokio::test]
async fn order_is_kept_and_interactions_overtake() {
    let bus = InProcess::new(8);
    for sequence in 1..=3 {
        bus.publish(event(sequence, false), nothing()).await.unwrap();
    }
    bus.publish(event(4, true), nothing()).await.unwrap();
    bus.close();
    let mut worker = bus.subscribe();
    let mut seen = Vec::new();
    while let Some(delivery) = worker.next().await {
        seen.push(delivery.envelope.origin.sequence);
        delivery.ack.complete();
    }
    assert_eq!(seen, [4, 1, 2, 3]);
}

#[tokio::test]
async fn a_full_lane_holds_the_publisher_back_but_not_interactions() {
    let bus = InProcess::new(1);
    bus.publish(event(1, false), nothing()).await.unwrap();
    let mut waiting = bus.publish(event(2, false), nothing());
    assert!(poll_immediate(&mut waiting).await.is_none());
    assert!(bus.publish(event(3, true), nothing()).now_or_never().is_some());
    let mut worker = bus.subscribe();
    assert_eq!(worker.next().await.unwrap().envelope.origin.sequence, 3);
    assert_eq!(worker.next().await.unwrap().envelope.origin.sequence, 1);
    tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(worker.next().await.unwrap().envelope.origin.sequence, 2);
}

#[tokio::test]
async fn a_token_speaks_only_when_completed() {
    let bus = InProcess::new(4);
    let completed = Arc::new(AtomicUsize::new(0));
    for sequence in 0..2 {
        let completed = Arc::clone(&completed);
        let ack = Ack::new(move || {
            completed.fetch_add(1, Ordering::SeqCst);
        });
        bus.publish(event(sequence, false), ack).await.unwrap();
    }
    let mut worker = bus.subscribe();
    drop(worker.next().await.unwrap());
    assert_eq!(completed.load(Ordering::SeqCst), 0);
    worker.next().await.unwrap().ack.complete();
    assert_eq!(completed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_cancelled_wait_loses_no_event_and_workers_share() {
    let bus = InProcess::new(4);
    let (mut one, mut two) = (bus.subscribe(), bus.subscribe());
    assert!(one.next().now_or_never().is_none());
    bus.publish(event(1, false), nothing()).await.unwrap();
    bus.publish(event(2, false), nothing()).await.unwrap();
    assert_eq!(two.next().await.unwrap().envelope.origin.sequence, 1);
    assert_eq!(one.next().await.unwrap().envelope.origin.sequence, 2);
}

#[tokio::test]
async fn a_closed_bus_takes_nothing_and_ends() {
    let bus = InProcess::new(4);
    bus.close();
    assert!(matches!(bus.publish(event(1, false), nothing()).await, Err(BusError::Closed)));
    assert!(bus.subscribe().next().await.is_none());
}
