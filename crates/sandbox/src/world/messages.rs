//! Messages: written, edited, removed, reacted to, pinned.

use serde_json::{Value, json};

use super::{Audience, Changed, Dispatch, Payload, Slowed, World, WorldError};
use crate::{
    clock::iso,
    model::{Message, Reaction},
    snowflake::{Id, Millis, Sid},
    wire,
};

/// The most different emojis under one message (error 30010).
const MOST_REACTIONS: usize = 20;

impl World {
    /// Writes a message. Its id, guild and time are filled in here; mentions and flags are the caller's.
    pub fn create_message(&mut self, mut message: Message, now: Millis) -> Changed<Id> {
        let id = if message.id == 0 { self.ids.next(now) } else { message.id };
        let keep = self.limits.messages_per_channel.max(1);
        let channel = self.channel_mut(message.channel_id).ok_or(WorldError::UnknownChannel)?;
        if !channel.kind.has_messages() {
            return Err(WorldError::WrongChannelType);
        }
        message.id = id;
        message.guild_id = channel.guild_id;
        message.sent_at = now;
        message.position = channel.thread.as_ref().map(|thread| thread.total_messages);
        let slow = channel.rate_limit_per_user > 0;
        if message.ephemeral_for.is_none() {
            channel.last_message_id = Some(id);
            if counted(&message)
                && let Some(thread) = &mut channel.thread
            {
                thread.message_count += 1;
                thread.total_messages += 1;
            }
        }
        let channel_id = message.channel_id;
        let mut told = Vec::new();
        if message.ephemeral_for.is_none() {
            told = self.enliven_thread(&message, now)?;
        }
        told.push(self.tell_message("MESSAGE_CREATE", &message));
        self.expect_end(&message);
        if slow && message.webhook.is_none() && matches!(message.kind, 0 | 19) {
            self.slow(Slowed::Message, channel_id, message.author_id, now);
        }
        let all = self.messages.entry(channel_id).or_default();
        all.insert(id, message);
        while all.len() > keep {
            all.pop_first();
        }
        self.lend_files(channel_id, id);
        Ok((id, told))
    }

    /// Changes a message and tells of it. Whether that is an edit is the caller's to say, by `edited_at`.
    pub fn update_message(
        &mut self,
        channel_id: Id,
        id: Id,
        change: impl FnOnce(&mut Message),
    ) -> Changed<()> {
        let message = self.message_mut(channel_id, id)?;
        change(message);
        let message = message.clone();
        Ok(((), vec![self.tell_message("MESSAGE_UPDATE", &message)]))
    }

