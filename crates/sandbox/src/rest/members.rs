//! Members of a guild. (Discord docs: Guild resource, List Guild Members and those after it.)

mod add;
mod edit;

use serde_json::Value;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::gateway::intents::Intents;
use crate::model::Member;
use crate::permissions::Permissions;
use crate::wire;
use crate::world::World;

const MEMBER: Pace = Pace::Own(10, 10_000);

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/members", Auth::Bot, MEMBER, list);
    table.get("/guilds/{guild}/members/search", Auth::Bot, MEMBER, search);
    table.patch("/guilds/{guild}/members/@me", Auth::Bot, MEMBER, edit::own);
    table.patch("/guilds/{guild}/members/@me/nick", Auth::Bot, MEMBER, edit::own_nick);
    table.get("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, get);
    table.put("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, add::add);
    table.patch("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, edit::edit);
    table.delete("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, kick);
    table.put("/guilds/{guild}/members/{user}/roles/{role}", Auth::Bot, MEMBER, add_role);
    table.delete("/guilds/{guild}/members/{user}/roles/{role}", Auth::Bot, MEMBER, remove_role);
}

pub(super) fn show(world: &World, member: &Member) -> Value {
    wire::member(member, world.users.get(&member.user_id))
}

/// `GET /guilds/{guild}/members`
pub(crate) fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 1, (1, 1000))?;
    let after = call.query_id("after")?.unwrap_or(0);
    ok(call.read(|world| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        // The privileged intent gates this route too.
        let application = world.applications.get(&caller.application_id);
        if application.is_some_and(|own| !own.privileged.contains(Intents::GUILD_MEMBERS)) {
            return Err(error::MISSING_ACCESS);
        }
        let from = guild.members.range(after.saturating_add(1)..).take(limit);
        Ok(from.map(|(_, m)| show(world, m)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/members/search`
pub(crate) fn search(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 1, (1, 1000))?;
    let Some(query) = call.query("query").map(str::to_lowercase).filter(|q| !q.is_empty()) else {
        return Err(ApiError::field(&["query"], "BASE_TYPE_REQUIRED", "This field is required"));
    };
    ok(call.read(|world| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        let starts = |text: &str| text.to_lowercase().starts_with(&query);
        let fits = |member: &&Member| {
            let user = world.users.get(&member.user_id);
            member.nick.as_deref().is_some_and(starts)
                || user.is_some_and(|u| starts(&u.username) || u.global_name.as_deref().is_some_and(starts))
        };
        let found = guild.members.values().filter(fits).take(limit);
        Ok::<_, ApiError>(found.map(|m| show(world, m)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/members/{user}`
pub(crate) fn get(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    ok(call.read(|world| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        world.user(user_id)?;
        Ok::<_, ApiError>(show(world, guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?))
    })?)
}

/// `DELETE /guilds/{guild}/members/{user}`
pub(crate) fn kick(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::KICK_MEMBERS, now)?;
        guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        if !access::outranks(guild, caller.bot_id, user_id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        Ok(world.remove_member(guild_id, user_id)?)
    })?;
    Ok(Reply::Empty)
}

/// `PUT /guilds/{guild}/members/{user}/roles/{role}`
pub(crate) fn add_role(call: &Call) -> Answer {
    set_role(call, true)
}

/// `DELETE /guilds/{guild}/members/{user}/roles/{role}`
pub(crate) fn remove_role(call: &Call) -> Answer {
    set_role(call, false)
}

fn set_role(call: &Call, wanted: bool) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let role_id = call.id(2, "role_id")?;
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_ROLES, now)?;
        let role = guild.role(role_id).filter(|r| r.id != guild_id).ok_or(error::UNKNOWN_ROLE)?;
        let member = guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        if role.managed || !access::above_role(guild, caller.bot_id, role_id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        if member.roles.contains(&role_id) == wanted {
            return Ok(((), Vec::new()));
        }
        Ok(world.update_member(guild_id, user_id, |member| {
            member.roles.retain(|id| *id != role_id);
            if wanted {
                member.roles.push(role_id);
            }
        })?)
    })?;
    Ok(Reply::Empty)
}
