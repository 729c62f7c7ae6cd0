//! One run of one job: the handler, and its end in the same transaction.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use guildhall_core::{clock::Timestamp, id::GuildId, reference::RefId, scope::GuildScope};
use guildhall_framework::{
    Ctx, Ended, Failure, JobKind, Rules,
    ctx::{Services, Work},
    job::JobFailure,
};
use guildhall_store::{
    OperatorPath, StoreError,
    platform::job::{
        self, Held, Party, State,
        work::{self, Fault},
    },
};
use tokio::time::{Instant, sleep};

use super::Shared;
use crate::{
    dispatcher::guard::{Stopped, guarded},
    outbox,
    telemetry::{self, InternalFailure},
};

/// How long a job waits whose feature is turned off, so that it goes on when it is turned on again.
const WHILE_OFF: Duration = Duration::from_hours(1);
/// How long a job waits that only another version of the program knows.
const WHILE_UNKNOWN: Duration = Duration::from_mins(1);
/// How long a job waits at the most because the database refused: nobody's fault, so no try is counted.
const WHILE_OUT: Duration = Duration::from_secs(10);
/// The pause before the end of a run is written down once more.
const PAUSE: Duration = Duration::from_secs(1);

/// What came of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The job is over, well or not.
    Over,
    /// It is to run again then.
    At(Timestamp),
    /// It had become another's.
    Fenced,
}

/// How the handler's part ended.
enum End {
    Well(Outcome, &'static str),
    /// To be put back without counting a try.
    Back(Duration),
    /// The job is another's.
    Fenced,
    /// A try that failed, with so many allowed and a pause before the next.
    Failed {
        cause: Failure,
        tries: u32,
        pause: Duration,
    },
}

/// Runs a job that is held.
pub(super) async fn run(shared: Arc<Shared>, held: Held) -> Outcome {
    let label = shared.label(&held.kind);
    let services = shared.services();
    let counted = Counted::begin(services, label);
    let begun = Instant::now();
    let end = match &held.id.party {
        Party::Guild(guild) => in_guild(&shared, &held, *guild).await,
        Party::Lane(lane) => in_lane(&shared, &held, lane).await,
    };
    match end {
        End::Well(outcome, word) => {
            telemetry::job(label, word);
            telemetry::job_took(label, begun.elapsed());
            counted.end(begun.elapsed(), None);
            outcome
        }
        End::Fenced => {
            telemetry::job_fenced(label, &held.id.to_string());
            Outcome::Fenced
        }
        End::Back(pause) => {
            telemetry::job(label, "put_off");
            let now = services.clock.now();
            let back = insist(|| Box::pin(put_back(services, &held, now + pause, now))).await;
            if back { Outcome::At(now + pause) } else { Outcome::Fenced }
        }
        End::Failed { cause, tries, pause } => {
            telemetry::job(label, if panicked(&cause) { "panicked" } else { "failed" });
            telemetry::job_took(label, begun.elapsed());
            let reference = RefId::draw(&*services.random);
            counted.end(begun.elapsed(), Some(reference));
            let cause = guildhall_core::error::chain(&cause);
            let guild = held.id.party.guild();
            InternalFailure { reference, place: "job", name: label, guild, cause: &cause }.emit();
            let now = services.clock.now();
            let not_before = now + pause;
            let fault = Fault { cause: &cause, reference: reference.as_str(), not_before, tries, now };
            match insist(|| Box::pin(failed(services, &held, &fault))).await {
                Some(State::Waiting) => Outcome::At(not_before),
                Some(_) => {
                    telemetry::job_given_up(label, "dead", &held.id.to_string());
                    Outcome::Over
                }
                None => Outcome::Fenced,
            }
        }
    }
}

async fn in_guild(shared: &Shared, held: &Held, guild: GuildId) -> End {
    let services = shared.services();
    let Some((feature, kind)) = services.registry.job(&held.kind) else { return End::Back(WHILE_UNKNOWN) };
    if !services.toggles.enabled(guild, feature) {
        return End::Back(WHILE_OFF);
    }
    if shared.dispatcher.know(guild).await.is_err() {
        return End::Back(WHILE_OUT);
    }
    let mut ctx = Ctx::new(Arc::clone(services), shared.dispatcher.witness(guild), None);
    let handled = guarded(kind.rules.limit, async {
        match kind.run(&mut ctx, &held.payload).await {
            Ok(ended) => Ok(Ok(ended)),
            Err(JobFailure::Unreadable(error)) => Ok(Err(error)),
            Err(JobFailure::Failed(failure)) => Err(failure),
        }
    });
    match handled.await {
        Ok(Ok(ended)) => match commit(shared, held, guild, ctx.finish(), ended).await {
            Ok(true) => match ended {
                Ended::Done => End::Well(Outcome::Over, "ok"),
                Ended::Again(at) => End::Well(Outcome::At(at), "again"),
            },
            Ok(false) => End::Fenced,
            Err(error) => judged(services, held, kind, error.into()),
        },
        Ok(Err(unreadable)) => {
            // Another try would read the same.
            End::Failed { cause: Failure::internal(unreadable), tries: 0, pause: Duration::ZERO }
        }
        Err(failure) => {
            // Rolls back what was written.
            drop(ctx);
            judged(services, held, kind, failure)
        }
    }
}

fn judged(services: &Services, held: &Held, kind: &JobKind, cause: Failure) -> End {
    if cause.is_outage() {
        return End::Back(WHILE_OUT.mul_f64(services.random.fraction()));
    }
    let pause = kind.rules.pause(held.tries.saturating_add(1), &*services.random);
    End::Failed { cause, tries: kind.rules.tries, pause }
}

/// Makes durable what the handler wrote, together with the end of the job. `false`, and nothing is kept, where
/// the job has become another's.
async fn commit(
    shared: &Shared,
    held: &Held,
    guild: GuildId,
    work: Work,
    ended: Ended,
) -> Result<bool, StoreError> {
    let services = shared.services();
    let now = services.clock.now();
    let mut write = match work.write {
        Some(write) => write,
        None => services.store.write().await?,
    };
    let messages = outbox::store_messages(&mut write, work.outgoing, held.user, now).await?;
    let mut tx = write.guild(GuildScope(guild));
    let fits = match ended {
        Ended::Done => job::done(&mut tx, held.id.id, held.epoch).await?,
        Ended::Again(at) => job::again(&mut tx, held.id.id, held.epoch, at, now).await?,
    };
    if !fits {
        return Ok(false);
    }
    write.commit().await?;
    services.forget_cached(&work.stale).await;
    for message in messages {
        shared.dispatcher.relay.send(message);
    }
    shared.dispatcher.changed(work.changes);
    shared.dispatcher.chosen(work.chosen);
    services.tasks.enqueued(work.enqueued);
    Ok(true)
}

async fn in_lane(shared: &Shared, held: &Held, lane: &str) -> End {
    let services = shared.services();
    let Some(schedule) = shared.schedule(lane) else { return End::Back(WHILE_UNKNOWN) };
    match guarded(schedule.limit, (schedule.run)(services)).await {
        Ok(()) => {
            if insist(|| Box::pin(finished(services, held, lane))).await {
                End::Well(Outcome::Over, "ok")
            } else {
                End::Fenced
            }
        }
        Err(failure) if failure.is_outage() => End::Back(WHILE_OUT.mul_f64(services.random.fraction())),
        Err(cause) => {
            let pause = Rules::USUAL.pause(held.tries + 4, &*services.random);
            End::Failed { cause, tries: schedule.tries, pause }
        }
    }
}

async fn finished(services: &Services, held: &Held, lane: &str) -> Result<bool, StoreError> {
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Jobs);
    let fits = job::done_in_lane(&mut tx, lane, held.id.id, held.epoch).await?;
    write.commit().await?;
    Ok(fits)
}

