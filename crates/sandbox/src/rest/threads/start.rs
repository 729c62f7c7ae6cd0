//! Starting a thread: from a message, without one, or as a post in a forum.
//! (Discord docs: Channel resource, Start Thread from Message and its neighbours.)

use serde_json::{Map, Value, json};

use super::tags;
use crate::model::{Channel, ChannelKind, Message, Thread};
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::body::Upload;
use crate::rest::call::{Answer, Call, created};
use crate::rest::error::{self, ApiError};
use crate::rest::mentions::Allowed;
use crate::rest::messages::{CREATE_FLAGS, check_flags, draft, show, slowmode};
use crate::snowflake::{Id, Millis, Sid};
use crate::validate::form::{Form, FormErrors, Path};
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::{Dispatch, NewChannel, World};

/// Minutes of silence that can be chosen.
pub(crate) const ARCHIVE_MINUTES: [i64; 4] = [60, 1440, 4320, 10_080];

/// What applies when nothing is chosen.
const DEFAULT_MINUTES: u32 = 4320;

/// What a request says about the thread to be.
#[derive(Debug, Default)]
pub(crate) struct Start {
    name: String,
    minutes: u32,
    slowmode: Option<u32>,
    kind: Option<ChannelKind>,
    invitable: bool,
    tags: Vec<Id>,
}

impl Start {
    /// Reads a body.
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, FormErrors> {
        let (mut form, at) = (Form::default(), Path::ROOT);
        let name = form.required_string(body, "name", at, (1, 100)).unwrap_or_default().to_owned();
        let minutes = form.choice(body, "auto_archive_duration", at, &ARCHIVE_MINUTES);
        let slowmode = form.integer(body, "rate_limit_per_user", at, (0, 21_600));
        let kind = form.choice(body, "type", at, &[10, 11, 12]);
        let invitable = form.boolean(body, "invitable", at).unwrap_or(true);
        let tags = tags::read(&mut form, body, at);
        form.finish()?;
        Ok(Self {
            name,
            minutes: minutes.and_then(|n| u32::try_from(n).ok()).unwrap_or(DEFAULT_MINUTES),
            slowmode: slowmode.and_then(|n| u32::try_from(n).ok()),
            kind: kind.and_then(|n| u64::try_from(n).ok()).and_then(ChannelKind::from_code),
            invitable,
            tags,
        })
    }

    /// The thread to be made.
    pub(crate) fn channel(
        &self,
        parent: &Channel,
        kind: ChannelKind,
        owner_id: Id,
        now: Millis,
    ) -> NewChannel {
        // The parent's number is copied once (Discord docs: default_thread_rate_limit_per_user).
        let copied = parent.extra.as_ref().and_then(|extra| extra.get("default_thread_rate_limit_per_user"));
        let copied = copied.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        NewChannel {
            name: self.name.clone(),
            kind,
            parent_id: Some(parent.id),
            rate_limit_per_user: self.slowmode.or(copied).unwrap_or(0),
            thread: Some(Thread {
                owner_id,
                invitable: self.invitable,
                auto_archive_minutes: self.minutes,
                archived_at: now,
                created_at: now,
                applied_tags: self.tags.clone(),
                ..Thread::default()
            }),
            ..NewChannel::default()
        }
    }
}

/// `POST /channels/{channel}/messages/{message}/threads`
pub(crate) fn from_message(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    let start = Start::read(call.object()?)?;
    created(call.change(|world, now| {
        let told = on_message(world, bot, channel_id, id, &start, now)?;
        Ok((shown(world, id, bot)?, told))
    })?)
}

/// Starts a thread on a message; the two have the same id.
pub(crate) fn on_message(
    world: &mut World,
    user: Id,
    channel_id: Id,
    id: Id,
    start: &Start,
    now: Millis,
) -> Result<Vec<Dispatch>, ApiError> {
    let seen = access::channel(world, user, channel_id, now)?;
    let guild_id = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id;
    let kind = seen.channel.kind.public_thread().filter(|_| !seen.channel.kind.is_forum());
    let kind = kind.ok_or(error::WRONG_CHANNEL_TYPE)?;
    seen.need(Permissions::CREATE_PUBLIC_THREADS)?;
    let message = world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none());
    let message = message.ok_or(error::UNKNOWN_MESSAGE)?;
    if message.thread_id.is_some() || world.channel(id).is_some() {
        return Err(error::THREAD_EXISTS);
    }
    if !matches!(message.kind, 0 | 19 | 20 | 23) {
        return Err(error::INVALID_MESSAGE_TYPE);
    }
    slowmode::may_start(world, &seen, user, now)?;
    let older = seen.channel.last_message_id.is_some_and(|last| last > id);
    let new = NewChannel { id: Some(id), ..start.channel(seen.channel, kind, user, now) };
    let (_, mut told) = world.start_thread(guild_id, new, now)?;
    told.extend(
        world
            .update_message(channel_id, id, |message| {
                message.thread_id = Some(id);
                message.flags |= Message::HAS_THREAD;
            })?
            .1,
    );
    let starter = Message {
        channel_id: id,
        kind: 21,
        author_id: user,
        reference: Some(json!({
            "type": 0, "channel_id": Sid(channel_id), "message_id": Sid(id), "guild_id": Sid(guild_id),
        })),
        ..Message::default()
    };
    told.extend(world.create_message(starter, now)?.1);
    if older {
        told.extend(announce(world, channel_id, id, user, start, now)?);
    }
    Ok(told)
}

