//! Gaps: stretches of events that Discord could not replay, written down until reconciled.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

/// How long a reconciled gap stays for operators to see. One that is not reconciled stays.
pub const KEEP_DAYS: u32 = 365;

pub(super) const TABLE: Table = Table {
    name: "gap",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("id"),
        Column::plain("shard"),
        Column::plain("session"),
        Column::plain("from_sequence"),
        Column::plain("since"),
        Column::plain("reason"),
        Column::plain("reconciled_at"),
    ],
    key: &["id"],
    person: Person::Nobody,
    retention: Retention::Days { column: "reconciled_at", days: KEEP_DAYS },
    purpose: "remembers when events were missed, so that they are caught up with",
};

pub(super) const INSERT: OperatorStatement = operator(
    "gap_insert",
    "INSERT INTO gap (id, shard, session, from_sequence, since, reason) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO NOTHING",
);

pub(super) const OPEN: OperatorStatement = operator(
    "gap_open",
    "SELECT id, shard, session, from_sequence, since, reason FROM gap
     WHERE reconciled_at IS NULL ORDER BY since, id LIMIT $1",
);

pub(super) const RECONCILED: OperatorStatement =
    operator("gap_reconciled", "UPDATE gap SET reconciled_at = $2 WHERE id = $1 AND reconciled_at IS NULL");

/// A gap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gap {
    /// The shard.
    pub shard: u32,
    /// The session that was lost.
    pub session: String,
    /// The last event of it that is durable; what came after may be missing.
    pub from_sequence: u64,
    /// When the shard last heard from it.
    pub since: Timestamp,
    /// Why it could not be resumed.
    pub reason: String,
}

impl Gap {
    /// Its name: a session is lost once.
    pub fn id(&self) -> String {
        format!("{}/{}", self.shard, self.session)
    }
}

/// Writes a gap down. A gap that is known already is left as it is.
pub async fn record(tx: &mut OperatorTx<'_>, gap: &Gap) -> Result<(), StoreError> {
    let values = params![gap.id(), gap.shard, &gap.session, gap.from_sequence, gap.since, &gap.reason];
    tx.execute(&INSERT, values).await.map(|_| ())
}

/// Gaps that are not reconciled, the oldest first.
pub async fn open(tx: &mut OperatorTx<'_>, limit: u32) -> Result<Vec<Gap>, StoreError> {
    let rows = tx.fetch_all(&OPEN, params![limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Gap {
                shard: row.get("shard")?,
                session: row.get("session")?,
                from_sequence: row.get("from_sequence")?,
                since: row.get("since")?,
                reason: row.get("reason")?,
            })
        })
        .collect()
}

/// Marks a gap as reconciled; `false` where it was already.
pub async fn reconciled(tx: &mut OperatorTx<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(&RECONCILED, params![id, now]).await.map(|rows| rows == 1)
}
