//! Messages in channels. (Discord docs: Message resource.)

pub(crate) mod draft;
mod edit;
pub(crate) mod forward;
mod media;
pub(crate) mod normal;
mod parts;
mod remove;
pub(crate) mod slowmode;

pub(crate) use edit::apply_edit;
pub(crate) use remove::may_delete;
use serde_json::{Value, json};

use super::access::{self, Seen};
use super::call::{Answer, Call, Caller, ok};
use super::error::{self, ApiError};
use super::mentions::Allowed;
use super::routes::{Auth, Pace, Table};
use crate::model::{Message, User};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, Sid};
use crate::validate::form::{Path, parse_snowflake};
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/channels/{channel}/messages", Auth::Bot, Pace::Ordinary, list);
    table.post("/channels/{channel}/messages", Auth::Bot, Pace::Ordinary, create);
    table.post("/channels/{channel}/messages/bulk-delete", Auth::Bot, Pace::Ordinary, remove::bulk_delete);
    table.get("/channels/{channel}/messages/{message}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/channels/{channel}/messages/{message}", Auth::Bot, Pace::Ordinary, edit::edit);
    table.delete("/channels/{channel}/messages/{message}", Auth::Bot, Pace::Ordinary, remove::delete);
}

/// A message as this bot may read it over REST: the message content intent counts here too.
pub(crate) fn show(world: &World, caller: Caller, message: &Message) -> Value {
    let mut all = wire::message(world, message, Some(caller.bot_id));
    // People read what they see; only applications need the intent.
    let application = world.applications.get(&caller.application_id);
    let unread = |message: &Message| application.is_some_and(|a| !world.may_read_content(a, message));
    if unread(message) {
        wire::strip_content(&mut all);
    }
    // What is answered has a right of its own to be read.
    if let Some(original) = all.get_mut("referenced_message")
        && wire::referenced(world, message).is_some_and(unread)
    {
        wire::strip_content(original);
    }
    all
}

/// `GET /channels/{channel}/messages`
pub(crate) fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    let limit = call.query_number("limit", 50, (1, 100))?;
    let (around, before, after) =
        (call.query_id("around")?, call.query_id("before")?, call.query_id("after")?);
    if [around, before, after].iter().flatten().count() > 1 {
        let text = "Only one of \"before\", \"after\" and \"around\" may be given.";
        return Err(ApiError::field(&[], "BASE_TYPE_EXCLUSIVE", text));
    }
    ok(call.read(|world| {
        let seen = access::channel(world, caller.bot_id, channel_id, call.now)?;
        // Without history a bot sees an empty list (Discord docs: Message, Get Channel Messages).
        if !seen.own.contains(Permissions::READ_MESSAGE_HISTORY) {
            return Ok::<_, ApiError>(Vec::new());
        }
        let found = match around {
            Some(id) => {
                let newer = world.history(channel_id, None, Some(id.saturating_sub(1)), limit / 2 + 1, None);
                let older =
                    world.history(channel_id, Some(id), None, limit - (limit / 2 + 1).min(limit), None);
                newer.into_iter().chain(older).take(limit).collect()
            }
            None => world.history(channel_id, before.filter(|id| *id > 0), after, limit, None),
        };
        Ok(found.into_iter().map(|m| show(world, caller, &m)).collect::<Vec<_>>())
    })?)
}

/// `GET /channels/{channel}/messages/{message}`
pub(crate) fn get(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    ok(call.read(|world| {
        let seen = access::channel(world, caller.bot_id, channel_id, call.now)?;
        let message = visible(world, channel_id, id)?;
        if message.author_id != caller.bot_id {
            seen.need(Permissions::READ_MESSAGE_HISTORY)?;
        }
        Ok::<_, ApiError>(show(world, caller, message))
    })?)
}

/// A message that the channel routes can reach; ephemeral ones they cannot.
fn visible(world: &World, channel_id: Id, id: Id) -> Result<&Message, ApiError> {
    world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none()).ok_or(error::UNKNOWN_MESSAGE)
}

/// `POST /channels/{channel}/messages`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    call.read(|world| may_send(world, caller.bot_id, channel_id, call.now).map(|_| ()))?;
    let body = call.object()?;
    rules::check(body, Path::ROOT, Place::Channel, call.files.len())?;
    check_flags(body.get("flags"), CREATE_FLAGS)?;
    if rules::is_empty(body, call.files.len()) {
        return Err(error::EMPTY_MESSAGE);
    }
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        if let Some(earlier) = repeated(world, body, caller, channel_id, now) {
            return Ok((show(world, caller, earlier), Vec::new()));
        }
        let seen = may_send(world, caller.bot_id, channel_id, now)?;
        slowmode::may_write(world, &seen, caller.bot_id, now)?;
        let own = seen.own;
        let field = body.get("message_reference");
        let forwarded = field.filter(|_| forward::wanted(field));
        let (kind, reference, snapshots) = if let Some(field) = forwarded {
            let (reference, snapshots) = forward::take(world, caller.bot_id, field, now)?;
            (0, Some(reference), snapshots)
        } else {
            let (kind, reference) = reference(world, field, &seen)?;
            (kind, reference, Vec::new())
        };
        let context = draft::Context {
            channel_id,
            author_id: caller.bot_id,
            own,
            allowed: Allowed::EVERYTHING,
            files: &call.files,
            base: &base,
            now,
        };
        let mut message = draft::build(world, body, &context)?;
        if !own.contains(Permissions::EMBED_LINKS) {
            message.embeds.clear();
        }
        message.kind = kind;
        message.reference = reference;
        if !snapshots.is_empty() {
            message.flags |= Message::HAS_SNAPSHOT;
        }
        message.snapshots = snapshots;
        message.application_id = None;
        let allowed = Allowed::read(body.get("allowed_mentions"), Allowed::EVERYTHING);
        if kind == draft::REPLY && allowed.replied_user {
            draft::mention_replied(world, &mut message);
        }
        world.moderate(&mut message, channel_id, now)?;
        let (id, told) = world.create_message(message, now)?;
        let message = world.message(channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?;
        Ok((show(world, caller, message), told))
    })?)
}

