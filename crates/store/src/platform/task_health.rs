//! How the tasks of all processes have fared, added up.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

/// How long a task stays that no longer runs.
pub const KEEP_DAYS: u32 = 400;

pub(super) const TABLE: Table = Table {
    name: "task_health",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("task"),
        Column::plain("runs"),
        Column::plain("errors"),
        Column::plain("millis"),
        Column::plain("last_at"),
        Column::plain("error_at"),
        Column::plain("reference"),
    ],
    key: &["task"],
    person: Person::Nobody,
    retention: Retention::Days { column: "last_at", days: KEEP_DAYS },
    purpose: "counts how the bot's own work fares",
};

pub(super) const ADD: OperatorStatement = operator(
    "task_health_add",
    "INSERT INTO task_health (task, runs, errors, millis, last_at, error_at, reference)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (task) DO UPDATE SET runs = task_health.runs + excluded.runs,
     errors = task_health.errors + excluded.errors, millis = task_health.millis + excluded.millis,
     last_at = excluded.last_at, error_at = COALESCE(excluded.error_at, task_health.error_at),
     reference = COALESCE(excluded.reference, task_health.reference)",
);

pub(super) const ALL: OperatorStatement = operator(
    "task_health_all",
    "SELECT task, runs, errors, millis, last_at, error_at, reference FROM task_health ORDER BY task",
);

/// How a task has fared.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Runs that came to an end.
    pub runs: u64,
    /// Those that failed.
    pub errors: u64,
    /// How long all of them took together.
    pub took: Duration,
    /// The end of the last.
    pub last_at: Timestamp,
    /// The last that failed, and what names its line in the log.
    pub last_error: Option<(Timestamp, String)>,
}

impl Tally {
    /// How long a run takes in the mean.
    pub fn mean(&self) -> Duration {
        let nanos = self.took.as_nanos().checked_div(self.runs.into()).unwrap_or(0);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Adds runs of one process to those of all.
pub async fn add(tx: &mut OperatorTx<'_>, task: &str, tally: &Tally) -> Result<(), StoreError> {
    let (error_at, reference) = tally.last_error.clone().unzip();
    let millis = u64::try_from(tally.took.as_millis()).unwrap_or(u64::MAX);
    let values = params![task, tally.runs, tally.errors, millis, tally.last_at, error_at, reference];
    tx.execute(&ADD, values).await.map(|_| ())
}

/// How every task has fared.
pub async fn all(tx: &mut OperatorTx<'_>) -> Result<Vec<(String, Tally)>, StoreError> {
    let rows = tx.fetch_all(&ALL, params![]).await?;
    rows.iter()
        .map(|row| {
            let (at, reference) =
                (row.get::<Option<Timestamp>>("error_at")?, row.get::<Option<String>>("reference")?);
            let tally = Tally {
                runs: row.get("runs")?,
                errors: row.get("errors")?,
                took: Duration::from_millis(row.get("millis")?),
                last_at: row.get("last_at")?,
                last_error: at.zip(reference),
            };
            Ok((row.get("task")?, tally))
        })
        .collect()
}
