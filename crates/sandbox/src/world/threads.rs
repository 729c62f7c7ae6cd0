//! Threads: started, joined, left, archived (Discord docs: Threads).

use serde_json::{Value, json};

use super::{Changed, Dispatch, NewChannel, Slowed, World, WorldError, due::Thing};
use crate::{
    gateway::intents::Intents,
    model::{Channel, ChannelKind, Message},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid, time_of},
    wire,
};

/// Milliseconds in a minute, the unit of archive times.
const MINUTE: Millis = 60_000;

impl World {
    /// Starts a thread; its owner is its first member.
    pub fn start_thread(&mut self, guild_id: Id, new: NewChannel, now: Millis) -> Changed<Id> {
        self.room_for_thread(guild_id)?;
        let owner = new.thread.as_ref().map(|thread| thread.owner_id);
        let parent = new.parent_id;
        let (id, mut told) = self.create_channel(guild_id, new, now)?;
        self.expect_silence(id, now);
        if let Some((parent, owner)) = parent.zip(owner)
            && self.channel(parent).is_some_and(|parent| parent.rate_limit_per_user > 0)
        {
            self.slow(Slowed::Thread, parent, owner, now);
        }
        if let Some(owner) = owner.filter(|id| self.users.contains_key(id)) {
            told.extend(self.join(id, owner, now, true)?);
        }
        Ok((id, told))
    }

    /// Refuses when no further thread may be open (error 160006).
    pub fn room_for_thread(&self, guild_id: Id) -> Result<(), WorldError> {
        let open = |channel: &&Channel| channel.thread.as_ref().is_some_and(|thread| !thread.archived);
        let count = self.guild(guild_id)?.channels.iter().filter(open).count();
        if count >= self.limits.active_threads { Err(WorldError::TooManyActiveThreads) } else { Ok(()) }
    }

    /// Changes a thread by someone's hand, and everything that follows from it.
    pub fn update_thread(
        &mut self,
        id: Id,
        by: Id,
        now: Millis,
        change: impl FnOnce(&mut Channel),
    ) -> Changed<()> {
        let before = self.channel(id).ok_or(WorldError::UnknownChannel)?;
        let name = before.name.clone();
        let thread = before.thread.as_deref().ok_or(WorldError::WrongChannelType)?;
        let (archived, minutes) = (thread.archived, thread.auto_archive_minutes);
        let ((), mut told) = self.update_channel(id, |channel| {
            change(channel);
            if let Some(thread) = &mut channel.thread
                && (thread.archived != archived || thread.auto_archive_minutes != minutes)
            {
                thread.archived_at = now;
            }
        })?;
        self.expect_silence(id, now);
        if let Some(channel) = self.channel(id).filter(|channel| channel.name != name) {
            let content = channel.name.clone();
            let message = Message { channel_id: id, kind: 4, author_id: by, content, ..Message::default() };
            told.extend(self.create_message(message, now)?.1);
        }
        Ok(((), told))
    }

    /// Adds a user to a thread; nothing happens when they are in it. Being added by someone else leaves
    /// a message behind.
    pub fn add_thread_member(&mut self, id: Id, user_id: Id, by: Id, now: Millis) -> Changed<()> {
        if self.thread_of(id)?.has(user_id) {
            return Ok(((), Vec::new()));
        }
        let mut told = self.join(id, user_id, now, false)?;
        if by != user_id {
            told.extend(self.notice(id, 1, by, user_id, now)?);
        }
        Ok(((), told))
    }

    /// Takes a user out of a thread; nothing happens when they are not in it.
    pub fn remove_thread_member(&mut self, id: Id, user_id: Id, by: Id, now: Millis) -> Changed<()> {
        let thread = self.channel_mut(id).and_then(|channel| channel.thread.as_mut());
        let thread = thread.ok_or(WorldError::UnknownChannel)?;
        let before = thread.members.len();
        thread.members.retain(|(member, _)| *member != user_id);
        if thread.members.len() == before {
            return Ok(((), Vec::new()));
        }
        let mut told = self.tell_members(id, user_id, &json!({ "removed_member_ids": [Sid(user_id)] }))?;
        if by != user_id {
            told.extend(self.notice(id, 2, by, user_id, now)?);
        }
        Ok(((), told))
    }

