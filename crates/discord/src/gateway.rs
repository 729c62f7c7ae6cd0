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

use std::{sync::Arc, time::Duration};

use guildhall_core::{clock::SharedClock, random::SharedRandom, secret::ExposeSecret as _};
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
    session::{Gap, GapReason, IdentifyBudget, OldSession, SessionStore, StoreFailure, StoredSession},
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

/// The running shards of this process. Dropped without [`Gateway::shutdown`], they close and keep their
/// sessions, but the last cursors may be unsaved.
pub struct Gateway {
    monitors: Vec<Arc<Monitor>>,
    failure: watch::Receiver<Option<Arc<GatewayError>>>,
    running: Mutex<Option<Running>>,
    closed: Mutex<Option<Closed>>,
}

/// What shutting down has to end.
struct Running {
    stop: DropGuard,
    stop_keepers: DropGuard,
    shards: Vec<ShardHandle>,
}

/// What is left to save when the connections are closed.
struct Closed {
    stop_keepers: DropGuard,
    keepers: Vec<(Arc<Keeper>, JoinHandle<()>)>,
}

struct ShardHandle {
    keeper: Arc<Keeper>,
    reader: JoinHandle<()>,
    lanes: [JoinHandle<()>; 2],
    writer: JoinHandle<()>,
}

impl Gateway {
    /// Starts the planned shards. Returns once they run, not once they are connected. Refuses when no
    /// shard has a session to resume and the IDENTIFY budget is low.
    pub async fn start(
        options: GatewayOptions,
        governor: Governor,
        sessions: Arc<dyn SessionStore>,
        sink: Arc<dyn Sink>,
        interest: Arc<dyn Interest>,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Result<Self, GatewayError> {
        let info = governor.info().await;
        let (ids, total) = options.shards.resolve(&info)?;
        governor.reserve_for(u32::try_from(ids.len()).unwrap_or(u32::MAX));
        let address = options.gateway_url.as_deref().unwrap_or(&info.url);
        let base = address::normal(address).ok_or_else(|| GatewayError::Address(address.to_owned()))?;
        let mut stored = Vec::with_capacity(ids.len());
        for id in &ids {
            stored.push(sessions.load(*id, total).await.map_err(GatewayError::Sessions)?);
        }
        if stored.iter().all(Option::is_none) {
            governor.may_identify().await?;
        }
        let lost = reshard::give_up_others(&*sessions, &ids, &stored, total, clock.now()).await?;
        let stop = CancellationToken::new();
        let stop_keepers = CancellationToken::new();
        let (failed, failure) = watch::channel(None);
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
            stop: stop.clone(),
            options,
        });
        let mut gateway =
            Self { monitors: Vec::new(), failure, running: Mutex::default(), closed: Mutex::default() };
        let mut shards = Vec::new();
        for (id, stored) in ids.into_iter().zip(stored) {
            let keeper = Keeper::new(id, total, Arc::clone(&sessions), Arc::clone(&common.clock));
            telemetry::shard(id);
            let monitor = Monitor::new(id);
            let (lanes, lane_tasks) = Lanes::open(id, common.options.queue, &common.sink);
            let mut task =
                ShardTask::new(Arc::clone(&common), Arc::clone(&keeper), Arc::clone(&monitor), lanes);
            if let Some(stored) = &stored {
                task.adopt(stored);
            }
            if let Some(gap) = lost.iter().find(|gap| gap.shard == id) {
                task.begin_after(gap.clone());
            }
            let writer =
                tokio::spawn(Arc::clone(&keeper).run(common.options.save_every, stop_keepers.clone()));
            let reader = tokio::spawn(watch_over(id, task, failed.clone()));
            gateway.monitors.push(monitor);
            shards.push(ShardHandle { keeper, reader, lanes: lane_tasks, writer });
        }
        let running = Running { stop: stop.drop_guard(), stop_keepers: stop_keepers.drop_guard(), shards };
        *gateway.running.lock() = Some(running);
        Ok(gateway)
    }

    /// Every shard of this process, in order.
    pub fn status(&self) -> Vec<ShardStatus> {
        self.monitors.iter().map(|monitor| monitor.status()).collect()
    }

    /// Waits until a shard stops for good, and says why.
    pub async fn failure(&self) -> Arc<GatewayError> {
        let mut failure = self.failure.clone();
        loop {
            if let Some(error) = failure.borrow_and_update().clone() {
                return error;
            }
            if failure.changed().await.is_err() {
                // Every shard has ended in peace.
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
        let Some(running) = self.running.lock().take() else { return };
        let deadline = Instant::now() + patience;
        drop(running.stop);
        let ends = running.shards.into_iter().map(|shard| shard.end(deadline));
        let keepers = futures::future::join_all(ends).await;
        *self.closed.lock() = Some(Closed { stop_keepers: running.stop_keepers, keepers });
    }

    /// The second half: saves the cursors, in `patience` at most. It may be that whoever is in flight holds
    /// the place where they are kept; what is unsaved then is replayed.
    pub async fn save(&self, patience: Duration) {
        let Some(Closed { stop_keepers, keepers }) = self.closed.lock().take() else { return };
        let deadline = Instant::now() + patience;
        drop(stop_keepers);
        for (keeper, writer) in keepers {
            let abort = writer.abort_handle();
            let save = async {
                // The writer may be amid a write, which this one has to come after.
                let _ = writer.await;
                keeper.flush().await;
            };
            if timeout_at(deadline, save).await.is_err() {
                abort.abort();
                tracing::warn!("a cursor could not be saved in time; its shard's last events are replayed");
            }
        }
    }
}

impl ShardHandle {
    /// Waits for the connection's end and for what is in flight.
    async fn end(self, deadline: Instant) -> (Arc<Keeper>, JoinHandle<()>) {
        // How it ended was told when it ended, a panic included.
        let _ = self.reader.await;
        for lane in self.lanes {
            let abort = lane.abort_handle();
            if timeout_at(deadline, lane).await.is_err() {
                abort.abort();
            }
        }
        if let Some(live) = self.keeper.live() {
            while live.ledger.in_flight() > 0 && Instant::now() < deadline {
                sleep(DRAIN_STEP).await;
            }
        }
        (self.keeper, self.writer)
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
