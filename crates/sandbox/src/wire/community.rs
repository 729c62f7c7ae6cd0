//! The community parts of a guild on the wire (Discord docs: Guild; Guild Template; Guild Join Request).

use serde_json::{Value, json};

use super::{role, user};
use crate::{
    clock::iso,
    model::{Application, Channel, Guild, JoinRequest, Role, Template},
    snowflake::{Id, Sid},
    world::World,
};

/// What is shut for a while.
pub fn incidents(guild: &Guild) -> Value {
    let community = guild.community();
    json!({
        "invites_disabled_until": community.invites_disabled_until.map(iso),
        "dms_disabled_until": community.dms_disabled_until.map(iso),
    })
}

/// The welcome screen.
pub fn welcome_screen(guild: &Guild) -> Value {
    let community = guild.community();
    json!({
        "description": community.welcome_description,
        "welcome_channels": community.welcome_channels.as_deref().unwrap_or_default(),
    })
}

/// Onboarding.
pub fn onboarding(guild: &Guild) -> Value {
    let onboarding = &guild.community().onboarding;
    json!({
        "guild_id": Sid(guild.id),
        "prompts": onboarding.prompts,
        "default_channel_ids": onboarding.default_channel_ids.iter().copied().map(Sid).collect::<Vec<_>>(),
        "enabled": onboarding.enabled,
        "mode": onboarding.mode,
    })
}

/// A bot as an integration.
pub fn integration(world: &World, guild: &Guild, application: &Application) -> Value {
    let bot = world.users.get(&application.bot_id).map(user);
    let mut all = json!({
        "id": Sid(guild.integration_id(application.bot_id)),
        "name": application.name,
        "type": "discord",
        "enabled": true,
        "account": { "id": Sid(application.id), "name": application.name },
        "application": {
            "id": Sid(application.id),
            "name": application.name,
            "icon": null,
            "description": application.description,
            // Deprecated and empty, yet discord.py cannot do without it.
            "summary": "",
            "type": null,
            "bot": bot,
        },
        "scopes": ["applications.commands", "bot"],
    });
    if let Some(owner) = world.users.get(&guild.owner_id) {
        all["user"] = user(owner);
    }
    all
}

/// A request to join.
pub fn join_request(world: &World, guild_id: Id, request: &JoinRequest) -> Value {
    let mut all = json!({
        "id": Sid(request.id),
        "created_at": iso(request.created_at),
        "reviewed_at": request.reviewed.map(|(at, _)| iso(at)),
        "application_status": request.status,
        "rejection_reason": request.rejection_reason,
        "guild_id": Sid(guild_id),
        "user_id": Sid(request.user_id),
        "user": world.users.get(&request.user_id).map(user),
        "form_responses": request.answers,
    });
    if let Some((_, by)) = request.reviewed {
        all["actioned_by_user"] = json!(world.users.get(&by).map(user));
    }
    all
}

/// A template.
pub fn template(world: &World, guild: &Guild, template: &Template) -> Value {
    json!({
        "code": template.code,
        "name": template.name,
        "description": template.description,
        "usage_count": 0,
        "creator_id": Sid(template.creator_id),
        "creator": world.users.get(&template.creator_id).map(user),
        "created_at": iso(template.created_at),
        "updated_at": iso(template.updated_at),
        "source_guild_id": Sid(guild.id),
        "serialized_source_guild": template.snapshot,
        "is_dirty": (snapshot(guild) != template.snapshot).then_some(true),
    })
}

/// A guild as a template keeps it: with small numbers in place of ids.
pub fn snapshot(guild: &Guild) -> Value {
    let mut roles: Vec<&Role> = guild.roles.iter().filter(|role| !role.managed).collect();
    roles.sort_unstable_by_key(|role| role.position);
    let mut channels: Vec<&Channel> = guild.channels.iter().filter(|c| c.thread.is_none()).collect();
    channels.sort_unstable_by_key(|channel| (channel.parent_id.is_some(), channel.position, channel.id));
    let place = |id: Id| channels.iter().position(|channel| channel.id == id).map(|at| at + 1);
    let role_at = |id: Id| roles.iter().position(|role| role.id == id);
    let numbered = |id: Option<Id>| id.and_then(place).map(|at| at.to_string());
    json!({
        "name": guild.name,
        "description": guild.description,
        "region": null,
        "verification_level": guild.verification_level,
        "default_message_notifications": guild.default_message_notifications,
        "explicit_content_filter": guild.explicit_content_filter,
        "preferred_locale": guild.preferred_locale,
        "afk_channel_id": numbered(guild.afk_channel_id),
        "afk_timeout": guild.afk_timeout,
        "system_channel_id": numbered(guild.system_channel_id),
        "system_channel_flags": guild.system_channel_flags,
        "roles": roles.iter().enumerate().map(|(at, one)| {
            let mut all = role(one);
            all["id"] = json!(at);
            all
        }).map(|all| pick(&all, ROLE)).collect::<Vec<_>>(),
        "channels": channels.iter().map(|channel| {
            let voice = channel.voice.as_deref();
            let extra = |key: &str| channel.extra.as_ref().and_then(|extra| extra.get(key)).cloned();
            let overwrites = channel.overwrites.iter().filter_map(|overwrite| {
                let id = role_at(overwrite.id)?.to_string();
                Some(json!({ "id": id, "type": 0, "allow": overwrite.allow, "deny": overwrite.deny }))
            });
            json!({
                "id": place(channel.id),
                "type": channel.kind.code(),
                "name": channel.name,
                "position": channel.position,
                "topic": channel.topic,
                "bitrate": voice.map_or(64_000, |voice| voice.bitrate),
                "user_limit": voice.map_or(0, |voice| voice.user_limit),
                "nsfw": channel.nsfw,
                "rate_limit_per_user": channel.rate_limit_per_user,
                "parent_id": numbered(channel.parent_id),
                "default_auto_archive_duration": extra("default_auto_archive_duration"),
                "permission_overwrites": overwrites.collect::<Vec<_>>(),
                "available_tags": [],
                "template": "",
                "default_reaction_emoji": null,
                "default_thread_rate_limit_per_user": extra("default_thread_rate_limit_per_user"),
                "default_sort_order": extra("default_sort_order"),
                "default_forum_layout": extra("default_forum_layout"),
                "default_tag_setting": null,
                "theme_color": null,
            })
        }).collect::<Vec<_>>(),
    })
}

const ROLE: &[&str] =
    &["id", "name", "permissions", "color", "colors", "hoist", "mentionable", "icon", "unicode_emoji"];

fn pick(all: &Value, keys: &[&str]) -> Value {
    keys.iter().map(|key| ((*key).to_owned(), all[*key].clone())).collect::<serde_json::Map<_, _>>().into()
}
