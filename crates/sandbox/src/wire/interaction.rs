//! Interactions on the wire (Discord docs: Receiving and Responding, Interaction Object).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    model::Interaction,
    permissions::{self, Permissions},
    snowflake::{Id, Millis, Sid},
    validate::{form::parse_snowflake, modal},
    wire,
    world::World,
};

/// The data of `INTERACTION_CREATE`.
pub fn event(world: &World, interaction: &Interaction, now: Millis) -> Value {
    let bot = world.applications.get(&interaction.application_id).map_or(0, |a| a.bot_id);
    let user = world.users.get(&interaction.user_id);
    let mut data = interaction.data.clone();
    resolve(world, interaction, &mut data, now);
    let here = world.channel(interaction.channel_id);
    let context = here.map_or(0, |channel| world.interaction_context(interaction.application_id, channel));
    let owners = [Some(interaction.user_id), interaction.guild_id];
    let owners: Vec<Id> = owners.into_iter().flatten().collect();
    let entitlements = world.active_entitlements(interaction.application_id, &owners, now);
    let entitlements: Vec<Value> = entitlements.map(wire::monetization::entitlement).collect();
    let mut all = json!({
        "id": Sid(interaction.id),
        "application_id": Sid(interaction.application_id),
        "type": interaction.kind,
        "data": data,
        "channel_id": Sid(interaction.channel_id),
        "token": interaction.token,
        "version": 1,
        "app_permissions": app_permissions(world, interaction, bot, now),
        "locale": user.map_or("en-US", |u| &u.locale),
        "entitlements": entitlements,
        "authorizing_integration_owners": self::owners(interaction),
        "context": context,
        "attachment_size_limit": world.limits.attachment_bytes,
    });
    if let Some(channel) = world.channel(interaction.channel_id) {
        let mut partial = wire::channel(world, channel, Some(bot));
        if let Value::Object(keys) = &mut partial {
            keys.remove("permission_overwrites");
        }
        if channel.guild_id.is_some() {
            partial["permissions"] = json!(world.told_permissions(channel.id, interaction.user_id, now));
        }
        all["channel"] = partial;
    }
    if let Some(guild) = interaction.guild_id.and_then(|id| world.guilds.get(&id)) {
        all["guild_id"] = json!(Sid(guild.id));
        all["guild"] =
            json!({ "id": Sid(guild.id), "locale": guild.preferred_locale, "features": guild.features });
        all["guild_locale"] = json!(guild.preferred_locale);
        if let Some(member) = guild.member(interaction.user_id) {
            let mut shown = wire::member(member, user);
            let own = world.told_permissions(interaction.channel_id, interaction.user_id, now);
            shown["permissions"] = json!(own);
            all["member"] = shown;
        }
    } else if let Some(user) = user {
        all["user"] = wire::user(user);
    }
    if let Some(message) =
        interaction.source_message_id.and_then(|id| world.message(interaction.channel_id, id))
    {
        all["message"] = wire::message(world, message, Some(bot));
    }
    all
}

/// Who installed the application: key `0` is the guild, or `0` in a direct message with the bot; key `1` is
/// the person.
pub fn owners(interaction: &Interaction) -> Value {
    let mut all = json!({});
    if interaction.reach.guild {
        all["0"] = json!(Sid(interaction.guild_id.unwrap_or(0)));
    }
    if interaction.reach.user {
        all["1"] = json!(Sid(interaction.user_id));
    }
    all
}

/// What an application may do where its bot is no member: what direct messages allow.
fn app_permissions(world: &World, interaction: &Interaction, bot: Id, now: Millis) -> Permissions {
    let here = world.channel(interaction.channel_id);
    let with_bot = here.is_some_and(|channel| channel.recipients.contains(&bot));
    if with_bot || interaction.guild_id.is_some_and(|id| world.is_member(id, bot)) {
        return world.told_permissions(interaction.channel_id, bot, now);
    }
    Permissions::ATTACH_FILES | Permissions::EMBED_LINKS | Permissions::MENTION_EVERYONE
}

/// Where an interaction stands, as the control interface tells it.
pub fn standing(interaction: &Interaction) -> Value {
    json!({
        "interaction_id": Sid(interaction.id),
        "application_id": Sid(interaction.application_id),
        "channel_id": Sid(interaction.channel_id),
        "state": interaction.state.word(),
        "error": interaction.error,
        "modal": interaction.modal,
        "choices": interaction.choices,
        "message_id": interaction.response_message_id.map(Sid),
        "ephemeral": interaction.ephemeral,
    })
}

/// What the ids in an interaction's data stand for.
#[derive(Default)]
struct Named {
    users: BTreeSet<Id>,
    roles: BTreeSet<Id>,
    channels: BTreeSet<Id>,
    messages: BTreeSet<Id>,
}

