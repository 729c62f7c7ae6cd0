//! Start, drain and what there is to see in between.

mod connect;
mod drain;
mod snapshot;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use guildhall_bus::{Bus, Delivery, Subscription};
use guildhall_cache::Cache;
use guildhall_core::{clock::SharedClock, id::UserId, random::SharedRandom};
use guildhall_discord::{
    gateway::{GatewayError, GatewayOptions},
    rest::{Rest, files::Files},
};
use guildhall_framework::{
    Consents, Extensions, Operating, Operators, Processes, Registry, Rollout, Schedule, Tasks,
    ctx::{Services, Toggles, Usage},
    text_command::Prefixes,
};
use guildhall_store::{OperatorPath, Store, StoreError, erase, platform::setting, tombstone::Journal};
use parking_lot::RwLock;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

pub use self::snapshot::Snapshot;
use crate::{
    admission,
    cluster::{ClusterOptions, Keeping, Member, Meter, Partitions, Peer, Sets, Sharing, shards::ShardsError},
    directory::{Guilds, known::Known},
    dispatcher::{
        Dispatcher,
        text::{Integrations, Threads},
    },
    effects::Effects,
    interactions::{Figures, Interactions},
    interest::Interest,
    jobs::{self, Jobs},
    options::RuntimeOptions,
    outbox::Relay,
    outside::Way,
    reconcile::Reconciler,
    registration,
    sink::Sink,
    store::guilds::{self as known_guilds, Saver},
    telemetry,
    transport::Transport,
};

/// How often the guild cache is written behind.
const HOUSEKEEPING: Duration = Duration::from_secs(2);

/// How often a process says that it lives where it is the only one: for whoever looks at the status.
const ALONE: Duration = Duration::from_secs(10);

/// What the runtime is made of.
pub struct Parts {
    /// The database, opened with the schemas of the registry and [`SCHEMA`](crate::store::SCHEMA).
    pub store: Store,
    /// What features keep at hand.
    pub cache: Cache,
    /// The clock.
    pub clock: SharedClock,
    /// The random source.
    pub random: SharedRandom,
    /// The features.
    pub registry: Arc<Registry>,
    /// The one sender.
    pub rest: Rest,
    /// The transport from the shards to the workers.
    pub transport: Transport,
    /// The bot's own user, where its token tells.
    pub me: Option<UserId>,
    /// Where erasures are written down beside the database.
    pub journal: Journal,
    /// How this process takes part among the others.
    pub cluster: ClusterOptions,
    /// The people who run the bot.
    pub operators: Operators,
    /// For whom features are there.
    pub rollout: Rollout,
    /// Whether servers may have a prefix for text commands. What messages say must be among the intents then.
    pub text_commands: bool,
    /// Schedules of the program itself, beside those of features.
    pub schedules: Vec<Schedule>,
    /// Fetches files that people attached.
    pub files: Files,
    /// What single features are given.
    pub extensions: Extensions,
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
    /// Shards cannot be taken.
    #[error("take shards")]
    Shards(#[source] StoreError),
    /// Other processes of the bot run another number of shards.
    #[error(
        "run {configured} shards: the bot's other processes run {running}\nhint: set `discord.shard_count` to {running}, or change the number of a running bot by `guildhall shards reshard`"
    )]
    ShardCount {
        /// The number that this process is told.
        configured: u32,
        /// The number that the others run.
        running: u32,
    },
}

impl From<ShardsError> for StartError {
    fn from(error: ShardsError) -> Self {
        match error {
            ShardsError::Store(error) => Self::Shards(error),
            ShardsError::Gateway(error) => Self::Gateway(error),
        }
    }
}

/// Why a runtime cannot go on.
#[derive(Clone, Debug)]
pub enum End {
    /// A shard has stopped for good.
    Shard(Arc<GatewayError>),
    /// This process was taken for dead and others have its work: everything is to be begun anew.
    Evicted,
}

