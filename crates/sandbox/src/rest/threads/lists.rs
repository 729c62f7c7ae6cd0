//! Which threads there are. (Discord docs: Threads, Enumerating Threads.)

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::model::{Channel, ChannelKind, Guild, Thread};
use crate::permissions::{self, Permissions};
use crate::rest::access::{self, Seen};
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis};
use crate::wire;
use crate::world::World;

/// Threads as the lists tell them, with the viewer's own places in them.
pub(super) fn shown(world: &World, threads: &[&Channel], viewer: Id, has_more: bool) -> Value {
    let own = threads.iter().filter_map(|channel| {
        let (_, since) = channel.thread.as_ref()?.members.iter().find(|(id, _)| *id == viewer)?;
        Some(wire::thread_member(channel.id, viewer, *since))
    });
    let members: Vec<Value> = own.collect();
    let threads: Vec<Value> =
        threads.iter().map(|channel| wire::channel(world, channel, Some(viewer))).collect();
    json!({ "threads": threads, "members": members, "has_more": has_more })
}

/// `GET /guilds/{guild}/threads/active`
pub(crate) fn active(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let open = |c: &&Channel| {
            c.thread.as_ref().is_some_and(|t| !t.archived) && permissions::can_view(guild, c, bot)
        };
        let mut threads: Vec<&Channel> = guild.channels.iter().filter(open).collect();
        threads.sort_by_key(|c| Reverse(c.id));
        Ok::<_, ApiError>(shown(world, &threads, bot, false))
    })?)
}

/// The archived threads of a channel that fit.
fn archived(guild: &Guild, parent: Id, fits: impl Fn(&Channel, &Thread) -> bool) -> Vec<(&Channel, &Thread)> {
    let threads = guild.channels.iter().filter(|channel| channel.parent_id == Some(parent));
    let threads = threads.filter_map(|channel| Some((channel, channel.thread.as_deref()?)));
    threads.filter(|(channel, thread)| thread.archived && fits(channel, thread)).collect()
}

/// A channel that can have threads.
fn parent<'w>(world: &'w World, call: &Call) -> Result<(Seen<'w>, &'w Guild), ApiError> {
    let seen = access::channel(world, call.caller()?.bot_id, call.id(0, "channel_id")?, call.now)?;
    seen.channel.kind.public_thread().ok_or(error::WRONG_CHANNEL_TYPE)?;
    let guild = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?;
    Ok((seen, guild))
}

fn by_time(call: &Call, private: bool) -> Answer {
    let bot = call.caller()?.bot_id;
    let limit = call.query_number("limit", 50, (2, 100))?;
    let before = call.query_time("before")?.unwrap_or(Millis::MAX);
    ok(call.read(|world| {
        let (seen, guild) = parent(world, call)?;
        seen.need(Permissions::READ_MESSAGE_HISTORY)?;
        if private {
            seen.need(Permissions::MANAGE_THREADS)?;
        }
        let mut found = archived(guild, seen.channel.id, |channel, thread| {
            (channel.kind == ChannelKind::PrivateThread) == private && thread.archived_at < before
        });
        found.sort_by_key(|(channel, thread)| Reverse((thread.archived_at, channel.id)));
        let threads: Vec<&Channel> = found.iter().take(limit).map(|(channel, _)| *channel).collect();
        Ok::<_, ApiError>(shown(world, &threads, bot, found.len() > limit))
    })?)
}

/// `GET /channels/{channel}/threads/archived/public`
pub(crate) fn public(call: &Call) -> Answer {
    by_time(call, false)
}

/// `GET /channels/{channel}/threads/archived/private`
pub(crate) fn private(call: &Call) -> Answer {
    by_time(call, true)
}

/// `GET /channels/{channel}/users/@me/threads/archived/private`, by id.
pub(crate) fn joined(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let limit = call.query_number("limit", 50, (2, 100))?;
    let before = call.query_id("before")?.unwrap_or(Id::MAX);
    ok(call.read(|world| {
        let (seen, guild) = parent(world, call)?;
        seen.need(Permissions::READ_MESSAGE_HISTORY)?;
        let mut found = archived(guild, seen.channel.id, |channel, thread| {
            channel.kind == ChannelKind::PrivateThread && thread.has(bot) && channel.id < before
        });
        found.sort_by_key(|(channel, _)| Reverse(channel.id));
        let threads: Vec<&Channel> = found.iter().take(limit).map(|(channel, _)| *channel).collect();
        Ok::<_, ApiError>(shown(world, &threads, bot, found.len() > limit))
    })?)
}
