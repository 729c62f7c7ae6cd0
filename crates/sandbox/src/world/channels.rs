//! Channels, threads and direct messages: made, changed, removed.

use serde_json::{Value, json};

use super::{Changed, Dispatch, World, WorldError};
use crate::{
    model::{Channel, ChannelKind, Overwrite, Thread, Voice},
    snowflake::{Id, Millis, Sid},
    wire,
};

/// The most channels in a guild (error 30013); threads do not count.
const MOST: usize = 500;

/// A channel to be made.
#[derive(Clone, Debug, Default)]
pub struct NewChannel {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ChannelKind,
    /// Its category, or the channel a thread is in.
    pub parent_id: Option<Id>,
    /// Its topic.
    pub topic: Option<String>,
    /// Its place; last when none is given.
    pub position: Option<i32>,
    /// Who may do what here.
    pub overwrites: Vec<Overwrite>,
    /// Whether it is for adults.
    pub nsfw: bool,
    /// Seconds between two messages of one user.
    pub rate_limit_per_user: u32,
    /// What only threads have.
    pub thread: Option<Thread>,
    /// Further keys as they travel.
    pub extra: Option<serde_json::Map<String, Value>>,
    /// A fixed id; made up when none is given. A thread started from a message takes the message's.
    pub id: Option<Id>,
}

impl World {
    /// Makes a channel or thread in a guild.
    pub fn create_channel(&mut self, guild_id: Id, new: NewChannel, now: Millis) -> Changed<Id> {
        self.create_channel_with(guild_id, new, now, |_| {})
    }

    /// The same, with something done to the channel before anyone is told.
    pub fn create_channel_with(
        &mut self,
        guild_id: Id,
        new: NewChannel,
        now: Millis,
        finish: impl FnOnce(&mut Channel),
    ) -> Changed<Id> {
        let id = new.id.unwrap_or_else(|| self.ids.next(now));
        let guild = self.guild_mut(guild_id)?;
        let count = guild.channels.iter().filter(|channel| channel.thread.is_none()).count();
        if new.thread.is_none() && count >= MOST {
            return Err(WorldError::TooManyChannels);
        }
        let last = guild.channels.iter().filter(|channel| channel.parent_id == new.parent_id).count();
        guild.channels.push(Channel {
            id,
            guild_id: Some(guild_id),
            kind: new.kind,
            name: new.name,
            position: new.position.unwrap_or_else(|| i32::try_from(last).unwrap_or(i32::MAX)),
            parent_id: new.parent_id,
            topic: new.topic,
            nsfw: new.nsfw,
            rate_limit_per_user: new.rate_limit_per_user,
            overwrites: new.overwrites,
            voice: new.kind.is_voice().then(Box::<Voice>::default),
            thread: new.thread.map(Box::new),
            extra: new.extra.map(Box::new),
            ..Channel::default()
        });
        self.channel_guilds.insert(id, guild_id);
        if let Some(channel) = self.channel_mut(id) {
            finish(channel);
        }
        let channel = self.channel(id).ok_or(WorldError::UnknownChannel)?;
        let mut data = wire::channel(self, channel, None);
        if channel.thread.is_some() {
            data["newly_created"] = json!(true);
        }
        let channel = channel.clone();
        let mut told = vec![tell("CREATE", &channel, guild_id, &data)];
        told.extend(self.audit_channel(guild_id, &channel, &Value::Null, &data));
        Ok((id, told))
    }

    /// Changes a channel or thread.
    pub fn update_channel(&mut self, id: Id, change: impl FnOnce(&mut Channel)) -> Changed<()> {
        let before =
            self.audited(|world| world.channel(id).map(|channel| wire::channel(world, channel, None)));
        let seen = self.guild_of_channel(id).map(|guild| self.seen(guild.id));
        let channel = self.channel_mut(id).ok_or(WorldError::UnknownChannel)?;
        change(channel);
        let channel = self.channel(id).ok_or(WorldError::UnknownChannel)?;
        let Some(guild_id) = channel.guild_id else { return Ok(((), Vec::new())) };
        let data = wire::channel(self, channel, None);
        let mut told = vec![tell("UPDATE", channel, guild_id, &data)];
        told.extend(seen.map(|seen| self.tell_gained(guild_id, &seen)).unwrap_or_default());
        if let Some(before) = before.flatten() {
            let channel = channel.clone();
            told.extend(self.audit_channel(guild_id, &channel, &before, &data));
        }
        Ok(((), told))
    }

