//! Start, drain and what there is to see in between.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use guildhall_bus::{Bus, Subscription};
use guildhall_core::{clock::SharedClock, random::SharedRandom, secret::ExposeSecret as _};
use guildhall_discord::{
    gateway::{
        self, Gateway, GatewayError, GatewayOptions, Governor, InfoSource, ShardPlan, ShardState, ShardStatus,
    },
    rest::{self, Rest, RestStats},
};
use guildhall_framework::{
    Consents, Operators, Registry, Schedule, Tasks,
    ctx::{Services, Toggles, Usage},
};
use guildhall_store::{OperatorPath, Store, StoreError, erase, platform::setting, tombstone::Journal};
use parking_lot::RwLock;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    directory::Guilds,
    dispatcher::Dispatcher,
    effects::Effects,
    interactions::{Figures, Interactions},
    interest::Interest,
    jobs::{self, Jobs},
    options::RuntimeOptions,
    outbox::Relay,
    reconcile::Reconciler,
    registration,
    sink::Sink,
    store::{
        guilds::{self as known_guilds, Saver},
        sessions::Sessions,
    },
    telemetry,
};

/// How often the guild cache is written behind.
const HOUSEKEEPING: Duration = Duration::from_secs(2);

/// How long the last runs of jobs may take, even past the deadline of a drain: they only write down counts.
const LAST_JOBS: Duration = Duration::from_secs(2);

/// The part of a drain in which jobs may come to their end; what does not is put back after it.
const JOBS_SHARE: f64 = 0.7;

/// How long saving the cursors may take, even past the deadline of a drain.
const LAST_SAVE: Duration = Duration::from_secs(5);

/// What the runtime is made of.
pub struct Parts {
    /// The database, opened with the schemas of the registry and [`SCHEMA`](crate::store::SCHEMA).
    pub store: Store,
    /// The clock.
    pub clock: SharedClock,
    /// The random source.
    pub random: SharedRandom,
    /// The features.
    pub registry: Arc<Registry>,
    /// The one sender.
    pub rest: Rest,
    /// The transport from the shards to the workers.
    pub bus: Arc<dyn Bus>,
    /// Where erasures are written down beside the database.
    pub journal: Journal,
    /// The people who run the bot.
    pub operators: Operators,
    /// Schedules of the program itself, beside those of features.
    pub schedules: Vec<Schedule>,
}

/// How the shards are to run.
pub struct GatewayParts {
    /// How to connect.
    pub options: GatewayOptions,
    /// Whether IDENTIFYs that the reserve holds back may be spent.
    pub force: bool,
}

