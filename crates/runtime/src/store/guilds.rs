//! The guild cache on disk: written behind, read at the start.

use std::sync::Arc;

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{
    Column, Gather, GuildStatement, OperatorPath, OperatorStatement, Person, Retention, ScopeKind, Store,
    StoreError, Table, guild, operator, params,
};

use crate::directory::{Guilds, record::Record};

/// Guilds that are written in one transaction.
const BATCH: usize = 500;

pub(super) const TABLE: Table = Table {
    name: "known_guild",
    scope: ScopeKind::Guild,
    columns: &[Column::plain("guild_id"), Column::id("record"), Column::plain("seen_at")],
    key: &["guild_id"],
    person: Person::Mirror,
    retention: Retention::WithOwner,
    purpose: "remembers a server's name, owner, channels and roles over a restart of the bot",
};

pub(super) const SAVE: GuildStatement = guild(
    "known_guild_save",
    "INSERT INTO known_guild (guild_id, record, seen_at) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id) DO UPDATE SET record = excluded.record, seen_at = excluded.seen_at",
);

pub(super) const REMOVE: GuildStatement =
    guild("known_guild_remove", "DELETE FROM known_guild WHERE guild_id = $1");

pub(super) const OF_SHARD: OperatorStatement = operator(
    "known_guild_of_shard",
    "SELECT guild_id, record FROM known_guild
     WHERE guild_id > $1 AND (guild_id >> 22) % $2 = $3 ORDER BY guild_id LIMIT $4",
)
.gathered(Gather::Pages);

pub(super) const PAGE: OperatorStatement = operator(
    "known_guild_page",
    "SELECT guild_id FROM known_guild WHERE guild_id > $1 ORDER BY guild_id LIMIT $2",
)
.gathered(Gather::Pages);

pub(super) const ONE: GuildStatement =
    guild("known_guild_get", "SELECT record, seen_at FROM known_guild WHERE guild_id = $1");

pub(super) const CHANGED: OperatorStatement = operator(
    "known_guild_changed",
    "SELECT guild_id, seen_at FROM known_guild WHERE seen_at >= $1 ORDER BY guild_id",
);

/// Writes the guild cache behind. One at a time, so that whoever has waited for a save knows that
/// everything up to then is durable.
#[derive(Debug)]
pub struct Saver {
    store: Store,
    guilds: Arc<Guilds>,
    clock: SharedClock,
    turn: tokio::sync::Mutex<()>,
}

impl Saver {
    /// Writes this cache into this database.
    pub fn new(store: Store, guilds: Arc<Guilds>, clock: SharedClock) -> Self {
        Self { store, guilds, clock, turn: tokio::sync::Mutex::new(()) }
    }

    /// Writes what changed since the last time. What could not be written stays changed.
    pub async fn save(&self) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        loop {
            let mut dirty = self.guilds.take_dirty(BATCH);
            // In the order in which everybody writes for several guilds.
            dirty.sort_by_key(|(guild, _)| *guild);
            if dirty.is_empty() {
                return Ok(());
            }
            if let Err(error) = write(&self.store, &dirty, self.clock.now()).await {
                self.guilds.mark_dirty(dirty.into_iter().map(|(guild, _)| guild));
                return Err(error);
            }
        }
    }
}

async fn write(store: &Store, dirty: &[(GuildId, Option<Record>)], now: Timestamp) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    for (guild, record) in dirty {
        let mut tx = write.guild(GuildScope(*guild));
        match record.as_ref().and_then(|record| serde_json::to_string(record).ok()) {
            Some(text) => tx.execute(&SAVE, params![text, now]).await?,
            None => tx.execute(&REMOVE, params![]).await?,
        };
    }
    write.commit().await
}

/// A page of the guilds of all shards in the order of their ids.
pub async fn page(store: &Store, after: Option<GuildId>, limit: u32) -> Result<Vec<GuildId>, StoreError> {
    let after = after.map_or(0, |guild| guild.get().cast_signed());
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Reconcile);
    let rows = tx.fetch_all(&PAGE, params![after, limit]).await?;
    rows.iter().map(|row| row.get("guild_id")).collect()
}

/// Puts back what was last known of the guilds of one shard, by an earlier run or by another process; how many
/// guilds that were.
pub async fn load_shard(store: &Store, guilds: &Guilds, shard: u32, total: u32) -> Result<usize, StoreError> {
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Reconcile);
    let (mut last, mut count) = (0_i64, 0);
    loop {
        let rows = tx.fetch_all(&OF_SHARD, params![last, total, shard, BATCH]).await?;
        let Some(end) = rows.last() else { return Ok(count) };
        last = end.get("guild_id")?;
        for row in &rows {
            let text: String = row.get("record")?;
            match serde_json::from_str(&text) {
                Ok(record) => {
                    guilds.restore(row.get("guild_id")?, record);
                    count += 1;
                }
                // The gateway will tell again.
                Err(error) => crate::telemetry::unreadable("known guild", &error),
            }
        }
    }
}

/// What was last stored of one guild, and when.
pub async fn load_one(store: &Store, guild: GuildId) -> Result<Option<(Record, Timestamp)>, StoreError> {
    let mut read = store.read().await?;
    let row = read.guild(GuildScope(guild)).fetch_optional(&ONE, params![]).await?;
    let Some(row) = row else { return Ok(None) };
    let text: String = row.get("record")?;
    match serde_json::from_str(&text) {
        Ok(record) => Ok(Some((record, row.get("seen_at")?))),
        // A newer version of the program has written it; what it says is of no use here.
        Err(error) => {
            crate::telemetry::unreadable("known guild", &error);
            Ok(None)
        }
    }
}

/// Guilds that were stored since then, and when.
pub async fn changed(store: &Store, since: Timestamp) -> Result<Vec<(GuildId, Timestamp)>, StoreError> {
    let mut read = store.read().await?;
    let rows = read.operator(OperatorPath::Reconcile).fetch_all(&CHANGED, params![since]).await?;
    rows.iter().map(|row| Ok((row.get("guild_id")?, row.get("seen_at")?))).collect()
}
