//! From the read loop to the sink, through two bounded queues.
//!
//! Interactions have a deadline of three seconds and do not stand behind other events: each kind of
//! delivery has its own lane, and order holds within a lane. While the sink is slow the socket is read
//! on, so that heartbeats go on and nobody else's events wait. At the bound of a lane reading pauses, and
//! heartbeats with it. Nothing is lost by that: TCP holds the server back, and if the pause outlasts the
//! heartbeat the server closes, the session is resumed, and Discord replays what was not read.

use std::{panic::AssertUnwindSafe, sync::Arc};

use bytes::Bytes;
use futures::FutureExt as _;
use guildhall_core::event::Envelope;
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::JoinHandle,
};

use crate::gateway::{ledger::Done, sink::Sink, telemetry};

/// Interactions that may wait; Discord gives up on each after three seconds.
const INTERACTIONS: usize = 1024;

type Delivery = (Envelope<Bytes>, Done);

/// The sending ends of both lanes. Dropping them ends the lanes once they are empty.
pub(crate) struct Lanes {
    shard: u32,
    interactions: mpsc::Sender<Delivery>,
    effects: mpsc::Sender<Delivery>,
}

impl Lanes {
    /// Opens both lanes, with `queue` places for effects; returns the tasks that empty them.
    pub(crate) fn open(shard: u32, queue: usize, sink: &Arc<dyn Sink>) -> (Self, [JoinHandle<()>; 2]) {
        let (interactions, first) = mpsc::channel(INTERACTIONS);
        let (effects, second) = mpsc::channel(queue.max(1));
        let tasks = [first, second].map(|lane| tokio::spawn(empty(shard, lane, Arc::clone(sink))));
        (Self { shard, interactions, effects }, tasks)
    }

    /// Puts a delivery in its lane; waits where the lane is full.
    pub(super) async fn put(&self, envelope: Envelope<Bytes>, done: Done) {
        let lane = if envelope.interaction.is_some() { &self.interactions } else { &self.effects };
        let delivery = match lane.try_send((envelope, done)) {
            Ok(()) => return,
            Err(TrySendError::Full(delivery) | TrySendError::Closed(delivery)) => delivery,
        };
        telemetry::queue_full(self.shard);
        // A lane closes only when its task is gone; the event is then replayed after a restart.
        let _ = lane.send(delivery).await;
    }
}

async fn empty(shard: u32, mut lane: mpsc::Receiver<Delivery>, sink: Arc<dyn Sink>) {
    while let Some((envelope, done)) = lane.recv().await {
        let delivered = AssertUnwindSafe(async { sink.deliver(envelope, done).await }).catch_unwind().await;
        if delivered.is_err() {
            telemetry::sink_panicked(shard);
        }
    }
}
