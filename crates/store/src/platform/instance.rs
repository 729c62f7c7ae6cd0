//! Processes of the bot: each says that it lives; one that falls silent is evicted, and from then on none of
//! its writes is taken ([`Store::belong_to`](crate::Store::belong_to)).

use guildhall_core::clock::{Clock, Timestamp};

use super::outbox;
use crate::{
    error::StoreError,
    host,
    inventory::{Column, Person, Retention, Table},
    operator::OperatorPath,
    params,
    row::Row,
    statement::{OperatorStatement, ScopeKind, operator},
    store::Store,
    transaction::{OperatorTx, WriteTx},
};

pub(super) const TABLE: Table = Table {
    name: "instance",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("id"),
        Column::plain("role"),
        Column::plain("host"),
        Column::plain("process"),
        Column::plain("started_at"),
        Column::plain("expires_at"),
        Column::plain("report"),
    ],
    key: &["id"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "knows which processes of the bot are alive",
};

pub(super) const REGISTER: OperatorStatement = operator(
    "instance_register",
    "INSERT INTO instance (id, role, host, process, started_at, expires_at, report)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

pub(super) const BEAT: OperatorStatement =
    operator("instance_beat", "UPDATE instance SET expires_at = $2, report = $3 WHERE id = $1");

pub(super) const ALL: OperatorStatement = operator(
    "instance_all",
    "SELECT id, role, host, process, started_at, expires_at, report FROM instance ORDER BY started_at, id",
);

pub(super) const REMOVE: OperatorStatement =
    operator("instance_remove", "DELETE FROM instance WHERE id = $1 AND expires_at <= $2");

pub(super) const FREE: OperatorStatement =
    operator("instance_free_leases", "UPDATE lease SET holder = NULL WHERE holder = $1");

/// A process that lives, or did until lately.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Instance {
    /// Its name: one for each life of a process.
    pub id: String,
    /// What it does: `all`, `gateway`, `worker`, `web`.
    pub role: String,
    /// Names the machine and its table of processes; empty where that is unknown.
    pub host: String,
    /// Names the process there, and no later one with the same number.
    pub process: String,
    /// When it began, by the database's clock.
    pub started_at: Timestamp,
    /// When it counts as gone unless it is heard of before, by the database's clock.
    pub expires_at: Timestamp,
    /// What it tells about itself, as JSON.
    pub report: String,
}

/// Enters a process.
pub async fn register(tx: &mut OperatorTx<'_>, instance: &Instance) -> Result<(), StoreError> {
    let values = params![
        &instance.id,
        &instance.role,
        &instance.host,
        &instance.process,
        instance.started_at,
        instance.expires_at,
        &instance.report
    ];
    tx.execute(&REGISTER, values).await.map(|_| ())
}

/// Says that a process lives until then at least. One that was evicted cannot: the fence refuses it before.
pub async fn beat(
    tx: &mut OperatorTx<'_>,
    id: &str,
    expires_at: Timestamp,
    report: &str,
) -> Result<(), StoreError> {
    tx.execute(&BEAT, params![id, expires_at, report]).await.map(|_| ())
}

/// Every process that has not been evicted, the oldest first.
pub async fn all(tx: &mut OperatorTx<'_>) -> Result<Vec<Instance>, StoreError> {
    tx.fetch_all(&ALL, params![]).await?.iter().map(read).collect()
}

/// Those that are not surely gone and were heard of lately.
pub async fn alive(store: &Store, clock: &dyn Clock) -> Result<Vec<Instance>, StoreError> {
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Cluster);
    let now = store.time(&mut tx, clock).await?;
    let mut alive = all(&mut tx).await?;
    alive.retain(|one| one.expires_at > now && !host::is_gone(&one.host, &one.process));
    Ok(alive)
}

/// Evicts a process that was not heard of since: waits for what it is writing just now, lets go of what it holds,
/// and leaves its unsent messages to `heir`. `false` where it was heard of again, or evicted by another.
pub async fn evict(
    write: &mut WriteTx,
    id: &str,
    silent_since: Timestamp,
    heir: &str,
) -> Result<bool, StoreError> {
    write.bar(id).await?;
    let mut tx = write.operator(OperatorPath::Cluster);
    if tx.execute(&REMOVE, params![id, silent_since]).await? == 0 {
        return Ok(false);
    }
    tx.execute(&FREE, params![id]).await?;
    let mut tx = write.operator(OperatorPath::Outbox);
    for owner in [id, &outbox::left_to(id)] {
        outbox::leave(&mut tx, owner, heir).await?;
    }
    Ok(true)
}

fn read(row: &Row) -> Result<Instance, StoreError> {
    Ok(Instance {
        id: row.get("id")?,
        role: row.get("role")?,
        host: row.get("host")?,
        process: row.get("process")?,
        started_at: row.get("started_at")?,
        expires_at: row.get("expires_at")?,
        report: row.get("report")?,
    })
}
