//! Periodic work of this process: its own counts, its own memory.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use guildhall_core::reference::RefId;
use guildhall_framework::{Failure, Periodic, ctx::Services};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    dispatcher::guard::{self, Stopped},
    telemetry::{self, InternalFailure},
};

/// Runs it at its times, first within `first`. A run that is under way when `stop` is cancelled comes to its end.
pub(super) async fn repeat(
    services: Arc<Services>,
    periodic: Periodic,
    first: Duration,
    stop: CancellationToken,
) {
    services.tasks.known(periodic.name);
    // Soon, because a process that is started often would never come to work that waits for its whole interval;
    // and not everything at once.
    let mut wait = first.mul_f64(services.random.fraction());
    while pause(wait, &stop).await {
        once(&services, &periodic).await;
        // A tenth earlier or later, so that turns do not gather.
        wait = periodic.every.mul_f64(0.9 + 0.2 * services.random.fraction());
    }
}

/// The last runs of what asks for one, when nothing else runs any more.
pub async fn last(services: &Services) {
    let periodic = services.registry.features().iter().flat_map(|feature| &feature.periodic);
    for periodic in periodic.filter(|periodic| periodic.at_stop) {
        once(services, periodic).await;
    }
}

/// One run, whose panic is a failure like any other.
pub async fn once(services: &Services, periodic: &Periodic) {
    let begun = Instant::now();
    services.tasks.begin(periodic.name);
    let (outcome, failure) = match AssertUnwindSafe((periodic.run)(services)).catch_unwind().await {
        Ok(Ok(())) => ("ok", None),
        Ok(Err(failure)) => ("failed", Some(failure)),
        Err(panic) => {
            let stopped = Stopped::Panicked(guard::message(&*panic));
            ("panicked", Some(Failure::internal(stopped)))
        }
    };
    let took = begun.elapsed();
    telemetry::job(periodic.name, outcome);
    telemetry::job_took(periodic.name, took);
    let reference = failure.map(|failure| {
        let reference = RefId::draw(&*services.random);
        let cause = guildhall_core::error::chain(&failure);
        InternalFailure { reference, place: "job", name: periodic.name, guild: None, cause: &cause }.emit();
        reference
    });
    services.tasks.end(periodic.name, took, services.clock.now(), reference);
}

/// Waits for the next turn; `false` at the end.
async fn pause(wait: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = sleep(wait) => true,
        () = stop.cancelled() => false,
    }
}
