//! The identify budget: IDENTIFYs spent in the current day-long window (Discord docs: Gateway, Session
//! Start Limit). It outlives restarts, so that a crash loop cannot spend it.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

pub(super) const TABLE: Table = Table {
    name: "identify_budget",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("identity"),
        Column::plain("window_start"),
        Column::plain("used"),
        Column::plain("last_at"),
    ],
    key: &["identity"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "keeps the bot within Discord's daily limit of logins",
};

pub(super) const LOAD: OperatorStatement = operator(
    "identify_budget_load",
    "SELECT window_start, used, last_at FROM identify_budget WHERE identity = $1",
);

pub(super) const BUCKET_TABLE: Table = Table {
    name: "identify_bucket",
    scope: ScopeKind::Global,
    columns: &[Column::plain("identity"), Column::plain("bucket"), Column::plain("last_at")],
    key: &["identity", "bucket"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "keeps the processes of the bot at a distance when they log in",
};

pub(super) const FOUND: OperatorStatement = operator(
    "identify_budget_found",
    "INSERT INTO identify_budget (identity, window_start, used, last_at) VALUES ($1, $2, 0, 0)
     ON CONFLICT (identity) DO NOTHING",
);

pub(super) const SPEND: OperatorStatement = operator(
    "identify_budget_spend",
    "UPDATE identify_budget SET window_start = $2, used = $3, last_at = $4
     WHERE identity = $1 AND window_start = $5 AND used = $6",
);

pub(super) const BUCKET: OperatorStatement = operator(
    "identify_bucket_load",
    "SELECT last_at FROM identify_bucket WHERE identity = $1 AND bucket = $2",
);

pub(super) const ENTER_BUCKET: OperatorStatement = operator(
    "identify_bucket_enter",
    "INSERT INTO identify_bucket (identity, bucket, last_at) VALUES ($1, $2, $3)
     ON CONFLICT (identity, bucket) DO UPDATE SET last_at = excluded.last_at
     WHERE identify_bucket.last_at <= $4",
);

/// What was spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IdentifyBudget {
    /// When the window began.
    pub window_start: Timestamp,
    /// IDENTIFYs in it.
    pub used: u32,
    /// When the last one was sent.
    pub last: Timestamp,
}

/// What a bot has spent. `identity` is the public first part of its token.
pub async fn load(tx: &mut OperatorTx<'_>, identity: &str) -> Result<Option<IdentifyBudget>, StoreError> {
    let row = tx.fetch_optional(&LOAD, params![identity]).await?;
    row.map(|row| {
        Ok(IdentifyBudget {
            window_start: row.get("window_start")?,
            used: row.get("used")?,
            last: row.get("last_at")?,
        })
    })
    .transpose()
}

/// Replaces what a bot has spent by what it has then, before the IDENTIFY is sent. `false` where another process
/// has spent meanwhile: to be looked at anew.
pub async fn spend(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    before: Option<IdentifyBudget>,
    after: IdentifyBudget,
) -> Result<bool, StoreError> {
    let (start, used) = if let Some(before) = before {
        (before.window_start, before.used)
    } else {
        tx.execute(&FOUND, params![identity, after.window_start]).await?;
        (after.window_start, 0)
    };
    let values = params![identity, after.window_start, after.used, after.last, start, used];
    tx.execute(&SPEND, values).await.map(|rows| rows == 1)
}

/// Takes a turn in a bucket of a bot, unless one was taken after `not_after`: then when that was.
pub async fn enter_bucket(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    bucket: u32,
    now: Timestamp,
    not_after: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if tx.execute(&ENTER_BUCKET, params![identity, bucket, now, not_after]).await? == 1 {
        return Ok(None);
    }
    let row = tx.fetch_optional(&BUCKET, params![identity, bucket]).await?;
    row.map(|row| row.get("last_at")).transpose().map(|last| Some(last.unwrap_or(now)))
}
