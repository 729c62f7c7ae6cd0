//! What the process knows of guilds without asking Discord: a compact cache that the gateway feeds.

use std::{fmt, time::Duration};

use futures::future::BoxFuture;
use guildhall_core::id::{ChannelId, GuildId, UserId};
use guildhall_store::{Store, StoreError};
use twilight_model::guild::Permissions;

/// The facts about one guild.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GuildFacts {
    /// The guild.
    pub id: GuildId,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: UserId,
    /// Members, as Discord last counted them.
    pub members: u64,
    /// Channels that the bot was told of.
    pub channels: usize,
    /// Roles, with that of everyone.
    pub roles: usize,
    /// The preferred language.
    pub locale: String,
}

/// Where something is to be said in a guild.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Spot {
    /// In this channel.
    Channel(ChannelId),
    /// Nowhere: the bot may speak in no channel.
    Nowhere,
    /// The bot is not in the guild.
    Gone,
    /// Not known yet, because the process has just started.
    Unknown,
}

/// Looks guilds up.
pub trait Directory: fmt::Debug + Send + Sync {
    /// The facts about a guild; `None` when the bot is not in it, or has not heard of it yet.
    fn guild(&self, guild: GuildId) -> Option<GuildFacts>;

    /// How many guilds the bot is in.
    fn guilds(&self) -> usize;

    /// What the bot may do in a channel, overwrites included.
    fn bot_permissions(&self, guild: GuildId, channel: ChannelId) -> Option<Permissions>;

    /// Where a first word to a guild goes: its system channel if the bot has `wanted` there, else the
    /// topmost text channel where it has.
    fn channel_with(&self, guild: GuildId, wanted: Permissions) -> Option<ChannelId>;

    /// The latest heartbeat's way to Discord and back, of the shard that serves the guild; of the first
    /// shard for `None`.
    fn latency(&self, _guild: Option<GuildId>) -> Option<Duration> {
        None
    }

    /// How many shards the bot runs in all, once that is known.
    fn shards(&self) -> Option<u32> {
        None
    }

    /// A page of the guilds of all processes in the order of their ids, as they were last written down: those after
    /// `after`, `limit` at the most.
    fn everywhere<'a>(
        &'a self,
        store: &'a Store,
        after: Option<GuildId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<GuildId>, StoreError>>;

    /// The facts about a guild, whichever process serves it.
    fn recall<'a>(
        &'a self,
        store: &'a Store,
        guild: GuildId,
    ) -> BoxFuture<'a, Result<Option<GuildFacts>, StoreError>>;

    /// Where to speak in a guild, whichever process serves it: in `preferred` if the bot has `wanted` there, else
    /// as [`Directory::channel_with`] says.
    fn spot<'a>(
        &'a self,
        store: &'a Store,
        guild: GuildId,
        preferred: Option<ChannelId>,
        wanted: Permissions,
    ) -> BoxFuture<'a, Result<Spot, StoreError>>;
}
