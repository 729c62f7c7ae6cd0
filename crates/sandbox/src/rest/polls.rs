//! Polls over REST: who voted, and the end. Bots cannot vote. (Discord docs: Poll resource.)

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, ok};
use super::error::{self, ApiError};
use super::messages::show;
use super::routes::{Auth, Pace, Table};
use crate::model::{Message, Poll};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis};
use crate::wire;
use crate::world::{Dispatch, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/channels/{channel}/polls/{message}/answers/{answer}", Auth::Bot, Pace::Ordinary, voters);
    table.post("/channels/{channel}/polls/{message}/expire", Auth::Bot, Pace::Ordinary, expire);
}

/// A message that the user can see.
fn message(world: &World, user: Id, channel_id: Id, id: Id, now: Millis) -> Result<&Message, ApiError> {
    let seen = access::channel(world, user, channel_id, now)?;
    if seen.guild.is_some() {
        seen.need(Permissions::READ_MESSAGE_HISTORY)?;
    }
    let message = world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none_or(|only| only == user));
    message.ok_or(error::UNKNOWN_MESSAGE)
}

/// A poll that the user can see.
fn poll(world: &World, user: Id, channel_id: Id, id: Id, now: Millis) -> Result<&Poll, ApiError> {
    message(world, user, channel_id, id, now)?.poll.as_deref().ok_or(error::UNKNOWN_MESSAGE)
}

/// `GET /channels/{channel}/polls/{message}/answers/{answer}`
fn voters(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    let answer: Option<u32> = call.text(2).parse().ok();
    let limit = call.query_number("limit", 25, (1, 100))?;
    let after = call.query_id("after")?.unwrap_or(0);
    ok(call.read(|world| {
        let poll = poll(world, bot, channel_id, id, call.now)?;
        let answer = answer.and_then(|answer| poll.answer(answer)).ok_or(error::UNKNOWN_POLL_ANSWER)?;
        let mut voters = answer.voters.clone();
        voters.sort_unstable();
        let page = voters.into_iter().filter(|voter| *voter > after).take(limit);
        let users: Vec<Value> = page.filter_map(|id| world.users.get(&id)).map(wire::user).collect();
        Ok::<_, ApiError>(json!({ "users": users }))
    })?)
}

/// `POST /channels/{channel}/polls/{message}/expire`; only one's own.
fn expire(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    ok(call.change(|world, now| {
        let found = message(world, caller.bot_id, channel_id, id, now)?;
        let poll = found.poll.as_deref().ok_or(error::CANNOT_EXPIRE)?;
        if found.author_id != caller.bot_id {
            return Err(error::CANNOT_EDIT_OTHERS);
        }
        if poll.finalized {
            return Err(error::POLL_EXPIRED);
        }
        let ((), told) = world.end_poll(channel_id, id, now)?;
        let message = world.message(channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?;
        Ok((show(world, caller, message), told))
    })?)
}

/// A person votes; no answer takes the votes back.
pub(crate) fn vote(
    world: &mut World,
    user: Id,
    channel_id: Id,
    id: Id,
    chosen: &[u32],
    now: Millis,
) -> Result<((), Vec<Dispatch>), ApiError> {
    let poll = poll(world, user, channel_id, id, now)?;
    if world.users.get(&user).is_none_or(|user| user.bot) {
        return Err(error::POLL_VOTING_BLOCKED);
    }
    if poll.finalized || poll.ends_at <= now {
        return Err(error::POLL_EXPIRED);
    }
    if chosen.len() > 1 && !poll.multiselect {
        let text = "This poll allows only one answer.";
        return Err(ApiError::field(&["answer_ids"], "BASE_TYPE_MAX_LENGTH", text));
    }
    if chosen.iter().any(|answer| poll.answer(*answer).is_none()) {
        return Err(error::UNKNOWN_POLL_ANSWER);
    }
    Ok(world.vote(channel_id, id, user, chosen)?)
}
