//! Reactions. (Discord docs: Message resource, Create Reaction.)

use super::access::{self, Seen};
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Message, Reaction};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, parse};
use crate::wire;
use crate::world::World;

const REACTION: Pace = Pace::Shared("reactions", 4, 1_000);

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.delete("/channels/{channel}/messages/{message}/reactions", Auth::Bot, REACTION, clear);
    table.get("/channels/{channel}/messages/{message}/reactions/{emoji}", Auth::Bot, REACTION, list);
    table.delete(
        "/channels/{channel}/messages/{message}/reactions/{emoji}",
        Auth::Bot,
        REACTION,
        clear_emoji,
    );
    table.put("/channels/{channel}/messages/{message}/reactions/{emoji}/@me", Auth::Bot, REACTION, add);
    table.delete(
        "/channels/{channel}/messages/{message}/reactions/{emoji}/@me",
        Auth::Bot,
        REACTION,
        remove_own,
    );
    table.delete(
        "/channels/{channel}/messages/{message}/reactions/{emoji}/{user}",
        Auth::Bot,
        REACTION,
        remove,
    );
}

/// An emoji of the path: Unicode, or `name:id`.
struct Emoji {
    id: Option<Id>,
    name: String,
}

fn emoji(call: &Call) -> Result<Emoji, ApiError> {
    let text = call.text(2);
    if let Some((name, id)) = text.rsplit_once(':') {
        let id = parse(id).ok_or(error::UNKNOWN_EMOJI)?;
        let known =
            call.read(|world| world.guild_emoji(id).is_some() || world.application_emoji(id).is_some());
        return if known {
            Ok(Emoji { id: Some(id), name: name.to_owned() })
        } else {
            Err(error::UNKNOWN_EMOJI)
        };
    }
    // Emojis are never plain letters; keycaps such as `1\u{20e3}` begin with ASCII but do not end in it.
    let plausible = !text.is_empty() && text.chars().count() <= 16 && !text.is_ascii();
    if plausible { Ok(Emoji { id: None, name: text.to_owned() }) } else { Err(error::UNKNOWN_EMOJI) }
}

/// An emoji of another guild takes the right to use those, and being there.
fn may_bring(world: &World, seen: &Seen<'_>, user: Id, emoji: &Emoji) -> Result<(), ApiError> {
    let Some((home, _)) = emoji.id.and_then(|id| world.guild_emoji(id)) else { return Ok(()) };
    if seen.guild.is_some_and(|guild| guild.id == home.id) {
        return Ok(());
    }
    if home.member(user).is_none() {
        return Err(error::UNKNOWN_EMOJI);
    }
    seen.need(Permissions::USE_EXTERNAL_EMOJIS)
}

impl Emoji {
    fn is(&self, reaction: &Reaction) -> bool {
        reaction.emoji_id == self.id && (self.id.is_some() || reaction.emoji_name == self.name)
    }
}

fn target(call: &Call) -> Result<(Id, Id), ApiError> {
    Ok((call.id(0, "channel_id")?, call.id(1, "message_id")?))
}

fn found(
    world: &World,
    user: Id,
    channel: Id,
    id: Id,
    now: Millis,
) -> Result<(Seen<'_>, &Message), ApiError> {
    let seen = access::channel(world, user, channel, now)?;
    seen.need_active()?;
    let message = world.message(channel, id).filter(|m| m.ephemeral_for.is_none());
    Ok((seen, message.ok_or(error::UNKNOWN_MESSAGE)?))
}

/// `PUT .../reactions/{emoji}/@me`
pub(crate) fn add(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel, id) = target(call)?;
    let emoji = emoji(call)?;
    call.change(|world, now| {
        let (seen, message) = found(world, bot, channel, id, now)?;
        seen.need(Permissions::READ_MESSAGE_HISTORY)?;
        if !message.reactions.iter().any(|r| emoji.is(r)) {
            seen.need(Permissions::ADD_REACTIONS)?;
            may_bring(world, &seen, bot, &emoji)?;
        }
        Ok(world.add_reaction(channel, id, bot, emoji.id, &emoji.name)?)
    })?;
    Ok(Reply::Empty)
}

/// `DELETE .../reactions/{emoji}/@me`
pub(crate) fn remove_own(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    take_away(call, bot)
}

/// `DELETE .../reactions/{emoji}/{user}`
pub(crate) fn remove(call: &Call) -> Answer {
    let user = call.id(3, "user_id")?;
    take_away(call, user)
}

fn take_away(call: &Call, user: Id) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel, id) = target(call)?;
    let emoji = emoji(call)?;
    call.change(|world, now| {
        let (seen, _) = found(world, bot, channel, id, now)?;
        if user != bot {
            seen.need(Permissions::MANAGE_MESSAGES)?;
        }
        Ok(world.remove_reaction(channel, id, user, emoji.id, &emoji.name)?)
    })?;
    Ok(Reply::Empty)
}

/// `GET .../reactions/{emoji}`
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel, id) = target(call)?;
    let emoji = emoji(call)?;
    let limit = call.query_number("limit", 25, (1, 100))?;
    let after = call.query_id("after")?.unwrap_or(0);
    ok(call.read(|world| {
        let (seen, message) = found(world, bot, channel, id, call.now)?;
        seen.need(Permissions::READ_MESSAGE_HISTORY)?;
        let reaction = message.reactions.iter().find(|r| emoji.is(r));
        // Type 1 asks for burst reactions, which nobody here has.
        let reaction = reaction.filter(|_| call.query("type") != Some("1"));
        let mut users: Vec<Id> = reaction.map(|r| r.users.clone()).unwrap_or_default();
        users.sort_unstable();
        let users = users.into_iter().filter(|id| *id > after).take(limit);
        Ok::<_, ApiError>(users.filter_map(|id| world.users.get(&id)).map(wire::user).collect::<Vec<_>>())
    })?)
}

/// `DELETE .../reactions`
pub(crate) fn clear(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel, id) = target(call)?;
    call.change(|world, now| {
        found(world, bot, channel, id, now)?.0.need(Permissions::MANAGE_MESSAGES)?;
        Ok(world.clear_reactions(channel, id, None)?)
    })?;
    Ok(Reply::Empty)
}

/// `DELETE .../reactions/{emoji}`
pub(crate) fn clear_emoji(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (channel, id) = target(call)?;
    let emoji = emoji(call)?;
    call.change(|world, now| {
        found(world, bot, channel, id, now)?.0.need(Permissions::MANAGE_MESSAGES)?;
        Ok(world.clear_reactions(channel, id, Some((emoji.id, &emoji.name)))?)
    })?;
    Ok(Reply::Empty)
}