    /// What sending a message does to its thread: it opens, and the author is in it.
    pub(super) fn enliven_thread(
        &mut self,
        message: &Message,
        now: Millis,
    ) -> Result<Vec<Dispatch>, WorldError> {
        let id = message.channel_id;
        let Some(thread) = self.channel(id).and_then(|channel| channel.thread.as_deref()) else {
            return Ok(Vec::new());
        };
        let (opens, joins) = (thread.archived && !thread.locked, !thread.has(message.author_id));
        let mut told = Vec::new();
        if opens {
            told.extend(
                self.update_channel(id, |channel| {
                    if let Some(thread) = &mut channel.thread {
                        thread.archived = false;
                        thread.archived_at = now;
                    }
                })?
                .1,
            );
            self.expect_silence(id, now);
        }
        let guild_id = self.guild_of_channel(id).map_or(0, |guild| guild.id);
        let speaks = message.webhook.is_none() && !matches!(message.kind, 1..=5 | 18 | 21);
        let room = self.thread_of(id)?.members.len() < self.limits.thread_members;
        if joins && speaks && room && self.is_member(guild_id, message.author_id) {
            told.extend(self.join(id, message.author_id, now, false)?);
        }
        Ok(told)
    }

    /// Archives a thread in which nothing happened for its time, or waits on.
    pub(super) fn archive_if_silent(&mut self, id: Id, now: Millis) -> Vec<Dispatch> {
        let Some(channel) = self.channel_mut(id) else { return Vec::new() };
        let last = channel.last_message_id.map_or(0, time_of);
        let Some(thread) = channel.thread.as_mut() else { return Vec::new() };
        thread.archives_at = None;
        let silent_at = last.max(thread.archived_at) + Millis::from(thread.auto_archive_minutes) * MINUTE;
        if thread.archived {
            return Vec::new();
        }
        if silent_at > now {
            thread.archives_at = Some(silent_at);
            self.due.put(silent_at, Thing::Thread(id), None);
            return Vec::new();
        }
        let archive = |channel: &mut Channel| {
            if let Some(thread) = &mut channel.thread {
                thread.archived = true;
                thread.archived_at = now;
            }
        };
        self.update_channel(id, archive).map(|((), told)| told).unwrap_or_default()
    }

    /// A thread's deletion, told to those who saw it: for a private one its members and moderators.
    pub(super) fn tell_thread_deleted(&self, channel: &Channel, guild_id: Id, data: &Value) -> Vec<Dispatch> {
        let Some((parent, thread)) = channel.parent_id.zip(channel.thread.as_deref()) else {
            return Vec::new();
        };
        let dispatch = Dispatch::guild("THREAD_DELETE", guild_id, data);
        if channel.kind != ChannelKind::PrivateThread {
            return vec![dispatch.in_channel(parent)];
        }
        let moderates =
            |user: Id| self.channel_permissions(parent, user, self.now).contains(Permissions::MANAGE_THREADS);
        let others = thread.members.iter().map(|(id, _)| *id).filter(|id| !moderates(*id));
        let mut told: Vec<Dispatch> =
            others.map(|user| self.tell_one("THREAD_DELETE", user, guild_id, data)).collect();
        told.push(dispatch.gated(Some(parent), Permissions::MANAGE_THREADS));
        told
    }

    /// Forgets when a removed thread would have archived itself.
    pub(super) fn forget_silence(&mut self, channel: &Channel) {
        if let Some(thread) = &channel.thread {
            self.due.cancel(thread.archives_at, Thing::Thread(channel.id));
        }
    }

    fn thread_of(&self, id: Id) -> Result<&crate::model::Thread, WorldError> {
        let channel = self.channel(id).ok_or(WorldError::UnknownChannel)?;
        channel.thread.as_deref().ok_or(WorldError::WrongChannelType)
    }

