//! Leases: what only one process does at a time. A lease lasts as long as its holder's row in `instance`; each
//! new holder gets a higher epoch.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

pub(super) const TABLE: Table = Table {
    name: "lease",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("kind"),
        Column::plain("number"),
        Column::plain("holder"),
        Column::plain("epoch"),
        Column::plain("since"),
    ],
    key: &["kind", "number"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "knows which process runs which shard",
};

pub(super) const TAKE: OperatorStatement = operator(
    "lease_take",
    "INSERT INTO lease (kind, number, holder, epoch, since) VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT (kind, number) DO UPDATE SET
         holder = excluded.holder, epoch = lease.epoch + 1, since = excluded.since
     WHERE lease.holder IS NULL OR lease.holder NOT IN (SELECT id FROM instance)
     RETURNING epoch",
);

pub(super) const RELEASE: OperatorStatement = operator(
    "lease_release",
    "UPDATE lease SET holder = NULL WHERE kind = $1 AND number = $2 AND holder = $3",
);

pub(super) const OF_KIND: OperatorStatement = operator(
    "lease_of_kind",
    "SELECT number, holder, epoch, since FROM lease WHERE kind = $1 ORDER BY number",
);

/// A lease as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lease {
    /// Which of its kind.
    pub number: u32,
    /// The process that has it; it may be gone.
    pub holder: Option<String>,
    /// How often it was taken.
    pub epoch: u64,
    /// Since when, by the database's clock.
    pub since: Timestamp,
}

/// Takes a lease that nobody alive holds. The epoch; `None` where somebody holds it.
pub async fn take(
    tx: &mut OperatorTx<'_>,
    kind: &str,
    number: u32,
    holder: &str,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let row = tx.fetch_optional(&TAKE, params![kind, number, holder, now]).await?;
    row.map(|row| row.get("epoch")).transpose()
}

/// Lets go of a lease; `false` where it was not held.
pub async fn release(
    tx: &mut OperatorTx<'_>,
    kind: &str,
    number: u32,
    holder: &str,
) -> Result<bool, StoreError> {
    tx.execute(&RELEASE, params![kind, number, holder]).await.map(|rows| rows == 1)
}

/// Every lease of a kind that was ever taken.
pub async fn of_kind(tx: &mut OperatorTx<'_>, kind: &str) -> Result<Vec<Lease>, StoreError> {
    tx.fetch_all(&OF_KIND, params![kind])
        .await?
        .iter()
        .map(|row| {
            Ok(Lease {
                number: row.get("number")?,
                holder: row.get("holder")?,
                epoch: row.get("epoch")?,
                since: row.get("since")?,
            })
        })
        .collect()
}
