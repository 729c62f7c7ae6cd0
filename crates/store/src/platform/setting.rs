//! Settings of features: one value a row, as JSON, per guild.

use guildhall_core::{clock::Timestamp, id::GuildId};

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    row::Row,
    statement::{GuildStatement, OperatorStatement, ScopeKind, guild, operator},
    transaction::{GuildTx, OperatorTx},
};

pub(super) const TABLE: Table = Table {
    name: "guild_setting",
    scope: ScopeKind::Guild,
    columns: &[
        Column::plain("guild_id"),
        Column::plain("feature"),
        Column::plain("key"),
        Column::content("value"),
        Column::plain("updated_at"),
    ],
    key: &["guild_id", "feature", "key"],
    person: Person::Guild,
    retention: Retention::WithOwner,
    purpose: "holds how a server has set up the bot",
};

pub(super) const GET: GuildStatement = guild(
    "guild_setting_get",
    "SELECT value FROM guild_setting WHERE guild_id = $1 AND feature = $2 AND key = $3",
);

pub(super) const ALL: GuildStatement = guild(
    "guild_setting_all",
    "SELECT feature, key, value FROM guild_setting WHERE guild_id = $1 ORDER BY feature, key",
);

pub(super) const SET: GuildStatement = guild(
    "guild_setting_set",
    "INSERT INTO guild_setting (guild_id, feature, key, value, updated_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (guild_id, feature, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
);

pub(super) const REMOVE: GuildStatement = guild(
    "guild_setting_remove",
    "DELETE FROM guild_setting WHERE guild_id = $1 AND feature = $2 AND key = $3",
);

pub(super) const EVERYWHERE: OperatorStatement = operator(
    "guild_setting_everywhere",
    "SELECT guild_id, feature, key, value FROM guild_setting ORDER BY guild_id, feature, key",
);

pub(super) const CHANGED: OperatorStatement = operator(
    "guild_setting_changed",
    "SELECT guild_id, feature, key, value FROM guild_setting WHERE updated_at >= $1 ORDER BY guild_id, feature, key",
);

pub(super) const CHOSEN: OperatorStatement = operator(
    "guild_setting_chosen",
    "SELECT guild_id, value FROM guild_setting WHERE feature = $1 AND key = $2 ORDER BY guild_id",
);

/// A setting of a feature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// The feature.
    pub feature: String,
    /// Its name.
    pub key: String,
    /// Its value as JSON.
    pub value: String,
}

/// The value of a setting as JSON, where it is set.
pub async fn get(tx: &mut GuildTx<'_>, feature: &str, key: &str) -> Result<Option<String>, StoreError> {
    let row = tx.fetch_optional(&GET, params![feature, key]).await?;
    row.map(|row| row.get("value")).transpose()
}

/// Everything that is set in this guild.
pub async fn all(tx: &mut GuildTx<'_>) -> Result<Vec<Setting>, StoreError> {
    let rows = tx.fetch_all(&ALL, params![]).await?;
    rows.iter()
        .map(|row| {
            Ok(Setting { feature: row.get("feature")?, key: row.get("key")?, value: row.get("value")? })
        })
        .collect()
}

/// Sets a value, as JSON.
pub async fn set(
    tx: &mut GuildTx<'_>,
    feature: &str,
    key: &str,
    value: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(&SET, params![feature, key, value, now]).await.map(|_| ())
}

/// Back to the default.
pub async fn remove(tx: &mut GuildTx<'_>, feature: &str, key: &str) -> Result<(), StoreError> {
    tx.execute(&REMOVE, params![feature, key]).await.map(|_| ())
}

/// The settings of all guilds, for the start of the program.
pub async fn everywhere(tx: &mut OperatorTx<'_>) -> Result<Vec<(GuildId, Setting)>, StoreError> {
    tx.fetch_all(&EVERYWHERE, params![]).await?.iter().map(of_guild).collect()
}

/// Settings of all guilds that were set since then.
pub async fn changed(
    tx: &mut OperatorTx<'_>,
    since: Timestamp,
) -> Result<Vec<(GuildId, Setting)>, StoreError> {
    tx.fetch_all(&CHANGED, params![since]).await?.iter().map(of_guild).collect()
}

fn of_guild(row: &Row) -> Result<(GuildId, Setting), StoreError> {
    let setting = Setting { feature: row.get("feature")?, key: row.get("key")?, value: row.get("value")? };
    Ok((row.get("guild_id")?, setting))
}

/// The guilds that have set this, and to what.
pub async fn chosen(
    tx: &mut OperatorTx<'_>,
    feature: &str,
    key: &str,
) -> Result<Vec<(GuildId, String)>, StoreError> {
    let rows = tx.fetch_all(&CHOSEN, params![feature, key]).await?;
    rows.iter().map(|row| Ok((row.get("guild_id")?, row.get("value")?))).collect()
}
