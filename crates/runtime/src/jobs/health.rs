//! The figures: those of all processes are added up in the database, the depths of the queue become metrics.

use std::{sync::Arc, time::Duration};

use guildhall_framework::ctx::Services;
use guildhall_store::{
    OperatorPath, StoreError,
    platform::{
        job::{State, look},
        task_health,
    },
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::telemetry;

/// How often figures are added up.
const SAVE: Duration = Duration::from_secs(30);
/// How often jobs are counted, and how often where that opens a file for each guild.
const COUNT: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(10));

/// Keeps the figures until the end.
pub(super) async fn keep(shared: Arc<Shared>, stop: CancellationToken) {
    let services = shared.services();
    let count_every = shared.every(COUNT.0, COUNT.1);
    let mut count_at = Instant::now();
    loop {
        if count_at <= Instant::now() {
            count_at = Instant::now() + count_every;
            if let Err(error) = count(services).await {
                telemetry::background_write_failed("count of jobs", &error);
            }
        }
        let stopped = tokio::select! {
            () = sleep(SAVE) => false,
            () = stop.cancelled() => true,
        };
        if let Err(error) = save(services).await {
            telemetry::background_write_failed("task health", &error);
        }
        if stopped {
            return;
        }
    }
}

/// Adds the figures of this process to those of all.
pub async fn save(services: &Services) -> Result<(), StoreError> {
    let taken = services.tasks.take_unsaved();
    if taken.is_empty() {
        return Ok(());
    }
    let saved = async {
        let mut write = services.store.write().await?;
        let mut tx = write.operator(OperatorPath::Jobs);
        for (task, tally) in &taken {
            task_health::add(&mut tx, task, tally).await?;
        }
        write.commit().await
    };
    let saved = saved.await;
    if saved.is_err() {
        services.tasks.give_back(taken);
    }
    saved
}

async fn count(services: &Services) -> Result<(), StoreError> {
    let now = services.clock.now();
    let mut read = services.store.read().await?;
    let counts = look::counts(&mut read.operator(OperatorPath::Diagnosis)).await?;
    for state in State::ALL {
        let jobs = counts.iter().filter(|count| count.state == state).map(|count| count.jobs).sum();
        telemetry::jobs_stored(state.name(), jobs);
    }
    let waiting = counts.iter().filter(|count| count.state == State::Waiting);
    let oldest = waiting.map(|count| now.since(count.oldest)).max().unwrap_or_default();
    telemetry::oldest_job(oldest);
    Ok(())
}
