//! The inbox: each event has its effect once. The entry commits together with the effect.

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Retention, Table},
    params,
    statement::{GuildStatement, OperatorStatement, ScopeKind, UserStatement, guild, operator, user},
    transaction::{GuildTx, OperatorTx, UserTx},
};

/// Discord replays events of minutes, hardly of hours; a week is more than safe.
pub const KEEP_DAYS: u32 = 7;

pub(super) const GUILD_TABLE: Table = Table {
    name: "guild_inbox",
    scope: ScopeKind::Guild,
    columns: &[Column::plain("guild_id"), Column::plain("key"), Column::plain("seen_at")],
    retention: Retention::Days { column: "seen_at", days: KEEP_DAYS },
    purpose: "remembers which events were handled, so that none is handled twice",
};

pub(super) const USER_TABLE: Table = Table {
    name: "user_inbox",
    scope: ScopeKind::User,
    columns: &[Column::id("user_id"), Column::plain("key"), Column::plain("seen_at")],
    retention: Retention::Days { column: "seen_at", days: KEEP_DAYS },
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

pub(super) const PRUNE_GUILD: OperatorStatement = operator(
    "guild_inbox_prune",
    "DELETE FROM guild_inbox WHERE (guild_id, key) IN
     (SELECT guild_id, key FROM guild_inbox WHERE seen_at < $1 ORDER BY seen_at LIMIT $2)",
);

pub(super) const PRUNE_USER: OperatorStatement = operator(
    "user_inbox_prune",
    "DELETE FROM user_inbox WHERE (user_id, key) IN
     (SELECT user_id, key FROM user_inbox WHERE seen_at < $1 ORDER BY seen_at LIMIT $2)",
);

/// Enters an event of a guild. `false` where it was entered before: its effects have happened.
pub async fn enter(tx: &mut GuildTx<'_>, key: &str, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(&ENTER_GUILD, params![key, now]).await.map(|rows| rows == 1)
}

/// Enters an event outside of any guild. `false` where it was entered before.
pub async fn enter_direct(tx: &mut UserTx<'_>, key: &str, now: Timestamp) -> Result<bool, StoreError> {
    tx.execute(&ENTER_USER, params![key, now]).await.map(|rows| rows == 1)
}

/// Removes up to `limit` guild entries and as many direct ones from before `before`; how many went. Call
/// it again, in a transaction of its own, while it gives more than zero.
pub async fn prune(tx: &mut OperatorTx<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let guild = tx.execute(&PRUNE_GUILD, params![before, limit]).await?;
    let direct = tx.execute(&PRUNE_USER, params![before, limit]).await?;
    Ok(guild + direct)
}