fn resolve(world: &World, interaction: &Interaction, data: &mut Value, now: Millis) {
    let mut named = Named::default();
    let none = Vec::new();
    match interaction.kind {
        2 | 4 => {
            options(world, interaction, data["options"].as_array().unwrap_or(&none), &mut named);
            let target = data.get("target_id").and_then(parse_snowflake);
            match data["type"].as_u64() {
                Some(2) => named.users.extend(target),
                Some(3) => named.messages.extend(target),
                _ => {}
            }
        }
        3 => {
            let kind = data["component_type"].as_u64().unwrap_or(0);
            selected(world, interaction, kind, &data["values"], &mut named);
        }
        _ => {
            for input in modal::inputs(data["components"].as_array().unwrap_or(&none)) {
                selected(
                    world,
                    interaction,
                    input["type"].as_u64().unwrap_or(0),
                    &input["values"],
                    &mut named,
                );
            }
        }
    }
    let resolved = render(world, interaction, &named, now);
    let selects = matches!(interaction.kind, 3) && data["component_type"].as_u64().is_some_and(|t| t > 3);
    if !resolved.is_empty() || selects {
        // Attachments are there already; they are known when the interaction is made.
        match data.get_mut("resolved").and_then(Value::as_object_mut) {
            Some(known) => known.extend(resolved),
            None => data["resolved"] = Value::Object(resolved),
        }
    }
}

fn options(world: &World, interaction: &Interaction, given: &[Value], named: &mut Named) {
    for option in given {
        let id = parse_snowflake(&option["value"]);
        match option["type"].as_u64() {
            Some(1 | 2) => {
                let none = Vec::new();
                options(world, interaction, option["options"].as_array().unwrap_or(&none), named);
            }
            Some(6) => named.users.extend(id),
            Some(7) => named.channels.extend(id),
            Some(8) => named.roles.extend(id),
            Some(9) => mentionable(world, interaction, id, named),
            _ => {}
        }
    }
}

fn selected(world: &World, interaction: &Interaction, kind: u64, values: &Value, named: &mut Named) {
    for id in values.as_array().into_iter().flatten().map(parse_snowflake) {
        match kind {
            5 => named.users.extend(id),
            6 => named.roles.extend(id),
            7 => mentionable(world, interaction, id, named),
            8 => named.channels.extend(id),
            _ => {}
        }
    }
}

fn mentionable(world: &World, interaction: &Interaction, id: Option<Id>, named: &mut Named) {
    let Some(id) = id else { return };
    let guild = interaction.guild_id.and_then(|guild| world.guilds.get(&guild));
    if guild.is_some_and(|guild| guild.role(id).is_some()) {
        named.roles.insert(id);
    } else {
        named.users.insert(id);
    }
}

fn render(world: &World, interaction: &Interaction, named: &Named, now: Millis) -> Map<String, Value> {
    let mut all = Map::new();
    let mut put = |key: &str, part: Map<String, Value>| {
        if !part.is_empty() {
            all.insert(key.to_owned(), Value::Object(part));
        }
    };
    let guild = interaction.guild_id.and_then(|id| world.guilds.get(&id));
    let users = named.users.iter().filter_map(|id| Some((id.to_string(), wire::user(world.users.get(id)?))));
    put("users", users.collect());
    let member = |id: &Id| {
        let guild = guild?;
        let mut shown = wire::member(guild.member(*id)?, None);
        let keys = shown.as_object_mut()?;
        keys.remove("deaf");
        keys.remove("mute");
        shown["permissions"] = json!(world.told_permissions(interaction.channel_id, *id, now));
        Some((id.to_string(), shown))
    };
    put("members", named.users.iter().filter_map(member).collect());
    let role = |id: &Id| Some((id.to_string(), wire::role(guild?.role(*id)?)));
    put("roles", named.roles.iter().filter_map(role).collect());
    let bot = world.applications.get(&interaction.application_id).map_or(0, |a| a.bot_id);
    let channel = |id: &Id| {
        let (guild, channel) = (guild?, guild?.channel(*id)?);
        let mut shown = wire::channel(world, channel, None);
        shown.as_object_mut()?.remove("permission_overwrites");
        shown["permissions"] = json!(permissions::in_channel(guild, channel, interaction.user_id, now));
        shown["app_permissions"] = json!(permissions::in_channel(guild, channel, bot, now));
        Some((id.to_string(), shown))
    };
    put("channels", named.channels.iter().filter_map(channel).collect());
    let message = |id: &Id| {
        let message = world.message(interaction.channel_id, *id)?;
        Some((id.to_string(), wire::message(world, message, Some(bot))))
    };
    put("messages", named.messages.iter().filter_map(message).collect());
    all
}
