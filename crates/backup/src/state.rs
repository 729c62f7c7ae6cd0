//! The row that tells of a restore that has not come to its end.

use guildhall_core::clock::Timestamp;
use guildhall_store::{
    Column, Migration, OperatorPath, OperatorStatement, Person, Retention, Schema, ScopeKind, Store, Table,
    operator, params,
};

use crate::error::BackupError;

pub(crate) const TABLE: Table = Table {
    name: "restore_run",
    scope: ScopeKind::Global,
    key: &["id"],
    person: Person::Nobody,
    columns: &[
        Column::plain("id"),
        Column::plain("file"),
        Column::plain("started_at"),
        Column::plain("finished_at"),
    ],
    retention: Retention::Permanent,
    purpose: "remembers a restore until it is complete, so that a half-restored database is never served",
};

const BEGIN: OperatorStatement = operator(
    "restore_begin",
    "INSERT INTO restore_run (id, file, started_at, finished_at) VALUES ('last', $1, $2, NULL)
     ON CONFLICT (id) DO UPDATE SET file = excluded.file, started_at = excluded.started_at, finished_at = NULL",
);

const FINISH: OperatorStatement =
    operator("restore_finish", "UPDATE restore_run SET finished_at = $1 WHERE id = 'last'");

const UNFINISHED: OperatorStatement =
    operator("restore_unfinished", "SELECT file FROM restore_run WHERE id = 'last' AND finished_at IS NULL");

/// To be named when the store is opened, beside the schemas of the others.
pub const SCHEMA: Schema = Schema {
    owner: "backup",
    migrations: &[Migration {
        version: 1,
        name: "unfinished restores",
        sql: include_str!("0001_restore.sql"),
    }],
    inventory: &[TABLE],
    statements: &[BEGIN.any(), FINISH.any(), UNFINISHED.any()],
};

/// Whether the table is there: tables of an older program may lack it, and whoever fills those keeps them
/// apart until they are complete.
fn known(store: &Store) -> bool {
    store.tables().iter().any(|info| info.table.name == TABLE.name)
}

/// Writes down that a restore has begun.
pub(crate) async fn begin(store: &Store, file: &str, now: Timestamp) -> Result<(), BackupError> {
    if !known(store) {
        return Ok(());
    }
    let mut tx = store.write().await?;
    tx.operator(OperatorPath::Backup).execute(&BEGIN, params![file, now]).await?;
    Ok(tx.commit().await?)
}

/// Writes down that it is complete.
pub(crate) async fn finish(store: &Store, now: Timestamp) -> Result<(), BackupError> {
    if !known(store) {
        return Ok(());
    }
    let mut tx = store.write().await?;
    tx.operator(OperatorPath::Backup).execute(&FINISH, params![now]).await?;
    Ok(tx.commit().await?)
}

/// The backup whose restore was cut short, if any.
pub(crate) async fn unfinished(store: &Store) -> Result<Option<String>, BackupError> {
    if !known(store) {
        return Ok(None);
    }
    let mut tx = store.read().await?;
    let row = tx.operator(OperatorPath::Backup).fetch_optional(&UNFINISHED, params![]).await?;
    Ok(row.map(|row| row.get("file")).transpose()?)
}

/// Refuses a store whose restore was cut short. To be called before it is served.
pub async fn refuse_half_restored(store: &Store) -> Result<(), BackupError> {
    match unfinished(store).await? {
        Some(file) => Err(BackupError::HalfRestored(file)),
        None => Ok(()),
    }
}
