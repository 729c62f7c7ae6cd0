//! Integrations: here the bots of a server. (Discord docs: Guild, Get Guild Integrations.)

use serde_json::Value;

use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/integrations", Auth::Bot, Pace::Ordinary, list);
    table.delete("/guilds/{guild}/integrations/{integration}", Auth::Bot, Pace::Ordinary, delete);
}

/// Integrations that can be listed.
const MOST: usize = 50;

fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, call.now)?;
        let bots = world.bots_of(guild).take(MOST);
        Ok::<_, ApiError>(
            bots.map(|application| wire::community::integration(world, guild, application))
                .collect::<Vec<Value>>(),
        )
    })?)
}

fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "integration_id")?);
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, now)?;
        let own = |application: &&crate::model::Application| guild.integration_id(application.bot_id) == id;
        let application = world.bots_of(guild).find(own).ok_or(error::UNKNOWN_INTEGRATION)?;
        let (application_id, bot) = (application.id, application.bot_id);
        if bot != caller.bot_id && !access::outranks(guild, caller.bot_id, bot) {
            return Err(error::MISSING_PERMISSIONS);
        }
        let mine = |hook: &&crate::model::Webhook| {
            hook.guild_id == guild_id && hook.application_id == Some(application_id)
        };
        let hooks: Vec<_> = world.webhooks.values().filter(mine).map(|hook| hook.id).collect();
        let mut told = Vec::new();
        for hook in hooks {
            told.extend(world.silently(|world| world.delete_webhook(hook))?.1);
        }
        told.extend(world.remove_member(guild_id, bot)?.1);
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}
