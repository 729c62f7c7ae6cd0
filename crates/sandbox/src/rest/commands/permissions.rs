//! Who may use a command in a guild. Bots may read this but not change it: only a person does, who manages
//! the guild and its roles. (Discord docs: Application Commands, Permissions.)

use serde_json::{Value, json};

use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Sid};
use crate::validate::form::{Form, Path, parse_snowflake};
use crate::world::{Dispatch, World};

/// Overwrites of one command in one guild.
const MOST: usize = 100;

/// `GET /applications/{application}/guilds/{guild}/commands/permissions`
pub(crate) fn list(call: &Call) -> Answer {
    let (application_id, guild_id) = place(call)?;
    ok(call.read(|world| {
        let own = world.commands.values().filter(|c| c.application_id == application_id).map(|c| c.id);
        let all = std::iter::once(application_id).chain(own);
        all.filter_map(|id| show(world, (application_id, guild_id, id))).collect::<Vec<_>>()
    }))
}

/// `GET /applications/{application}/guilds/{guild}/commands/{command}/permissions`
pub(crate) fn get(call: &Call) -> Answer {
    let (application_id, guild_id) = place(call)?;
    let id = call.id(2, "command_id")?;
    ok(call.read(|world| {
        known(world, application_id, id)?;
        show(world, (application_id, guild_id, id)).ok_or(error::UNKNOWN_COMMAND_PERMISSIONS)
    })?)
}

/// `PUT /applications/{application}/guilds/{guild}/commands/{command}/permissions`
pub(crate) fn put(call: &Call) -> Answer {
    let (application_id, guild_id) = place(call)?;
    let id = call.id(2, "command_id")?;
    let user_id = call.caller()?.bot_id;
    let body = call.object()?;
    let mut form = Form::default();
    if body.get("permissions").is_none_or(Value::is_null) {
        form.required(Path::ROOT.key("permissions"));
    }
    let list = Path::ROOT.key("permissions");
    let mut kept: Vec<Value> = Vec::new();
    for (index, entry) in form.list(body, "permissions", Path::ROOT, MOST).iter().take(MOST).enumerate() {
        let here = list.index(index);
        let Some(entry) = form.object(entry, here) else { continue };
        for key in ["id", "type", "permission"] {
            if entry.get(key).is_none_or(Value::is_null) {
                form.required(here.key(key));
            }
        }
        let subject = form.snowflake(entry, "id", here);
        let kind = form.choice(entry, "type", here, &[1, 2, 3]);
        let allowed = form.boolean(entry, "permission", here);
        if let (Some(subject), Some(kind), Some(allowed)) = (subject, kind, allowed) {
            kept.retain(|old| parse_snowflake(&old["id"]) != Some(subject) || old["type"] != kind);
            kept.push(json!({ "id": Sid(subject), "type": kind, "permission": allowed }));
        }
    }
    form.finish()?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, user_id, guild_id)?;
        let wanted = Permissions::MANAGE_GUILD | Permissions::MANAGE_ROLES;
        access::need(crate::permissions::in_guild(guild, user_id, now), wanted)?;
        known(world, application_id, id)?;
        for entry in &kept {
            let subject = parse_snowflake(&entry["id"]).unwrap_or(0);
            match entry["type"].as_u64() {
                Some(1) if guild.role(subject).is_none() => return Err(error::UNKNOWN_ROLE),
                Some(2) if !world.users.contains_key(&subject) => return Err(error::UNKNOWN_USER),
                // All channels have the guild's id minus one.
                Some(3) if subject != guild_id - 1 && guild.channel(subject).is_none() => {
                    return Err(error::UNKNOWN_CHANNEL);
                }
                _ => {}
            }
        }
        let before = stored(world, (application_id, guild_id, id)).to_vec();
        let lists = if id == application_id {
            world.applications.get_mut(&id).map(|application| &mut application.command_permissions)
        } else {
            world.commands.get_mut(&id).map(|command| &mut command.permissions)
        };
        if let Some(lists) = lists {
            lists.retain(|(guild, _)| *guild != guild_id);
            if !kept.is_empty() {
                lists.push((guild_id, kept.clone()));
            }
        }
        let shown = wrap((application_id, guild_id, id), &kept);
        let event = "APPLICATION_COMMAND_PERMISSIONS_UPDATE";
        let mut told = vec![Dispatch::application(event, application_id, Some(guild_id), &shown)];
        told.extend(world.audit_command_permissions(guild_id, (application_id, id), &before, &kept));
        Ok((shown, told))
    })?)
}

/// The application and the guild of the path. A person may look at any application of their guild.
fn place(call: &Call) -> Result<(Id, Id), ApiError> {
    let caller = call.caller()?;
    let (application_id, guild_id) = (call.id(0, "application_id")?, call.id(1, "guild_id")?);
    if call.read(|world| !world.applications.contains_key(&application_id)) {
        return Err(error::UNKNOWN_APPLICATION);
    }
    // The control interface lets people act without any application.
    if caller.application_id != 0 && caller.application_id != application_id {
        return Err(error::NOT_AUTHORIZED_FOR_APPLICATION);
    }
    if !call.read(|world| world.is_guild_installed(application_id, guild_id)) {
        return Err(error::MISSING_ACCESS);
    }
    Ok((application_id, guild_id))
}

/// A command of the application, or the application's own id, which stands for all of them.
fn known(world: &World, application_id: Id, id: Id) -> Result<(), ApiError> {
    let known = id == application_id
        || world.commands.get(&id).is_some_and(|command| command.application_id == application_id);
    if known { Ok(()) } else { Err(error::UNKNOWN_COMMAND) }
}

fn stored(world: &World, (application_id, guild_id, id): (Id, Id, Id)) -> &[Value] {
    if id == application_id {
        return world.applications.get(&id).map_or(&[], |a| a.command_permissions_in(guild_id));
    }
    world.commands.get(&id).map_or(&[], |command| command.permissions_in(guild_id))
}

fn show(world: &World, key: (Id, Id, Id)) -> Option<Value> {
    let permissions = stored(world, key);
    (!permissions.is_empty()).then(|| wrap(key, permissions))
}

fn wrap((application_id, guild_id, id): (Id, Id, Id), permissions: &[Value]) -> Value {
    json!({
        "id": Sid(id),
        "application_id": Sid(application_id),
        "guild_id": Sid(guild_id),
        "permissions": permissions,
    })
}
