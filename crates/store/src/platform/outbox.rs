//! The outbox: what is to be sent to Discord, committed together with the state that decided it. The
//! nonce of a row is the same on every attempt, so Discord refuses a second copy (Discord docs: Create
//! Message, `enforce_nonce`).

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
};

use super::counter;
use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    row::Row,
    statement::{Gather, GuildStatement, OperatorStatement, ScopeKind, guild, operator},
    transaction::{GuildTx, OperatorTx},
};

/// How long what failed for good stays for operators to see.
pub const KEEP_FAILED_DAYS: u32 = 30;

pub(super) const TABLE: Table = Table {
    name: "outbox",
    scope: ScopeKind::Guild,
    columns: &[
        Column::plain("guild_id"),
        Column::plain("id"),
        Column::plain("kind"),
        Column::content("payload"),
        Column::plain("nonce"),
        Column::plain("created_at"),
        Column::plain("not_before"),
        Column::plain("attempts"),
        Column::plain("state"),
        Column::plain("last_error"),
        Column::id("user_id"),
        Column::plain("owner"),
    ],
    key: &["guild_id", "id"],
    person: Person::AuthorOrLoose { column: "user_id", loose: "state = 'failed'" },
    retention: Retention::UntilDone {
        column: "created_at",
        failed: "state = 'failed'",
        failed_days: KEEP_FAILED_DAYS,
    },
    purpose: "holds messages until Discord has taken them",
};

pub(super) const ADD: GuildStatement = guild(
    "outbox_add",
    "INSERT INTO outbox
         (guild_id, id, kind, payload, nonce, created_at, not_before, attempts, state, user_id, owner)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 'waiting', $8, $9)",
);

pub(super) const DONE: GuildStatement =
    guild("outbox_done", "DELETE FROM outbox WHERE guild_id = $1 AND id = $2");

pub(super) const RETRY: GuildStatement = guild(
    "outbox_retry",
    "UPDATE outbox SET attempts = attempts + 1, not_before = $3, last_error = $4
     WHERE guild_id = $1 AND id = $2 AND state = 'waiting'",
);

pub(super) const FAILED: GuildStatement = guild(
    "outbox_failed",
    "UPDATE outbox SET attempts = attempts + 1, state = 'failed', last_error = $3
     WHERE guild_id = $1 AND id = $2 AND state = 'waiting'",
);

pub(super) const DUE: OperatorStatement = operator(
    "outbox_due",
    "SELECT guild_id, id, kind, payload, nonce, created_at, not_before, attempts FROM outbox
     WHERE state = 'waiting' AND owner = $3 AND not_before <= $1 ORDER BY not_before, guild_id, id LIMIT $2",
);

pub(super) const NEXT_DUE: OperatorStatement =
    operator("outbox_next_due", "SELECT MIN(not_before) AS at FROM outbox WHERE state = 'waiting'")
        .gathered(Gather::Least);

pub(super) const WAITING: OperatorStatement =
    operator("outbox_waiting", "SELECT COUNT(*) AS rows FROM outbox WHERE state = 'waiting'")
        .gathered(Gather::Sum);

pub(super) const GIVEN_UP: OperatorStatement =
    operator("outbox_given_up", "SELECT COUNT(*) AS rows FROM outbox WHERE state = 'failed'")
        .gathered(Gather::Sum);

pub(super) const OWNERS: OperatorStatement =
    operator("outbox_owners", "SELECT DISTINCT owner FROM outbox WHERE state = 'waiting'");

pub(super) const LEAVE: OperatorStatement =
    operator("outbox_leave", "UPDATE outbox SET owner = $2 WHERE owner = $1 AND state = 'waiting'");

/// Names a row of the outbox.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OutboxId {
    /// The guild.
    pub guild: GuildId,
    /// The number within the guild.
    pub id: i64,
}

/// Something to send.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outgoing {
    /// What the sender should do, such as `message.create`.
    pub kind: String,
    /// Its details as JSON.
    pub payload: String,
    /// Not to be sent earlier.
    pub not_before: Timestamp,
}

/// A row that is to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutboxRow {
    /// Its name.
    pub id: OutboxId,
    /// What the sender should do.
    pub kind: String,
    /// Its details as JSON.
    pub payload: String,
    /// The same on every attempt, at most 25 characters (Discord docs: Create Message).
    pub nonce: String,
    /// When it was decided.
    pub created_at: Timestamp,
    /// Not to be sent earlier.
    pub not_before: Timestamp,
    /// Attempts that failed.
    pub attempts: u32,
}

/// The owner of rows that this process was left by others, apart from those that it wrote itself: those are in its
/// memory already.
pub fn left_to(instance: &str) -> String {
    format!("{instance}/left")
}

