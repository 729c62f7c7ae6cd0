//! The two sides a shard talks to: who says what is wanted, and who takes it.

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_core::{
    event::{Envelope, EventKind, EventSet},
    id::{ApplicationId, GuildId, UserId},
};

use super::{ledger::Done, session::Gap};

/// Which events somebody wants. Asked for every dispatch, so it must be cheap: an atomic, not a lock.
pub trait Interest: Send + Sync {
    /// Kinds that at least one guild wants; asked before the guild id is even looked for.
    fn any(&self) -> EventSet;

    /// Kinds that this guild wants.
    fn guild(&self, guild: GuildId) -> EventSet;

    /// Whether this very event is wanted. `data` is its raw `d`; whoever looks into it must do so quickly.
    fn event(&self, guild: GuildId, kind: EventKind, _data: &[u8]) -> bool {
        self.guild(guild).contains(kind)
    }

    /// Kinds that are wanted outside guilds: direct messages, entitlements of users.
    fn direct(&self) -> EventSet {
        EventSet::EMPTY
    }
}

/// Takes what the shards receive. The events of one shard come in order, and so do its interactions,
/// but interactions do not wait behind events; shards run side by side.
pub trait Sink: Send + Sync {
    /// Takes an interaction or an event that somebody wants. The returned future may wait: the shard
    /// reads on meanwhile, up to a bound. `done` is completed once the event's effects are durable.
    fn deliver(&self, envelope: Envelope<Bytes>, done: Done) -> BoxFuture<'_, ()>;

    /// Takes an event that only a cache needs: guilds, roles, channels. Runs inside the read loop and
    /// must be quick. `payload` is the raw `d`.
    fn cache(&self, kind: EventKind, guild: Option<GuildId>, payload: &[u8]);

    /// Takes news about the shard itself. Runs inside the read loop and must be quick.
    fn lifecycle(&self, event: Lifecycle);
}

/// News about a shard.
#[derive(Clone, Debug)]
pub enum Lifecycle {
    /// A new session began. Discord sends the guilds one by one afterwards.
    Ready {
        /// The shard.
        shard: u32,
        /// The guilds of the shard; all unavailable until their `GUILD_CREATE` comes.
        guilds: Vec<GuildId>,
        /// The bot's application.
        application_id: ApplicationId,
        /// The bot's user.
        user_id: UserId,
        /// Whether nothing came before: false where this session replaces a lost one, of which a
        /// [`Lifecycle::Gap`] has told.
        fresh: bool,
    },
    /// The session was continued and Discord has replayed what was missed.
    Resumed {
        /// The shard.
        shard: u32,
    },
    /// The connection ended and the shard will connect again.
    Disconnected {
        /// The shard.
        shard: u32,
        /// The close code, where there was one.
        code: Option<u16>,
    },
    /// The shard has stopped for good. [`super::Gateway::failure`] has the reason.
    Stopped {
        /// The shard.
        shard: u32,
    },
    /// Events were lost that Discord will not replay.
    Gap(Gap),
}
