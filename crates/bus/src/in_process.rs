//! The transport within one process: two bounded queues in memory.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_core::event::Envelope;
use tokio::{
    sync::{Mutex, mpsc},
    time::Instant,
};

use crate::{
    Ack, Bus, BusError, Delivery, Subscription,
    telemetry::{self, Lane},
};

/// A bus in memory. Cloning it gives another handle to the same.
#[derive(Clone, Debug)]
pub struct InProcess {
    // Taken by `close`; the queues end when the last sender is gone.
    senders: Arc<RwLock<Option<Senders>>>,
    receivers: Arc<Mutex<Receivers>>,
}

#[derive(Clone, Debug)]
struct Senders {
    direct: mpsc::Sender<Queued>,
    effects: mpsc::Sender<Queued>,
    depth: Arc<Depth>,
}

#[derive(Debug)]
struct Receivers {
    direct: mpsc::Receiver<Queued>,
    effects: mpsc::Receiver<Queued>,
    depth: Arc<Depth>,
}

#[derive(Debug)]
struct Queued {
    delivery: Delivery,
    since: Instant,
}

/// Queued events by lane.
#[derive(Debug, Default)]
struct Depth([AtomicUsize; 2]);

impl Depth {
    fn moved(&self, lane: Lane, by: isize) {
        let cell = &self.0[lane as usize];
        let before = if by < 0 {
            cell.fetch_sub(by.unsigned_abs(), Ordering::Relaxed)
        } else {
            cell.fetch_add(by.unsigned_abs(), Ordering::Relaxed)
        };
        telemetry::depth(lane, before.saturating_add_signed(by));
    }
}

impl InProcess {
    /// A bus that holds up to `capacity` events in each lane.
    pub fn new(capacity: usize) -> Self {
        telemetry::describe();
        let (direct, direct_end) = mpsc::channel(capacity.max(1));
        let (effects, effects_end) = mpsc::channel(capacity.max(1));
        let depth = Arc::new(Depth::default());
        let receivers = Receivers { direct: direct_end, effects: effects_end, depth: Arc::clone(&depth) };
        Self {
            senders: Arc::new(RwLock::new(Some(Senders { direct, effects, depth }))),
            receivers: Arc::new(Mutex::new(receivers)),
        }
    }
}

impl Bus for InProcess {
    fn publish(&self, envelope: Envelope<Bytes>, ack: Ack) -> BoxFuture<'_, Result<(), BusError>> {
        let senders = self.senders.read().ok().and_then(|senders| senders.clone());
        Box::pin(async move {
            let senders = senders.ok_or(BusError::Closed)?;
            let (lane, sender) = if envelope.interaction.is_some() {
                (Lane::Direct, &senders.direct)
            } else {
                (Lane::Effects, &senders.effects)
            };
            // The slot first: whoever is cancelled while waiting has put nothing in.
            let slot = sender.reserve().await.map_err(|_| BusError::Closed)?;
            senders.depth.moved(lane, 1);
            slot.send(Queued { delivery: Delivery { envelope, ack }, since: Instant::now() });
            telemetry::published(lane);
            Ok(())
        })
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        Box::new(Worker(Arc::clone(&self.receivers)))
    }

    fn close(&self) {
        if let Ok(mut senders) = self.senders.write() {
            *senders = None;
        }
    }
}

#[derive(Debug)]
struct Worker(Arc<Mutex<Receivers>>);

impl Subscription for Worker {
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(async {
            let mut receivers = self.0.lock().await;
            let Receivers { direct, effects, depth } = &mut *receivers;
            let (lane, queued) = tokio::select! {
                biased;
                Some(queued) = direct.recv() => (Lane::Direct, queued),
                Some(queued) = effects.recv() => (Lane::Effects, queued),
                else => return None,
            };
            depth.moved(lane, -1);
            telemetry::delivered(lane, queued.since.elapsed());
            Some(queued.delivery)
        })
    }
}
