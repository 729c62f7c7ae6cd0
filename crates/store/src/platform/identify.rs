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

pub(super) const SAVE: OperatorStatement = operator(
    "identify_budget_save",
    "INSERT INTO identify_budget (identity, window_start, used, last_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (identity) DO UPDATE SET
         window_start = excluded.window_start, used = excluded.used, last_at = excluded.last_at",
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

/// Saves what a bot has spent. Before the IDENTIFY is sent, not after.
pub async fn save(tx: &mut OperatorTx<'_>, identity: &str, budget: IdentifyBudget) -> Result<(), StoreError> {
    tx.execute(&SAVE, params![identity, budget.window_start, budget.used, budget.last]).await.map(|_| ())
}
