//! The gateway: shards that keep their sessions over disconnects, deploys and crashes.

mod address;
mod backoff;
pub mod classify;
pub mod error;
pub mod governor;
pub mod info;
mod keeper;
pub mod ledger;
pub mod options;
mod reshard;
pub mod session;
mod shard;
pub mod sink;
pub mod status;
mod telemetry;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use guildhall_core::{clock::SharedClock, id::GuildId, random::SharedRandom, secret::ExposeSecret as _};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_websockets::Connector;
pub use twilight_model::gateway::Intents;

pub use self::{
    error::GatewayError,
    governor::Governor,
    info::{GatewayInfo, InfoSource},
    ledger::Done,
    options::{GatewayOptions, ShardPlan},
    session::{
        Gap, GapReason, IdentifyBudget, OldSession, SessionStore, Spending, Spent, StoreFailure,
        StoredSession,
    },
    sink::{Interest, Lifecycle, Sink},
    status::{ShardState, ShardStatus},
};
use self::{
    keeper::Keeper,
    shard::{Common, Lanes, Monitor, ShardTask},
};

/// How often what is in flight is looked at while shutting down.
const DRAIN_STEP: Duration = Duration::from_millis(10);

/// How long saving the cursors may take in the end.
const LAST_SAVE: Duration = Duration::from_secs(10);

/// The running shards of this process, all among the same number. Dropped without [`Gateway::shutdown`], they
/// close and keep their sessions, but the last cursors may be unsaved.
pub struct Gateway {
    common: Arc<Common>,
    sessions: Arc<dyn SessionStore>,
    failed: watch::Sender<Option<Arc<GatewayError>>>,
    shards: Mutex<BTreeMap<u32, ShardHandle>>,
    /// Closed, and not yet saved.
    closed: Mutex<Vec<Unsaved>>,
    /// What there is still to see of shards that were closed with all others.
    ended: Mutex<Vec<Arc<Monitor>>>,
    /// What the first session of a shard comes after, found by [`Gateway::prepare`].
    lost: Mutex<Vec<Gap>>,
}

/// What [`Gateway`] is made of.
#[derive(Clone)]
pub struct GatewayParts {
    /// The gate for connects and IDENTIFYs.
    pub governor: Governor,
    /// Where sessions are kept.
    pub sessions: Arc<dyn SessionStore>,
    /// Who takes events.
    pub sink: Arc<dyn Sink>,
    /// Which events anybody wants.
    pub interest: Arc<dyn Interest>,
    /// The clock.
    pub clock: SharedClock,
    /// The random source.
    pub random: SharedRandom,
}

struct ShardHandle {
    monitor: Arc<Monitor>,
    keeper: Arc<Keeper>,
    stop: DropGuard,
    stop_keeper: DropGuard,
    reader: JoinHandle<()>,
    lanes: [JoinHandle<()>; 2],
    writer: JoinHandle<()>,
}

/// A shard whose connection is closed and whose cursor is still to be saved.
struct Unsaved {
    keeper: Arc<Keeper>,
    stop_keeper: DropGuard,
    writer: JoinHandle<()>,
}

impl Gateway {
    /// Starts the planned shards. Returns once they run, not once they are connected. Refuses when no
    /// shard has a session to resume and the IDENTIFY budget is low. Sessions of another number of shards are
    /// given up, and what that loses is written down.
    pub async fn start(options: GatewayOptions, parts: GatewayParts) -> Result<Self, GatewayError> {
        let info = parts.governor.info().await;
        let (ids, total) = options.shards.resolve(&info)?;
        let gateway = Self::open(options, total, parts).await?;
        gateway.prepare(&ids).await?;
        for id in ids {
            gateway.add(id, &[]).await?;
        }
        Ok(gateway)
    }

    /// A gateway of `total` shards that runs none of them yet.
    pub async fn open(
        options: GatewayOptions,
        total: u32,
        parts: GatewayParts,
    ) -> Result<Self, GatewayError> {
        let GatewayParts { governor, sessions, sink, interest, clock, random } = parts;
        let info = governor.info().await;
        governor.reserve_for(total);
        let address = options.gateway_url.as_deref().unwrap_or(&info.url);
        let base = address::normal(address).ok_or_else(|| GatewayError::Address(address.to_owned()))?;
        let common = Arc::new(Common {
            total,
            identity: identity(options.token.expose_secret()),
            tls: connector()?,
            base,
            governor,
            sink,
            interest,
            clock,
            random,
            options,
        });
        let (failed, _) = watch::channel(None);
        Ok(Self {
            common,
            sessions,
            failed,
            shards: Mutex::default(),
            closed: Mutex::default(),
            ended: Mutex::default(),
            lost: Mutex::default(),
        })
    }

