//! Removing messages, one by one and many at once. (Discord docs: Message resource, Delete Message.)

use serde_json::Value;

use super::visible;
use crate::model::Message;
use crate::permissions::Permissions;
use crate::rest::access::{self, Seen};
use crate::rest::call::{Answer, Call, Reply, not_snowflake};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis, time_of};
use crate::validate::form::parse_snowflake;

/// Messages older than this cannot be deleted in bulk.
const BULK_AGE_MS: Millis = 14 * 24 * 3600 * 1000;

/// `DELETE /channels/{channel}/messages/{message}`
pub(super) fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    call.change(|world, now| {
        let seen = access::channel(world, caller.bot_id, channel_id, now)?;
        let message = visible(world, channel_id, id)?;
        may_delete(&seen, message, caller.bot_id)?;
        Ok(world.delete_message(channel_id, id)?)
    })?;
    Ok(Reply::Empty)
}

/// Who may remove a message: its author, those who manage messages, and nobody what Discord itself wrote
/// of some types (Discord docs: Message resource, Message Types).
pub(crate) fn may_delete(seen: &Seen<'_>, message: &Message, user: Id) -> Result<(), ApiError> {
    if lasting(message) {
        return Err(error::SYSTEM_MESSAGE);
    }
    let closed = |thread: &crate::model::Thread| thread.archived && thread.locked;
    if seen.channel.thread.as_deref().is_some_and(closed) {
        seen.need(Permissions::MANAGE_THREADS).map_err(|_| error::THREAD_LOCKED)?;
    }
    // A report of auto moderation has an author who did not write it.
    if message.author_id != user || message.kind == 24 {
        seen.need(Permissions::MANAGE_MESSAGES)?;
    }
    Ok(())
}

/// Whether a message is of a type that nobody can remove.
fn lasting(message: &Message) -> bool {
    matches!(message.kind, 1..=5 | 21)
}

/// `POST /channels/{channel}/messages/bulk-delete`
pub(super) fn bulk_delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    let list = call.object()?.get("messages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !(2..=100).contains(&list.len()) {
        return Err(error::BULK_DELETE_COUNT);
    }
    let mut ids = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let id = parse_snowflake(value)
            .ok_or_else(|| not_snowflake(&["messages", &index.to_string()], &value.to_string()))?;
        if ids.contains(&id) {
            return Err(ApiError::field(
                &["messages"],
                "SET_TYPE_CONTAINS_DUPLICATES",
                "Duplicate message ids.",
            ));
        }
        ids.push(id);
    }
    call.change(|world, now| {
        let seen = access::channel_with(world, caller.bot_id, channel_id, Permissions::MANAGE_MESSAGES, now)?;
        if seen.guild.is_none() {
            return Err(error::NOT_ON_DM);
        }
        if ids.iter().any(|id| now - time_of(*id) > BULK_AGE_MS) {
            return Err(error::TOO_OLD_TO_BULK_DELETE);
        }
        if ids.iter().filter_map(|id| world.message(channel_id, *id)).any(lasting) {
            return Err(error::SYSTEM_MESSAGE);
        }
        Ok(world.delete_messages(channel_id, &ids)?)
    })?;
    Ok(Reply::Empty)
}
