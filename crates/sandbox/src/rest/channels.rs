//! Channels of a guild, and a channel by itself. (Discord docs: Channel resource; Guild resource.)

mod create;
mod edit;
mod form;
mod positions;

use serde_json::Value;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Channel, ChannelKind, Guild};
use crate::permissions::Permissions;
use crate::snowflake::Id;
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/channels", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/channels", Auth::Bot, Pace::Ordinary, create::create);
    table.patch("/guilds/{guild}/channels", Auth::Bot, Pace::Ordinary, positions::positions);
    table.get("/channels/{channel}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/channels/{channel}", Auth::Bot, Pace::Ordinary, edit::edit);
    table.delete("/channels/{channel}", Auth::Bot, Pace::Ordinary, delete);
    table.post("/channels/{channel}/typing", Auth::Bot, Pace::Ordinary, typing);
}

/// Channels in one category.
const MOST_IN_CATEGORY: usize = 50;

/// `GET /guilds/{guild}/channels`
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let channels = guild.channels.iter().filter(|c| c.thread.is_none());
        Ok::<_, ApiError>(channels.map(|c| wire::channel(world, c, Some(bot))).collect::<Vec<_>>())
    })?)
}

/// `GET /channels/{channel}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        let seen = access::channel(world, bot, id, call.now)?;
        Ok::<_, ApiError>(wire::channel(world, seen.channel, Some(bot)))
    })?)
}

/// `DELETE /channels/{channel}`; a direct message is only closed.
pub(crate) fn delete(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    let closed = call.read(|world| {
        let seen = access::channel(world, bot, id, call.now)?;
        Ok::<_, ApiError>(seen.guild.is_none().then(|| wire::channel(world, seen.channel, Some(bot))))
    })?;
    if let Some(shown) = closed {
        return ok(shown);
    }
    ok(call.change(|world, _| {
        managed(world, call, id)?;
        let (channel, told) = world.delete_channel(id)?;
        Ok((wire::channel(world, &channel, Some(bot)), told))
    })?)
}

/// `POST /channels/{channel}/typing`
pub(crate) fn typing(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    call.change(|world, now| {
        super::messages::may_send(world, bot, id, now)?;
        Ok(world.start_typing(id, bot, now)?)
    })?;
    Ok(Reply::Empty)
}

/// A guild channel that the caller may manage, a thread among them.
fn managed<'w>(world: &'w World, call: &Call, id: Id) -> Result<&'w Channel, ApiError> {
    let seen = access::channel(world, call.caller()?.bot_id, id, call.now)?;
    if seen.guild.is_none() {
        return Err(error::NOT_ON_DM);
    }
    let thread = seen.channel.thread.is_some();
    seen.need(if thread { Permissions::MANAGE_THREADS } else { Permissions::MANAGE_CHANNELS })?;
    Ok(seen.channel)
}

/// The channel as it is now.
fn shown(world: &World, id: Id, viewer: Id) -> Result<Value, ApiError> {
    let channel = world.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
    Ok(wire::channel(world, channel, Some(viewer)))
}

/// Text channels have lower-case names with dashes, as the real ones do.
fn tidy(name: &str, kind: ChannelKind) -> String {
    match kind {
        ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum | ChannelKind::Media => {
            name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
        }
        _ => name.to_owned(),
    }
}

/// A parent must be a category of the same guild with room in it, and a category has none. A channel
/// that is in the category already takes no further room.
fn category(
    guild: &Guild,
    parent: Option<Id>,
    kind: ChannelKind,
    channel_id: Option<Id>,
) -> Result<Option<Id>, ApiError> {
    let Some(id) = parent else { return Ok(None) };
    let refused = |code, text: &str| Err(ApiError::field(&["parent_id"], code, text));
    if kind == ChannelKind::Category {
        return refused("CHANNEL_PARENT_INVALID", "Categories cannot have subcategories");
    }
    let others = |c: &&Channel| c.parent_id == Some(id) && Some(c.id) != channel_id;
    match guild.channel(id) {
        None => refused("CHANNEL_PARENT_INVALID", "Category does not exist"),
        Some(c) if c.kind != ChannelKind::Category => {
            refused("CHANNEL_PARENT_INVALID_TYPE", "Not a category")
        }
        Some(_) if guild.channels.iter().filter(others).count() >= MOST_IN_CATEGORY => {
            refused("CHANNEL_PARENT_MAX_CHANNELS", "Maximum number of channels in category reached (50)")
        }
        Some(_) => Ok(Some(id)),
    }
}
