//! Whose data a database holds. Two bots in one would take each other's servers for ones that they have
//! left, and the sandbox's example servers have no place beside real ones.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    operator::OperatorPath,
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    store::Store,
};

pub(super) const TABLE: Table = Table {
    name: "claim",
    scope: ScopeKind::Global,
    key: &["subject"],
    columns: &[Column::plain("subject"), Column::plain("holder"), Column::plain("since")],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "remembers which bot the database belongs to",
};

pub(super) const TAKE: OperatorStatement = operator(
    "claim_take",
    "INSERT INTO claim (subject, holder, since) VALUES ('bot', $1, $2) ON CONFLICT (subject) DO NOTHING",
);

pub(super) const HOLDER: OperatorStatement =
    operator("claim_holder", "SELECT holder FROM claim WHERE subject = 'bot'");

/// Claims the database for this bot, once and for good; an error where another holds it.
pub async fn take(store: &Store, holder: &str, now: Timestamp) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let mut tx = write.operator(OperatorPath::Settings);
    tx.execute(&TAKE, params![holder, now]).await?;
    let found: String = tx.fetch_one(&HOLDER, params![]).await?.get("holder")?;
    write.commit().await?;
    if found == holder { Ok(()) } else { Err(StoreError::Claimed { holder: found }) }
}
