//! Who may use a command in a guild. Bots may read this but not change it.
//! (Discord docs: Application Commands, Permissions.)

use serde_json::{Value, json};

use super::own_application;
use crate::model::Command;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Sid};

/// `GET /applications/{application}/guilds/{guild}/commands/permissions`
pub(crate) fn list(call: &Call) -> Answer {
    let (application_id, guild_id) = place(call)?;
    ok(call.read(|world| {
        let own = world.commands.values().filter(|c| c.application_id == application_id);
        own.filter_map(|c| show(c, guild_id)).collect::<Vec<_>>()
    }))
}

/// `GET /applications/{application}/guilds/{guild}/commands/{command}/permissions`
pub(crate) fn get(call: &Call) -> Answer {
    let (application_id, guild_id) = place(call)?;
    let id = call.id(2, "command_id")?;
    let found = call.read(|world| {
        let command = world.commands.get(&id).filter(|c| c.application_id == application_id)?;
        Some(show(command, guild_id))
    });
    ok(found.ok_or(error::UNKNOWN_COMMAND)?.ok_or(error::UNKNOWN_COMMAND_PERMISSIONS)?)
}

/// `PUT /applications/{application}/guilds/{guild}/commands/{command}/permissions`
pub(crate) fn put(call: &Call) -> Answer {
    place(call)?;
    Err(error::BOTS_NOT_ALLOWED)
}

fn place(call: &Call) -> Result<(Id, Id), ApiError> {
    let application_id = own_application(call)?;
    let guild_id = call.id(1, "guild_id")?;
    let bot = call.caller()?.bot_id;
    if call.read(|world| world.guilds.get(&guild_id).is_none_or(|g| g.member(bot).is_none())) {
        return Err(error::MISSING_ACCESS);
    }
    Ok((application_id, guild_id))
}

fn show(command: &Command, guild_id: Id) -> Option<Value> {
    let (_, permissions) =
        command.permissions.iter().find(|(id, list)| *id == guild_id && !list.is_empty())?;
    Some(json!({
        "id": Sid(command.id),
        "application_id": Sid(command.application_id),
        "guild_id": Sid(guild_id),
        "permissions": permissions,
    }))
}
