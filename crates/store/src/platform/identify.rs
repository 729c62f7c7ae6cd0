//! The identify budget: IDENTIFYs spent in the current day-long window (Discord docs: Gateway, Session
//! Start Limit). It outlives restarts, so that a crash loop cannot spend it.

use guildhall_core::{clock::Timestamp, id::ApplicationId};

use crate::{
    error::StoreError,
    inventory::{Column, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

pub(super) const TABLE: Table = Table {
    name: "identify_budget",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("application_id"),
        Column::plain("window_start"),
        Column::plain("used"),
        Column::plain("last_at"),
    ],
    retention: Retention::Permanent,
    purpose: "keeps the bot within Discord's daily limit of logins",
};

pub(super) const LOAD: OperatorStatement = operator(
    "identify_budget_load",
    "SELECT window_start, used, last_at FROM identify_budget WHERE application_id = $1",
);

pub(super) const SAVE: OperatorStatement = operator(
    "identify_budget_save",
    "INSERT INTO identify_budget (application_id, window_start, used, last_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (application_id) DO UPDATE SET
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

/// What an application has spent. `None` stands for a bot whose id is not yet known.
pub async fn load(
    tx: &mut OperatorTx<'_>,
    application: Option<ApplicationId>,
) -> Result<Option<IdentifyBudget>, StoreError> {
    let row = tx.fetch_optional(&LOAD, params![key(application)]).await?;
    row.map(|row| {
        Ok(IdentifyBudget {
            window_start: row.get("window_start")?,
            used: row.get("used")?,
            last: row.get("last_at")?,
        })
    })
    .transpose()
}

/// Saves what an application has spent. Before the IDENTIFY is sent, not after.
pub async fn save(
    tx: &mut OperatorTx<'_>,
    application: Option<ApplicationId>,
    budget: IdentifyBudget,
) -> Result<(), StoreError> {
    tx.execute(&SAVE, params![key(application), budget.window_start, budget.used, budget.last])
        .await
        .map(|_| ())
}

fn key(application: Option<ApplicationId>) -> i64 {
    application.map_or(0, ApplicationId::to_db)
}
