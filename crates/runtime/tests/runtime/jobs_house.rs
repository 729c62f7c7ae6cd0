//! The tasks of a process over one database, and a feature whose jobs do what the tests ask of them. What
//! happened is kept in statics: each test has a process of its own.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use guildhall_cache::Cache;
use guildhall_core::{
    clock::SharedClock, id::GuildId, random::Seeded, scope::GuildScope, secret::SecretString,
};
use guildhall_discord::rest::{Rest, RestOptions};
use guildhall_framework::caching::STAMPS;
use guildhall_framework::{
    Consents, Ctx, Ended, Extensions, Failure, Feature, JobKind, JobOptions, Nowhere, OnJob, Operating,
    Operators, Periodic, Processes, Registry, Rules, Schedule, Tasks, Toggle, When,
    ctx::{Invocation, Services, Toggles, Usage},
    text_command::Prefixes,
};
use guildhall_runtime::{
    RuntimeOptions,
    directory::{Guilds, known::Known},
    dispatcher::{
        Dispatcher,
        text::{Integrations, Threads},
    },
    interest::Interest,
    jobs::{self, Jobs},
    options::JobLimits,
    outbox::Relay,
};
use guildhall_store::{
    OperatorPath, Store,
    platform::job::{JobId, State, look},
    tombstone::Journal,
};
use guildhall_testkit::database::{Database, Kind};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use twilight_model::guild::Permissions;

use crate::{feature, stage::Ahead};

/// What a job is to do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum How {
    /// Note something.
    Note,
    /// Note something in two parts.
    Twice,
    /// The same, but hang before the end until the gate is open.
    Hang,
    /// Hang before anything is written, the first time.
    Sleep,
    /// Hang before anything is written, each time.
    Wait,
    Fail,
    Panic,
}

/// What a job is given.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Told {
    pub(crate) how: How,
    pub(crate) words: String,
}

/// Whether what hangs may go on.
pub(crate) static GATE: AtomicBool = AtomicBool::new(false);
/// Runs that hang, or have.
pub(crate) static HUNG: AtomicUsize = AtomicUsize::new(0);
/// The guilds whose jobs ran, in order.
pub(crate) static RAN: Mutex<Vec<GuildId>> = Mutex::new(Vec::new());
/// Runs of a guild at once, and the most there were.
static AT_ONCE: Mutex<BTreeMap<GuildId, (u32, u32)>> = Mutex::new(BTreeMap::new());
/// Runs of the schedule.
pub(crate) static SWEPT: AtomicU32 = AtomicU32::new(0);
/// Runs of the periodic work.
pub(crate) static TURNS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn most_at_once(guild: GuildId) -> u32 {
    AT_ONCE.lock().get(&guild).map_or(0, |(_, most)| *most)
}

/// Runs that hang just now.
pub(crate) static HANGING: AtomicUsize = AtomicUsize::new(0);

/// A run that hangs, until it goes on or is dropped.
struct Hanging;

