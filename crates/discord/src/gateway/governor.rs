//! Decides when a shard may connect and when it may IDENTIFY. Discord resets the token of a bot that
//! identifies too often, so nothing here is left to good luck: the count is durable before it is spent.

mod purse;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use guildhall_core::clock::SharedClock;
use parking_lot::Mutex;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use twilight_gateway_queue::Queue;

use self::purse::Purse;
use super::{
    error::GatewayError,
    info::{GatewayInfo, InfoSource},
    session::{SessionStore, Spending, Spent},
    telemetry,
};

/// Distance of two IDENTIFYs of one bucket: five seconds (Discord docs: Gateway, Rate Limiting), and a
/// little for the way there.
const SPACING: Duration = Duration::from_millis(5_250);
/// How long Discord's answer about the budget is trusted.
const INFO_AGE: Duration = Duration::from_mins(1);
/// How often a refused IDENTIFY is asked for again.
pub(super) const RETRY: Duration = Duration::from_mins(1);
/// Connects that may happen at once, and the distance of those after them.
const CONNECT_BURST: u32 = 32;
const CONNECT_SPACING: Duration = Duration::from_millis(100);

/// The one gate for connects and IDENTIFYs of a process; all processes of a bot share the budget and the turns
/// in the buckets. A handle: clones share the gate.
#[derive(Clone)]
pub struct Governor(Arc<Inner>);

struct Inner {
    info: Arc<dyn InfoSource>,
    sessions: Arc<dyn SessionStore>,
    clock: SharedClock,
    force: bool,
    shards: AtomicU32,
    purse: tokio::sync::Mutex<Purse>,
    buckets: Mutex<HashMap<u32, mpsc::UnboundedSender<Request>>>,
    max_concurrency: u32,
    /// Keeps the distance to an IDENTIFY that an earlier process has just sent.
    first_wait: Duration,
    next_connect: Mutex<Option<Instant>>,
}

struct Request {
    shard: u32,
    grant: oneshot::Sender<()>,
}

impl Governor {
    /// Asks Discord for the limits and reads the budget kept in `sessions`. `force` spends the reserve
    /// of two IDENTIFYs for each shard, too.
    pub async fn new(
        info: Arc<dyn InfoSource>,
        sessions: Arc<dyn SessionStore>,
        clock: SharedClock,
        force: bool,
    ) -> Result<Self, GatewayError> {
        let told = info.gateway_info().await.map_err(GatewayError::Info)?;
        let budget = sessions.load_budget().await.map_err(GatewayError::Sessions)?.unwrap_or_default();
        let max_concurrency = told.max_concurrency.max(1);
        let now = clock.now();
        let first_wait = SPACING.saturating_sub(now.since(budget.last));
        let purse = Purse::new(budget, told, now);
        telemetry::describe();
        telemetry::identifies_left(purse.left(now).0);
        Ok(Self(Arc::new(Inner {
            info,
            sessions,
            clock,
            force,
            shards: AtomicU32::new(1),
            purse: tokio::sync::Mutex::new(purse),
            buckets: Mutex::default(),
            max_concurrency,
            first_wait,
            next_connect: Mutex::default(),
        })))
    }

    /// What Discord answered last.
    pub async fn info(&self) -> GatewayInfo {
        self.0.purse.lock().await.info().clone()
    }

    /// IDENTIFYs left today, and the time until there are more.
    pub async fn identifies_left(&self) -> (u32, Duration) {
        self.0.purse.lock().await.left(self.0.clock.now())
    }

    /// Sets for how many shards a reserve is kept.
    pub(super) fn reserve_for(&self, shards: u32) {
        self.0.shards.store(shards.max(1), Ordering::Relaxed);
    }

    /// Whether an IDENTIFY would be granted now. Asked before a connection is even made.
    pub(super) async fn may_identify(&self) -> Result<(), GatewayError> {
        let mut purse = self.0.purse.lock().await;
        self.0.ask_again(&mut purse).await;
        purse.check(self.0.needed(), self.0.force, self.0.clock.now())
    }