/// Why the runtime did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error("read what is stored")]
    Store(#[from] StoreError),
    /// The gateway cannot run.
    #[error("start the gateway")]
    Gateway(#[from] GatewayError),
}

/// Everything between the gateway and Discord's REST interface, running.
pub struct Runtime {
    services: Arc<Services>,
    guilds: Arc<Guilds>,
    saver: Arc<Saver>,
    rest: Rest,
    bus: Arc<dyn Bus>,
    sink: Arc<Sink>,
    interest: Arc<Interest>,
    relay: Relay,
    figures: Arc<Figures>,
    events: Arc<AtomicUsize>,
    gaps: Arc<AtomicUsize>,
    total: watch::Sender<Option<u32>>,
    gateway: Option<Gateway>,
    draining: AtomicBool,
    stop: CancellationToken,
    jobs: Jobs,
    background: JoinSet<()>,
    workers: JoinSet<()>,
    relay_task: JoinHandle<()>,
}

/// What there is to see.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Whether every shard is in a session and the runtime takes work.
    pub ready: bool,
    /// Every shard of this process.
    pub shards: Vec<ShardStatus>,
    /// Guilds the bot is in.
    pub guilds: usize,
    /// Interactions that wait.
    pub interactions_waiting: usize,
    /// Interactions that run.
    pub interactions_running: usize,
    /// Events that wait for a transaction.
    pub events_waiting: usize,
    /// Messages and answers that are to be sent.
    pub outbox_waiting: usize,
    /// Spans of lost events that are not reconciled.
    pub gaps: usize,
    /// The sender.
    pub rest: RestStats,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("services", &self.services).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts everything but the shards: loads what is stored, sends what an earlier run left, and takes
    /// work from the bus.
    pub async fn start(options: RuntimeOptions, parts: Parts) -> Result<Self, StartError> {
        telemetry::describe();
        let Parts { store, clock, random, registry, rest, bus, journal, operators, schedules } = parts;
        let erased = erase::resume(&store, &journal, clock.now()).await?;
        if erased.total() > 0 {
            tracing::info!(
                rows = erased.total(),
                "erasures that were not finished, or that this copy of the data does not know, are done"
            );
        }
        let guilds = Arc::new(Guilds::default());
        let services = Arc::new(Services {
            started: clock.now(),
            store: store.clone(),
            clock: Arc::clone(&clock),
            random,
            registry,
            directory: Arc::clone(&guilds) as Arc<_>,
            toggles: Toggles::default(),
            command_ids: RwLock::default(),
            usage: Usage::default(),
            tasks: Tasks::default(),
            operators,
            consents: Consents::default(),
            journal,
        });
        load_toggles(&services).await?;
        services.consents.load(&store, services.clock.now()).await?;
        let restored = known_guilds::load(&store, &guilds).await?;
        tracing::debug!(guilds = restored, "the guild cache is restored");

        let interest = Arc::new(Interest::new(Arc::clone(&services)));
        let (relay, relay_task) =
            Relay::start(store.clone(), rest.clone(), Arc::clone(&clock), options.sending).await;
        let dispatcher = Arc::new(Dispatcher {
            services: Arc::clone(&services),
            rest: rest.clone(),
            relay: relay.clone(),
            interest: Arc::clone(&interest),
            options: options.clone(),
        });
        let (figures, events) = (Arc::new(Figures::default()), Arc::new(AtomicUsize::new(0)));
        let workers = workers(&*bus, &dispatcher, &figures, &events);

        let (news, heard) = mpsc::unbounded_channel();
        let (total, total_known) = watch::channel(None);
        let gaps = Arc::new(AtomicUsize::new(0));
        let sink = Sink::new(Arc::clone(&bus), Arc::clone(&guilds), options.kib_in_flight, news);
        let reconciler = Reconciler {
            store: store.clone(),
            clock,
            guilds: Arc::clone(&guilds),
            interest: Arc::clone(&interest),
            bus: Arc::clone(&bus),
            total: total_known,
            gaps: Arc::clone(&gaps),
        };
        let stop = CancellationToken::new();
        let mut background = JoinSet::new();
        background.spawn(reconciler.run(heard));
        let saver = Saver::new(store, Arc::clone(&guilds), Arc::clone(&services.clock));
        let saver = Arc::new(saver);
        background.spawn(write_behind(Arc::clone(&saver)));
        let jobs = jobs::start(&dispatcher, schedules, &stop);
        Ok(Self {
            services,
            guilds,
            saver,
            rest,
            bus,
            sink: Arc::new(sink),
            interest,
            relay,
            figures,
            events,
            gaps,
            total,
            gateway: None,
            draining: AtomicBool::new(false),
            stop,
            jobs,
            background,
            workers,
            relay_task,
        })
    }

    /// Registers the commands in the background: in these guilds, or everywhere where none is named.
    pub fn register_commands(&mut self, development: Vec<guildhall_core::id::GuildId>) {
        let (services, guilds, rest) =
            (Arc::clone(&self.services), Arc::clone(&self.guilds), self.rest.clone());
        self.background.spawn(async move {
            registration::keep_registering(&services, &guilds, &rest, &development).await;
        });
    }

    /// Starts the shards.
    pub async fn connect(&mut self, parts: GatewayParts) -> Result<(), StartError> {
        let GatewayParts { options, force } = parts;
        let identity = gateway::identity(options.token.expose_secret());
        let sessions: Arc<dyn gateway::SessionStore> =
            Arc::new(Sessions::new(self.services.store.clone(), identity, Arc::clone(&self.saver)));
        let (clock, random) = (Arc::clone(&self.services.clock), Arc::clone(&self.services.random));
        let info: Arc<dyn InfoSource> = Arc::new(RestInfo(self.rest.clone()));
        let governor = Governor::new(info, Arc::clone(&sessions), Arc::clone(&clock), force).await?;
        let planned = options.shards.clone();
        let sink = Arc::clone(&self.sink) as Arc<dyn gateway::Sink>;
        let interest = Arc::clone(&self.interest) as Arc<dyn gateway::Interest>;
        let gateway = Gateway::start(options, governor, sessions, sink, interest, clock, random).await?;
        let running = u32::try_from(gateway.status().len()).unwrap_or(u32::MAX).max(1);
        let total = match planned {
            ShardPlan::Set { total, .. } => total,
            ShardPlan::Count(_) | ShardPlan::Recommended => running,
        };
        self.assume_shards(total);
        self.gateway = Some(gateway);
        Ok(())
    }

    /// Takes note of how many shards the bot runs in all; [`Runtime::connect`] does so by itself.
    pub fn assume_shards(&mut self, total: u32) {
        self.guilds.set_shards(total);
        self.total.send_replace(Some(total));
    }

    /// What handlers share.
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Where events come in, for another source than the shards.
    pub fn sink(&self) -> &Arc<Sink> {
        &self.sink
    }

    /// Waits until a shard stops for good, and says why. Never ends without shards.
    pub async fn failure(&self) -> Arc<GatewayError> {
        match &self.gateway {
            Some(gateway) => gateway.failure().await,
            None => std::future::pending().await,
        }
    }

    /// What there is to see now. Also refreshes the figures that metrics show.
    pub fn snapshot(&self) -> Snapshot {
        use guildhall_framework::directory::Directory;
        let shards = self.gateway.as_ref().map(Gateway::status).unwrap_or_default();
        for shard in &shards {
            self.guilds.set_latency(shard.id, shard.latency);
        }
        let draining = self.draining.load(Ordering::Relaxed);
        let up = !shards.is_empty() && shards.iter().all(|shard| shard.state == ShardState::Active);
        let snapshot = Snapshot {
            ready: up && !draining,
            shards,
            guilds: self.guilds.guilds(),
            interactions_waiting: self.figures.waiting.load(Ordering::Relaxed),
            interactions_running: self.figures.running.load(Ordering::Relaxed),
            events_waiting: self.events.load(Ordering::Relaxed),
            outbox_waiting: self.relay.waiting(),
            gaps: self.gaps.load(Ordering::Relaxed),
            rest: self.rest.stats(),
        };
        telemetry::depths(
            snapshot.interactions_waiting,
            snapshot.interactions_running,
            snapshot.events_waiting,
            snapshot.outbox_waiting,
            snapshot.guilds,
        );
        snapshot
    }

    /// Says that the end is near: [`Snapshot::ready`] is false from now on.
    pub fn not_ready(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Stops in order: no new work, what runs comes to its end, what is decided is sent, and what is left
    /// at the deadline is left to the next run. The database stays open.
    pub async fn drain(mut self, within: Duration) {
        self.not_ready();
        let deadline = Instant::now() + within;
        self.jobs.end_by(Instant::now() + within.mul_f64(JOBS_SHARE));
        self.stop.cancel();
        // The shards first: they close so that Discord replays what is not done.
        if let Some(gateway) = &self.gateway {
            gateway.close(within.mul_f64(0.6)).await;
        }
        self.bus.close();
        finish(&mut self.workers, deadline).await;
        finish(&mut self.jobs.tasks, deadline).await;
        // The cursors when what was handed over has ended or is cut: until then it may hold the database.
        if let Some(gateway) = self.gateway.take() {
            gateway.save(LAST_SAVE).await;
        }
        if timeout(LAST_JOBS, jobs::last(&self.services)).await.is_err() {
            tracing::warn!("the last jobs took too long and were stopped");
        }
        self.relay.drain(deadline);
        if timeout_at(deadline + Duration::from_secs(1), &mut self.relay_task).await.is_err() {
            self.relay_task.abort();
        }
        self.background.shutdown().await;
        if let Err(error) = self.saver.save().await {
            telemetry::background_write_failed("known guilds", &error);
        }
    }
}

impl Drop for Runtime {
    /// Stops at once, as a crash would: what is committed and not sent is for the next run.
    fn drop(&mut self) {
        self.relay_task.abort();
    }
}

/// Waits for tasks to end by themselves; what still runs at the deadline is stopped. Its transaction is
/// rolled back and its event replayed.
async fn finish(tasks: &mut JoinSet<()>, deadline: Instant) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if timeout_at(deadline, all).await.is_err() {
        tasks.shutdown().await;
    }
}

