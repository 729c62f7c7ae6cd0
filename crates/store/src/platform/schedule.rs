//! Schedules: what runs again and again, once for all processes together. Whoever moves the row on has the
//! run; the job that stands for it is put in the same transaction.

use guildhall_core::clock::Timestamp;

use super::job;
use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

/// The row by which operators ask every process to start its tasks anew. It is no schedule.
pub const RESTART: &str = "restart";
/// Marks that row.
const ASKED: &str = "asked";

pub(super) const TABLE: Table = Table {
    name: "schedule",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("name"),
        Column::plain("spec"),
        Column::plain("next_at"),
        Column::plain("last_at"),
        Column::plain("fired"),
        Column::plain("skipped"),
    ],
    key: &["name"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "remembers when the bot's own work is due",
};

/// Another rule sets the time anew; the same rule leaves it.
pub(super) const SEED: OperatorStatement = operator(
    "schedule_seed",
    "INSERT INTO schedule (name, spec, next_at, fired, skipped) VALUES ($1, $2, $3, 0, 0)
     ON CONFLICT (name) DO UPDATE SET spec = excluded.spec,
     next_at = CASE WHEN schedule.spec = excluded.spec THEN schedule.next_at ELSE excluded.next_at END",
);

pub(super) const ALL: OperatorStatement = operator(
    "schedule_all",
    "SELECT name, spec, next_at, last_at, fired, skipped FROM schedule ORDER BY name",
);

pub(super) const FIRE: OperatorStatement = operator(
    "schedule_fire",
    "UPDATE schedule SET next_at = $3, last_at = $4, fired = fired + 1 WHERE name = $1 AND next_at = $2",
);

pub(super) const SKIP: OperatorStatement = operator(
    "schedule_skip",
    "UPDATE schedule SET next_at = $3, skipped = skipped + 1 WHERE name = $1 AND next_at = $2",
);

pub(super) const ASK: OperatorStatement = operator(
    "schedule_ask",
    "INSERT INTO schedule (name, spec, next_at, last_at, fired, skipped) VALUES ($1, $2, $3, $4, 1, 0)
     ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at, fired = schedule.fired + 1",
);

/// A schedule as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// The rule.
    pub spec: String,
    /// When it is due.
    pub next_at: Timestamp,
    /// When it was last fired.
    pub last_at: Option<Timestamp>,
    /// How often it was fired.
    pub fired: u64,
    /// How often a run was left out because it was missed.
    pub skipped: u64,
}

/// Everything that there is, and how often operators have asked for a new start of the tasks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct All {
    /// The schedules.
    pub schedules: Vec<Stored>,
    /// How often a new start was asked for.
    pub restarts: u64,
}

/// Makes a schedule known, first due at `next_at`. One that is known keeps its time, unless its rule is another.
pub async fn seed(
    tx: &mut OperatorTx<'_>,
    name: &str,
    spec: &str,
    next_at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&SEED, params![name, spec, next_at]).await.map(|_| ())
}

/// What is stored.
pub async fn all(tx: &mut OperatorTx<'_>) -> Result<All, StoreError> {
    let mut all = All::default();
    for row in tx.fetch_all(&ALL, params![]).await? {
        let stored = Stored {
            name: row.get("name")?,
            spec: row.get("spec")?,
            next_at: row.get("next_at")?,
            last_at: row.get("last_at")?,
            fired: row.get("fired")?,
            skipped: row.get("skipped")?,
        };
        if stored.name == RESTART && stored.spec == ASKED {
            all.restarts = stored.fired;
        } else {
            all.schedules.push(stored);
        }
    }
    Ok(all)
}

/// Moves a schedule on from `due` to `next` and puts its job into the lane of its name, with the number `id`.
/// `false` where another process did so before. Where the last run is not done, there is no second beside it.
pub async fn fire(
    tx: &mut OperatorTx<'_>,
    name: &str,
    due: Timestamp,
    next: Timestamp,
    id: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if tx.execute(&FIRE, params![name, due, next, now]).await? != 1 {
        return Ok(false);
    }
    job::add_to_lane(tx, name, id, now).await?;
    Ok(true)
}

/// Moves a schedule on from `due` to `next` without a run. `false` where another process did so before.
pub async fn skip(
    tx: &mut OperatorTx<'_>,
    name: &str,
    due: Timestamp,
    next: Timestamp,
) -> Result<bool, StoreError> {
    tx.execute(&SKIP, params![name, due, next]).await.map(|rows| rows == 1)
}

/// Asks every process to start its tasks anew.
pub async fn ask_for_restart(tx: &mut OperatorTx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(&ASK, params![RESTART, ASKED, Timestamp(i64::MAX), now]).await.map(|_| ())
}
