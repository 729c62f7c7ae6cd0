//! Work on a schedule: the features' jobs, and the platform's own.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use guildhall_core::reference::RefId;
use guildhall_framework::{Failure, Job, ctx::Services};
use guildhall_store::{OperatorPath, StoreError, platform::inbox};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    dispatcher::guard::{self, Stopped},
    store::dead_letter,
    telemetry::{self, InternalFailure},
};

/// Rows that are removed in one transaction.
const BATCH: u32 = 500;
/// How often what is outdated is removed.
const PRUNE_EVERY: Duration = Duration::from_mins(5);

/// Starts every job of every feature, and the platform's. A job that runs when `stop` is cancelled comes
/// to its end.
pub fn start(services: &Arc<Services>, remember: Duration, stop: &CancellationToken) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for job in services.registry.features().iter().flat_map(|feature| feature.jobs.iter().copied()) {
        tasks.spawn(repeat(Arc::clone(services), job, stop.clone()));
    }
    let (services, stop) = (Arc::clone(services), stop.clone());
    tasks.spawn(async move {
        while pause(&services, PRUNE_EVERY, &stop).await {
            let ended = prune(&services, remember).await;
            if let Err(error) = &ended {
                telemetry::background_write_failed("prune", error);
            }
            telemetry::job("prune", if ended.is_ok() { "ok" } else { "failed" });
        }
    });
    tasks
}

async fn repeat(services: Arc<Services>, job: Job, stop: CancellationToken) {
    while pause(&services, job.every, &stop).await {
        once(&services, &job).await;
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
        let cause = telemetry::chain(&failure);
        InternalFailure { reference, place: "job", name: job.name, guild: None, cause: &cause }.emit();
    }
}

/// Waits for the next turn, a tenth earlier or later so that jobs do not gather; `false` at the end.
async fn pause(services: &Services, every: Duration, stop: &CancellationToken) -> bool {
    let wait = every.mul_f64(0.9 + 0.2 * services.random.fraction());
    tokio::select! {
        () = sleep(wait) => true,
        () = stop.cancelled() => false,
    }
}

/// Forgets what need not be remembered any longer.
pub async fn prune(services: &Services, remember: Duration) -> Result<(), StoreError> {
    let now = services.clock.now();
    loop {
        let mut write = services.store.write().await?;
        let gone = inbox::prune(&mut write.operator(OperatorPath::Retention), now - remember, BATCH).await?;
        write.commit().await?;
        if gone == 0 {
            break;
        }
    }
    while dead_letter::prune(&services.store, now, BATCH).await? > 0 {}
    Ok(())
}