impl Hanging {
    fn here() -> Self {
        HUNG.fetch_add(1, Ordering::SeqCst);
        HANGING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        HANGING.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn gate() {
    let _here = Hanging::here();
    while !GATE.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) struct Note;

impl OnJob for Note {
    const KIND: &'static str = "note";
    const RULES: Rules = Rules { tries: 3, first_pause: Duration::ZERO, ..Rules::USUAL };
    type Payload = Told;

    async fn run(ctx: &mut Ctx, told: Told) -> Result<Ended, Failure> {
        let guild = ctx.guild()?;
        RAN.lock().push(guild);
        {
            let mut at_once = AT_ONCE.lock();
            let (now, most) = at_once.entry(guild).or_default();
            *now += 1;
            *most = (*most).max(*now);
        }
        tokio::task::yield_now().await;
        let ended = Self::act(ctx, told).await;
        if let Some((now, _)) = AT_ONCE.lock().get_mut(&guild) {
            *now -= 1;
        }
        ended
    }
}

impl Note {
    async fn act(ctx: &mut Ctx, told: Told) -> Result<Ended, Failure> {
        let Told { how, words } = told;
        if how == How::Wait || how == How::Sleep && HUNG.load(Ordering::SeqCst) == 0 {
            gate().await;
        }
        let first = feature::noted(ctx).await? == 0;
        feature::note(ctx, &words).await?;
        match how {
            How::Fail => return Err(Failure::internal("a job fails on purpose")),
            How::Panic => panic!("a job panics on purpose"),
            How::Hang => gate().await,
            How::Twice if first => return Ok(Ended::Again(ctx.now())),
            _ => {}
        }
        Ok(Ended::Done)
    }
}

/// The same, and heavy.
pub(crate) struct Toil;

impl OnJob for Toil {
    const KIND: &'static str = "toil";
    const RULES: Rules = Rules { heavy: true, ..Note::RULES };
    type Payload = Told;

    async fn run(ctx: &mut Ctx, told: Told) -> Result<Ended, Failure> {
        Note::run(ctx, told).await
    }
}

fn feature() -> Feature {
    Feature {
        name: "test",
        toggle: Toggle::On,
        needs: Permissions::empty(),
        commands: Vec::new(),
        components: Vec::new(),
        events: Vec::new(),
        jobs: vec![JobKind::of::<Note>(), JobKind::of::<Toil>()],
        schedules: vec![Schedule::new("test_sweep", When::Every(Duration::from_hours(1)), |_| {
            Box::pin(async {
                SWEPT.fetch_add(1, Ordering::SeqCst);
                Ok(())
            })
        })],
        periodic: vec![Periodic {
            name: "test_turn",
            every: Duration::from_hours(10_000),
            at_stop: false,
            run: |_| {
                Box::pin(async {
                    TURNS.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                })
            },
        }],
        figures: None,
        schema: feature::SCHEMA,
        locales: &[],
    }
}

pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) clock: Arc<Ahead>,
    pub(crate) services: Arc<Services>,
    pub(crate) limits: JobLimits,
    rest: Rest,
    relay: Relay,
    pub(crate) database: Arc<Database>,
}

/// The tasks of a process. Dropping them is a crash.
pub(crate) struct Process {
    jobs: Jobs,
    stop: CancellationToken,
}

impl Process {
    /// Stops in order; runs have so long.
    pub(crate) async fn stop(mut self, within: Duration) {
        self.jobs.end_by(Instant::now() + within);
        self.stop.cancel();
        while self.jobs.tasks.join_next().await.is_some() {}
    }
}

impl House {
    pub(crate) async fn new(kind: Kind) -> Self {
        let database = Arc::new(Database::new(kind).await.unwrap());
        Self::on(database, Arc::new(Ahead::default())).await
    }

    /// Another process on the same database, with the same clock. On PostgreSQL alone.
    pub(crate) async fn beside(&self) -> Self {
        Self::on(Arc::clone(&self.database), Arc::clone(&self.clock)).await
    }

    async fn on(database: Arc<Database>, clock: Arc<Ahead>) -> Self {
        crate::log::start();
        let shared: SharedClock = Arc::clone(&clock) as _;
        let registry = Arc::new(Registry::new(vec![feature()]).unwrap());
        let mut schemas = registry.schemas();
        schemas.push(guildhall_runtime::store::SCHEMA);
        let store = database.open(&schemas, Arc::clone(&shared)).await.unwrap();
        let random = Arc::new(Seeded::new(7));
        // Nobody listens there: nothing is sent in these tests.
        let options = RestOptions {
            base: "http://127.0.0.1:9".to_owned(),
            ..RestOptions::new(SecretString::from("token"))
        };
        let rest = Rest::new(options, Arc::clone(&shared), random.clone()).unwrap();
        let (relay, _task) = Relay::start(store.clone(), rest.clone(), Arc::clone(&shared), 1).await;
        let services = Arc::new(Services {
            store: store.clone(),
            cache: Cache::in_process(&[&STAMPS]).unwrap(),
            clock: shared,
            random,
            registry,
            directory: Arc::new(Guilds::default()),
            toggles: Toggles::default(),
            prefixes: Prefixes::default(),
            consents: Consents::default(),
            journal: Journal::none(),
            usage: Usage::default(),
            tasks: Tasks::default(),
            operators: Operators::default(),
            operating: Operating::default(),
            processes: Processes::default(),
            outside: Arc::new(Nowhere),
            extensions: Extensions::default(),
            command_ids: RwLock::default(),
            started: guildhall_core::clock::Timestamp(0),
        });
        Self { store, clock, services, limits: JobLimits::default(), rest, relay, database }
    }