fn workers(
    bus: &dyn Bus,
    dispatcher: &Arc<Dispatcher>,
    figures: &Arc<Figures>,
    events: &Arc<AtomicUsize>,
) -> JoinSet<()> {
    let (to_interactions, interactions) = mpsc::unbounded_channel();
    let (to_effects, effects) = mpsc::unbounded_channel();
    let mut subscription: Box<dyn Subscription> = bus.subscribe();
    let mut workers = JoinSet::new();
    workers.spawn(async move {
        while let Some(delivery) = subscription.next().await {
            let lane = if delivery.envelope.interaction.is_some() { &to_interactions } else { &to_effects };
            if lane.send(delivery).is_err() {
                break;
            }
        }
    });
    workers.spawn(Interactions::new(Arc::clone(dispatcher), interactions, Arc::clone(figures)).run());
    workers.spawn(Effects::new(Arc::clone(dispatcher), effects, Arc::clone(events)).run());
    workers
}

async fn load_toggles(services: &Services) -> Result<(), StoreError> {
    let mut read = services.store.read().await?;
    for (guild, stored) in setting::everywhere(&mut read.operator(OperatorPath::Settings)).await? {
        services.toggles.load(guild, &services.registry, &stored);
    }
    Ok(())
}

async fn write_behind(saver: Arc<Saver>) {
    loop {
        sleep(HOUSEKEEPING).await;
        if let Err(error) = saver.save().await {
            telemetry::background_write_failed("known guilds", &error);
        }
    }
}

/// Asks Discord where its gateway is.
struct RestInfo(Rest);

impl InfoSource for RestInfo {
    fn gateway_info(&self) -> BoxFuture<'_, Result<gateway::GatewayInfo, gateway::StoreFailure>> {
        Box::pin(async {
            let info = rest::gateway_info::GatewayInfo::fetch(&self.0).await?;
            let limit = info.session_start_limit;
            Ok(gateway::GatewayInfo {
                url: info.url,
                shards: info.shards,
                total: limit.total,
                remaining: limit.remaining,
                reset_after: Duration::from_millis(limit.reset_after),
                max_concurrency: limit.max_concurrency.into(),
            })
        })
    }
}
