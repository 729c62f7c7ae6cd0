//! Where a text command was written, and who may do what there.

use std::collections::HashMap;

use guildhall_core::id::{ChannelId, GuildId};
use guildhall_discord::rest::{Priority, RestError, guilds};
use guildhall_framework::{ctx::Invocation, directory::Directory as _};
use parking_lot::Mutex;
use twilight_model::guild::Permissions;

use super::{Dispatcher, message::Message};

/// Threads whose channel is remembered.
const REMEMBERED: usize = 10_000;

/// The channels that threads belong to. The guild cache does not know threads: there are too many.
#[derive(Debug, Default)]
pub struct Threads(Mutex<HashMap<ChannelId, Option<ChannelId>>>);

/// A channel or a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The channel whose permissions hold: that of a thread.
    pub(super) channel: ChannelId,
    /// Whether it is a thread.
    pub(super) thread: bool,
}

impl Place {
    /// What somebody needs to write here.
    pub(super) const fn voice(self) -> Permissions {
        let send =
            if self.thread { Permissions::SEND_MESSAGES_IN_THREADS } else { Permissions::SEND_MESSAGES };
        Permissions::VIEW_CHANNEL.union(send)
    }
}

impl Dispatcher {
    /// Where a message was written; `None` where that is no channel of the guild that anything is known of.
    pub(super) async fn place(&self, guild: GuildId, at: ChannelId) -> Result<Option<Place>, RestError> {
        if self.known.bot_permissions(guild, at).is_some() {
            return Ok(Some(Place { channel: at, thread: false }));
        }
        let thread = |channel: Option<ChannelId>| channel.map(|channel| Place { channel, thread: true });
        let remembered = self.threads.0.lock().get(&at).copied();
        if let Some(channel) = remembered {
            return Ok(thread(channel));
        }
        let parent = match guilds::channel(&self.rest, at, Priority::Command).await {
            Ok(found) => found
                .guild_id
                .filter(|of| of.get() == guild.get() && found.kind.is_thread())
                .and(found.parent_id)
                .map(|parent| parent.into_nonzero().into()),
            Err(error) if error.is_temporary() => return Err(error),
            Err(_) => None,
        };
        let parent = parent.filter(|parent| self.known.bot_permissions(guild, *parent).is_some());
        let mut threads = self.threads.0.lock();
        if threads.len() >= REMEMBERED {
            // Everything can be asked for again.
            threads.clear();
        }
        threads.insert(at, parent);
        Ok(thread(parent))
    }

    /// Who asks, and where, as an interaction would say it. A message does not tell the language of its author.
    pub(super) fn writer(&self, guild: GuildId, place: Place, message: &Message) -> Option<Invocation> {
        let (user, roles) = (message.author.id, message.member.roles.as_slice());
        Some(Invocation {
            channel: Some(message.channel_id),
            user: Some(user),
            user_permissions: self.known.member_permissions(guild, place.channel, user, roles)?,
            bot_permissions: self.known.bot_permissions(guild, place.channel)?,
            ..self.witness(guild)
        })
    }
}
