//! Gateway sessions: what it takes to resume a shard after a restart (Discord docs: Gateway, Resuming).

use guildhall_core::clock::Timestamp;

use crate::{
    error::StoreError,
    inventory::{Column, Person, Retention, Table},
    params,
    row::Row,
    statement::{OperatorStatement, ScopeKind, operator},
    transaction::OperatorTx,
};

pub(super) const TABLE: Table = Table {
    name: "shard_session",
    scope: ScopeKind::Global,
    columns: &[
        Column::plain("identity"),
        Column::plain("shard"),
        Column::plain("total"),
        Column::plain("session_id"),
        Column::plain("resume_url"),
        Column::plain("sequence"),
        Column::plain("intents"),
        Column::plain("as_of"),
    ],
    key: &["identity", "shard", "total"],
    person: Person::Nobody,
    retention: Retention::Permanent,
    purpose: "lets the connection to Discord continue after a restart",
};

pub(super) const LOAD: OperatorStatement = operator(
    "shard_session_load",
    "SELECT session_id, resume_url, sequence, identity, intents, as_of FROM shard_session
     WHERE identity = $1 AND shard = $2 AND total = $3",
);

pub(super) const OTHERS: OperatorStatement = operator(
    "shard_session_others",
    "SELECT shard, total, session_id, resume_url, sequence, identity, intents, as_of FROM shard_session
     WHERE identity = $1 AND total <> $2 ORDER BY total, shard",
);

// Within one session the sequence only rises: a late write must not turn it back.
pub(super) const SAVE: OperatorStatement = operator(
    "shard_session_save",
    "INSERT INTO shard_session (shard, total, session_id, resume_url, sequence, identity, intents, as_of)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (identity, shard, total) DO UPDATE SET
         session_id = excluded.session_id,
         resume_url = excluded.resume_url,
         sequence = CASE
             WHEN shard_session.session_id = excluded.session_id AND shard_session.sequence > excluded.sequence
             THEN shard_session.sequence ELSE excluded.sequence END,
         intents = excluded.intents,
         as_of = excluded.as_of",
);

pub(super) const CLEAR: OperatorStatement = operator(
    "shard_session_clear",
    "DELETE FROM shard_session WHERE identity = $1 AND shard = $2 AND total = $3",
);

/// A shard among how many.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ShardKey {
    /// Its number.
    pub shard: u32,
    /// How many there are; another number makes other sessions.
    pub total: u32,
}

/// A session that can be resumed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardSession {
    /// The session.
    pub session_id: String,
    /// Where to resume it.
    pub resume_url: String,
    /// Everything up to here is durable.
    pub sequence: u64,
    /// Whose session it is, by the public first part of the token: another bot's must not be resumed.
    pub identity: String,
    /// The intents that it was started with; it keeps them for life.
    pub intents: u64,
    /// No event after the sequence was received before this time.
    pub as_of: Timestamp,
}

/// The session of a bot's shard.
pub async fn load(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    key: ShardKey,
) -> Result<Option<ShardSession>, StoreError> {
    let row = tx.fetch_optional(&LOAD, params![identity, key.shard, key.total]).await?;
    row.as_ref().map(read).transpose()
}

/// The sessions of a bot's shards from when there was another number of them.
pub async fn others(
    tx: &mut OperatorTx<'_>,
    identity: &str,
    total: u32,
) -> Result<Vec<(ShardKey, ShardSession)>, StoreError> {
    let rows = tx.fetch_all(&OTHERS, params![identity, total]).await?;
    let other = |row: &Row| Ok((ShardKey { shard: row.get("shard")?, total: row.get("total")? }, read(row)?));
    rows.iter().map(other).collect()
}

fn read(row: &Row) -> Result<ShardSession, StoreError> {
    Ok(ShardSession {
        session_id: row.get("session_id")?,
        resume_url: row.get("resume_url")?,
        sequence: row.get("sequence")?,
        identity: row.get("identity")?,
        intents: row.get("intents")?,
        as_of: row.get("as_of")?,
    })
}

/// Saves the session of a shard. Within one session the sequence never goes back.
pub async fn save(tx: &mut OperatorTx<'_>, key: ShardKey, session: &ShardSession) -> Result<(), StoreError> {
    let values = params![
        key.shard,
        key.total,
        &session.session_id,
        &session.resume_url,
        session.sequence,
        &session.identity,
        session.intents,
        session.as_of
    ];
    tx.execute(&SAVE, values).await.map(|_| ())
}

/// Forgets the session of a bot's shard.
pub async fn clear(tx: &mut OperatorTx<'_>, identity: &str, key: ShardKey) -> Result<(), StoreError> {
    tx.execute(&CLEAR, params![identity, key.shard, key.total]).await.map(|_| ())
}
