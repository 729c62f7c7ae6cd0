//! A slow sink holds up its own events, not the heartbeat, and loses nothing.

use std::{sync::Arc, time::Duration};

use guildhall_sandbox::{Limits, engine::Counter, example};
use tokio::sync::Semaphore;

use crate::harness::{Recorder, World, active, numbers, until};

/// Messages of one or two KiB: of a room of ten, five to ten are taken, and one waits at its door.
async fn slow_world(queue: usize) -> (World, guildhall_discord::gateway::Gateway, Arc<Recorder>) {
    let mut world = World::with(Limits { heartbeat_interval: 200, ..Limits::default() }).await;
    world.queue = queue;
    let recorder = Arc::new(Recorder { gate: Semaphore::new(0), ..Recorder::default() });
    let gateway = world.start_with(&recorder).await.unwrap();
    active(&gateway).await;
    (world, gateway, recorder)
}

#[tokio::test]
async fn heartbeats_go_on_while_events_wait() {
    let (world, gateway, recorder) = slow_world(4096).await;
    world.write(example::BOOK_CLUB, 0..200);
    until("all are read", || gateway.status()[0].in_flight == 200).await;
    let before = world.count(Counter::Heartbeats);
    until("five heartbeats", || world.count(Counter::Heartbeats) >= before + 5).await;
    assert_eq!(world.count(Counter::Connects), 1);
    assert!(recorder.taken.lock().is_empty());
    recorder.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    until("all are taken", || recorder.taken.lock().len() == 200).await;
    assert_eq!(recorder.contents(), numbers(0..200));
    gateway.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn at_the_bound_reading_pauses_and_nothing_is_lost() {
    let (world, gateway, recorder) = slow_world(10).await;
    world.write(example::BOOK_CLUB, 0..200);
    until("the bound", || gateway.status()[0].in_flight >= 6).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(gateway.status()[0].in_flight <= 11, "{:?}", gateway.status());
    recorder.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    until("all are taken", || recorder.taken.lock().len() >= 200).await;
    assert_eq!(recorder.contents(), numbers(0..200));
    gateway.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_sink_that_is_stuck() {
    let (world, gateway, recorder) = slow_world(10).await;
    world.write(example::BOOK_CLUB, 0..50);
    until("the bound", || gateway.status()[0].in_flight >= 6).await;
    let stopped = tokio::time::timeout(Duration::from_secs(20), gateway.shutdown(Duration::from_millis(200)));
    stopped.await.unwrap();
    assert!(recorder.taken.lock().is_empty());

    let (gateway, recorder) = world.start().await;
    until("the replay", || recorder.taken.lock().len() >= 50).await;
    assert_eq!(recorder.contents(), numbers(0..50));
    assert_eq!(world.count(Counter::Identifies), 1);
    gateway.shutdown(Duration::from_secs(5)).await;
}