/// `SUPPRESS_EMBEDS`, `SUPPRESS_NOTIFICATIONS`, `IS_VOICE_MESSAGE`, `IS_COMPONENTS_V2`.
pub(crate) const CREATE_FLAGS: i64 = rules::SUPPRESS_EMBEDS
    | rules::SUPPRESS_NOTIFICATIONS
    | rules::IS_VOICE_MESSAGE
    | rules::IS_COMPONENTS_V2;

/// Refuses flags that may not be set here.
pub(crate) fn check_flags(flags: Option<&Value>, allowed: i64) -> Result<(), ApiError> {
    match flags.and_then(Value::as_i64) {
        Some(flags) if flags & !allowed != 0 => {
            Err(ApiError::field(&["flags"], "MESSAGE_FLAGS_INVALID", "Unsupported message flags."))
        }
        _ => Ok(()),
    }
}

/// A channel in which the user may send, or Discord's refusal.
pub(crate) fn may_send(
    world: &World,
    user_id: Id,
    channel_id: Id,
    now: Millis,
) -> Result<Seen<'_>, ApiError> {
    let seen = access::channel(world, user_id, channel_id, now)?;
    if !seen.channel.kind.has_messages() {
        return Err(error::NON_TEXT_CHANNEL);
    }
    if seen.guild.is_some() {
        seen.need(seen.sending())?;
        if let Some(thread) = seen.channel.thread.as_deref().filter(|thread| thread.locked) {
            seen.need(Permissions::MANAGE_THREADS).map_err(|_| error::THREAD_LOCKED)?;
            // Nothing opens a locked thread but someone's hand.
            if thread.archived {
                return Err(error::THREAD_ARCHIVED);
            }
        }
    } else {
        may_dm(world, user_id, seen.channel.recipients.iter().copied())?;
    }
    Ok(seen)
}

fn may_dm(world: &World, from: Id, recipients: impl Iterator<Item = Id>) -> Result<(), ApiError> {
    for other in recipients.filter(|id| *id != from) {
        if world.users.get(&other).is_some_and(|user: &User| user.dms_closed) {
            return Err(error::CANNOT_SEND_TO_USER);
        }
        if !world.guilds_of(from).any(|guild| guild.member(other).is_some()) {
            return Err(error::NO_MUTUAL_GUILDS);
        }
    }
    Ok(())
}

/// The message that the same author sent with the same nonce a short while ago.
/// (Discord docs: Message resource, Create Message, `enforce_nonce`.)
fn repeated<'w>(
    world: &'w World,
    body: &serde_json::Map<String, Value>,
    caller: Caller,
    channel_id: Id,
    now: Millis,
) -> Option<&'w Message> {
    if body.get("enforce_nonce").and_then(Value::as_bool) != Some(true) {
        return None;
    }
    let nonce = body.get("nonce").filter(|n| !n.is_null())?;
    let window = i64::try_from(world.limits.nonce_window).unwrap_or(i64::MAX);
    let recent = world.messages.get(&channel_id)?.values().rev().take_while(|m| now - m.sent_at <= window);
    recent.into_iter().find(|m| m.author_id == caller.bot_id && m.nonce.as_ref() == Some(nonce))
}

/// The type and the reference of a reply or forward.
pub(crate) fn reference(
    world: &World,
    field: Option<&Value>,
    seen: &Seen<'_>,
) -> Result<(u8, Option<Value>), ApiError> {
    let Some(field) = field.filter(|v| v.is_object()) else { return Ok((0, None)) };
    let channel_id = seen.channel.id;
    let id = parse_snowflake(&field["message_id"]).unwrap_or(0);
    if seen.guild.is_some() && !seen.own.contains(Permissions::READ_MESSAGE_HISTORY) {
        return Err(error::REPLY_NEEDS_HISTORY);
    }
    let wrong_channel = parse_snowflake(&field["channel_id"]).is_some_and(|given| given != channel_id);
    let found = world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none());
    if found.is_none() || wrong_channel {
        if field["fail_if_not_exists"].as_bool().unwrap_or(true) {
            return Err(ApiError::field(
                &["message_reference"],
                "REPLIES_UNKNOWN_MESSAGE",
                "Unknown message",
            ));
        }
        return Ok((0, None));
    }
    let mut reference = json!({ "type": 0, "channel_id": Sid(channel_id), "message_id": Sid(id) });
    if let Some(guild) = seen.guild {
        reference["guild_id"] = json!(Sid(guild.id));
    }
    Ok((draft::REPLY, Some(reference)))
}
