//! Work beside what Discord asks for: durable jobs of guilds, schedules that run once for all processes, and
//! periodic work of each process.
//!
//! A schedule that is due becomes a job in a lane of its name, so that leases, tries, crashes and dead letters
//! are the same for everything. `runner` takes jobs in fair turns, `schedules` fires what is due, `health` keeps
//! the figures.

pub mod health;
pub mod periodic;
mod ring;
mod run;
mod runner;
mod schedules;

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use futures::future::BoxFuture;
use guildhall_framework::{Failure, Schedule, When, ctx::Services};
use guildhall_store::{Layout, OperatorPath, StoreError, platform::outbox, retention};
use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use self::runner::Runner;
use crate::{dispatcher::Dispatcher, telemetry};

pub use self::periodic::{last, once};

/// How often what is outdated is removed.
const PRUNE_EVERY: Duration = Duration::from_mins(5);
/// How long runs may go on where the tasks are started anew while the program goes on.
const RESTART_GRACE: Duration = Duration::from_secs(10);
/// How long the rest may take to notice.
const LAST_GRACE: Duration = Duration::from_secs(2);

/// The tasks of this process.
pub struct Jobs {
    shared: Arc<Shared>,
    /// Ends by itself when the program stops.
    pub tasks: JoinSet<()>,
}

/// What all tasks share.
struct Shared {
    dispatcher: Arc<Dispatcher>,
    schedules: Vec<Schedule>,
    /// Names this process to people.
    holder: String,
    /// When runs have to be over.
    end_by: Mutex<Option<Instant>>,
    /// How many new starts were asked for that have happened.
    restarts: AtomicU64,
    restart: Notify,
}

impl Shared {
    fn services(&self) -> &Arc<Services> {
        &self.dispatcher.services
    }

    /// When runs have to be over that are to end.
    fn end_by(&self) -> Instant {
        self.end_by.lock().unwrap_or_else(|| Instant::now() + RESTART_GRACE)
    }

    fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.name == name)
    }

    /// The name of a kind of work as this program knows it, for metrics.
    fn label(&self, kind: &str) -> &'static str {
        let job = self.services().registry.job(kind).map(|(_, job)| job.name);
        job.or_else(|| self.schedule(kind).map(|schedule| schedule.name)).unwrap_or("unknown")
    }

    /// Whether a run of this kind takes much for long.
    fn is_heavy(&self, kind: &str) -> bool {
        self.services().registry.job(kind).is_some_and(|(_, job)| job.rules.heavy)
    }

    /// Whether nobody else works on this database, so that nothing changes behind this process's back.
    fn is_alone(&self) -> bool {
        self.services().store.layout() != Layout::Postgres
    }

    /// How often something is looked up that may be in every guild's file, where there is one for each.
    fn every(&self, usual: Duration, with_a_file_for_each: Duration) -> Duration {
        match self.services().store.layout() {
            Layout::PerGuild => with_a_file_for_each,
            Layout::File | Layout::Postgres => usual,
        }
    }
}

/// Starts everything: the features' tasks, the platform's, and these schedules of the program itself. A process that
/// does no work of this kind starts nothing.
pub fn start(
    dispatcher: &Arc<Dispatcher>,
    schedules: Vec<Schedule>,
    works: bool,
    stop: &CancellationToken,
) -> Jobs {
    let services = &dispatcher.services;
    let tables = services.store.schemas().iter().flat_map(|schema| schema.inventory);
    tables.filter(|table| retention::applies(table)).for_each(|table| telemetry::pruned(table.name, 0));
    let of_features = services.registry.features().iter().flat_map(|feature| &feature.schedules).cloned();
    let schedules: Vec<_> = of_features.chain([pruning()]).chain(schedules).collect();
    for schedule in &schedules {
        telemetry::schedule_known(schedule.name);
    }
    let features = services.registry.features();
    let kinds = features.iter().flat_map(|feature| feature.jobs.iter().map(|job| job.name));
    let periodic = features.iter().flat_map(|feature| feature.periodic.iter().map(|periodic| periodic.name));
    let names = kinds.chain(periodic).chain(schedules.iter().map(|schedule| schedule.name));
    for name in names.chain(["unknown"]) {
        telemetry::job_known(name);
    }
    let shared = Arc::new(Shared {
        dispatcher: Arc::clone(dispatcher),
        schedules,
        holder: format!("{}-{:04x}", std::process::id(), services.random.below(1 << 16)),
        end_by: Mutex::new(None),
        restarts: AtomicU64::new(u64::MAX),
        restart: Notify::new(),
    });
    let mut tasks = JoinSet::new();
    if works {
        tasks.spawn(supervise(Arc::clone(&shared), stop.clone()));
    }
    Jobs { shared, tasks }
}

impl Jobs {
    /// Says by when runs have to be over once the program stops. What is not over by then is put back.
    pub fn end_by(&self, by: Instant) {
        *self.shared.end_by.lock() = Some(by);
    }
}

/// Keeps the tasks running, and starts them anew when operators ask for it.
async fn supervise(shared: Arc<Shared>, stop: CancellationToken) {
    let mut first = shared.dispatcher.options.first_jobs_within;
    loop {
        let round = CancellationToken::new();
        let mut loops = JoinSet::new();
        let features = shared.services().registry.features();
        for periodic in features.iter().flat_map(|feature| &feature.periodic).copied() {
            loops.spawn(periodic::repeat(Arc::clone(shared.services()), periodic, first, round.clone()));
        }
        loops.spawn(Runner::new(Arc::clone(&shared), round.clone()).run());
        loops.spawn(schedules::keep(Arc::clone(&shared), round.clone()));
        loops.spawn(health::keep(Arc::clone(&shared), round.clone()));
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            () = shared.restart.notified() => false,
        };
        round.cancel();
        let by = shared.end_by() + LAST_GRACE;
        let _late = timeout_at(by, async { while loops.join_next().await.is_some() {} }).await;
        loops.shutdown().await;
        if stopped {
            return;
        }
        tracing::info!("the tasks are started anew");
        first = Duration::ZERO;
    }
}

/// Removes what is outdated, in batches that leave things in order.
fn pruning() -> Schedule {
    fn run(services: &Services) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async { prune(services).await.map_err(Failure::from) })
    }
    Schedule { cut: true, tries: 1, ..Schedule::new("prune", When::Every(PRUNE_EVERY), run) }
}

/// Removes what the inventories say need not be kept any longer.
pub async fn prune(services: &Services) -> Result<(), StoreError> {
    for outdated in retention::run(&services.store, services.clock.now()).await? {
        telemetry::pruned(outdated.table, outdated.rows);
    }
    let mut read = services.store.read().await?;
    telemetry::given_up(outbox::given_up(&mut read.operator(OperatorPath::Diagnosis)).await?);
    Ok(())
}
