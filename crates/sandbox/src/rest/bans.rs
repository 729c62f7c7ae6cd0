//! Bans. (Discord docs: Guild resource, Create Guild Ban.)

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::Ban;
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, Sid, time_of};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/guilds/{guild}/bulk-ban", Auth::Bot, Pace::Ordinary, bulk);
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
    // Of the two, only `before` counts.
    let before = call.query_id("before")?;
    let after = call.query_id("after")?.filter(|_| before.is_none());
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::BAN_MEMBERS, call.now)?;
        let fits = |id: &Id| before.is_none_or(|b| *id < b) && after.is_none_or(|a| *id > a);
        let mut bans: Vec<&Ban> = guild.bans.values().filter(|ban| fits(&ban.user_id)).collect();
        // The page nearest to where it is asked from, in ascending order.
        let cut = if before.is_some() { bans.len().saturating_sub(limit) } else { 0 };
        let bans = bans.drain(cut..).take(limit);
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
    let seconds = seconds(body)?;
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

/// How much of what the banned wrote goes too; in days it was asked before.
fn seconds(body: &Map<String, Value>) -> Result<i64, ApiError> {
    let mut form = Form::default();
    let days = form.integer(body, "delete_message_days", Path::ROOT, (0, 7)).unwrap_or(0);
    let seconds = form.integer(body, "delete_message_seconds", Path::ROOT, (0, 604_800));
    form.finish()?;
    Ok(seconds.unwrap_or(days * 86_400))
}

/// Users that can be banned at once.
const MOST: usize = 200;

/// `POST /guilds/{guild}/bulk-ban`
pub(crate) fn bulk(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let body = call.object()?;
    let (mut form, at) = (Form::default(), Path::ROOT.key("user_ids"));
    let items = form.list(body, "user_ids", Path::ROOT, MOST).iter().enumerate();
    let mut ids: Vec<Id> = items.filter_map(|(n, id)| form.snowflake_value(id, at.index(n))).collect();
    if ids.is_empty() {
        form.required(at);
    }
    form.finish()?;
    let seconds = seconds(body)?;
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    ok(call.change(|world, now| {
        let wanted = Permissions::BAN_MEMBERS | Permissions::MANAGE_GUILD;
        let guild = access::guild_with(world, caller, guild_id, wanted, now)?;
        let may = |id: &Id| {
            let member = guild.member(*id).is_some();
            world.users.contains_key(id)
                && *id != caller.bot_id
                && !guild.bans.contains_key(id)
                && (!member || access::outranks(guild, caller.bot_id, *id))
        };
        let (banned, failed): (Vec<Id>, Vec<Id>) = ids.into_iter().partition(may);
        if banned.is_empty() {
            return Err(error::BULK_BAN_FAILED);
        }
        let mut told = Vec::new();
        for id in &banned {
            told.extend(world.ban(guild_id, *id, call.reason.clone())?.1);
            if seconds > 0 {
                told.extend(sweep(world, guild_id, *id, now - seconds * 1000)?);
            }
        }
        let ids = |list: Vec<Id>| list.into_iter().map(Sid).collect::<Vec<_>>();
        Ok((json!({ "banned_users": ids(banned), "failed_users": ids(failed) }), told))
    })?)
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