    /// Removes a channel with its messages and threads, or a thread. Channels of a removed category stay.
    pub fn delete_channel(&mut self, id: Id) -> Changed<Channel> {
        let guild_id = *self.channel_guilds.get(&id).ok_or(WorldError::UnknownChannel)?;
        let channel = self.channel(id).ok_or(WorldError::UnknownChannel)?.clone();
        let data = match &channel.thread {
            Some(_) => json!({
                "id": Sid(id),
                "guild_id": Sid(guild_id),
                "parent_id": channel.parent_id.map(Sid),
                "type": channel.kind.code(),
            }),
            None => wire::channel(self, &channel, None),
        };
        let mut told = match &channel.thread {
            Some(_) => self.tell_thread_deleted(&channel, guild_id, &data),
            None => vec![Dispatch::guild("CHANNEL_DELETE", guild_id, &data)],
        };
        self.forget_silence(&channel);
        if let Some(before) = self.audited(|world| wire::channel(world, &channel, None)) {
            told.extend(self.audit_channel(guild_id, &channel, &before, &Value::Null));
        }
        let guild = self.guild_mut(guild_id)?;
        guild.channels.retain(|other| other.id != id);
        let children: Vec<Id> =
            guild.channels.iter().filter(|other| other.parent_id == Some(id)).map(|other| other.id).collect();
        if channel.kind.is_voice() {
            told.extend(self.clear_voice(guild_id, id)?);
            if self.stage(guild_id, id).is_some() {
                told.extend(self.silently(|world| world.close_stage(guild_id, id))?.1);
            }
        }
        self.channel_guilds.remove(&id);
        self.messages.remove(&id);
        self.archives.remove(&id);
        self.webhooks.retain(|_, webhook| webhook.channel_id != id);
        for child in children {
            let follow = |world: &mut Self| match channel.kind {
                ChannelKind::Category => Ok(world.update_channel(child, |child| child.parent_id = None)?.1),
                _ => Ok::<_, WorldError>(world.delete_channel(child)?.1),
            };
            told.extend(self.silently(follow)?);
        }
        Ok((channel, told))
    }

    /// The direct message channel between two users, made when there is none. Bots are told of no
    /// channel here: they see one when they open it or get a message.
    pub fn open_dm(&mut self, one: Id, other: Id, now: Millis) -> Result<Id, WorldError> {
        self.user(one)?;
        self.user(other)?;
        let between = |channel: &&Channel| {
            channel.kind == ChannelKind::Dm
                && channel.recipients.contains(&one)
                && channel.recipients.contains(&other)
        };
        if let Some(known) = self.dms.values().find(between) {
            return Ok(known.id);
        }
        let id = self.ids.next(now);
        let channel =
            Channel { id, kind: ChannelKind::Dm, recipients: vec![one, other], ..Channel::default() };
        self.dms.insert(id, channel);
        Ok(id)
    }

    /// Remembers which guild a channel is in; for channels that are put in place by hand.
    pub(crate) fn index_channels(&mut self, guild_id: Id) {
        let Some(guild) = self.guilds.get(&guild_id) else { return };
        self.channel_guilds.extend(guild.channels.iter().map(|channel| (channel.id, guild_id)));
    }
}

/// A channel event, or for a thread a thread event, which only those hear who may see it.
fn tell(what: &str, channel: &Channel, guild_id: Id, data: &Value) -> Dispatch {
    let event = match (channel.thread.is_some(), what) {
        (false, "CREATE") => "CHANNEL_CREATE",
        (false, _) => "CHANNEL_UPDATE",
        (true, "CREATE") => "THREAD_CREATE",
        (true, _) => "THREAD_UPDATE",
    };
    let dispatch = Dispatch::guild(event, guild_id, data);
    if channel.thread.is_some() { dispatch.in_channel(channel.id) } else { dispatch }
}