    /// Starts the tasks; schedules that are new are due far ahead.
    pub(crate) fn start(&self) -> Process {
        let dispatcher = Arc::new(Dispatcher {
            services: Arc::clone(&self.services),
            rest: self.rest.clone(),
            relay: self.relay.clone(),
            interest: Arc::new(Interest::new(Arc::clone(&self.services))),
            known: Arc::new(Known::new(Arc::default(), self.store.clone())),
            options: RuntimeOptions {
                jobs: self.limits,
                first_jobs_within: Duration::from_hours(10_000),
                ..RuntimeOptions::default()
            },
            threads: Threads::default(),
            integrations: Integrations::default(),
            meter: Arc::default(),
        });
        let stop = CancellationToken::new();
        let jobs = jobs::start(&dispatcher, Vec::new(), true, &stop);
        Process { jobs, stop }
    }

    fn ctx(&self, guild: GuildId) -> Ctx {
        let locale = guildhall_core::l10n::DEFAULT;
        let invocation = Invocation {
            guild: Some(guild),
            channel: None,
            user: None,
            user_permissions: Permissions::empty(),
            bot_permissions: Permissions::empty(),
            locale,
            guild_locale: locale,
        };
        Ctx::new(Arc::clone(&self.services), invocation, None)
    }

    /// Puts jobs as a handler does, all in one commit.
    pub(crate) async fn put(&self, guild: GuildId, many: usize, how: How, words: &str) {
        self.put_kind::<Note>(guild, many, how, words).await;
    }

    /// The same with jobs of another kind.
    pub(crate) async fn put_kind<J: OnJob<Payload = Told>>(
        &self,
        guild: GuildId,
        many: usize,
        how: How,
        words: &str,
    ) {
        let mut ctx = self.ctx(guild);
        for _ in 0..many {
            let told = Told { how, words: words.to_owned() };
            assert!(ctx.enqueue::<J>(&told, JobOptions::default()).await.unwrap());
        }
        let work = ctx.finish();
        work.write.unwrap().commit().await.unwrap();
        self.services.tasks.enqueued(work.enqueued);
    }

    pub(crate) async fn notes(&self, guild: GuildId) -> Vec<String> {
        feature::notes(&self.store, guild).await
    }

    /// How many jobs there are in each state, but for those of schedules.
    pub(crate) async fn jobs(&self) -> BTreeMap<&'static str, u64> {
        let mut read = self.store.read().await.unwrap();
        let counts = look::counts(&mut read.operator(OperatorPath::Diagnosis)).await.unwrap();
        let counts =
            counts.into_iter().filter(|count| [Note::KIND, Toil::KIND].contains(&count.kind.as_str()));
        let mut jobs = BTreeMap::new();
        for count in counts {
            *jobs.entry(count.state.name()).or_default() += count.jobs;
        }
        jobs
    }

    /// The jobs in this state.
    pub(crate) async fn in_state(&self, state: State) -> Vec<look::Seen> {
        let mut read = self.store.read().await.unwrap();
        look::in_state(&mut read.operator(OperatorPath::Diagnosis), state, 100).await.unwrap()
    }

    /// Lets a job run again that was given up, as the command line does.
    pub(crate) async fn replay(&self, id: &JobId) {
        let mut write = self.store.write().await.unwrap();
        let now = self.services.clock.now();
        assert!(look::replay(&mut write.operator(OperatorPath::Jobs), id, now).await.unwrap());
        write.commit().await.unwrap();
    }

    /// Changes what is stored for all jobs.
    pub(crate) async fn spoil(&self, guild: GuildId) {
        const SPOIL: guildhall_store::GuildStatement =
            guildhall_store::guild("job_spoil", "UPDATE job SET payload = 'no JSON' WHERE guild_id = $1");
        let mut write = self.store.write().await.unwrap();
        write.guild(GuildScope(guild)).execute(&SPOIL, Vec::new()).await.unwrap();
        write.commit().await.unwrap();
    }
}
