//! The welcome screen and the guide for new members. (Discord docs: Guild, Get Guild Welcome Screen.)

use serde_json::{Map, Value, json};

use crate::model::Guild;
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::Sid;
use crate::validate::form::{Form, Path};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/welcome-screen", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/welcome-screen", Auth::Bot, Pace::Ordinary, edit);
    table.get("/guilds/{guild}/new-member-welcome", Auth::Bot, Pace::Ordinary, new_member);
}

/// The feature of a guild whose welcome screen is on.
const ENABLED: &str = "WELCOME_SCREEN_ENABLED";

fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        if !guild.has_feature(ENABLED) {
            access::need(permissions::in_guild(guild, bot, call.now), Permissions::MANAGE_GUILD)?;
        }
        if guild.community().welcome_channels.is_none() {
            return Err(error::UNKNOWN_WELCOME_SCREEN);
        }
        Ok(wire::community::welcome_screen(guild))
    })?)
}

fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|w| access::guild_with(w, caller, guild_id, Permissions::MANAGE_GUILD, call.now).map(|_| ()))?;
    let (body, at) = (call.object()?, Path::ROOT);
    let mut form = Form::default();
    let description = form.string(body, "description", at, (0, 140)).map(str::to_owned);
    let enabled = form.boolean(body, "enabled", at);
    let channels = body.get("welcome_channels").filter(|list| !list.is_null()).map(|_| {
        let here = at.key("welcome_channels");
        let list = form.list(body, "welcome_channels", at, 5).iter().enumerate();
        let each = list.filter_map(|(index, item)| Some((index, form.object(item, here.index(index))?)));
        let each: Vec<_> = each.collect();
        each.into_iter().map(|(index, item)| channel(&mut form, item, here.index(index))).collect::<Vec<_>>()
    });
    form.finish()?;
    ok(call.change(|world, _| {
        let known = world.guild(guild_id)?;
        for id in channels.iter().flatten().filter_map(|c| c["channel_id"].as_str()?.parse().ok()) {
            known.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
        }
        let ((), told) = world.update_guild(guild_id, |guild| {
            if let Some(enabled) = enabled {
                guild.set_feature(ENABLED, enabled);
            }
            let community = guild.community_mut();
            if body.contains_key("description") {
                community.welcome_description = description.filter(|text| !text.is_empty());
            }
            if let Some(channels) = channels {
                community.welcome_channels = Some(channels);
            }
            community.welcome_channels.get_or_insert_default();
        })?;
        Ok((wire::community::welcome_screen(world.guild(guild_id)?), told))
    })?)
}

fn channel(form: &mut Form, item: &Map<String, Value>, at: Path<'_>) -> Value {
    if item.get("channel_id").is_none_or(Value::is_null) {
        form.required(at.key("channel_id"));
    }
    let channel_id = form.snowflake(item, "channel_id", at);
    let description = form.required_string(item, "description", at, (1, 50));
    let emoji_id = form.snowflake(item, "emoji_id", at);
    let emoji_name = form.string(item, "emoji_name", at, (0, 100));
    json!({
        "channel_id": channel_id.map(Sid),
        "description": description,
        "emoji_id": emoji_id.map(Sid),
        "emoji_name": emoji_name,
    })
}

/// `GET /guilds/{guild}/new-member-welcome`; 204 when the guild has no guide.
fn new_member(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    let found = call.read(|world| {
        let found = |guild: &Guild| guild.community().new_member_welcome.clone();
        access::guild(world, bot, guild_id).map(found)
    });
    match found? {
        Some(guide) => ok(guide),
        None => Ok::<_, ApiError>(Reply::Empty),
    }
}
