//! Guilds. (Discord docs: Guild resource.)

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, ok};
use super::routes::{Auth, Pace, Table};
use crate::permissions::Permissions;
use crate::snowflake::Sid;
use crate::validate::form::{Form, Path};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/voice/regions", Auth::Bot, Pace::Ordinary, voice_regions);
    table.get("/guilds/{guild}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}", Auth::Bot, Pace::Ordinary, edit);
    table.get("/guilds/{guild}/preview", Auth::Bot, Pace::Ordinary, preview);
    table.get("/guilds/{guild}/regions", Auth::Bot, Pace::Ordinary, voice_regions);
}

/// `GET /guilds/{guild}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "guild_id")?;
    let counts = call.query_flag("with_counts");
    ok(call.read(|world| access::guild(world, bot, id).map(|guild| wire::guild(guild, counts)))?)
}

/// `GET /guilds/{guild}/preview`
pub(crate) fn preview(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        access::guild(world, bot, id).map(|guild| {
            json!({
                "id": Sid(guild.id),
                "name": guild.name,
                "icon": guild.icon,
                "description": guild.description,
                "home_header": null,
                "splash": guild.splash,
                "discovery_splash": null,
                "features": guild.features,
                "approximate_member_count": guild.member_count(),
                "approximate_presence_count": guild.members.len(),
                "emojis": guild.emojis,
                "stickers": guild.stickers,
            })
        })
    })?)
}

/// `PATCH /guilds/{guild}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let id = call.id(0, "guild_id")?;
    call.read(|w| access::guild_with(w, caller, id, Permissions::MANAGE_GUILD, call.now).map(|_| ()))?;
    let body = call.object()?;
    let mut form = Form::default();
    let name = form.string(body, "name", Path::ROOT, (2, 100));
    let description = form.string(body, "description", Path::ROOT, (0, 300));
    let verification = form.choice(body, "verification_level", Path::ROOT, &[0, 1, 2, 3, 4]);
    let notifications = form.choice(body, "default_message_notifications", Path::ROOT, &[0, 1]);
    let filter = form.choice(body, "explicit_content_filter", Path::ROOT, &[0, 1, 2]);
    let afk_timeout = form.choice(body, "afk_timeout", Path::ROOT, &[60, 300, 900, 1800, 3600]);
    let locale = form.string(body, "preferred_locale", Path::ROOT, (2, 8));
    let mut channels = Vec::new();
    for key in ["afk_channel_id", "system_channel_id", "rules_channel_id", "public_updates_channel_id"] {
        if body.contains_key(key) {
            channels.push((key, form.snowflake(body, key, Path::ROOT)));
        }
    }
    form.finish()?;
    let small = |number: Option<i64>| number.and_then(|n| u8::try_from(n).ok());
    ok(call.change(|world, _| {
        let ((), told) = world.update_guild(id, |guild| {
            if let Some(name) = name {
                name.clone_into(&mut guild.name);
            }
            if body.contains_key("description") {
                guild.description = description.filter(|d| !d.is_empty()).map(str::to_owned);
            }
            guild.verification_level = small(verification).unwrap_or(guild.verification_level);
            guild.default_message_notifications =
                small(notifications).unwrap_or(guild.default_message_notifications);
            guild.explicit_content_filter = small(filter).unwrap_or(guild.explicit_content_filter);
            if let Some(seconds) = afk_timeout.and_then(|n| u32::try_from(n).ok()) {
                guild.afk_timeout = seconds;
            }
            if let Some(locale) = locale {
                locale.clone_into(&mut guild.preferred_locale);
            }
            for (key, value) in channels {
                let value = value.filter(|id| guild.channel(*id).is_some());
                match key {
                    "afk_channel_id" => guild.afk_channel_id = value,
                    "system_channel_id" => guild.system_channel_id = value,
                    "rules_channel_id" => guild.rules_channel_id = value,
                    _ => guild.public_updates_channel_id = value,
                }
            }
        })?;
        Ok((wire::guild(world.guild(id)?, false), told))
    })?)
}

/// `GET /voice/regions` and `GET /guilds/{guild}/regions`
pub(crate) fn voice_regions(_: &Call) -> Answer {
    let region = |(id, name, optimal): (&str, &str, bool)| -> Value {
        json!({ "id": id, "name": name, "optimal": optimal, "deprecated": false, "custom": false })
    };
    let known = [("us-east", "US East", true), ("rotterdam", "Rotterdam", false), ("japan", "Japan", false)];
    ok(known.map(region))
}
