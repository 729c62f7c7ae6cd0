//! Onboarding: what new members are asked. (Discord docs: Guild, Modify Guild Onboarding.)

use serde_json::{Map, Value, json};

use crate::model::{Guild, Onboarding};
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::{Id, Millis, Sid};
use crate::validate::form::{Form, Path, parse_snowflake};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/onboarding", Auth::Bot, Pace::Ordinary, get);
    table.put("/guilds/{guild}/onboarding", Auth::Bot, Pace::Ordinary, put);
}

/// Channels that onboarding has to lead to.
const CHANNELS: usize = 7;

/// Those among them in which everyone may write.
const OPEN: usize = 5;

fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| access::guild(world, bot, guild_id).map(wire::community::onboarding))?)
}

fn put(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let wanted = Permissions::MANAGE_GUILD | Permissions::MANAGE_ROLES;
    call.read(|w| access::guild_with(w, caller, guild_id, wanted, call.now).map(|_| ()))?;
    let (body, at) = (call.object()?, Path::ROOT);
    let mut form = Form::default();
    let enabled = form.boolean(body, "enabled", at);
    let mode = form.choice(body, "mode", at, &[0, 1]).and_then(|mode| u8::try_from(mode).ok());
    let channels = body
        .contains_key("default_channel_ids")
        .then(|| ids(&mut form, body, "default_channel_ids", at, 500));
    let prompts = body.get("prompts").filter(|list| !list.is_null()).map(|_| {
        let here = at.key("prompts");
        let list: Vec<_> = form.list(body, "prompts", at, 15).iter().enumerate().collect();
        list.into_iter().map(|(index, item)| prompt(&mut form, item, here.index(index))).collect::<Vec<_>>()
    });
    form.finish()?;
    ok(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        let old = &guild.community().onboarding;
        let mut new = Onboarding {
            enabled: enabled.unwrap_or(old.enabled),
            mode: mode.unwrap_or(old.mode),
            default_channel_ids: channels.unwrap_or_else(|| old.default_channel_ids.clone()),
            prompts: prompts.unwrap_or_else(|| old.prompts.clone()),
        };
        check(guild, &new, old.enabled)?;
        number(world, &mut new, now);
        let ((), told) = world.update_guild(guild_id, |guild| guild.community_mut().onboarding = new)?;
        Ok((wire::community::onboarding(world.guild(guild_id)?), told))
    })?)
}

fn ids(form: &mut Form, object: &Map<String, Value>, key: &str, at: Path<'_>, most: usize) -> Vec<Id> {
    let here = at.key(key);
    let list = form.list(object, key, at, most).iter().enumerate();
    list.filter_map(|(index, id)| form.snowflake_value(id, here.index(index))).collect()
}

fn prompt(form: &mut Form, item: &Value, at: Path<'_>) -> Value {
    let Some(item) = form.object(item, at) else { return Value::Null };
    let title = form.required_string(item, "title", at, (1, 100));
    let kind = form.choice(item, "type", at, &[0, 1]).unwrap_or(0);
    let mut flag = |key, default| form.boolean(item, key, at).unwrap_or(default);
    let (single, required, shown) =
        (flag("single_select", false), flag("required", false), flag("in_onboarding", true));
    let list: Vec<_> = form.list(item, "options", at, 50).iter().enumerate().collect();
    let here = at.key("options");
    if list.is_empty() {
        form.required(here);
    }
    let options: Vec<Value> =
        list.into_iter().map(|(index, one)| option(form, one, here.index(index))).collect();
    json!({
        "id": form.snowflake(item, "id", at).map(Sid),
        "title": title,
        "options": options,
        "single_select": single,
        "required": required,
        "in_onboarding": shown,
        "type": kind,
    })
}

fn option(form: &mut Form, item: &Value, at: Path<'_>) -> Value {
    let Some(item) = form.object(item, at) else { return Value::Null };
    let title = form.required_string(item, "title", at, (1, 50));
    let description = form.string(item, "description", at, (0, 100)).unwrap_or_default();
    let emoji = json!({
        "id": form.snowflake(item, "emoji_id", at).map(Sid),
        "name": form.string(item, "emoji_name", at, (0, 100)),
        "animated": form.boolean(item, "emoji_animated", at).unwrap_or(false),
    });
    let mut list = |key| ids(form, item, key, at, 50).into_iter().map(Sid).collect::<Vec<_>>();
    let (roles, channels) = (list("role_ids"), list("channel_ids"));
    json!({
        "id": form.snowflake(item, "id", at).map(Sid),
        "title": title,
        "description": description,
        "emoji": emoji,
        "role_ids": roles,
        "channel_ids": channels,
    })
}

/// Everything that is named must exist, and what is on must lead far enough.
fn check(guild: &Guild, new: &Onboarding, was_on: bool) -> Result<(), ApiError> {
    let options = || new.prompts.iter().flat_map(|p| p["options"].as_array().into_iter().flatten());
    let named = |key: &'static str| {
        options().flat_map(move |o| o[key].as_array().into_iter().flatten()).filter_map(parse_snowflake)
    };
    let mut channels = new.default_channel_ids.clone();
    if named("channel_ids").chain(channels.iter().copied()).any(|id| guild.channel(id).is_none()) {
        return Err(error::UNKNOWN_CHANNEL);
    }
    if named("role_ids").any(|id| guild.role(id).is_none()) {
        return Err(error::UNKNOWN_ROLE);
    }
    if !new.enabled {
        return Ok(());
    }
    if new.mode == 1 {
        channels.extend(named("channel_ids"));
    }
    channels.sort_unstable();
    channels.dedup();
    let open = |id: &&Id| {
        let channel = guild.channel(**id);
        channel.is_some_and(|c| {
            permissions::of_everyone(guild, c)
                .contains(Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES)
        })
    };
    if channels.len() < CHANNELS || channels.iter().filter(open).count() < OPEN {
        return Err(if was_on { error::ONBOARDING_BELOW } else { error::ONBOARDING_NOT_MET });
    }
    Ok(())
}

/// What is new gets an id.
fn number(world: &mut World, new: &mut Onboarding, now: Millis) {
    let mut fill = |part: &mut Value| {
        // Clients make up small numbers for what is new.
        if parse_snowflake(&part["id"]).is_none_or(|id| id < 1 << 22) {
            part["id"] = json!(Sid(world.ids.next(now)));
        }
    };
    for prompt in &mut new.prompts {
        fill(prompt);
        if let Some(options) = prompt["options"].as_array_mut() {
            options.iter_mut().for_each(&mut fill);
        }
    }
}
