//! Guilds. (Discord docs: Guild resource.)

mod edit;

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, ok};
use super::error::ApiError;
use super::routes::{Auth, Pace, Table};
use crate::snowflake::Sid;
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/voice/regions", Auth::Bot, Pace::Ordinary, voice_regions);
    table.get("/guilds/{guild}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}", Auth::Bot, Pace::Ordinary, edit::edit);
    table.get("/guilds/{guild}/preview", Auth::Bot, Pace::Ordinary, preview);
    table.get("/guilds/{guild}/regions", Auth::Bot, Pace::Ordinary, guild_regions);
}

/// `GET /guilds/{guild}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "guild_id")?;
    let counts = call.query_flag("with_counts");
    ok(call.read(|world| access::guild(world, bot, id).map(|guild| wire::guild(guild, counts)))?)
}

/// `GET /guilds/{guild}/preview`; servers that can be discovered are shown to all.
pub(crate) fn preview(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let open = world.guild(id).ok().filter(|guild| guild.has_feature("DISCOVERABLE"));
        let guild = open.map_or_else(|| access::guild(world, bot, id), Ok)?;
        Ok::<_, ApiError>(json!({
            "id": Sid(guild.id),
            "name": guild.name,
            "icon": guild.icon,
            "description": guild.description,
            "home_header": null,
            "splash": guild.splash,
            "discovery_splash": guild.community().discovery_splash,
            "features": guild.features,
            "approximate_member_count": guild.member_count(),
            "approximate_presence_count": world.online(guild),
            "emojis": guild.emojis,
            "stickers": guild.stickers,
        }))
    })?)
}

/// `GET /guilds/{guild}/regions`
fn guild_regions(call: &Call) -> Answer {
    let (bot, id) = (call.caller()?.bot_id, call.id(0, "guild_id")?);
    call.read(|world| access::guild(world, bot, id).map(|_| ()))?;
    voice_regions(call)
}

/// `GET /voice/regions`
pub(crate) fn voice_regions(_: &Call) -> Answer {
    let region = |(id, name, optimal): (&str, &str, bool)| -> Value {
        json!({ "id": id, "name": name, "optimal": optimal, "deprecated": false, "custom": false })
    };
    let known = [("us-east", "US East", true), ("rotterdam", "Rotterdam", false), ("japan", "Japan", false)];
    ok(known.map(region))
}