    /// The number of shards that the bot runs in all, as far as this gateway goes.
    pub fn total(&self) -> u32 {
        self.common.total
    }

    /// Looks whether these shards can start, before any of them is [added](Gateway::add): refuses when none has a
    /// session to resume and the IDENTIFY budget is low. Gives up the sessions that were kept for another number of
    /// shards, and writes down what these shards do not hear of because of it. Only for the one process that runs
    /// shards.
    pub async fn prepare(&self, ids: &[u32]) -> Result<(), GatewayError> {
        let mut stored = Vec::with_capacity(ids.len());
        for id in ids {
            stored.push(self.sessions.load(*id, self.total()).await.map_err(GatewayError::Sessions)?);
        }
        if stored.iter().all(Option::is_none) {
            self.common.governor.may_identify().await?;
        }
        let now = self.common.clock.now();
        let lost = reshard::give_up_others(&*self.sessions, ids, &stored, self.total(), now).await?;
        self.lost.lock().extend(lost);
        Ok(())
    }

    /// Runs one more shard, from its stored session where there is one, which has these guilds: a resumed session is not
    /// told of them again. Whoever calls this sees to it that no other process runs the shard. One that runs already goes
    /// on.
    pub async fn add(&self, id: u32, guilds: &[GuildId]) -> Result<(), GatewayError> {
        if id >= self.total() {
            return Err(GatewayError::Plan { shard: id, total: self.total() });
        }
        let stored = self.sessions.load(id, self.total()).await.map_err(GatewayError::Sessions)?;
        self.run(id, stored.as_ref(), guilds);
        Ok(())
    }

    fn run(&self, id: u32, stored: Option<&StoredSession>, guilds: &[GuildId]) {
        let mut shards = self.shards.lock();
        if shards.contains_key(&id) {
            return;
        }
        let common = &self.common;
        let keeper = Keeper::new(id, common.total, Arc::clone(&self.sessions), Arc::clone(&common.clock));
        telemetry::shard(id);
        let monitor = Monitor::new(id);
        let (lanes, lane_tasks) = Lanes::open(id, common.options.queue, &common.sink);
        let (stop, stop_keeper) = (CancellationToken::new(), CancellationToken::new());
        let mut task = ShardTask::new(
            Arc::clone(common),
            stop.clone(),
            Arc::clone(&keeper),
            Arc::clone(&monitor),
            lanes,
        );
        if let Some(stored) = stored {
            monitor.guilds(guilds);
            task.adopt(stored);
        }
        let mut lost = self.lost.lock();
        if let Some(at) = lost.iter().position(|gap| gap.shard == id) {
            task.begin_after(lost.swap_remove(at));
        }
        drop(lost);
        let writer = tokio::spawn(Arc::clone(&keeper).run(common.options.save_every, stop_keeper.clone()));
        let reader = tokio::spawn(watch_over(id, task, self.failed.clone()));
        let (stop, stop_keeper) = (stop.drop_guard(), stop_keeper.drop_guard());
        let handle = ShardHandle { monitor, keeper, stop, stop_keeper, reader, lanes: lane_tasks, writer };
        shards.insert(id, handle);
    }

    /// Stops one shard so that another process can go on with its session: closes the connection, waits up to
    /// `patience` for what is in flight, and saves the cursor. `false` where it could not be saved in time.
    pub async fn remove(&self, id: u32, patience: Duration) -> bool {
        let Some(shard) = self.shards.lock().remove(&id) else { return true };
        let unsaved = shard.end(Instant::now() + patience).await;
        unsaved.save(Instant::now() + LAST_SAVE).await
    }

    /// Stops every shard at once, without a word to whoever keeps the sessions: they are another process's now.
    pub fn abandon(&self) {
        for (_, shard) in std::mem::take(&mut *self.shards.lock()) {
            shard.writer.abort();
            shard.lanes.iter().for_each(JoinHandle::abort);
            shard.reader.abort();
        }
    }

