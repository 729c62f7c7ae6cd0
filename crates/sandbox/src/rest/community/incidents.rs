//! What is shut while a server is under attack. (Discord docs: Guild, Modify Guild Incident Actions.)

use serde_json::{Map, Value};

use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::ApiError;
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::Millis;
use crate::validate::form::{Form, Path};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.put("/guilds/{guild}/incident-actions", Auth::Bot, Pace::Ordinary, put);
}

/// The furthest ahead.
const FURTHEST: Millis = 24 * 3600 * 1000;

fn put(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    let invites = until(&mut form, body, "invites_disabled_until", call.now);
    let dms = until(&mut form, body, "dms_disabled_until", call.now);
    form.finish()?;
    ok(call.change(|world, now| {
        access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, now)?;
        let ((), told) = world.update_guild(guild_id, |guild| {
            let community = guild.community_mut();
            if body.contains_key("invites_disabled_until") {
                community.invites_disabled_until = invites;
            }
            if body.contains_key("dms_disabled_until") {
                community.dms_disabled_until = dms;
            }
        })?;
        Ok::<_, ApiError>((wire::community::incidents(world.guild(guild_id)?), told))
    })?)
}

fn until(form: &mut Form, body: &Map<String, Value>, key: &str, now: Millis) -> Option<Millis> {
    let at = form.time(body, key, Path::ROOT)?;
    if at > now + FURTHEST {
        let text = "Incident actions cannot last longer than 24 hours.";
        form.error(Path::ROOT.key(key), "INCIDENT_ACTION_TOO_LONG", text);
    }
    (at > now).then_some(at)
}
