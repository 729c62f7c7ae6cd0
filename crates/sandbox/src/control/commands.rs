//! Which commands a person may use in a channel, of every application.
//! (Discord docs: Application Commands, Permissions and Contexts.)

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::error::ControlError;
use super::extract::{At, PathId};
use crate::model::Command;
use crate::permissions::Permissions;
use crate::rest::Face;
use crate::rest::access::{self, Seen};
use crate::snowflake::Id;
use crate::validate::form::parse_snowflake;
use crate::wire;
use crate::world::World;

/// `GET /control/as/{user}/channels/{channel}/commands`
pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    let now = face.engine.now();
    face.engine.read(|world| {
        let seen = access::channel(world, user, channel, now)?;
        let usable = world.commands.values().filter(|command| may_use(world, &seen, user, command));
        Ok(Json(usable.map(wire::command::command).collect()))
    })
}

/// Whether a person may use a command where they are.
pub(crate) fn may_use(world: &World, seen: &Seen<'_>, user: Id, command: &Command) -> bool {
    let Some(application) = world.applications.get(&command.application_id) else { return false };
    let Some(guild) = seen.guild else {
        return seen.channel.recipients.contains(&application.bot_id) && in_context(command, 1);
    };
    if guild.member(application.bot_id).is_none() || command.guild_id.is_some_and(|id| id != guild.id) {
        return false;
    }
    if !seen.own.contains(Permissions::USE_APPLICATION_COMMANDS) || !in_context(command, 0) {
        return false;
    }
    let everything = guild.owner_id == user || seen.own.contains(Permissions::ADMINISTRATOR);
    match command.body.get("default_member_permissions").and_then(parse_snowflake) {
        // `0` is for administrators alone.
        Some(0) => everything,
        Some(wanted) => everything || seen.own.contains(Permissions(wanted)),
        None => true,
    }
}

/// Whether a command is offered in a context: 0 guild, 1 direct message with its bot.
fn in_context(command: &Command, context: u64) -> bool {
    if command.guild_id.is_some() {
        return context == 0;
    }
    match command.body.get("contexts") {
        Some(Value::Array(list)) => list.iter().any(|c| c.as_u64() == Some(context)),
        _ => context == 0 || command.body.get("dm_permission").and_then(Value::as_bool).unwrap_or(true),
    }
}
