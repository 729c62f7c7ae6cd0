//! Work on a schedule: the features' jobs, and the platform's own.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use guildhall_core::reference::RefId;
use guildhall_framework::{Failure, Job, ctx::Services};
use guildhall_store::{OperatorPath, StoreError, platform::outbox, retention};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    dispatcher::guard::{self, Stopped},
    options::RuntimeOptions,
    telemetry::{self, InternalFailure},
};

/// How often what is outdated is removed.
const PRUNE_EVERY: Duration = Duration::from_mins(5);

/// Starts every job of every feature, and the platform's. A job that runs when `stop` is cancelled comes
/// to its end.
pub fn start(services: &Arc<Services>, options: &RuntimeOptions, stop: &CancellationToken) -> JoinSet<()> {
    let first = options.first_jobs_within;
    let mut tasks = JoinSet::new();
    for job in jobs(services).copied() {
        telemetry::job_known(job.name);
        tasks.spawn(repeat(Arc::clone(services), job, first, stop.clone()));
    }
    telemetry::job_known("prune");
    let tables = services.store.schemas().iter().flat_map(|schema| schema.inventory);
    tables.filter(|table| retention::applies(table)).for_each(|table| telemetry::pruned(table.name, 0));
    let (services, stop) = (Arc::clone(services), stop.clone());
    tasks.spawn(async move {
        let mut wait = soon(&services, first);
        while pause(wait, &stop).await {
            let ended = prune(&services).await;
            if let Err(error) = &ended {
                telemetry::background_write_failed("prune", error);
            }
            telemetry::job("prune", if ended.is_ok() { "ok" } else { "failed" });
            wait = about(&services, PRUNE_EVERY);
        }
    });
    tasks
}

/// The last runs of those jobs that ask for one, when nothing else runs any more.
pub async fn last(services: &Services) {
    for job in jobs(services).filter(|job| job.at_stop) {
        once(services, job).await;
    }
}

fn jobs(services: &Services) -> impl Iterator<Item = &Job> {
    services.registry.features().iter().flat_map(|feature| &feature.jobs)
}

async fn repeat(services: Arc<Services>, job: Job, first: Duration, stop: CancellationToken) {
    let mut wait = soon(&services, first);
    while pause(wait, &stop).await {
        once(&services, &job).await;
        wait = about(&services, job.every);
    }
}

/// One run, whose panic is a failure like any other.
pub async fn once(services: &Services, job: &Job) {
    let (outcome, failure) = match AssertUnwindSafe((job.run)(services)).catch_unwind().await {
        Ok(Ok(())) => ("ok", None),
        Ok(Err(failure)) => ("failed", Some(failure)),
        Err(panic) => {
            let stopped = Stopped::Panicked(guard::message(&*panic));
            ("panicked", Some(Failure::internal(stopped)))
        }
    };
    telemetry::job(job.name, outcome);
    if let Some(failure) = failure {
        let reference = RefId::draw(&*services.random);
        let cause = guildhall_core::error::chain(&failure);
        InternalFailure { reference, place: "job", name: job.name, guild: None, cause: &cause }.emit();
    }
}

/// When a job runs first: soon, because a process that is started often would never come to jobs that wait
/// for their whole interval, and not all at once.
fn soon(services: &Services, within: Duration) -> Duration {
    within.mul_f64(services.random.fraction())
}

/// The time to the next turn, a tenth earlier or later so that jobs do not gather.
fn about(services: &Services, every: Duration) -> Duration {
    every.mul_f64(0.9 + 0.2 * services.random.fraction())
}

/// Waits for the next turn; `false` at the end.
async fn pause(wait: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = sleep(wait) => true,
        () = stop.cancelled() => false,
    }
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
