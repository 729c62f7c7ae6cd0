//! Applications on the wire (Discord docs: Application, Application Object).

use serde_json::{Value, json};

use crate::{model::Application, snowflake::Sid, wire, world::World};

/// An application as anyone sees it.
pub fn application(application: &Application) -> Value {
    json!({
        "id": Sid(application.id),
        "name": application.name,
        "icon": null,
        "description": application.description,
        "type": null,
        "bot_public": application.public,
        "bot_require_code_grant": false,
        "verify_key": application.verify_key,
        "flags": application.flags(),
        "flags_new": application.flags().to_string(),
        "tags": application.tags,
        "integration_types_config": { "0": {} },
    })
}

/// An application as its own bot sees it.
pub fn own_application(world: &World, own: &Application) -> Value {
    let mut all = application(own);
    let joined = world.guilds.values().filter(|guild| guild.member(own.bot_id).is_some()).count();
    let user = |id| world.users.get(&id).map_or(Value::Null, wire::user);
    let more = json!({
        "owner": user(own.owner_id),
        "bot": user(own.bot_id),
        "team": null,
        "redirect_uris": [],
        "interactions_endpoint_url": own.interactions_endpoint_url,
        "role_connections_verification_url": null,
        "approximate_guild_count": joined,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "event_webhooks_url": null,
        "event_webhooks_status": 1,
        "event_webhooks_types": [],
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}
