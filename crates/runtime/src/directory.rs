//! The guild cache: what handlers ask for without asking Discord, in as few bytes as that takes.
//!
//! Fed by the gateway's cache events. Names of roles and channels, topics, emoji and members are not
//! kept: nothing here needs them, and they are what makes other caches large.

pub mod known;
pub mod mirror;
pub mod payload;
pub mod permissions;
pub mod record;

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

use futures::future::BoxFuture;
use guildhall_core::{
    event::EventKind,
    id::{ChannelId, GuildId, RoleId, UserId},
};
use guildhall_framework::directory::{Directory, GuildFacts, Spot};
use guildhall_store::{Store, StoreError};
use parking_lot::{Mutex, RwLock};
use twilight_model::guild::Permissions;

use self::{payload::Change, record::Record};
use crate::store::guilds as stored;

/// Every guild the bot is in, as far as the gateway told.
#[derive(Debug, Default)]
pub struct Guilds {
    records: RwLock<HashMap<GuildId, Record>>,
    /// Guilds that changed since they were last stored.
    dirty: Mutex<HashSet<GuildId>>,
    /// The bot's own user; zero until it is known.
    me: AtomicU64,
    /// Shards of the bot in all; zero until it is known.
    shards: AtomicU32,
    latency: RwLock<HashMap<u32, Duration>>,
}

/// What a cache event did to the list of guilds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// The guild is new or complete again.
    Present(GuildId),
    /// The bot is no longer in the guild.
    Left(GuildId),
    /// Only facts within the guild changed, or nothing.
    Within,
}

impl Guilds {
    /// Takes note of the bot's own user.
    pub fn set_me(&self, user: UserId) {
        self.me.store(user.get(), Ordering::Relaxed);
    }

    /// Takes note of how many shards the bot runs in all.
    pub fn set_shards(&self, total: u32) {
        self.shards.store(total, Ordering::Relaxed);
    }

    /// Takes note of a shard's heartbeat.
    pub fn set_latency(&self, shard: u32, latency: Option<Duration>) {
        match latency {
            Some(latency) => drop(self.latency.write().insert(shard, latency)),
            None => drop(self.latency.write().remove(&shard)),
        }
    }

    /// Takes note of a cache event. A payload that does not read is an error and changes nothing.
    pub fn apply(
        &self,
        kind: EventKind,
        guild: Option<GuildId>,
        payload: &[u8],
    ) -> Result<Effect, serde_json::Error> {
        let me = UserId::new(self.me.load(Ordering::Relaxed));
        let Some(change) = payload::read(kind, guild, payload, me)? else { return Ok(Effect::Within) };
        let (guild, effect) = match change {
            Change::Present(guild, record) => {
                let mut records = self.records.write();
                let record = match records.remove(&guild) {
                    // Large guilds may leave the bot's own member out of a later `GUILD_CREATE`.
                    Some(old) if record.own_roles.is_empty() => {
                        Record { own_roles: old.own_roles, ..*record }
                    }
                    _ => *record,
                };
                records.insert(guild, record);
                (guild, Effect::Present(guild))
            }
            Change::Left(guild) => {
                self.remove(guild);
                return Ok(Effect::Left(guild));
            }
            Change::Within(guild, edit) => {
                let mut records = self.records.write();
                let Some(record) = records.get_mut(&guild) else { return Ok(Effect::Within) };
                edit.apply(record);
                (guild, Effect::Within)
            }
        };
        self.dirty.lock().insert(guild);
        Ok(effect)
    }

    /// What a member with these roles may do in a channel; `None` where the channel is not known, as a thread is not.
    pub fn member_permissions(
        &self,
        guild: GuildId,
        channel: ChannelId,
        user: UserId,
        roles: &[RoleId],
    ) -> Option<Permissions> {
        let records = self.records.read();
        let record = records.get(&guild)?;
        let channel = record.channels.iter().find(|known| known.id == channel)?;
        Some(permissions::of_member(guild, user, roles, record, channel))
    }

    /// Puts back a guild that an earlier run knew. What the gateway told meanwhile wins.
    pub fn restore(&self, guild: GuildId, record: Record) {
        self.records.write().entry(guild).or_insert(record);
    }

    /// Puts a guild in as another process has stored it.
    pub fn put(&self, guild: GuildId, record: Record) {
        self.records.write().insert(guild, record);
    }

    /// Whether the guild is known.
    pub fn has(&self, guild: GuildId) -> bool {
        self.records.read().contains_key(&guild)
    }

    /// Forgets a guild that is another process's to store.
    pub fn drop_quietly(&self, guild: GuildId) {
        self.records.write().remove(&guild);
        self.dirty.lock().remove(&guild);
    }

    /// Says that there is nothing to store.
    pub fn all_is_stored(&self) {
        self.dirty.lock().clear();
    }

    /// Forgets a guild.
    pub fn remove(&self, guild: GuildId) {
        self.records.write().remove(&guild);
        self.dirty.lock().insert(guild);
    }

    /// Leaves the guilds of one shard to another process; what is stored of them stays.
    pub fn forget_shard(&self, shard: u32, total: u32) {
        let guilds = self.of_shard(shard, total);
        let (mut records, mut dirty) = (self.records.write(), self.dirty.lock());
        for guild in guilds {
            records.remove(&guild);
            dirty.remove(&guild);
        }
    }

