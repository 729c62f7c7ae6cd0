//! Work that comes again: on a schedule, once for all processes together, or in each process by itself.

use std::{fmt, sync::Arc, time::Duration};

use chrono::DateTime;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use futures::future::BoxFuture;
use guildhall_core::clock::Timestamp;

use crate::{ctx::Services, failure::Failure};

/// Work that each process does for itself, such as writing down what it has counted. A run that fails is
/// logged and tried again at the next turn.
#[derive(Clone, Copy)]
pub struct Periodic {
    /// The name in logs and metrics.
    pub name: &'static str,
    /// The time between two runs.
    pub every: Duration,
    /// Whether it runs once more when the program stops, after all other work.
    pub at_stop: bool,
    /// One run.
    pub run: for<'a> fn(&'a Services) -> BoxFuture<'a, Result<(), Failure>>,
}

/// Runs work on a schedule once.
pub type Run = Arc<dyn for<'a> Fn(&'a Services) -> BoxFuture<'a, Result<(), Failure>> + Send + Sync>;

/// Work on a schedule: once for all processes together. A run may be repeated after a crash, so it must come to
/// the same end when it does.
#[derive(Clone)]
pub struct Schedule {
    /// The name in the database, logs and metrics: unique.
    pub name: &'static str,
    /// When it runs.
    pub when: When,
    /// What becomes of runs that were due while no process ran.
    pub missed: Missed,
    /// How often a run is tried before the next.
    pub tries: u32,
    /// How long one run may take.
    pub limit: Duration,
    /// Whether a run may be cut short at once when the program stops.
    pub cut: bool,
    /// One run.
    pub run: Run,
}

impl Schedule {
    /// A schedule with the usual rules: missed runs are made up for by one, a run is tried three times and takes
    /// an hour at most.
    pub fn new<F>(name: &'static str, when: When, run: F) -> Self
    where
        F: for<'a> Fn(&'a Services) -> BoxFuture<'a, Result<(), Failure>> + Send + Sync + 'static,
    {
        let (tries, limit) = (3, Duration::from_hours(1));
        Self { name, when, missed: Missed::Once, tries, limit, cut: false, run: Arc::new(run) }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule").field("name", &self.name).field("when", &self.when).finish_non_exhaustive()
    }
}

/// When a schedule is due.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum When {
    /// So long after the last time.
    Every(Duration),
    /// By a cron expression of five fields, in UTC.
    Cron(String),
}

/// A cron expression that is none, or that never comes.
#[derive(Debug, thiserror::Error)]
#[error("`{expression}` is no cron expression that ever comes")]
pub struct InvalidCron {
    /// The expression.
    pub expression: String,
    /// What is wrong with it.
    #[source]
    pub cause: croner::errors::CronError,
}

impl When {
    /// The next time after `after`.
    pub fn next(&self, after: Timestamp) -> Result<Timestamp, InvalidCron> {
        match self {
            Self::Every(every) => Ok(after + (*every).max(Duration::from_secs(1))),
            Self::Cron(expression) => {
                let invalid = |cause| InvalidCron { expression: expression.clone(), cause };
                let parser =
                    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
                let cron: Cron = parser.parse(expression).map_err(invalid)?;
                let after = DateTime::from_timestamp_millis(after.as_millis()).unwrap_or_default();
                let next = cron.find_next_occurrence(&after, false).map_err(invalid)?;
                Ok(Timestamp(next.timestamp_millis()))
            }
        }
    }

    /// The rule in words, by which a change of it is seen.
    pub fn spec(&self) -> String {
        match self {
            Self::Every(every) => format!("every {every:?}"),
            Self::Cron(expression) => format!("cron {expression}"),
        }
    }
}

/// What becomes of runs that were due while no process ran.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missed {
    /// One run makes up for all of them.
    Once,
    /// They are left out.
    Skip,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20 12:00 UTC, a Friday.
    const NOON: Timestamp = Timestamp(1_795_176_000_000);

    #[test]
    fn the_next_time_is_found_in_utc() {
        let hours = |number: u64| NOON + Duration::from_hours(number);
        for (expression, wanted) in [
            ("0 * * * *", hours(1)),
            ("*/15 * * * *", NOON + Duration::from_mins(15)),
            ("0 12 * * *", hours(24)),
            ("30 3 * * *", hours(15) + Duration::from_mins(30)),
            ("0 0 * * MON", hours(60)),
            ("0 0 1 * *", hours(12 + 24 * 10)),
        ] {
            let when = When::Cron(expression.to_owned());
            assert_eq!(when.next(NOON).unwrap(), wanted, "{expression}");
            assert_eq!(when.next(NOON + Duration::from_millis(1)).unwrap(), wanted, "{expression}");
        }
        assert_eq!(When::Every(Duration::from_hours(1)).next(NOON).unwrap(), hours(1));
        assert!(When::Every(Duration::ZERO).next(NOON).unwrap() > NOON, "time goes on");
    }

    #[test]
    fn what_is_no_expression_or_never_comes_is_refused() {
        for wrong in ["", "every day", "61 * * * *", "0 0 31 2 *", "* * * * * *"] {
            assert!(When::Cron(wrong.to_owned()).next(NOON).is_err(), "{wrong}");
        }
    }
}