async fn failed(services: &Services, held: &Held, fault: &Fault<'_>) -> Result<Option<State>, StoreError> {
    let mut write = services.store.write().await?;
    let state = work::fail(&mut write.operator(OperatorPath::Jobs), &held.id, held.epoch, fault).await?;
    write.commit().await?;
    Ok(state)
}

/// Puts a job back without counting a try.
pub(super) async fn put_back(
    services: &Services,
    held: &Held,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Jobs);
    let back = work::release(&mut tx, &held.id, held.epoch, not_before, now).await?;
    write.commit().await?;
    Ok(back)
}

/// Writes down what became of a run, however long the database refuses: the lease is extended meanwhile.
async fn insist<'a, T>(mut write: impl FnMut() -> BoxFuture<'a, Result<T, StoreError>>) -> T {
    loop {
        match write().await {
            Ok(written) => return written,
            Err(error) => telemetry::background_write_failed("job", &error),
        }
        sleep(PAUSE).await;
    }
}

fn panicked(failure: &Failure) -> bool {
    let Failure::Internal(cause) = failure else { return false };
    matches!(cause.downcast_ref(), Some(Stopped::Panicked(_)))
}

/// Counts a run that is under way, and takes it back where the run is cut short.
struct Counted<'s> {
    services: &'s Services,
    label: &'static str,
    open: bool,
}

impl<'s> Counted<'s> {
    fn begin(services: &'s Services, label: &'static str) -> Self {
        services.tasks.begin(label);
        Self { services, label, open: true }
    }

    fn end(mut self, took: Duration, failure: Option<RefId>) {
        self.open = false;
        self.services.tasks.end(self.label, took, self.services.clock.now(), failure);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.open {
            self.services.tasks.cut(self.label);
        }
    }
}