/// The process that an owner of rows is.
pub fn process_of(owner: &str) -> &str {
    owner.split_once('/').map_or(owner, |(instance, _)| instance)
}

/// Puts something into the guild's outbox.
pub async fn add(tx: &mut GuildTx<'_>, outgoing: Outgoing, now: Timestamp) -> Result<OutboxId, StoreError> {
    put(tx, outgoing, now).await.map(|row| row.id)
}

/// The same, giving the whole row, so that a sender need not read it back.
pub async fn put(tx: &mut GuildTx<'_>, outgoing: Outgoing, now: Timestamp) -> Result<OutboxRow, StoreError> {
    put_for(tx, outgoing, None, now).await
}

/// The same for a row that exists because of what `user` did: their erasure takes it away.
pub async fn put_for(
    tx: &mut GuildTx<'_>,
    outgoing: Outgoing,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<OutboxRow, StoreError> {
    let id = counter::next(tx, "outbox").await?;
    let nonce = nonce(now, id);
    let Outgoing { kind, payload, not_before } = outgoing;
    let owner = tx.instance();
    tx.execute(&ADD, params![id, &kind, &payload, &nonce, now, not_before, user, &*owner]).await?;
    let id = OutboxId { guild: tx.guild(), id };
    Ok(OutboxRow { id, kind, payload, nonce, created_at: now, not_before, attempts: 0 })
}

/// Up to `limit` rows of a process that may be sent now, the longest due first. Rows that were written by no
/// process in particular belong to the one that is named with an empty text.
pub async fn due(
    tx: &mut OperatorTx<'_>,
    now: Timestamp,
    limit: u32,
    owner: &str,
) -> Result<Vec<OutboxRow>, StoreError> {
    tx.fetch_all(&DUE, params![now, limit, owner]).await?.iter().map(read).collect()
}

/// The processes that have rows which wait; some may be gone.
pub async fn owners(tx: &mut OperatorTx<'_>) -> Result<Vec<String>, StoreError> {
    let rows = tx.fetch_all(&OWNERS, params![]).await?;
    let mut owners = rows.iter().map(|row| row.get("owner")).collect::<Result<Vec<String>, _>>()?;
    owners.sort_unstable();
    owners.dedup();
    Ok(owners)
}

/// Leaves what waits for one process to another; how many rows that were.
pub async fn leave(tx: &mut OperatorTx<'_>, owner: &str, heir: &str) -> Result<u64, StoreError> {
    tx.execute(&LEAVE, params![owner, heir]).await
}

/// When the next row is due, where there is one.
pub async fn next_due(tx: &mut OperatorTx<'_>) -> Result<Option<Timestamp>, StoreError> {
    tx.fetch_one(&NEXT_DUE, params![]).await?.get("at")
}

/// How many rows wait, due or not.
pub async fn waiting(tx: &mut OperatorTx<'_>) -> Result<u64, StoreError> {
    tx.fetch_one(&WAITING, params![]).await?.get("rows")
}

/// Discord has taken it; the row goes.
pub async fn done(tx: &mut GuildTx<'_>, id: i64) -> Result<(), StoreError> {
    tx.execute(&DONE, params![id]).await.map(|_| ())
}

/// It did not work this time.
pub async fn retry(
    tx: &mut GuildTx<'_>,
    id: i64,
    not_before: Timestamp,
    reason: &str,
) -> Result<(), StoreError> {
    tx.execute(&RETRY, params![id, not_before, reason]).await.map(|_| ())
}

/// It will never work. The row stays for operators to see.
pub async fn failed(tx: &mut GuildTx<'_>, id: i64, reason: &str) -> Result<(), StoreError> {
    tx.execute(&FAILED, params![id, reason]).await.map(|_| ())
}

/// How many rows have failed for good and are still kept.
pub async fn given_up(tx: &mut OperatorTx<'_>) -> Result<u64, StoreError> {
    tx.fetch_one(&GIVEN_UP, params![]).await?.get("rows")
}

fn read(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: OutboxId { guild: row.get("guild_id")?, id: row.get("id")? },
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        nonce: row.get("nonce")?,
        created_at: row.get("created_at")?,
        not_before: row.get("not_before")?,
        attempts: row.get("attempts")?,
    })
}

/// Nonces are compared per channel. The time keeps numbers apart where a guild's data was erased and
/// its counter began anew.
fn nonce(now: Timestamp, id: i64) -> String {
    format!(
        "{:x}-{:x}",
        now.as_millis().unsigned_abs() & 0xfff_ffff_ffff,
        id.unsigned_abs() & 0xfff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_fits_discords_25_characters() {
        assert!(nonce(Timestamp(i64::MAX), i64::MAX).len() <= 25);
        assert_ne!(nonce(Timestamp(1), 2), nonce(Timestamp(2), 1));
    }
}
