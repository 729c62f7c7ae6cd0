//! From the read loop to the sink, through two bounded queues.
//!
//! Interactions have a deadline of three seconds and do not stand behind other events: each kind of
//! delivery has its own lane, and order holds within a lane. While the sink is slow the socket is read
//! on, so that heartbeats go on and nobody else's events wait. At the bound of a lane reading pauses, and
//! heartbeats with it. Nothing is lost by that: TCP holds the server back, and if the pause outlasts the
//! heartbeat the server closes, the session is resumed, and Discord replays what was not read.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::FutureExt as _;
use guildhall_core::event::Envelope;
use parking_lot::Mutex;
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, error::TrySendError},
    },
    task::JoinHandle,
    time::Instant,
};

use crate::gateway::{ledger::Done, sink::Sink, telemetry};

/// Interactions that may wait; Discord gives up on each after three seconds.
const INTERACTIONS: usize = 1024;

/// How often it is said that reading pauses.
const SAY_EVERY: Duration = Duration::from_secs(10);

type Delivery = (Envelope<Bytes>, Done, Option<OwnedSemaphorePermit>);

/// The sending ends of both lanes. Dropping them ends the lanes once they are empty.
pub(crate) struct Lanes {
    shard: u32,
    interactions: mpsc::Sender<Delivery>,
    effects: mpsc::Sender<Delivery>,
    /// Room for effects in KiB: a guild is a hundred times as large as a message.
    room: Arc<Semaphore>,
    capacity: u32,
    /// When it was last said that reading pauses.
    said_full: Mutex<Option<Instant>>,
}

impl Lanes {
    /// Opens both lanes, with room for `queue` KiB of effects; returns the tasks that empty them.
    pub(crate) fn open(shard: u32, queue: usize, sink: &Arc<dyn Sink>) -> (Self, [JoinHandle<()>; 2]) {
        let (interactions, first) = mpsc::channel(INTERACTIONS);
        let capacity = u32::try_from(queue.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        // Each effect takes a KiB of the room at least, so the channel itself is never full.
        let (effects, second) = mpsc::channel(queue.max(1));
        let room = Arc::new(Semaphore::new(capacity as usize));
        let tasks = [first, second].map(|lane| tokio::spawn(empty(shard, lane, Arc::clone(sink))));
        (Self { shard, interactions, effects, room, capacity, said_full: Mutex::default() }, tasks)
    }

    /// Puts a delivery in its lane; waits where the lane is full.
    pub(super) async fn put(&self, envelope: Envelope<Bytes>, done: Done) {
        let (lane, room) = if envelope.interaction.is_some() {
            (&self.interactions, None)
        } else {
            (&self.effects, self.take(envelope.kib(self.capacity)).await)
        };
        let delivery = match lane.try_send((envelope, done, room)) {
            Ok(()) => return,
            Err(TrySendError::Full(delivery) | TrySendError::Closed(delivery)) => delivery,
        };
        self.full();
        // A lane closes only when its task is gone; the event is then replayed after a restart.
        let _ = lane.send(delivery).await;
    }

    /// Says that reading pauses, once in a while: it may do so for every event.
    fn full(&self) {
        let mut said = self.said_full.lock();
        let now = Instant::now();
        let say = said.is_none_or(|last| now.duration_since(last) >= SAY_EVERY);
        if say {
            *said = Some(now);
        }
        telemetry::queue_full(self.shard, say);
    }

    async fn take(&self, size: u32) -> Option<OwnedSemaphorePermit> {
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(size) {
            return Some(room);
        }
        self.full();
        Arc::clone(&self.room).acquire_many_owned(size).await.ok()
    }
}

async fn empty(shard: u32, mut lane: mpsc::Receiver<Delivery>, sink: Arc<dyn Sink>) {
    while let Some((envelope, done, _room)) = lane.recv().await {
        let delivered = AssertUnwindSafe(async { sink.deliver(envelope, done).await }).catch_unwind().await;
        if delivered.is_err() {
            telemetry::sink_panicked(shard);
        }
    }
}
