//! Editing messages. (Discord docs: Message resource, Edit Message.)

use serde_json::{Map, Value};

use super::{draft, show, visible};
use crate::model::Message;
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::limits::Scope;
use crate::rest::mentions::Allowed;
use crate::snowflake::{Id, Millis};
use crate::validate::form::Path;
use crate::validate::message::{self as rules, Place};
use crate::world::{Dispatch, Hourly, World};

/// Edits of messages older than this are counted.
const HOUR: Millis = 3_600_000;

/// `PATCH /channels/{channel}/messages/{message}`
pub(super) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    let body = call.object()?;
    let (author, flags, own) = call.read(|world| {
        let seen = access::channel(world, caller.bot_id, channel_id, call.now)?;
        let message = visible(world, channel_id, id)?;
        seen.need_open()?;
        Ok::<_, ApiError>((message.author_id, message.flags, seen.own))
    })?;
    if author != caller.bot_id {
        // Others may only change the flags (Discord docs: Message resource, Edit Message).
        if body.keys().any(|key| key != "flags") {
            return Err(error::CANNOT_EDIT_OTHERS);
        }
        access::need(own, Permissions::MANAGE_MESSAGES)?;
    }
    rules::check(body, Path::ROOT, Place::Edit(i64::try_from(flags).unwrap_or(0)), call.files.len())?;
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let context = draft::Context {
            channel_id,
            author_id: author,
            own,
            allowed: Allowed::EVERYTHING,
            files: &call.files,
            base: &base,
            now,
        };
        let told = apply_edit(world, body, id, &context)?;
        let message = visible(world, channel_id, id)?;
        Ok((show(world, caller, message), told))
    })?)
}

/// Edits a stored message by a checked body and returns what must be told.
pub(crate) fn apply_edit(
    world: &mut World,
    body: &Map<String, Value>,
    id: Id,
    context: &draft::Context<'_>,
) -> Result<Vec<Dispatch>, ApiError> {
    let mut message = world.message(context.channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?.clone();
    let only_flags = body.keys().all(|key| key == "flags");
    if message.poll.is_some() && !only_flags {
        return Err(error::POLL_NOT_EDITABLE);
    }
    if message.flags & rules::IS_VOICE_MESSAGE.unsigned_abs() != 0 && !only_flags {
        return Err(error::VOICE_NOT_EDITABLE);
    }
    draft::edit(world, &mut message, body, context)?;
    let shown = message.has_content() || !message.sticker_items.is_empty();
    if !shown {
        return Err(error::EMPTY_MESSAGE);
    }
    world.moderate(&mut message, context.channel_id, context.now)?;
    if !only_flags {
        if context.now - message.sent_at > HOUR {
            let limit = world.limits.old_edits;
            let taken = world.take_hourly(Hourly::OldEdits, context.channel_id, limit, context.now);
            taken.map_err(|left| error::TOO_MANY_OLD_EDITS.limited(left, Scope::Shared))?;
        }
        message.edited_at = Some(context.now);
    }
    // What was promised by a deferral may turn out to be a poll.
    if message.poll.is_some() && message.flags & Message::LOADING != 0 {
        world.expect_end(&message);
    }
    let edited = message.clone();
    let ((), mut told) = world.update_message(context.channel_id, id, |stored| *stored = message)?;
    told.extend(world.edit_copies(&edited)?);
    Ok(told)
}