    /// From now on silence counts. A message only moves the moment when it has come.
    fn expect_silence(&mut self, id: Id, now: Millis) {
        let Some(thread) = self.channel_mut(id).and_then(|channel| channel.thread.as_mut()) else { return };
        let before = thread.archives_at.take();
        if thread.archived {
            self.due.cancel(before, Thing::Thread(id));
            return;
        }
        let at = now + Millis::from(thread.auto_archive_minutes) * MINUTE;
        thread.archives_at = Some(at);
        self.due.put(at, Thing::Thread(id), before);
    }

    fn join(&mut self, id: Id, user_id: Id, now: Millis, opens: bool) -> Result<Vec<Dispatch>, WorldError> {
        let most = self.limits.thread_members;
        let channel = self.channel_mut(id).ok_or(WorldError::UnknownChannel)?;
        let guild_id = channel.guild_id.ok_or(WorldError::UnknownChannel)?;
        let thread = channel.thread.as_mut().ok_or(WorldError::WrongChannelType)?;
        if thread.members.len() >= most {
            return Err(WorldError::TooManyThreadMembers);
        }
        thread.members.push((user_id, now));
        let member = wire::thread_member(id, user_id, now);
        let mut told = Vec::new();
        if !opens {
            // Who is added has the thread from then on (Discord docs: Threads, Gaining Access).
            let channel = self.channel(id).ok_or(WorldError::UnknownChannel)?;
            let mut shown = wire::channel(self, channel, None);
            shown["member"] = member.clone();
            told.push(self.tell_one("THREAD_CREATE", user_id, guild_id, &shown));
        }
        let mut own = member.clone();
        own["guild_id"] = json!(Sid(guild_id));
        told.push(self.tell_one("THREAD_MEMBER_UPDATE", user_id, guild_id, &own));
        let mut added = member;
        if let Ok(found) = self.member(guild_id, user_id) {
            added["member"] = wire::member(found, self.users.get(&user_id));
        }
        added["presence"] = self.presences.get(&user_id).cloned().unwrap_or(Value::Null);
        told.extend(self.tell_members(id, user_id, &json!({ "added_members": [added] }))?);
        Ok(told)
    }

    /// Who came or went: the user always hears of it, others with the intent for members alone
    /// (Discord docs: Gateway Events, Thread Members Update).
    fn tell_members(&self, id: Id, user_id: Id, change: &Value) -> Result<Vec<Dispatch>, WorldError> {
        let guild_id = self.guild_of_channel(id).ok_or(WorldError::UnknownChannel)?.id;
        let count = self.thread_of(id)?.members.len().min(50);
        let mut data = json!({ "id": Sid(id), "guild_id": Sid(guild_id), "member_count": count });
        if let (Value::Object(data), Value::Object(change)) = (&mut data, change) {
            data.extend(change.clone());
        }
        let own = self.tell_one("THREAD_MEMBERS_UPDATE", user_id, guild_id, &data);
        let mut others =
            Dispatch::guild("THREAD_MEMBERS_UPDATE", guild_id, &data).in_channel(id).except(user_id);
        others.intents = Intents::GUILD_MEMBERS;
        Ok(vec![own, others])
    }

    /// An event for one user: their bot's sessions, or their client.
    fn tell_one(&self, event: &'static str, user_id: Id, guild_id: Id, data: &Value) -> Dispatch {
        match self.application_of_bot(user_id) {
            Some(application) => Dispatch::application(event, application.id, Some(guild_id), data),
            None => Dispatch::client(event, user_id, data),
        }
    }

    /// The message that someone was added or taken out by someone else.
    fn notice(
        &mut self,
        id: Id,
        kind: u8,
        by: Id,
        user_id: Id,
        now: Millis,
    ) -> Result<Vec<Dispatch>, WorldError> {
        let message =
            Message { channel_id: id, kind, author_id: by, mentions: vec![user_id], ..Message::default() };
        Ok(self.create_message(message, now)?.1)
    }
}
