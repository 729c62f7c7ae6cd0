//! Pinned messages, by the paged routes and the older ones. (Discord docs: Message resource, Get Channel Pins.)

use serde_json::json;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::messages::show;
use super::routes::{Auth, Pace, Table};
use crate::clock::iso;
use crate::model::Message;
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, Sid};
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/channels/{channel}/messages/pins", Auth::Bot, Pace::Ordinary, list);
    table.put("/channels/{channel}/messages/pins/{message}", Auth::Bot, Pace::Ordinary, put);
    table.put("/channels/{channel}/pins/{message}", Auth::Bot, Pace::Ordinary, put);
    table.delete("/channels/{channel}/messages/pins/{message}", Auth::Bot, Pace::Ordinary, delete);
    table.delete("/channels/{channel}/pins/{message}", Auth::Bot, Pace::Ordinary, delete);
    table.get("/channels/{channel}/pins", Auth::Bot, Pace::Ordinary, list_old);
}

/// `GET /channels/{channel}/messages/pins`
pub(crate) fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    let limit = call.query_number("limit", 50, (1, 50))?;
    let before = call.query_time("before")?.unwrap_or(Millis::MAX);
    ok(call.read(|world| {
        let seen = access::channel(world, caller.bot_id, channel_id, call.now)?;
        if !seen.own.contains(Permissions::READ_MESSAGE_HISTORY) {
            return Ok::<_, ApiError>(json!({ "items": [], "has_more": false }));
        }
        let all: Vec<_> =
            newest_first(world, channel_id).into_iter().filter(|(at, _)| *at < before).collect();
        let items = all.iter().take(limit);
        let items: Vec<_> = items
            .map(|(at, m)| json!({ "pinned_at": iso(*at), "message": show(world, caller, m) }))
            .collect();
        Ok(json!({ "items": items, "has_more": all.len() > limit }))
    })?)
}

/// `GET /channels/{channel}/pins`
pub(crate) fn list_old(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        access::channel(world, caller.bot_id, channel_id, call.now)?;
        let all = newest_first(world, channel_id).into_iter().take(50);
        Ok::<_, ApiError>(all.map(|(_, m)| show(world, caller, m)).collect::<Vec<_>>())
    })?)
}

fn newest_first(world: &World, channel_id: Id) -> Vec<(Millis, &Message)> {
    let all = world.messages.get(&channel_id).into_iter().flat_map(|m| m.values());
    let mut pinned: Vec<_> = all.filter_map(|m| Some((m.pinned_at?, m))).collect();
    pinned.sort_by_key(|(at, m)| std::cmp::Reverse((*at, m.id)));
    pinned
}

/// `PUT /channels/{channel}/messages/pins/{message}` and the older route.
pub(crate) fn put(call: &Call) -> Answer {
    set(call, true)
}

/// `DELETE /channels/{channel}/messages/pins/{message}` and the older route.
pub(crate) fn delete(call: &Call) -> Answer {
    set(call, false)
}

fn set(call: &Call, pinned: bool) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    call.change(|world, now| {
        let seen = access::channel_with(world, caller.bot_id, channel_id, Permissions::PIN_MESSAGES, now)?;
        seen.need_active()?;
        let message = world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none());
        if !matches!(message.ok_or(error::UNKNOWN_MESSAGE)?.kind, 0 | 19 | 20 | 23) {
            return Err(error::SYSTEM_MESSAGE);
        }
        let ((), mut told) = world.set_pinned(channel_id, id, pinned, now)?;
        if pinned && !told.is_empty() {
            let notice = notice(world, caller.bot_id, channel_id, id);
            told.extend(world.create_message(notice, now)?.1);
        }
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}

/// The message that someone pinned one (Discord docs: Message resource, Pin Messages).
fn notice(world: &World, user: Id, channel_id: Id, id: Id) -> Message {
    let mut reference = json!({ "type": 0, "channel_id": Sid(channel_id), "message_id": Sid(id) });
    if let Some(guild) = world.guild_of_channel(channel_id) {
        reference["guild_id"] = json!(Sid(guild.id));
    }
    Message { channel_id, kind: 6, author_id: user, reference: Some(reference), ..Message::default() }
}