/// Everything between the gateway and Discord's REST interface, running.
pub struct Runtime {
    services: Arc<Services>,
    guilds: Arc<Guilds>,
    known: Arc<Known>,
    saver: Arc<Saver>,
    rest: Rest,
    transport: Transport,
    partitions: Option<Arc<Partitions>>,
    sink: Arc<Sink>,
    interest: Arc<Interest>,
    relay: Relay,
    figures: Arc<Figures>,
    seats: admission::Limits,
    events: Arc<AtomicUsize>,
    meter: Arc<Meter>,
    gaps: Arc<AtomicUsize>,
    total: watch::Sender<Option<u32>>,
    member: Arc<Member>,
    sets: Arc<Sets>,
    peers: Arc<RwLock<Vec<Peer>>>,
    evicted: watch::Receiver<bool>,
    keeping: JoinHandle<()>,
    stop_keeping: CancellationToken,
    draining: AtomicBool,
    stop: CancellationToken,
    jobs: Jobs,
    background: JoinSet<()>,
    workers: JoinSet<()>,
    relay_task: JoinHandle<()>,
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
        let Parts {
            store,
            cache,
            clock,
            random,
            registry,
            rest,
            transport,
            me,
            journal,
            cluster,
            operators,
            rollout,
            text_commands,
            schedules,
            files,
            extensions,
        } = parts;
        let role = cluster.role;
        let limits = options.limits;
        let member = Member::join(store.clone(), Arc::clone(&clock), &random, &cluster).await?;
        let erased = erase::resume(&store, &journal, clock.now()).await?;
        if erased.total() > 0 {
            tracing::info!(
                rows = erased.total(),
                "erasures that were not finished, or that this copy of the data does not know, are done"
            );
        }
        let guilds = Arc::new(Guilds::default());
        let known = Arc::new(Known::new(Arc::clone(&guilds), store.clone()));
        if let Some(me) = me {
            known.set_me(me);
        }
        let services = Arc::new(Services {
            started: clock.now(),
            store: store.clone(),
            cache,
            clock: Arc::clone(&clock),
            random,
            registry,
            directory: Arc::clone(&known) as Arc<_>,
            toggles: Toggles::within(rollout),
            prefixes: Prefixes::allowed(text_commands),
            command_ids: RwLock::default(),
            usage: Usage::default(),
            tasks: Tasks::default(),
            operators,
            operating: Operating::default(),
            processes: Processes::default(),
            consents: Consents::default(),
            journal,
            outside: Arc::new(Way { rest: rest.clone(), files }),
            extensions,
        });
        load_set_up(&services).await?;
        services.consents.load(&store, services.clock.now()).await?;
        services.operating.refresh(&store).await?;
        // Where others may know more of a guild, what is known of it comes with its shard.
        if !store.is_shared() {
            let restored = known_guilds::load_shard(&store, &guilds, 0, 1).await?;
            tracing::debug!(guilds = restored, "the guild cache is restored");
        }

        let interest = Arc::new(Interest::new(Arc::clone(&services)));
        let (relay, relay_task) =
            Relay::start(store.clone(), rest.clone(), Arc::clone(&clock), options.sending).await;
        let meter = Arc::new(Meter::default());
        let dispatcher = Arc::new(Dispatcher {
            services: Arc::clone(&services),
            rest: rest.clone(),
            relay: relay.clone(),
            interest: Arc::clone(&interest),
            known: Arc::clone(&known),
            options,
            threads: Threads::default(),
            integrations: Integrations::default(),
            meter: Arc::clone(&meter),
        });
        let (figures, events) = (Arc::new(Figures::default()), Arc::new(AtomicUsize::new(0)));
        let bus = transport.bus();
        let workers =
            if role.works() { workers(&*bus, &dispatcher, &figures, &events) } else { JoinSet::new() };