    /// Waits until one more connection is in order, whatever shard it is for.
    pub(super) async fn connect_slot(&self) {
        let slot = {
            let mut next = self.0.next_connect.lock();
            let now = Instant::now();
            // The virtual schedule may lie a burst behind the clock, not more.
            let earliest = now.checked_sub(CONNECT_SPACING * CONNECT_BURST).unwrap_or(now);
            let slot = next.unwrap_or(earliest).max(earliest);
            *next = Some(slot + CONNECT_SPACING);
            slot
        };
        tokio::time::sleep_until(slot).await;
    }
}

impl Inner {
    fn needed(&self) -> u32 {
        self.shards.load(Ordering::Relaxed).saturating_mul(2)
    }

    /// Asks Discord again when its answer is old. When it does not answer, our own count has to do.
    async fn ask_again(&self, purse: &mut Purse) {
        let now = self.clock.now();
        if now.since(purse.asked()) < INFO_AGE {
            return;
        }
        match self.info.gateway_info().await {
            Ok(info) => purse.told(info, now),
            Err(error) => {
                tracing::warn!(%error, "Discord did not tell the session start limit; counting alone");
            }
        }
    }

    /// Spends one IDENTIFY of this bucket, durably, or says why not. Another process of the bot may have taken
    /// the bucket's turn: then how long to wait.
    async fn spend(&self, bucket: u32) -> Result<Option<Duration>, GatewayError> {
        let mut purse = self.purse.lock().await;
        self.ask_again(&mut purse).await;
        loop {
            let before = self.sessions.load_budget().await.map_err(GatewayError::Sessions)?;
            purse.spent_elsewhere(before);
            let now = self.clock.now();
            purse.check(self.needed(), self.force, now)?;
            let after = purse.after_one(now);
            let spending = Spending { bucket, spacing: SPACING, before, after };
            match self.sessions.spend(&spending).await.map_err(GatewayError::Sessions)? {
                Spent::Granted => {
                    purse.spend(after);
                    telemetry::identify_granted(purse.left(now).0);
                    return Ok(None);
                }
                Spent::Overtaken => {}
                Spent::TooSoon(wait) => return Ok(Some(wait)),
            }
        }
    }
}

/// Grants the IDENTIFYs of one bucket, the lowest shard first, as long as the governor lives.
async fn run_bucket(
    governor: Weak<Inner>,
    bucket: u32,
    mut free_at: Instant,
    mut requests: mpsc::UnboundedReceiver<Request>,
) {
    let mut queue = BTreeMap::new();
    while let Some(request) = requests.recv().await {
        queue.insert(request.shard, request.grant);
        while !queue.is_empty() {
            tokio::time::sleep_until(free_at).await;
            while let Ok(request) = requests.try_recv() {
                queue.insert(request.shard, request.grant);
            }
            // A shard whose connection ended meanwhile no longer listens.
            queue.retain(|_, grant| !grant.is_closed());
            let Some((shard, grant)) = queue.pop_first() else { break };
            let Some(governor) = governor.upgrade() else { return };
            let wait = match governor.spend(bucket).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(shard, %error, "an IDENTIFY is held back");
                    Some(RETRY)
                }
            };
            if let Some(wait) = wait {
                // It stays in the queue: asking again is not the shard's business.
                queue.insert(shard, grant);
                free_at = Instant::now() + wait;
                continue;
            }
            free_at = Instant::now() + SPACING;
            if grant.send(()).is_err() {
                tracing::debug!(shard, "a granted IDENTIFY was not used");
            }
        }
    }
}

impl Queue for Governor {
    fn enqueue(&self, shard: u32) -> oneshot::Receiver<()> {
        let (grant, granted) = oneshot::channel();
        let bucket = shard % self.0.max_concurrency;
        let mut buckets = self.0.buckets.lock();
        let sender = buckets.entry(bucket).or_insert_with(|| {
            let (sender, requests) = mpsc::unbounded_channel();
            let free_at = Instant::now() + self.0.first_wait;
            tokio::spawn(run_bucket(Arc::downgrade(&self.0), bucket, free_at, requests));
            sender
        });
        if sender.send(Request { shard, grant }).is_err() {
            tracing::error!(shard, "the identify queue has ended");
        }
        granted
    }
}

impl fmt::Debug for Governor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Governor").field("force", &self.0.force).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
