//! What those who run the bot have decided for all of its processes: one value a row, as JSON.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

pub(super) const TABLE: Table = Table {
    name: "operator_setting",
    scope: ScopeKind::Global,
    columns: &[Column::plain("name"), Column::plain("value"), Column::plain("updated_at")],
    key: &["name"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "holds what those who run the bot have set, such as maintenance",
};

pub(super) const ALL: OperatorStatement =
    operator("operator_setting_all", "SELECT name, value FROM operator_setting ORDER BY name");

pub(super) const SET: OperatorStatement = operator(
    "operator_setting_set",
    "INSERT INTO operator_setting (name, value, updated_at) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
);

pub(super) const REMOVE: OperatorStatement =
    operator("operator_setting_remove", "DELETE FROM operator_setting WHERE name = $1");

/// Everything that is set: names and values as JSON.
pub async fn all(tx: &mut OperatorTx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.fetch_all(&ALL, params![]).await?;
    rows.iter().map(|row| Ok((row.get("name")?, row.get("value")?))).collect()
}

/// Sets a value, as JSON.
pub async fn set(tx: &mut OperatorTx<'_>, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(&SET, params![name, value, now]).await.map(|_| ())
}

/// Back to the default.
pub async fn remove(tx: &mut OperatorTx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute(&REMOVE, params![name]).await.map(|_| ())
}
