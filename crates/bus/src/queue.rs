//! Two bounded queues in memory, one for each lane, and the worker's end of them.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::BoxFuture;
use tokio::{
    sync::{Mutex, mpsc},
    time::Instant,
};

use crate::{
    BusError, Delivery, Subscription,
    telemetry::{self, Lane},
};

/// The two queues. Cloning gives another handle to the same.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
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

impl Senders {
    const fn lane(&self, lane: Lane) -> &mpsc::Sender<Queued> {
        match lane {
            Lane::Direct => &self.direct,
            Lane::Effects => &self.effects,
        }
    }
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

impl Queue {
    /// Queues that hold up to `capacity` events each.
    pub(crate) fn new(capacity: usize) -> Self {
        let (direct, direct_end) = mpsc::channel(capacity.max(1));
        let (effects, effects_end) = mpsc::channel(capacity.max(1));
        let depth = Arc::new(Depth::default());
        let receivers = Receivers { direct: direct_end, effects: effects_end, depth: Arc::clone(&depth) };
        Self {
            senders: Arc::new(RwLock::new(Some(Senders { direct, effects, depth }))),
            receivers: Arc::new(Mutex::new(receivers)),
        }
    }

    /// Puts an event in, waiting for room.
    pub(crate) async fn push(&self, delivery: Delivery) -> Result<(), BusError> {
        let lane = Lane::of(&delivery.envelope);
        let senders = self.senders().ok_or(BusError::Closed)?;
        // The slot first: whoever is cancelled while waiting has put nothing in.
        let slot = senders.lane(lane).reserve().await.map_err(|_| BusError::Closed)?;
        senders.depth.moved(lane, 1);
        slot.send(Queued { delivery, since: Instant::now() });
        Ok(())
    }

    /// Whether there is room in a lane at once.
    pub(crate) fn has_room(&self, lane: Lane) -> bool {
        self.senders().is_some_and(|senders| senders.lane(lane).capacity() > 0)
    }

    /// Takes no more; what is in still comes out.
    pub(crate) fn close(&self) {
        if let Ok(mut senders) = self.senders.write() {
            *senders = None;
        }
    }

    /// The way out, shared with every other.
    pub(crate) fn subscribe(&self) -> Box<dyn Subscription> {
        Box::new(Worker(Arc::clone(&self.receivers)))
    }

    fn senders(&self) -> Option<Senders> {
        self.senders.read().ok().and_then(|senders| senders.clone())
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