    /// Every shard of this process, in order.
    pub fn status(&self) -> Vec<ShardStatus> {
        let ended: Vec<ShardStatus> = self.ended.lock().iter().map(|monitor| monitor.status()).collect();
        let running = self.shards.lock();
        running.values().map(|shard| shard.monitor.status()).chain(ended).collect()
    }

    /// Waits until a shard stops for good, and says why.
    pub async fn failure(&self) -> Arc<GatewayError> {
        let mut failure = self.failed.subscribe();
        loop {
            if let Some(error) = failure.borrow_and_update().clone() {
                return error;
            }
            if failure.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Closes every connection so that its session can be resumed, waits up to `patience` for what is in
    /// flight, and saves the cursors. What is not done by then is replayed at the next start. A second
    /// call does nothing.
    pub async fn shutdown(&self, patience: Duration) {
        self.close(patience).await;
        self.save(LAST_SAVE).await;
    }

    /// The first half of [`Gateway::shutdown`]: closes and waits. The cursors move on with what is done
    /// after it, until [`Gateway::save`].
    pub async fn close(&self, patience: Duration) {
        let shards = std::mem::take(&mut *self.shards.lock());
        self.ended.lock().extend(shards.values().map(|shard| Arc::clone(&shard.monitor)));
        let deadline = Instant::now() + patience;
        let ends = shards.into_values().map(|shard| shard.end(deadline));
        let unsaved = futures::future::join_all(ends).await;
        self.closed.lock().extend(unsaved);
    }

    /// The second half: saves the cursors, in `patience` at most. It may be that whoever is in flight holds
    /// the place where they are kept; what is unsaved then is replayed.
    pub async fn save(&self, patience: Duration) {
        let unsaved = std::mem::take(&mut *self.closed.lock());
        let deadline = Instant::now() + patience;
        for shard in unsaved {
            shard.save(deadline).await;
        }
    }
}

impl ShardHandle {
    /// Closes, and waits for the connection's end and for what is in flight.
    async fn end(self, deadline: Instant) -> Unsaved {
        drop(self.stop);
        // How it ended was told when it ended, a panic included.
        let _ = self.reader.await;
        for lane in self.lanes {
            let abort = lane.abort_handle();
            if timeout_at(deadline, lane).await.is_err() {
                abort.abort();
            }
        }
        if let Some(live) = self.keeper.live() {
            while live.ledger.awaited() > 0 && Instant::now() < deadline {
                sleep(DRAIN_STEP).await;
            }
        }
        Unsaved { keeper: self.keeper, stop_keeper: self.stop_keeper, writer: self.writer }
    }
}

impl Unsaved {
    /// Saves the cursor as it is then; `false` where that took too long.
    async fn save(self, deadline: Instant) -> bool {
        drop(self.stop_keeper);
        let abort = self.writer.abort_handle();
        let save = async {
            // The writer may be amid a write, which this one has to come after.
            let _ = self.writer.await;
            self.keeper.flush().await;
        };
        let saved = timeout_at(deadline, save).await.is_ok();
        if !saved {
            abort.abort();
            tracing::warn!("a cursor could not be saved in time; its shard's last events are replayed");
        }
        saved
    }
}

/// Runs a shard to its end and tells of a bad one.
async fn watch_over(id: u32, task: ShardTask, failed: watch::Sender<Option<Arc<GatewayError>>>) {
    let error = match tokio::spawn(task.run()).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(_) => GatewayError::BrokeDown(id),
    };
    tracing::error!(shard = id, %error, hint = error.hint(), "the shard has stopped for good");
    failed.send_if_modified(|first| {
        let is_first = first.is_none();
        first.get_or_insert_with(|| Arc::new(error));
        is_first
    });
}

/// The public first part of a token, which is the same for every token of one bot: its id in base64.
pub fn identity(token: &str) -> String {
    let token = token.strip_prefix("Bot ").unwrap_or(token);
    token.split('.').next().unwrap_or_default().to_owned()
}

/// What wraps connections in TLS. It needs a provider of cryptography even for plain addresses; another
/// part of the program may have installed one already.
fn connector() -> Result<Connector, GatewayError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Connector::new().map_err(|error| GatewayError::Tls(error.into()))
}
