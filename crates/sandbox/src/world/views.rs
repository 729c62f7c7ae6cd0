//! Looking things up.

use std::{borrow::Cow, cmp::Reverse};

use super::{World, WorldError};
use crate::{
    model::{Application, Channel, Guild, Member, Message, User},
    permissions::{self, Permissions},
    snowflake::{Id, Millis},
};

impl World {
    /// A user.
    pub fn user(&self, id: Id) -> Result<&User, WorldError> {
        self.users.get(&id).ok_or(WorldError::UnknownUser)
    }

    /// An application.
    pub fn application(&self, id: Id) -> Result<&Application, WorldError> {
        self.applications.get(&id).ok_or(WorldError::UnknownApplication)
    }

    /// The application with this token, which may carry the prefix `Bot `.
    pub fn authenticate(&self, token: &str) -> Option<&Application> {
        let bare = token.strip_prefix("Bot ").unwrap_or(token);
        self.applications.get(self.tokens.get(bare)?)
    }

    /// An application's own emoji.
    pub fn application_emoji(&self, id: Id) -> Option<&crate::model::Emoji> {
        self.applications.values().flat_map(|application| &application.emojis).find(|emoji| emoji.id == id)
    }

    /// The application whose bot this user is.
    pub fn application_of_bot(&self, user_id: Id) -> Option<&Application> {
        self.applications.get(self.bots.get(&user_id)?)
    }

    /// A guild.
    pub fn guild(&self, id: Id) -> Result<&Guild, WorldError> {
        self.guilds.get(&id).ok_or(WorldError::UnknownGuild)
    }

    /// A guild, to be changed without telling anyone.
    pub fn guild_mut(&mut self, id: Id) -> Result<&mut Guild, WorldError> {
        self.guilds.get_mut(&id).ok_or(WorldError::UnknownGuild)
    }

    /// A member.
    pub fn member(&self, guild_id: Id, user_id: Id) -> Result<&Member, WorldError> {
        self.guild(guild_id)?.member(user_id).ok_or(WorldError::UnknownMember)
    }

    /// Whether a user is in a guild.
    pub fn is_member(&self, guild_id: Id, user_id: Id) -> bool {
        self.guilds.get(&guild_id).is_some_and(|guild| guild.members.contains_key(&user_id))
    }

    /// The guilds a user is in, by id.
    pub fn guilds_of(&self, user_id: Id) -> impl Iterator<Item = &Guild> {
        self.guilds.values().filter(move |guild| guild.members.contains_key(&user_id))
    }

    /// The guild that a channel or thread is in; none for direct messages.
    pub fn guild_of_channel(&self, channel_id: Id) -> Option<&Guild> {
        self.guilds.get(self.channel_guilds.get(&channel_id)?)
    }

    /// A channel, thread or direct message.
    pub fn channel(&self, id: Id) -> Option<&Channel> {
        match self.guild_of_channel(id) {
            Some(guild) => guild.channel(id),
            None => self.dms.get(&id),
        }
    }

    /// The same, to be changed without telling anyone.
    pub fn channel_mut(&mut self, id: Id) -> Option<&mut Channel> {
        match self.channel_guilds.get(&id) {
            Some(guild_id) => self.guilds.get_mut(guild_id)?.channel_mut(id),
            None => self.dms.get_mut(&id),
        }
    }

    /// A message.
    pub fn message(&self, channel_id: Id, id: Id) -> Option<&Message> {
        self.messages.get(&channel_id)?.get(&id)
    }

    /// Messages of a channel, newest first: those before `before` and after `after`. With `after` alone
    /// the oldest ones after it are taken (Discord docs: Message, Get Channel Messages). `reader` sees no
    /// ephemeral message that is for someone else.
    pub fn history(
        &self,
        channel_id: Id,
        before: Option<Id>,
        after: Option<Id>,
        limit: usize,
        reader: Option<Id>,
    ) -> Vec<Cow<'_, Message>> {
        let (from, to) = (after.map_or(0, |id| id.saturating_add(1)), before.unwrap_or(Id::MAX));
        if from >= to {
            return Vec::new();
        }
        let oldest = after.is_some() && before.is_none();
        let visible = |message: &&Message| message.ephemeral_for.is_none_or(|user| reader == Some(user));
        let kept = self.messages.get(&channel_id).map(|all| all.range(from..to).map(|(_, message)| message));
        let kept = kept.into_iter().flatten().filter(visible);
        let mut found: Vec<Cow<'_, Message>> = if oldest {
            kept.take(limit).map(Cow::Borrowed).collect()
        } else {
            kept.rev().take(limit).map(Cow::Borrowed).collect()
        };
        if let Some(archive) = self.archives.get(&channel_id) {
            found.extend(archive.page(from, to, limit, oldest).into_iter().map(Cow::Owned));
        }
        found.sort_unstable_by_key(|message| Reverse(message.id));
        let surplus = found.len().saturating_sub(limit);
        if oldest {
            found.drain(..surplus);
        } else {
            found.truncate(limit);
        }
        found
    }

    /// How many members of a guild are online.
    pub fn online(&self, guild: &Guild) -> usize {
        guild.members.keys().filter(|id| self.presences.contains_key(id)).count()
    }

    /// What a user may do in a guild.
    pub fn guild_permissions(&self, guild_id: Id, user_id: Id, now: Millis) -> Permissions {
        self.guilds
            .get(&guild_id)
            .map_or(Permissions::NONE, |guild| permissions::in_guild(guild, user_id, now))
    }

    /// What a user may do in a channel, with the implied rules: what the server itself checks.
    pub fn channel_permissions(&self, channel_id: Id, user_id: Id, now: Millis) -> Permissions {
        let Some(channel) = self.channel(channel_id) else { return Permissions::NONE };
        match self.guild_of_channel(channel_id) {
            Some(guild) if permissions::can_view(guild, channel, user_id) => {
                permissions::in_channel(guild, channel, user_id, now).implied(channel)
            }
            None if channel.recipients.contains(&user_id) => Permissions::ALL,
            Some(_) | None => Permissions::NONE,
        }
    }

    /// What the API tells about a user's permissions in a channel, without the implied rules.
    pub fn told_permissions(&self, channel_id: Id, user_id: Id, now: Millis) -> Permissions {
        match (self.guild_of_channel(channel_id), self.channel(channel_id)) {
            (Some(guild), Some(channel)) => permissions::in_channel(guild, channel, user_id, now),
            _ => Permissions::ALL,
        }
    }

    /// Whether a user sees a channel.
    pub fn can_view(&self, channel_id: Id, user_id: Id) -> bool {
        match (self.guild_of_channel(channel_id), self.channel(channel_id)) {
            (Some(guild), Some(channel)) => permissions::can_view(guild, channel, user_id),
            (None, Some(channel)) => channel.recipients.contains(&user_id),
            _ => false,
        }
    }
}
