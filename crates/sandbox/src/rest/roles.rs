//! Roles. (Discord docs: Guild resource, Create Guild Role.)

use serde_json::{Map, Value};

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::Guild;
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, FormErrors, Path};
use crate::wire;
use crate::world::NewRole;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/roles", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/roles", Auth::Bot, Pace::Ordinary, create);
    table.patch("/guilds/{guild}/roles", Auth::Bot, Pace::Ordinary, positions);
    table.get("/guilds/{guild}/roles/member-counts", Auth::Bot, Pace::Ordinary, member_counts);
    table.get("/guilds/{guild}/roles/{role}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/roles/{role}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/roles/{role}", Auth::Bot, Pace::Ordinary, delete);
}

/// `GET /guilds/{guild}/roles`
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        Ok::<_, ApiError>(guild.roles.iter().map(wire::role).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/roles/{role}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "role_id")?);
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        guild.role(id).map(wire::role).ok_or(error::UNKNOWN_ROLE)
    })?)
}

/// `GET /guilds/{guild}/roles/member-counts`
pub(crate) fn member_counts(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let count = |id: Id| guild.members.values().filter(|m| m.roles.contains(&id)).count();
        let others = guild.roles.iter().filter(|role| role.id != guild.id);
        Ok::<_, ApiError>(
            others.map(|r| (r.id.to_string(), count(r.id).into())).collect::<Map<String, Value>>(),
        )
    })?)
}

/// What a request says about a role.
struct Wanted {
    name: Option<String>,
    permissions: Option<Permissions>,
    color: Option<u32>,
    hoist: Option<bool>,
    mentionable: Option<bool>,
}

fn read(body: &Map<String, Value>) -> Result<Wanted, FormErrors> {
    let mut form = Form::default();
    let at = Path::ROOT;
    let primary = body.get("colors").and_then(Value::as_object);
    let color = match primary {
        Some(colors) => form.integer(colors, "primary_color", at.key("colors"), (0, 0xFF_FF_FF)),
        None => form.integer(body, "color", at, (0, 0xFF_FF_FF)),
    };
    let wanted = Wanted {
        name: form.string(body, "name", at, (1, 100)).map(str::to_owned),
        permissions: form.snowflake(body, "permissions", at).map(Permissions),
        color: color.and_then(|n| u32::try_from(n).ok()),
        hoist: form.boolean(body, "hoist", at),
        mentionable: form.boolean(body, "mentionable", at),
    };
    form.finish()?;
    Ok(wanted)
}

/// Nobody grants what they do not have.
fn may_grant(guild: &Guild, user: Id, wanted: Option<Permissions>, now: Millis) -> Result<(), ApiError> {
    access::need(permissions::in_guild(guild, user, now), wanted.unwrap_or(Permissions::NONE))
}

/// `POST /guilds/{guild}/roles`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|w| access::guild_with(w, caller, guild_id, Permissions::MANAGE_ROLES, call.now).map(|_| ()))?;
    let wanted = read(call.object()?)?;
    ok(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        may_grant(guild, caller.bot_id, wanted.permissions, now)?;
        // Without the field a new role has what everyone has.
        let everyone = guild.role(guild_id).map_or(Permissions::NONE, |role| role.permissions);
        let new = NewRole {
            name: wanted.name.unwrap_or_else(|| "new role".to_owned()),
            permissions: wanted.permissions.unwrap_or(everyone),
            color: wanted.color.unwrap_or(0),
            hoist: wanted.hoist.unwrap_or(false),
            mentionable: wanted.mentionable.unwrap_or(false),
            ..NewRole::default()
        };
        let (id, told) = world.create_role(guild_id, new, now)?;
        let role = world.guild(guild_id)?.role(id).ok_or(error::UNKNOWN_ROLE)?;
        Ok((wire::role(role), told))
    })?)
}

/// `PATCH /guilds/{guild}/roles/{role}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "role_id")?);
    call.read(|w| access::guild_with(w, caller, guild_id, Permissions::MANAGE_ROLES, call.now).map(|_| ()))?;
    let wanted = read(call.object()?)?;
    ok(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        guild.role(id).ok_or(error::UNKNOWN_ROLE)?;
        if id != guild_id && !access::above_role(guild, caller.bot_id, id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        may_grant(guild, caller.bot_id, wanted.permissions, now)?;
        let ((), told) = world.update_role(guild_id, id, |role| {
            if let Some(name) = wanted.name {
                role.name = name;
            }
            role.permissions = wanted.permissions.unwrap_or(role.permissions);
            role.color = wanted.color.unwrap_or(role.color);
            role.hoist = wanted.hoist.unwrap_or(role.hoist);
            role.mentionable = wanted.mentionable.unwrap_or(role.mentionable);
        })?;
        let role = world.guild(guild_id)?.role(id).ok_or(error::UNKNOWN_ROLE)?;
        Ok((wire::role(role), told))
    })?)
}

/// `PATCH /guilds/{guild}/roles`
pub(crate) fn positions(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let moves = call.positions(|_, _, _, id, position| position.map(|position| (id, position)))?;
    let moves: Vec<_> = moves.into_iter().flatten().collect();
    ok(call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_ROLES, now)?;
        if moves
            .iter()
            .any(|(id, _)| guild.role(*id).is_some() && !access::above_role(guild, caller.bot_id, *id))
        {
            return Err(error::MISSING_PERMISSIONS);
        }
        let ((), told) = world.move_roles(guild_id, &moves)?;
        let guild = world.guild(guild_id)?;
        Ok((guild.roles.iter().map(wire::role).collect::<Vec<_>>(), told))
    })?)
}

/// `DELETE /guilds/{guild}/roles/{role}`
pub(crate) fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "role_id")?);
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_ROLES, now)?;
        let role = guild.role(id).ok_or(error::UNKNOWN_ROLE)?;
        if role.managed || id == guild_id {
            return Err(error::INVALID_ROLE);
        }
        if !access::above_role(guild, caller.bot_id, id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        Ok(world.delete_role(guild_id, id)?)
    })?;
    Ok(Reply::Empty)
}
