//! Fires schedules that are due: once for all processes, because the row moves on only once.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use guildhall_core::clock::Timestamp;
use guildhall_framework::{Failure, Missed, Schedule, When, ctx::Services, tasks::Due};
use guildhall_store::{
    OperatorPath, StoreError,
    platform::{
        job::Party,
        schedule::{self, Stored},
    },
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::telemetry;

/// How often one looks.
const LOOK: Duration = Duration::from_secs(1);
/// A run that is later than this was missed.
const LATE: Duration = Duration::from_mins(1);
/// Numbers of jobs are drawn below this, short enough for a person to type.
const NUMBERS: u64 = 1_000_000_000_000;

/// Looks until the end.
pub(super) async fn keep(shared: Arc<Shared>, stop: CancellationToken) {
    let mut seeded = false;
    loop {
        let turn = async {
            if !seeded {
                seed(&shared).await?;
                seeded = true;
            }
            look(&shared).await
        };
        if let Err(error) = turn.await {
            telemetry::background_write_failed("schedules", &error);
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Makes this program's schedules known.
async fn seed(shared: &Shared) -> Result<(), StoreError> {
    let services = shared.services();
    let (now, within) = (services.clock.now(), shared.dispatcher.options.first_jobs_within);
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Jobs);
    for schedule in &shared.schedules {
        let first = match &schedule.when {
            When::Every(_) => now + within.mul_f64(services.random.fraction()),
            cron @ When::Cron(_) => cron.next(now).unwrap_or(Timestamp(i64::MAX)),
        };
        schedule::seed(&mut tx, schedule.name, &schedule.when.spec(), first).await?;
        services.tasks.known(schedule.name);
    }
    write.commit().await
}

/// Fires what is due, and takes note of a new start that operators ask for.
async fn look(shared: &Shared) -> Result<(), StoreError> {
    let services = shared.services();
    let all = {
        let mut read = services.store.read().await?;
        schedule::all(&mut read.operator(OperatorPath::Jobs)).await?
    };
    let before = shared.restarts.swap(all.restarts, Ordering::Relaxed);
    if before != u64::MAX && before != all.restarts {
        shared.restart.notify_one();
    }
    let now = services.clock.now();
    for stored in all.schedules.iter().filter(|stored| stored.next_at <= now) {
        if let Some(schedule) = shared.schedule(&stored.name) {
            move_on(services, schedule, stored, now).await?;
        }
    }
    Ok(())
}

async fn move_on(
    services: &Services,
    schedule: &Schedule,
    stored: &Stored,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (name, due) = (schedule.name, stored.next_at);
    let next = match next(&schedule.when, due, now) {
        Ok(next) => next,
        Err(failure) => {
            tracing::error!(
                schedule = name,
                error = guildhall_core::error::chain(&failure),
                "a schedule does not come again"
            );
            Timestamp(i64::MAX)
        }
    };
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Jobs);
    if schedule.missed == Missed::Skip && now.since(due) > LATE {
        let skipped = schedule::skip(&mut tx, name, due, next).await?;
        write.commit().await?;
        if skipped {
            telemetry::schedule(name, "skipped");
        }
        return Ok(());
    }
    let id = i64::try_from(1 + services.random.below(NUMBERS)).unwrap_or(1);
    let fired = schedule::fire(&mut tx, name, due, next, id, now).await?;
    write.commit().await?;
    if fired {
        telemetry::schedule(name, "fired");
        services.tasks.enqueued(vec![Due { party: Party::Lane(name.to_owned()), at: now }]);
    }
    Ok(())
}

/// The next time that is still to come, in step with the last where time was not lost.
fn next(when: &When, due: Timestamp, now: Timestamp) -> Result<Timestamp, Failure> {
    let next = when.next(due).map_err(Failure::internal)?;
    if next > now { Ok(next) } else { when.next(now).map_err(Failure::internal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_keeps_in_step_and_lies_ahead() {
        let every = When::Every(Duration::from_secs(100));
        let at = |seconds: i64| Timestamp(seconds * 1_000);
        for (now, wanted) in [(1_000, 1_100), (1_099, 1_100), (1_100, 1_200), (5_000, 5_100)] {
            assert_eq!(next(&every, at(1_000), at(now)).unwrap(), at(wanted), "{now}");
        }
    }
}
