//! The inbox: each event has its effect once. The entry commits together with the effect.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    statement::{GuildStatement, ScopeKind, UserStatement, guild, user},
    transaction::{GuildTx, UserTx},
};

/// How long what was handled is remembered. Discord replays events of minutes.
pub const KEEP_HOURS: u32 = 1;

pub(super) const GUILD_TABLE: Table = Table {
    name: "guild_inbox",
    scope: ScopeKind::Guild,
    columns: &[Column::plain("guild_id"), Column::plain("key"), Column::plain("seen_at")],
    key: &["guild_id", "key"],
    person: Person::Nobody,
    retention: Retention::Hours { column: "seen_at", hours: KEEP_HOURS },
    purpose: "remembers which events were handled, so that none is handled twice",
};

pub(super) const USER_TABLE: Table = Table {
    name: "user_inbox",
    scope: ScopeKind::User,
    columns: &[Column::id("user_id"), Column::plain("key"), Column::plain("seen_at")],
    key: &["user_id", "key"],
    person: Person::Owner,
    retention: Retention::Hours { column: "seen_at", hours: KEEP_HOURS },
    purpose: "remembers which direct events were handled, so that none is handled twice",
};

pub(super) const ENTER_GUILD: GuildStatement = guild(
    "guild_inbox_enter",
    "INSERT INTO guild_inbox (guild_id, key, seen_at) VALUES ($1, $2, $3) ON CONFLICT (guild_id, key) DO NOTHING",
);

pub(super) const ENTER_USER: UserStatement = user(
    "user_inbox_enter",
    "INSERT INTO user_inbox (user_id, key, seen_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, key) DO NOTHING",
);

/// Enters an event of a guild. `false` where it was entered before: its effects have happened.
pub async fn enter(tx: &mut GuildTx<'_>, key: &str, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(&ENTER_GUILD, params![key, now]).await.map(|rows| rows == 1)
}

/// Enters an event outside of any guild. `false` where it was entered before.
pub async fn enter_direct(tx: &mut UserTx<'_>, key: &str, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(&ENTER_USER, params![key, now]).await.map(|rows| rows == 1)
}
