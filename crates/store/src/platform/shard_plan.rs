//! How many shards a bot runs: one number for all of its processes, and the one that it changes to.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

pub(super) const TABLE: Table = Table {
    name: "shard_plan",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("identity"),
        Column::plain("total"),
        Column::plain("next"),
        Column::plain("changed_at"),
    ],
    key: &["identity"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "has all processes run the same number of shards",
};

pub(super) const LOAD: OperatorStatement =
    operator("shard_plan_load", "SELECT total, next FROM shard_plan WHERE identity = $1");

pub(super) const FOUND: OperatorStatement = operator(
    "shard_plan_found",
    "INSERT INTO shard_plan (identity, total, changed_at) VALUES ($1, $2, $3)
     ON CONFLICT (identity) DO NOTHING",
);

pub(super) const REPLACE: OperatorStatement = operator(
    "shard_plan_replace",
    "UPDATE shard_plan SET total = $2, next = NULL, changed_at = $3 WHERE identity = $1",
);

pub(super) const AIM: OperatorStatement = operator(
    "shard_plan_aim",
    "UPDATE shard_plan SET next = $2, changed_at = $3 WHERE identity = $1 AND next IS NULL AND total <> $2",
);

pub(super) const SETTLE: OperatorStatement = operator(
    "shard_plan_settle",
    "UPDATE shard_plan SET total = $3, next = NULL, changed_at = $4
     WHERE identity = $1 AND total = $2 AND next = $3",
);

pub(super) const CALL_OFF: OperatorStatement = operator(
    "shard_plan_call_off",
    "UPDATE shard_plan SET next = NULL, changed_at = $2 WHERE identity = $1 AND next IS NOT NULL",
);

/// A number of shards, and the one that is being changed to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ShardPlan {
    /// Shards that the bot runs.
    pub total: u32,
    /// Shards that it will run; a second set of sessions is coming up.
    pub next: Option<u32>,
}

/// A bot's plan.
pub async fn load(tx: &mut OperatorTx<'_>, identity: &str) -> Result<Option<ShardPlan>, StoreError> {
    let row = tx.fetch_optional(&LOAD, params![identity]).await?;
    row.map(|row| Ok(ShardPlan { total: row.get("total")?, next: row.get("next")? })).transpose()
}

/// Settles on a number where there is none yet; the plan that stands then.
pub async fn found(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    total: u32,
    now: Timestamp,
) -> Result<ShardPlan, StoreError> {
    tx.execute(&FOUND, params![identity, total, now]).await?;
    Ok(load(tx, identity).await?.unwrap_or(ShardPlan { total, next: None }))
}

/// Sets the number at once, and forgets what it was to change to.
pub async fn replace(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    total: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&REPLACE, params![identity, total, now]).await.map(|_| ())
}

/// Ends a change: the new number is the number now. `false` where the change is another one, or over.
pub async fn settle(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    from: u32,
    to: u32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    tx.execute(&SETTLE, params![identity, from, to, now]).await.map(|rows| rows == 1)
}

/// Calls a change off; `false` where none is under way.
pub async fn call_off(tx: &mut OperatorTx<'_>, identity: &str, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(&CALL_OFF, params![identity, now]).await.map(|rows| rows == 1)
}

/// Begins a change of the number; `false` where one is under way or nothing would change.
pub async fn aim(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    next: u32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    tx.execute(&AIM, params![identity, next, now]).await.map(|rows| rows == 1)
}