/// The message in the parent that a thread is there now. (Discord docs: Threads, New Message Types.)
fn announce(
    world: &mut World,
    parent_id: Id,
    id: Id,
    user: Id,
    start: &Start,
    now: Millis,
) -> Result<Vec<Dispatch>, ApiError> {
    let guild_id = world.guild_of_channel(parent_id).map(|guild| guild.id);
    let message = Message {
        channel_id: parent_id,
        kind: 18,
        author_id: user,
        content: start.name.clone(),
        reference: Some(json!({ "type": 0, "channel_id": Sid(id), "guild_id": guild_id.map(Sid) })),
        thread_id: Some(id),
        ..Message::default()
    };
    Ok(world.create_message(message, now)?.1)
}

/// `POST /channels/{channel}/threads`
pub(crate) fn without_message(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    let forum = call.read(|world| {
        let seen = access::channel(world, caller.bot_id, channel_id, call.now)?;
        Ok::<_, ApiError>(seen.channel.kind.is_forum())
    })?;
    let body = call.object()?;
    let start = Start::read(body)?;
    let base = call.face.base_url();
    created(call.change(|world, now| {
        if !forum {
            let (id, told) = in_channel(world, caller.bot_id, channel_id, &start, now)?;
            return Ok((shown(world, id, caller.bot_id)?, told));
        }
        let post = Post { body, files: &call.files, base: &base };
        let (id, told) = in_forum(world, caller.bot_id, channel_id, &start, &post, now)?;
        let mut all = shown(world, id, caller.bot_id)?;
        let message = world.message(id, id).ok_or(error::UNKNOWN_MESSAGE)?;
        all["message"] = show(world, caller, message);
        Ok((all, told))
    })?)
}

/// Starts a thread that belongs to no message.
pub(crate) fn in_channel(
    world: &mut World,
    user: Id,
    channel_id: Id,
    start: &Start,
    now: Millis,
) -> Result<(Id, Vec<Dispatch>), ApiError> {
    let seen = access::channel(world, user, channel_id, now)?;
    let guild_id = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id;
    let public = seen.channel.kind.public_thread().ok_or(error::WRONG_CHANNEL_TYPE)?;
    let kind = start.kind.unwrap_or(ChannelKind::PrivateThread);
    if kind == ChannelKind::PrivateThread {
        if seen.channel.kind != ChannelKind::Text {
            return Err(error::WRONG_CHANNEL_TYPE);
        }
        seen.need(Permissions::CREATE_PRIVATE_THREADS)?;
    } else if kind == public {
        seen.need(Permissions::CREATE_PUBLIC_THREADS)?;
    } else {
        return Err(error::WRONG_CHANNEL_TYPE);
    }
    slowmode::may_start(world, &seen, user, now)?;
    let new = start.channel(seen.channel, kind, user, now);
    let (id, mut told) = world.start_thread(guild_id, new, now)?;
    if kind == public {
        told.extend(announce(world, channel_id, id, user, start, now)?);
    }
    Ok((id, told))
}

/// The first message of a post.
pub(crate) struct Post<'p> {
    /// The whole body; the message is under `message`.
    pub body: &'p Map<String, Value>,
    /// Files beside it.
    pub files: &'p [Upload],
    /// Where attachments are served.
    pub base: &'p str,
}

/// Starts a post: a thread and its first message, which has the thread's id.
pub(crate) fn in_forum(
    world: &mut World,
    user: Id,
    channel_id: Id,
    start: &Start,
    post: &Post<'_>,
    now: Millis,
) -> Result<(Id, Vec<Dispatch>), ApiError> {
    let seen = access::channel(world, user, channel_id, now)?;
    let guild_id = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id;
    if !seen.channel.kind.is_forum() {
        return Err(error::WRONG_CHANNEL_TYPE);
    }
    seen.need(Permissions::SEND_MESSAGES)?;
    let empty = Map::new();
    let body = match post.body.get("message") {
        None => return Err(ApiError::field(&["message"], "BASE_TYPE_REQUIRED", "This field is required")),
        Some(message) => message.as_object().unwrap_or(&empty),
    };
    rules::check(body, Path::ROOT.key("message"), Place::Webhook, post.files.len())?;
    check_flags(body.get("flags"), CREATE_FLAGS)?;
    if rules::is_empty(body, post.files.len()) {
        return Err(error::EMPTY_MESSAGE);
    }
    tags::check(seen.channel, seen.own, &start.tags, &[])?;
    slowmode::may_start(world, &seen, user, now)?;
    world.room_for_thread(guild_id)?;
    let own = seen.own;
    let new = start.channel(seen.channel, ChannelKind::PublicThread, user, now);
    let id = world.ids.next(now);
    let context = draft::Context {
        channel_id,
        author_id: user,
        own,
        allowed: Allowed::EVERYTHING,
        files: post.files,
        base: post.base,
        now,
    };
    let mut message = draft::build(world, body, &context)?;
    draft::relocate(&mut message, id);
    message.id = id;
    world.moderate(&mut message, channel_id, now)?;
    let (_, mut told) = world.start_thread(guild_id, NewChannel { id: Some(id), ..new }, now)?;
    told.extend(world.create_message(message, now)?.1);
    Ok((id, told))
}

fn shown(world: &World, id: Id, viewer: Id) -> Result<Value, ApiError> {
    let channel = world.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
    Ok(wire::channel(world, channel, Some(viewer)))
}
