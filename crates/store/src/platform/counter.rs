//! Numbers that a guild counts up. They are never given twice, not even after a deletion.

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{GuildStatement, ScopeKind, guild},
    transaction::GuildTx,
};

pub(super) const TABLE: Table = Table {
    name: "counter",
    scope: ScopeKind::Guild,
    columns: &[Column::plain("guild_id"), Column::plain("name"), Column::plain("value")],
    key: &["guild_id", "name"],
    person: Person::Nobody,
    retention: Retention::WithOwner,
    purpose: "numbers the entries of a server",
};

pub(super) const NEXT: GuildStatement = guild(
    "counter_next",
    "INSERT INTO counter (guild_id, name, value) VALUES ($1, $2, 1)
     ON CONFLICT (guild_id, name) DO UPDATE SET value = counter.value + 1
     RETURNING value",
);

/// The next number of this name in this guild, from 1.
pub async fn next(tx: &mut GuildTx<'_>, name: &str) -> Result<i64, StoreError> {
    tx.fetch_one(&NEXT, params![name]).await?.get("value")
}
