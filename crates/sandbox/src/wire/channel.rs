//! Channels on the wire (Discord docs: Channel, Channel Object).

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    clock::iso,
    model::{Channel, ChannelKind, Overwrite, Thread},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid},
    wire::{user, value},
    world::World,
};

/// A guild channel that is not a thread. Inside `GUILD_CREATE` it has no `guild_id`.
#[derive(Debug, Serialize)]
pub struct ChannelWire<'a> {
    id: Sid,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    guild_id: Option<Sid>,
    name: &'a str,
    position: i32,
    flags: u64,
    parent_id: Option<Sid>,
    permission_overwrites: Vec<OverwriteWire>,
    nsfw: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Nullable<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_per_user: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message_id: Option<Nullable<Sid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_pin_timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bitrate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtc_region: Option<Nullable<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_quality_mode: Option<u8>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    extra: Option<&'a Map<String, Value>>,
}

/// A key that is there, if only with null; some kinds of channel do not have it at all.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Nullable<T>(Option<T>);

#[derive(Debug, Serialize)]
struct OverwriteWire {
    id: Sid,
    #[serde(rename = "type")]
    kind: u8,
    allow: Permissions,
    deny: Permissions,
}

impl OverwriteWire {
    fn of(overwrite: &Overwrite) -> Self {
        Self {
            id: Sid(overwrite.id),
            kind: overwrite.kind as u8,
            allow: overwrite.allow,
            deny: overwrite.deny,
        }
    }
}

impl<'a> ChannelWire<'a> {
    /// Borrows a channel.
    pub fn of(channel: &'a Channel, with_guild: bool) -> Self {
        let text = channel.kind != ChannelKind::Category;
        let voice = channel.voice.as_deref();
        Self {
            id: Sid(channel.id),
            kind: channel.kind.code(),
            guild_id: channel.guild_id.filter(|_| with_guild).map(Sid),
            name: &channel.name,
            position: channel.position,
            flags: channel.flags,
            parent_id: channel.parent_id.map(Sid),
            permission_overwrites: channel.overwrites.iter().map(OverwriteWire::of).collect(),
            nsfw: channel.nsfw,
            topic: text.then_some(Nullable(channel.topic.as_deref())),
            rate_limit_per_user: text.then_some(channel.rate_limit_per_user),
            last_message_id: text.then_some(Nullable(channel.last_message_id.map(Sid))),
            last_pin_timestamp: channel.last_pin_at.map(iso),
            bitrate: voice.map(|voice| voice.bitrate),
            user_limit: voice.map(|voice| voice.user_limit),
            rtc_region: voice.map(|voice| Nullable(voice.rtc_region.as_deref())),
            video_quality_mode: voice.map(|voice| voice.video_quality_mode),
            extra: channel.extra.as_deref(),
        }
    }
}

/// A channel of any kind. `viewer` is left out of a direct message's recipients.
pub fn channel(world: &World, channel: &Channel, viewer: Option<Id>) -> Value {
    if channel.kind.is_dm() {
        return direct(world, channel, viewer);
    }
    match &channel.thread {
        Some(thread) => {
            let mut all = self::thread(channel, thread);
            let own = viewer.and_then(|id| thread.members.iter().find(|(member, _)| *member == id));
            if let Some((user_id, since)) = own {
                all["member"] = thread_member(channel.id, *user_id, *since);
            }
            all
        }
        None => value(&ChannelWire::of(channel, true)),
    }
}

fn direct(world: &World, channel: &Channel, viewer: Option<Id>) -> Value {
    let others = channel.recipients.iter().filter(|id| Some(**id) != viewer);
    let recipients: Vec<Value> = others.filter_map(|id| world.users.get(id)).map(user).collect();
    let mut all = json!({
        "id": Sid(channel.id),
        "type": channel.kind.code(),
        "last_message_id": channel.last_message_id.map(Sid),
        "flags": channel.flags,
        "recipients": recipients,
    });
    if let Some(at) = channel.last_pin_at {
        all["last_pin_timestamp"] = json!(iso(at));
    }
    all
}

fn thread(channel: &Channel, thread: &Thread) -> Value {
    let mut all = json!({
        "id": Sid(channel.id),
        "type": channel.kind.code(),
        "guild_id": channel.guild_id.map(Sid),
        "parent_id": channel.parent_id.map(Sid),
        "name": channel.name,
        "owner_id": Sid(thread.owner_id),
        "last_message_id": channel.last_message_id.map(Sid),
        "rate_limit_per_user": channel.rate_limit_per_user,
        "flags": channel.flags,
        "message_count": thread.message_count,
        // The count stops at 50 (Discord docs: Threads).
        "member_count": thread.members.len().min(50),
        "total_message_sent": thread.total_messages,
        "thread_metadata": {
            "archived": thread.archived,
            "locked": thread.locked,
            "auto_archive_duration": thread.auto_archive_minutes,
            "archive_timestamp": iso(thread.archived_at),
            "create_timestamp": iso(thread.created_at),
        },
    });
    if channel.kind == ChannelKind::PrivateThread {
        all["thread_metadata"]["invitable"] = json!(thread.invitable);
    }
    if !thread.applied_tags.is_empty() {
        all["applied_tags"] = json!(thread.applied_tags.iter().copied().map(Sid).collect::<Vec<_>>());
    }
    all
}

/// One user's place in a thread.
pub fn thread_member(thread_id: Id, user_id: Id, joined_at: Millis) -> Value {
    json!({
        "id": Sid(thread_id),
        "user_id": Sid(user_id),
        "join_timestamp": iso(joined_at),
        "flags": 0,
    })
}
