//! Applications on the wire (Discord docs: Application, Application Object).

use serde_json::{Value, json};

use crate::{
    model::{Application, Scopes},
    snowflake::Sid,
    wire,
    world::World,
};

/// Keys that only travel; they are absent while they are unset.
const PROFILE: [&str; 6] = [
    "cover_image",
    "custom_install_url",
    "install_params",
    "terms_of_service_url",
    "privacy_policy_url",
    "primary_sku_id",
];

/// An application as anyone sees it.
pub fn application(application: &Application) -> Value {
    let profile = &application.profile;
    let mut all = json!({
        "id": Sid(application.id),
        "name": application.name,
        "icon": profile.get("icon"),
        "description": application.description,
        "type": null,
        "bot_public": application.public,
        "bot_require_code_grant": application.require_code_grant,
        "verify_key": application.verify_key,
        "flags": application.flags(),
        "flags_new": application.flags().to_string(),
        "tags": application.tags,
        "integration_types_config":
            profile.get("integration_types_config").cloned().unwrap_or_else(|| json!({ "0": {} })),
    });
    for key in PROFILE {
        if let Some(value) = profile.get(key) {
            all[key] = value.clone();
        }
    }
    all
}

/// An application as its own bot sees it.
pub fn own_application(world: &World, own: &Application) -> Value {
    let mut all = application(own);
    let joined = world.guilds.values().filter(|guild| guild.member(own.bot_id).is_some()).count();
    let user = |id| world.users.get(&id).map_or(Value::Null, wire::user);
    let given = world.oauth.authorizations.range((own.id, 0)..=(own.id, u64::MAX)).map(|(_, given)| given);
    let installs = given.clone().filter(|given| given.user_install).count();
    let more = json!({
        "owner": user(own.owner_id),
        "bot": user(own.bot_id),
        "team": null,
        "redirect_uris": own.redirect_uris,
        "interactions_endpoint_url": own.interactions_endpoint_url,
        "role_connections_verification_url": own.profile.get("role_connections_verification_url"),
        "approximate_guild_count": joined,
        "approximate_user_install_count": installs,
        "approximate_user_authorization_count": given.count(),
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": Scopes::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "event_webhooks_url": own.event_webhooks.url,
        "event_webhooks_status": own.event_webhooks.status as u8,
        "event_webhooks_types": own.event_webhooks.types,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}
