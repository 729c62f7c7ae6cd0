//! Bans. (Discord docs: Guild resource, Create Guild Ban.)

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::Ban;
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, time_of};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/bans", Auth::Bot, Pace::Ordinary, list);
    table.get("/guilds/{guild}/bans/{user}", Auth::Bot, Pace::Ordinary, get);
    table.put("/guilds/{guild}/bans/{user}", Auth::Bot, Pace::Ordinary, create);
    table.delete("/guilds/{guild}/bans/{user}", Auth::Bot, Pace::Ordinary, delete);
}

fn show(world: &World, ban: &Ban) -> Value {
    json!({ "user": world.users.get(&ban.user_id).map(wire::user), "reason": ban.reason })
}

/// `GET /guilds/{guild}/bans`
pub(crate) fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 1000, (1, 1000))?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::BAN_MEMBERS, call.now)?;
        let fits = |id: &Id| before.is_none_or(|b| *id < b) && after.is_none_or(|a| *id > a);
        let bans = guild.bans.values().filter(|ban| fits(&ban.user_id)).take(limit);
        Ok::<_, ApiError>(bans.map(|ban| show(world, ban)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/bans/{user}`
pub(crate) fn get(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::BAN_MEMBERS, call.now)?;
        guild.bans.get(&user_id).map(|ban| show(world, ban)).ok_or(error::UNKNOWN_BAN)
    })?)
}

/// `PUT /guilds/{guild}/bans/{user}`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let body = call.object()?;
    let mut form = Form::default();
    let seconds = form.integer(body, "delete_message_seconds", Path::ROOT, (0, 604_800)).unwrap_or(0);
    form.finish()?;
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::BAN_MEMBERS, now)?;
        world.user(user_id)?;
        if guild.member(user_id).is_some() && !access::outranks(guild, caller.bot_id, user_id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        let ((), mut told) = world.ban(guild_id, user_id, call.reason.clone())?;
        if seconds > 0 {
            told.extend(sweep(world, guild_id, user_id, now - seconds * 1000)?);
        }
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}

/// Removes what a banned user wrote since then, channel by channel.
fn sweep(
    world: &mut World,
    guild_id: Id,
    user_id: Id,
    since: Millis,
) -> Result<Vec<crate::world::Dispatch>, ApiError> {
    let channels: Vec<Id> = world.guild(guild_id)?.channels.iter().map(|c| c.id).collect();
    let mut told = Vec::new();
    for channel in channels {
        let all = world.messages.get(&channel).into_iter().flat_map(|m| m.values());
        let ids: Vec<Id> =
            all.filter(|m| m.author_id == user_id && time_of(m.id) >= since).map(|m| m.id).collect();
        if !ids.is_empty() {
            told.extend(world.silently(|world| world.delete_messages(channel, &ids))?.1);
        }
    }
    Ok(told)
}

/// `DELETE /guilds/{guild}/bans/{user}`
pub(crate) fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    call.change(|world, now| {
        access::guild_with(world, caller, guild_id, Permissions::BAN_MEMBERS, now)?;
        Ok(world.unban(guild_id, user_id)?)
    })?;
    Ok(Reply::Empty)
}