        let (news, heard) = mpsc::unbounded_channel();
        let (total, total_known) = watch::channel(None);
        let gaps = Arc::new(AtomicUsize::new(0));
        let sink = Sink::new(&transport, Arc::clone(&dispatcher), Arc::clone(&guilds), news);
        let reconciler = Reconciler {
            store: store.clone(),
            clock,
            guilds: Arc::clone(&guilds),
            interest: Arc::clone(&interest),
            bus,
            total: total_known,
            gaps: Arc::clone(&gaps),
        };
        let stop = CancellationToken::new();
        let mut background = JoinSet::new();
        let saver = Saver::new(store.clone(), Arc::clone(&guilds), Arc::clone(&services.clock));
        let saver = Arc::new(saver);
        background.spawn(operate(Arc::clone(&services), rest.clone()));
        if role.runs_shards() {
            background.spawn(reconciler.run(heard));
            background.spawn(write_behind(Arc::clone(&saver)));
        }
        let partitions = transport
            .nats()
            .filter(|_| role.works())
            .map(|nats| Arc::new(Partitions::new(Arc::clone(&member), store, nats.clone())));
        let sets = Arc::new(Sets::default());
        let (evicted, is_evicted) = watch::channel(false);
        let peers = Arc::new(RwLock::default());
        let keeping = Keeping {
            member: Arc::clone(&member),
            sets: Arc::clone(&sets),
            partitions: partitions.clone(),
            guilds: Arc::clone(&guilds),
            known: Arc::clone(&known),
            interest: Arc::clone(&interest),
            services: Arc::clone(&services),
            total: total.clone(),
            relay: relay.clone(),
            sharing: services.store.is_shared().then(|| Sharing::new(rest.clone())),
            peers: Arc::clone(&peers),
            every: if services.store.is_shared() { cluster.beat } else { ALONE },
            evicted,
        };
        let stop_keeping = CancellationToken::new();
        let keeping = tokio::spawn(keeping.run(stop_keeping.clone()));
        let jobs = jobs::start(&dispatcher, schedules, role.works(), &stop);
        Ok(Self {
            services,
            guilds,
            known,
            saver,
            rest,
            transport,
            partitions,
            sink: Arc::new(sink),
            interest,
            relay,
            figures,
            seats: limits,
            events,
            meter,
            gaps,
            total,
            member,
            sets,
            peers,
            evicted: is_evicted,
            keeping,
            stop_keeping,
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
        let (services, known, rest) =
            (Arc::clone(&self.services), Arc::clone(&self.known), self.rest.clone());
        self.background.spawn(async move {
            registration::keep_registering(&services, &known, &rest, &development).await;
        });
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

    /// Which events anybody wants.
    pub fn interest(&self) -> &Arc<Interest> {
        &self.interest
    }

    /// Waits until a shard stops for good or this process is evicted.
    pub async fn failure(&self) -> End {
        let sets = self.sets.all();
        let shard = async {
            let failures = sets.iter().map(|shards| Box::pin(shards.gateway.failure()));
            let failures: Vec<_> = failures.collect();
            if failures.is_empty() {
                return std::future::pending().await;
            }
            futures::future::select_all(failures).await.0
        };
        let mut evicted = self.evicted.clone();
        tokio::select! {
            error = shard => End::Shard(error),
            Ok(_) = evicted.wait_for(|evicted| *evicted) => End::Evicted,
        }
    }

    /// Every process of the bot, as this one saw them last.
    pub fn peers(&self) -> Vec<Peer> {
        self.peers.read().clone()
    }

    /// This process among the others.
    pub fn member(&self) -> &Arc<Member> {
        &self.member
    }

    /// Says that the end is near: [`Snapshot::ready`] is false from now on.
    pub fn not_ready(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl Drop for Runtime {
    /// Stops at once, as a crash would: what is committed and not sent is for the next run.
    fn drop(&mut self) {
        self.relay_task.abort();
        self.keeping.abort();
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
    let judge = Arc::clone(dispatcher);
    workers.spawn(async move {
        while let Some(delivery) = subscription.next().await {
            let sent = if delivery.envelope.interaction.is_some() {
                to_interactions.send(delivery)
            } else if judge.is_text(&delivery.envelope) {
                // It runs a command, and is a message to whoever looks at messages; done when both are.
                let Delivery { envelope, ack } = delivery;
                let (one, other) = ack.split();
                let command = Delivery { envelope: envelope.clone(), ack: one };
                to_interactions
                    .send(command)
                    .and_then(|()| to_effects.send(Delivery { envelope, ack: other }))
            } else {
                to_effects.send(delivery)
            };
            if sent.is_err() {
                break;
            }
        }
    });
    workers.spawn(Interactions::new(Arc::clone(dispatcher), interactions, Arc::clone(figures)).run());
    workers.spawn(Effects::new(Arc::clone(dispatcher), effects, Arc::clone(events)).run());
    workers
}

async fn load_set_up(services: &Services) -> Result<(), StoreError> {
    let mut read = services.store.read().await?;
    for (guild, stored) in setting::everywhere(&mut read.operator(OperatorPath::Settings)).await? {
        services.load(guild, &stored);
    }
    Ok(())
}

/// Does what operators decide, from wherever it was heard.
async fn operate(services: Arc<Services>, rest: Rest) {
    let mut heard = services.operating.watch();
    loop {
        let settings = heard.borrow_and_update().clone();
        rest.space_out_background(settings.rate_limit_delay);
        telemetry::maintenance(settings.maintenance.is_some());
        if heard.changed().await.is_err() {
            return;
        }
    }
}

async fn write_behind(saver: Arc<Saver>) {
    loop {
        sleep(HOUSEKEEPING).await;
        if let Err(error) = saver.save().await {
            telemetry::background_write_failed("known guilds", &error);
        }
    }
}
