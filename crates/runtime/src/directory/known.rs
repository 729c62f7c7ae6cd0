//! Every guild that handlers may ask for: those of this process's own shards, and those that other processes
//! look after.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use guildhall_core::{
    clock::Timestamp,
    event::EventKind,
    id::{ChannelId, GuildId, RoleId, UserId},
};
use guildhall_framework::directory::{Directory, GuildFacts, Spot};
use guildhall_store::{Store, StoreError};
use twilight_model::guild::Permissions;

use super::{Guilds, mirror::Mirror};

/// Looks in the guild cache of this process, and then in what others have stored.
#[derive(Debug)]
pub struct Known {
    own: Arc<Guilds>,
    /// Whether no other process can have the data.
    alone: bool,
    mirror: Mirror,
    /// Guilds on the shards of all processes; zero until that is known.
    everywhere: AtomicU64,
}

impl Known {
    /// What is known over all processes that share this database.
    pub fn new(own: Arc<Guilds>, store: Store) -> Self {
        Self { own, alone: !store.is_shared(), mirror: Mirror::new(store), everywhere: AtomicU64::new(0) }
    }

    /// The guilds that others look after.
    pub const fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// Sees to it that what is known of a guild is there, also where another process looks after it.
    pub async fn ensure(&self, guild: GuildId, now: Timestamp) -> Result<(), StoreError> {
        if self.is_own(guild) { Ok(()) } else { self.mirror.ensure(guild, now).await }
    }

    /// Takes note of what an event says of a guild that another process looks after.
    pub fn hear(&self, kind: EventKind, guild: GuildId, payload: &[u8]) {
        if !self.is_own(guild) {
            self.mirror.hear(kind, guild, payload);
        }
    }

    /// Whether this process is the one that looks after the guild.
    fn is_own(&self, guild: GuildId) -> bool {
        self.alone || self.own.has(guild)
    }

    /// Takes note of the bot's own user.
    pub fn set_me(&self, me: UserId) {
        self.own.set_me(me);
        self.mirror.guilds().set_me(me);
    }

    /// Takes note of how many guilds are on the shards of all processes.
    pub fn set_everywhere(&self, guilds: u64) {
        self.everywhere.store(guilds, Ordering::Relaxed);
    }

    /// What a member with these roles may do in a channel; `None` where the channel is not known, as a thread is not.
    pub fn member_permissions(
        &self,
        guild: GuildId,
        channel: ChannelId,
        user: UserId,
        roles: &[RoleId],
    ) -> Option<Permissions> {
        self.of(guild).member_permissions(guild, channel, user, roles)
    }

    /// The guild cache that has this guild.
    fn of(&self, guild: GuildId) -> &Guilds {
        if self.own.has(guild) { &self.own } else { self.mirror.guilds() }
    }
}

impl Directory for Known {
    fn guild(&self, guild: GuildId) -> Option<GuildFacts> {
        self.of(guild).guild(guild)
    }

    fn guilds(&self) -> usize {
        let everywhere = usize::try_from(self.everywhere.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        self.own.guilds().max(everywhere)
    }

    fn me(&self) -> Option<UserId> {
        self.own.me()
    }

    fn bot_permissions(&self, guild: GuildId, channel: ChannelId) -> Option<Permissions> {
        self.of(guild).bot_permissions(guild, channel)
    }

    fn channel_with(&self, guild: GuildId, wanted: Permissions) -> Option<ChannelId> {
        self.of(guild).channel_with(guild, wanted)
    }

    fn latency(&self, guild: Option<GuildId>) -> Option<Duration> {
        self.own.latency(guild).or_else(|| self.mirror.guilds().latency(guild))
    }

    fn shards(&self) -> Option<u32> {
        self.own.shards()
    }

    fn everywhere<'a>(
        &'a self,
        store: &'a Store,
        after: Option<GuildId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<GuildId>, StoreError>> {
        self.own.everywhere(store, after, limit)
    }

    // What this process does not look after is read as it is stored, and not kept.
    fn recall<'a>(
        &'a self,
        store: &'a Store,
        guild: GuildId,
    ) -> BoxFuture<'a, Result<Option<GuildFacts>, StoreError>> {
        self.own.recall(store, guild)
    }

    fn spot<'a>(
        &'a self,
        store: &'a Store,
        guild: GuildId,
        preferred: Option<ChannelId>,
        wanted: Permissions,
    ) -> BoxFuture<'a, Result<Spot, StoreError>> {
        self.own.spot(store, guild, preferred, wanted)
    }
}