    /// Removes a message.
    pub fn delete_message(&mut self, channel_id: Id, id: Id) -> Changed<Message> {
        let all = self.messages.get_mut(&channel_id).ok_or(WorldError::UnknownMessage)?;
        let message = all.remove(&id).ok_or(WorldError::UnknownMessage)?;
        if counted(&message)
            && let Some(thread) = self.channel_mut(channel_id).and_then(|channel| channel.thread.as_mut())
        {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
        let mut data = json!({ "id": Sid(id), "channel_id": Sid(channel_id) });
        let told = match (message.ephemeral_for, message.guild_id) {
            (None, Some(guild_id)) => {
                data["guild_id"] = json!(Sid(guild_id));
                Dispatch::guild("MESSAGE_DELETE", guild_id, &data).in_channel(channel_id)
            }
            _ => self.direct("MESSAGE_DELETE", &message, Payload::plain(&data)),
        };
        let mut told = vec![told];
        told.extend(self.audit_message_delete(&message));
        told.extend(self.orphan_copies(&message)?);
        Ok((message, told))
    }

    /// Removes several messages at once; ids that are gone already are passed over.
    pub fn delete_messages(&mut self, channel_id: Id, ids: &[Id]) -> Changed<usize> {
        let guild_id = self.guild_of_channel(channel_id).ok_or(WorldError::UnknownChannel)?.id;
        let all = self.messages.entry(channel_id).or_default();
        let gone: Vec<Message> = ids.iter().filter_map(|id| all.remove(id)).collect();
        if gone.is_empty() {
            return Ok((0, Vec::new()));
        }
        if let Some(thread) = self.channel_mut(channel_id).and_then(|channel| channel.thread.as_mut()) {
            let left = gone.iter().filter(|message| counted(message)).count();
            thread.message_count = thread.message_count.saturating_sub(u32::try_from(left).unwrap_or(0));
        }
        let ids: Vec<Sid> = gone.iter().map(|message| Sid(message.id)).collect();
        let data = json!({ "ids": ids, "channel_id": Sid(channel_id), "guild_id": Sid(guild_id) });
        let mut told = vec![Dispatch::guild("MESSAGE_DELETE_BULK", guild_id, &data).in_channel(channel_id)];
        for message in &gone {
            told.extend(self.orphan_copies(message)?);
        }
        told.extend(self.audit_bulk_delete(guild_id, channel_id, gone.len()));
        Ok((gone.len(), told))
    }

    /// Adds a reaction; nothing happens when it is there already.
    pub fn add_reaction(
        &mut self,
        channel_id: Id,
        id: Id,
        user_id: Id,
        emoji_id: Option<Id>,
        emoji_name: &str,
    ) -> Changed<()> {
        let message = self.message_mut(channel_id, id)?;
        let author_id = message.author_id;
        let full = message.reactions.len() >= MOST_REACTIONS;
        let known = message.reactions.iter_mut().find(|known| same(known, emoji_id, emoji_name));
        match known {
            Some(known) if known.users.contains(&user_id) => return Ok(((), Vec::new())),
            Some(known) => known.users.push(user_id),
            None if full => return Err(WorldError::TooManyReactions),
            None => message.reactions.push(Reaction {
                emoji_id,
                emoji_name: emoji_name.to_owned(),
                users: vec![user_id],
            }),
        }
        let mut data = reaction_data(channel_id, id, emoji_id, emoji_name);
        data["user_id"] = json!(Sid(user_id));
        data["message_author_id"] = json!(Sid(author_id));
        data["burst"] = json!(false);
        data["type"] = json!(0);
        if let Some(guild) = self.guild_of_channel(channel_id)
            && let Some(member) = guild.member(user_id)
        {
            data["member"] = wire::member(member, self.users.get(&user_id));
        }
        Ok(((), vec![self.tell_in_channel("MESSAGE_REACTION_ADD", channel_id, data)]))
    }

    /// Takes away one user's reaction.
    pub fn remove_reaction(
        &mut self,
        channel_id: Id,
        id: Id,
        user_id: Id,
        emoji_id: Option<Id>,
        emoji_name: &str,
    ) -> Changed<()> {
        let message = self.message_mut(channel_id, id)?;
        let Some(known) = message.reactions.iter_mut().find(|known| same(known, emoji_id, emoji_name)) else {
            return Ok(((), Vec::new()));
        };
        let before = known.users.len();
        known.users.retain(|other| *other != user_id);
        if known.users.len() == before {
            return Ok(((), Vec::new()));
        }
        message.reactions.retain(|known| !known.users.is_empty());
        let mut data = reaction_data(channel_id, id, emoji_id, emoji_name);
        data["user_id"] = json!(Sid(user_id));
        data["burst"] = json!(false);
        data["type"] = json!(0);
        Ok(((), vec![self.tell_in_channel("MESSAGE_REACTION_REMOVE", channel_id, data)]))
    }

    /// Takes away every reaction, or every one with this emoji.
    pub fn clear_reactions(
        &mut self,
        channel_id: Id,
        id: Id,
        emoji: Option<(Option<Id>, &str)>,
    ) -> Changed<()> {
        let message = self.message_mut(channel_id, id)?;
        let (event, data) = if let Some((emoji_id, name)) = emoji {
            message.reactions.retain(|known| !same(known, emoji_id, name));
            ("MESSAGE_REACTION_REMOVE_EMOJI", reaction_data(channel_id, id, emoji_id, name))
        } else {
            message.reactions.clear();
            let data = json!({ "channel_id": Sid(channel_id), "message_id": Sid(id) });
            ("MESSAGE_REACTION_REMOVE_ALL", data)
        };
        Ok(((), vec![self.tell_in_channel(event, channel_id, data)]))
    }

    /// Pins or unpins a message.
    pub fn set_pinned(&mut self, channel_id: Id, id: Id, pinned: bool, now: Millis) -> Changed<()> {
        let all = self.messages.get(&channel_id).into_iter().flat_map(|all| all.values());
        let (mut pins, mut at) = (0, now);
        for earlier in all.filter_map(|message| message.pinned_at) {
            pins += 1;
            // No two in one moment, since pages begin after a moment.
            at = at.max(earlier + 1);
        }
        let message = self.message_mut(channel_id, id)?;
        if message.pinned_at.is_some() == pinned {
            return Ok(((), Vec::new()));
        }
        if pinned && pins >= 250 {
            return Err(WorldError::TooManyPins);
        }
        message.pinned_at = pinned.then_some(at);
        let message = message.clone();
        let channel = self.channel_mut(channel_id).ok_or(WorldError::UnknownChannel)?;
        if pinned {
            channel.last_pin_at = Some(at);
        }
        let data =
            json!({ "channel_id": Sid(channel_id), "last_pin_timestamp": channel.last_pin_at.map(iso) });
        let pins_told = self.tell_in_channel("CHANNEL_PINS_UPDATE", channel_id, data);
        let mut told = vec![self.tell_message("MESSAGE_UPDATE", &message), pins_told];
        told.extend(self.audit_pin(&message, pinned));
        Ok(((), told))
    }

    /// Tells that someone types.
    pub fn start_typing(&mut self, channel_id: Id, user_id: Id, now: Millis) -> Changed<()> {
        self.channel(channel_id).ok_or(WorldError::UnknownChannel)?;
        let mut data =
            json!({ "channel_id": Sid(channel_id), "user_id": Sid(user_id), "timestamp": now / 1000 });
        if let Some(guild) = self.guild_of_channel(channel_id)
            && let Some(member) = guild.member(user_id)
        {
            data["member"] = wire::member(member, self.users.get(&user_id));
        }
        Ok(((), vec![self.tell_in_channel("TYPING_START", channel_id, data)]))
    }

    /// A message event: to those who see the channel, or for an ephemeral message to its application and
    /// the one who sees it.
    pub fn tell_message(&self, event: &'static str, message: &Message) -> Dispatch {
        let mut data = wire::message_event(self, message);
        if event == "MESSAGE_UPDATE" {
            data["tts"] = json!(false);
        }
        let payload = self.message_payload(message, data);
        match message.guild_id.filter(|_| message.ephemeral_for.is_none()) {
            Some(guild_id) => {
                Dispatch::new(event, Audience::Guild(guild_id), payload).in_channel(message.channel_id)
            }
            None => self.direct(event, message, payload),
        }
    }

    /// Ephemeral messages travel as direct messages do (Discord docs: Gateway, List of Intents).
    fn direct(&self, event: &'static str, message: &Message, payload: Payload) -> Dispatch {
        let users = match (message.ephemeral_for, self.dms.get(&message.channel_id)) {
            (Some(user), _) => {
                let bot = message.application_id.and_then(|id| self.applications.get(&id));
                vec![bot.map_or(message.author_id, |application| application.bot_id), user]
            }
            (None, Some(dm)) => dm.recipients.clone(),
            (None, None) => Vec::new(),
        };
        let mut dispatch = Dispatch::new(event, Audience::Users(users), payload);
        dispatch.only_for = message.ephemeral_for;
        dispatch
    }

    /// An event in a channel, for those who see it; the guild's id is added.
    pub fn tell_in_channel(&self, event: &'static str, channel_id: Id, mut data: Value) -> Dispatch {
        let Some(guild) = self.guild_of_channel(channel_id) else {
            let users = self.dms.get(&channel_id).map(|dm| dm.recipients.clone()).unwrap_or_default();
            return Dispatch::users(event, users, &data);
        };
        data["guild_id"] = json!(Sid(guild.id));
        Dispatch::guild(event, guild.id, &data).in_channel(channel_id)
    }

    fn message_mut(&mut self, channel_id: Id, id: Id) -> Result<&mut Message, WorldError> {
        self.messages.get_mut(&channel_id).and_then(|all| all.get_mut(&id)).ok_or(WorldError::UnknownMessage)
    }
}

/// Whether a thread counts it: the first message and those that nobody else sees are left out.
fn counted(message: &Message) -> bool {
    message.kind != 21 && message.id != message.channel_id && message.ephemeral_for.is_none()
}

fn same(reaction: &Reaction, emoji_id: Option<Id>, emoji_name: &str) -> bool {
    match emoji_id {
        Some(_) => reaction.emoji_id == emoji_id,
        None => reaction.emoji_id.is_none() && reaction.emoji_name == emoji_name,
    }
}

fn reaction_data(channel_id: Id, id: Id, emoji_id: Option<Id>, emoji_name: &str) -> Value {
    json!({
        "channel_id": Sid(channel_id),
        "message_id": Sid(id),
        "emoji": { "id": emoji_id.map(Sid), "name": emoji_name },
    })
}
