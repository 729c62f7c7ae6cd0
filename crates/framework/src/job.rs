//! Durable jobs: work that a handler asks for in its own transaction, and that is done later, also after a
//! crash, once as far as anybody can see.

use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_core::{clock::Timestamp, random::Random};
use guildhall_store::platform::job::Priority;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ctx::Ctx,
    failure::{Failure, Unreadable},
};

/// A kind of job. What it writes through its [`Ctx`] is committed together with its end, or not at all; what it
/// does beyond that, it may do again after a crash.
pub trait OnJob: 'static {
    /// Its name in the database, logs and metrics: unique, and never given another meaning.
    const KIND: &'static str;

    /// How it is tried.
    const RULES: Rules = Rules::USUAL;

    /// What it is given. A change must still read what is stored.
    type Payload: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Does it. The guild is that of the job; there is no caller.
    fn run(ctx: &mut Ctx, payload: Self::Payload) -> impl Future<Output = Result<Ended, Failure>> + Send;
}

/// How a job ended well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// It is done.
    Done,
    /// A part of it is done. It goes on then, with the same payload.
    Again(Timestamp),
}

/// How a kind of job is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rules {
    /// So many failures in a row are the end.
    pub tries: u32,
    /// The longest pause after the first failure; it doubles with each.
    pub first_pause: Duration,
    /// The longest pause there is.
    pub longest_pause: Duration,
    /// How long one run may take.
    pub limit: Duration,
    /// Whether a run takes much of the machine for long. Of a guild few of these run at once, and they leave
    /// seats to other work.
    pub heavy: bool,
}

impl Rules {
    /// Ten tries within three quarters of an hour, each of five minutes at most.
    pub const USUAL: Self = Self {
        tries: 10,
        first_pause: Duration::from_secs(5),
        longest_pause: Duration::from_hours(1),
        limit: Duration::from_mins(5),
        heavy: false,
    };

    /// How long to wait after so many failures: anything up to the longest pause for them, so that what failed
    /// together does not come back together.
    pub fn pause(&self, failures: u32, random: &dyn Random) -> Duration {
        let doubled = self.first_pause.saturating_mul(1 << failures.saturating_sub(1).min(30));
        doubled.min(self.longest_pause).mul_f64(random.fraction())
    }
}

/// How one job is to be done.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JobOptions {
    /// How urgent it is.
    pub priority: Priority,
    /// Not to be run earlier; now by default.
    pub not_before: Option<Timestamp>,
    /// While a job of its kind and this key waits in the guild, there is no second.
    pub dedupe: Option<String>,
}

/// Why a job did not end well.
#[derive(Debug)]
pub enum JobFailure {
    /// What is stored for it does not read, today or ever.
    Unreadable(Unreadable),
    /// The handler failed.
    Failed(Failure),
}

type Run = for<'a> fn(&'a mut Ctx, &'a str) -> BoxFuture<'a, Result<Ended, JobFailure>>;

/// An [`OnJob`] among others.
#[derive(Clone, Copy)]
pub struct JobKind {
    /// Its name.
    pub name: &'static str,
    /// How it is tried.
    pub rules: Rules,
    run: Run,
}

impl JobKind {
    /// The kind `J`.
    pub fn of<J: OnJob>() -> Self {
        Self {
            name: J::KIND,
            rules: J::RULES,
            run: |ctx, payload| {
                Box::pin(async move {
                    let payload = serde_json::from_str(payload)
                        .map_err(|error| JobFailure::Unreadable(Unreadable::from(&error)))?;
                    J::run(ctx, payload).await.map_err(JobFailure::Failed)
                })
            },
        }
    }

    /// Does a job with this payload.
    pub fn run<'a>(&self, ctx: &'a mut Ctx, payload: &'a str) -> BoxFuture<'a, Result<Ended, JobFailure>> {
        (self.run)(ctx, payload)
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::random::Seeded;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread() {
        let random = Seeded::new(1);
        let rules = Rules {
            first_pause: Duration::from_secs(4),
            longest_pause: Duration::from_mins(1),
            ..Rules::USUAL
        };
        for (failures, most) in [(1, 4), (2, 8), (3, 16), (4, 32), (5, 60), (6, 60), (u32::MAX, 60)] {
            let pauses: Vec<_> = (0..200).map(|_| rules.pause(failures, &random)).collect();
            let most = Duration::from_secs(most);
            assert!(pauses.iter().all(|pause| *pause < most), "{failures}");
            assert!(pauses.iter().any(|pause| *pause > most / 2), "{failures}");
            assert!(pauses.iter().any(|pause| *pause < most / 2), "{failures}");
        }
    }
}
