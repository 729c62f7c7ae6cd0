//! Tombstones: what was erased, and when. They hold ids and times and nothing else. A backup from before an
//! erasure is restored only together with the tombstones that came after it ([`since`],
//! [`erase::replay`](crate::erase::replay)). The [`Journal`] keeps them once more outside of the database,
//! so that they survive its loss.

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
};

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    row::Row,
    statement::{OperatorStatement, ScopeKind, operator},
    subject::{Reason, Subject},
    transaction::OperatorTx,
};

mod journal;

pub use journal::Journal;

/// How long tombstones stay: longer than any backup that may still be restored.
pub const KEEP_DAYS: u32 = 400;

pub(crate) const TABLE: Table = Table {
    name: "tombstone",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("what"),
        Column::plain("guild_id"),
        Column::id("user_id"),
        Column::plain("erased_at"),
        Column::plain("reason"),
        Column::plain("finished_at"),
    ],
    key: &["what", "guild_id", "user_id", "erased_at"],
    person: Person::Tombstone,
    retention: Retention::Days { column: "erased_at", days: KEEP_DAYS },
    purpose: "remembers whose data was erased, by id and time alone, so that a restored backup does not bring it back",
};

pub(crate) const WRITE: OperatorStatement = operator(
    "tombstone_write",
    "INSERT INTO tombstone (what, guild_id, user_id, erased_at, reason) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (what, guild_id, user_id, erased_at) DO NOTHING",
);

pub(crate) const SINCE: OperatorStatement = operator(
    "tombstone_since",
    "SELECT what, guild_id, user_id, erased_at, reason FROM tombstone WHERE erased_at >= $1
     ORDER BY erased_at, what, guild_id, user_id",
);

pub(crate) const UNFINISHED: OperatorStatement = operator(
    "tombstone_unfinished",
    "SELECT what, guild_id, user_id, erased_at, reason FROM tombstone WHERE finished_at IS NULL
     ORDER BY erased_at, what, guild_id, user_id",
);

pub(crate) const FINISH: OperatorStatement = operator(
    "tombstone_finish",
    "UPDATE tombstone SET finished_at = $5
     WHERE what = $1 AND guild_id = $2 AND user_id = $3 AND erased_at = $4",
);

/// One erasure.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Tombstone {
    /// Whose data was erased.
    pub subject: Subject,
    /// When it was decided. What came later is not touched by it.
    pub erased_at: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// Writes one down. One that is known stays as it is.
pub async fn write(tx: &mut OperatorTx<'_>, tombstone: &Tombstone) -> Result<(), StoreError> {
    let (what, guild, user) = key(tombstone.subject);
    let values = params![what, guild, user, tombstone.erased_at, tombstone.reason.name()];
    tx.execute(&WRITE, values).await.map(|_| ())
}

/// The erasures that were decided then or later, the oldest first.
pub async fn since(tx: &mut OperatorTx<'_>, time: Timestamp) -> Result<Vec<Tombstone>, StoreError> {
    Ok(tx.fetch_all(&SINCE, params![time]).await?.iter().filter_map(read).collect())
}

/// The erasures that were cut short.
pub async fn unfinished(tx: &mut OperatorTx<'_>) -> Result<Vec<Tombstone>, StoreError> {
    Ok(tx.fetch_all(&UNFINISHED, params![]).await?.iter().filter_map(read).collect())
}

/// Says that nothing is left.
pub async fn finish(
    tx: &mut OperatorTx<'_>,
    tombstone: &Tombstone,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (what, guild, user) = key(tombstone.subject);
    tx.execute(&FINISH, params![what, guild, user, tombstone.erased_at, now]).await.map(|_| ())
}

fn key(subject: Subject) -> (&'static str, i64, i64) {
    (subject.kind(), subject.guild().map_or(0, GuildId::to_db), subject.user().map_or(0, UserId::to_db))
}

/// A row that this program does not understand is none of its own.
fn read(row: &Row) -> Option<Tombstone> {
    let (guild, user): (i64, i64) = (row.get("guild_id").ok()?, row.get("user_id").ok()?);
    let (what, reason): (String, String) = (row.get("what").ok()?, row.get("reason").ok()?);
    Some(Tombstone {
        subject: Subject::of(&what, GuildId::from_db(guild), UserId::from_db(user))?,
        erased_at: row.get("erased_at").ok()?,
        reason: Reason::named(&reason)?,
    })
}