    /// Leaves every guild to other processes that is on none of these shards.
    pub fn keep_shards(&self, numbers: &[u32], total: u32) {
        let (mut records, mut dirty) = (self.records.write(), self.dirty.lock());
        records.retain(|guild, _| numbers.contains(&guild.shard(total)));
        dirty.retain(|guild| numbers.contains(&guild.shard(total)));
    }

    /// The members of all its guilds together, as Discord last counted them.
    pub fn members(&self) -> u64 {
        self.records.read().values().map(|record| u64::from(record.members)).sum()
    }

    /// The guilds of one shard.
    pub fn of_shard(&self, shard: u32, total: u32) -> Vec<GuildId> {
        self.records.read().keys().filter(|guild| guild.shard(total) == shard).copied().collect()
    }

    /// Up to `limit` guilds that changed since they were last taken, each with its record; `None` for one
    /// that is gone.
    pub fn take_dirty(&self, limit: usize) -> Vec<(GuildId, Option<Record>)> {
        let taken: Vec<GuildId> = {
            let mut dirty = self.dirty.lock();
            let taken: Vec<GuildId> = dirty.iter().take(limit).copied().collect();
            for guild in &taken {
                dirty.remove(guild);
            }
            taken
        };
        let records = self.records.read();
        taken.into_iter().map(|guild| (guild, records.get(&guild).cloned())).collect()
    }

    /// Marks guilds as changed again, after storing them failed.
    pub fn mark_dirty(&self, guilds: impl IntoIterator<Item = GuildId>) {
        self.dirty.lock().extend(guilds);
    }

    /// The guild's preferred language, as Discord names it.
    pub fn locale(&self, guild: GuildId) -> Option<String> {
        self.records.read().get(&guild).map(|record| record.locale.to_string())
    }
}

impl Directory for Guilds {
    fn guild(&self, guild: GuildId) -> Option<GuildFacts> {
        self.records.read().get(&guild).map(|record| record.facts(guild))
    }

    fn guilds(&self) -> usize {
        self.records.read().len()
    }

    fn me(&self) -> Option<UserId> {
        UserId::new(self.me.load(Ordering::Relaxed))
    }

    fn bot_permissions(&self, guild: GuildId, channel: ChannelId) -> Option<Permissions> {
        let me = UserId::new(self.me.load(Ordering::Relaxed))?;
        let records = self.records.read();
        let record = records.get(&guild)?;
        let channel = record.channels.iter().find(|known| known.id == channel)?;
        Some(permissions::in_channel(guild, me, record, channel))
    }

    fn channel_with(&self, guild: GuildId, wanted: Permissions) -> Option<ChannelId> {
        let me = UserId::new(self.me.load(Ordering::Relaxed))?;
        first_fit(self.records.read().get(&guild)?, guild, me, None, wanted)
    }

    fn latency(&self, guild: Option<GuildId>) -> Option<Duration> {
        let shard = guild.map_or(0, |guild| guild.shard(self.shards.load(Ordering::Relaxed)));
        self.latency.read().get(&shard).copied()
    }

    fn shards(&self) -> Option<u32> {
        Some(self.shards.load(Ordering::Relaxed)).filter(|shards| *shards > 0)
    }

    fn everywhere<'a>(
        &'a self,
        store: &'a Store,
        after: Option<GuildId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<GuildId>, StoreError>> {
        Box::pin(stored::page(store, after, limit))
    }

    fn recall<'a>(
        &'a self,
        store: &'a Store,
        guild: GuildId,
    ) -> BoxFuture<'a, Result<Option<GuildFacts>, StoreError>> {
        Box::pin(async move {
            Ok(match self.guild(guild) {
                Some(facts) => Some(facts),
                None => stored::load_one(store, guild).await?.map(|(record, _)| record.facts(guild)),
            })
        })
    }

    fn spot<'a>(
        &'a self,
        store: &'a Store,
        guild: GuildId,
        preferred: Option<ChannelId>,
        wanted: Permissions,
    ) -> BoxFuture<'a, Result<Spot, StoreError>> {
        Box::pin(async move {
            let Some(me) = UserId::new(self.me.load(Ordering::Relaxed)) else { return Ok(Spot::Unknown) };
            let here = self.records.read().get(&guild).cloned();
            let record = match here {
                Some(record) => record,
                // Another process serves it, or the bot has left.
                None => match stored::load_one(store, guild).await? {
                    Some((record, _)) => record,
                    None => return Ok(Spot::Gone),
                },
            };
            Ok(first_fit(&record, guild, me, preferred, wanted).map_or(Spot::Nowhere, Spot::Channel))
        })
    }
}

/// The first channel in which the bot has `wanted`: the preferred one, the system channel, the topmost text channel.
fn first_fit(
    record: &Record,
    guild: GuildId,
    me: UserId,
    preferred: Option<ChannelId>,
    wanted: Permissions,
) -> Option<ChannelId> {
    let fits =
        |channel: &&record::Channel| permissions::in_channel(guild, me, record, channel).contains(wanted);
    let of =
        |id: Option<ChannelId>| record.channels.iter().find(|channel| Some(channel.id) == id).filter(fits);
    let topmost = || {
        let texts = record.channels.iter().filter(|channel| channel.is_text()).filter(fits);
        texts.min_by_key(|channel| record.place_of(channel))
    };
    of(preferred).or_else(|| of(record.system_channel)).or_else(topmost).map(|channel| channel.id)
}

#[cfg(test)]
mod tests;
