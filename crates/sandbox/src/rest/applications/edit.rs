//! What an application changes about itself. (Discord docs: Application, Edit Current Application.)

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::show;
use crate::endpoint::probe::{Purpose, verify};
use crate::gateway::intents::Intents;
use crate::model::{Application, Asset, EventWebhooksStatus, Scopes};
use crate::rest::call::{Answer, Call, ok};
use crate::rest::commands::own_application;
use crate::rest::error::{self, ApiError};
use crate::snowflake::Id;
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path, parse_snowflake};

/// The largest picture in bytes.
const PICTURE: usize = 10 * 1024 * 1024;

/// Events that can be had by webhook (Discord docs: Webhook Events, Event Types).
const EVENTS: [&str; 13] = [
    "APPLICATION_AUTHORIZED",
    "APPLICATION_DEAUTHORIZED",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_UPDATE",
    "ENTITLEMENT_DELETE",
    "QUEST_USER_ENROLLMENT",
    "LOBBY_MESSAGE_CREATE",
    "LOBBY_MESSAGE_UPDATE",
    "LOBBY_MESSAGE_DELETE",
    "GAME_DIRECT_MESSAGE_CREATE",
    "GAME_DIRECT_MESSAGE_UPDATE",
    "GAME_DIRECT_MESSAGE_DELETE",
    "GAME_DIRECT_MESSAGE_ACTION_REQUESTED",
];

/// Addresses that only travel.
const LINKS: [&str; 2] = ["custom_install_url", "role_connections_verification_url"];

/// The privileged intents that an application without review switches on by its flags.
const LIMITED: [(Intents, u64); 3] =
    [(Intents::GUILD_PRESENCES, 13), (Intents::GUILD_MEMBERS, 15), (Intents::MESSAGE_CONTENT, 19)];

/// `PATCH /applications/@me`
pub(super) fn me(call: &Call) -> Answer {
    edit(call, call.caller()?.application_id)
}

/// `PATCH /applications/{application}`
pub(super) fn by_id(call: &Call) -> Answer {
    edit(call, own_application(call)?)
}

/// Asks new addresses whether they check signatures, before they are saved.
pub(super) fn ask_addresses(call: &Call) -> BoxFuture<'_, Result<(), ApiError>> {
    async move {
        let (application_id, body) = (call.caller()?.application_id, call.object()?);
        check(body)?;
        let known = call.read(|world| {
            world
                .applications
                .get(&application_id)
                .map(|a| (a.interactions_endpoint_url.clone(), a.event_webhooks.url.clone()))
                .unwrap_or_default()
        });
        let keys = [
            ("interactions_endpoint_url", known.0, Purpose::Interactions),
            ("event_webhooks_url", known.1, Purpose::Events),
        ];
        for (key, known, purpose) in keys {
            let Some(url) = body.get(key).and_then(Value::as_str).filter(|url| !url.is_empty()) else {
                continue;
            };
            if known.as_deref() == Some(url) {
                continue;
            }
            if let Err(why) = verify(&call.face, application_id, purpose, url).await {
                let (code, what) = match purpose {
                    Purpose::Interactions => {
                        ("APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", "interactions endpoint")
                    }
                    Purpose::Events => ("APPLICATION_EVENT_WEBHOOKS_URL_INVALID", "event webhooks"),
                };
                let text =
                    format!("The specified {what} url could not be verified. The sandbox says: {why}.");
                return Err(ApiError::field(&[key], code, text));
            }
        }
        Ok(())
    }
    .boxed()
}

fn check(body: &Map<String, Value>) -> Result<[Option<Asset>; 2], ApiError> {
    let mut form = Form::default();
    let path = Path::ROOT;
    form.string(body, "description", path, (0, 400));
    let here = path.key("tags");
    let tags = form.list(body, "tags", path, 5);
    for (index, tag) in tags.iter().enumerate() {
        let length = tag.as_str().map_or(0, |text| text.trim().chars().count());
        if !(1..=20).contains(&length) {
            form.length(here.index(index), 1, 20);
        } else if tags[..index].contains(tag) {
            form.error(here, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value");
        }
    }
    for key in LINKS.into_iter().chain(["interactions_endpoint_url", "event_webhooks_url"]) {
        if body.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
            form.url(body, key, path, false, 2048);
        }
    }
    form.choice(body, "event_webhooks_status", path, &[1, 2]);
    let here = path.key("event_webhooks_types");
    for (index, kind) in form.list(body, "event_webhooks_types", path, EVENTS.len()).iter().enumerate() {
        if kind.as_str().is_none_or(|kind| !EVENTS.contains(&kind)) {
            form.error(here.index(index), "BASE_TYPE_CHOICES", "Value is not a webhook event type.");
        }
    }
    form.integer(body, "flags", path, (0, i64::from(i32::MAX)));
    check_install(&mut form, body, path);
    if let Some(config) = body.get("integration_types_config").filter(|v| !v.is_null()) {
        let here = path.key("integration_types_config");
        for (kind, inner) in form.object(config, here).into_iter().flatten() {
            if !matches!(kind.as_str(), "0" | "1") {
                form.error(here.key(kind), "BASE_TYPE_CHOICES", "Value must be one of {0, 1}.");
            } else if let Some(inner) = form.object(inner, here.key(kind)) {
                let renamed = inner.get("oauth2_install_params").cloned().unwrap_or(Value::Null);
                let renamed = Map::from_iter([("install_params".to_owned(), renamed)]);
                check_install(&mut form, &renamed, here.key(kind));
            }
        }
    }
    let images = ["icon", "cover_image"]
        .map(|key| data_uri::read(&mut form, body, key, path, (Expected::Image, PICTURE)));
    form.finish()?;
    Ok(images)
}

fn check_install(form: &mut Form, body: &Map<String, Value>, path: Path<'_>) {
    let Some(params) = body.get("install_params").filter(|v| !v.is_null()) else { return };
    let here = path.key("install_params");
    let Some(params) = form.object(params, here) else { return };
    let list = here.key("scopes");
    for (index, scope) in form.list(params, "scopes", here, 50).iter().enumerate() {
        if scope.as_str().and_then(Scopes::parse).is_none_or(Scopes::is_empty) {
            form.error(list.index(index), "BASE_TYPE_CHOICES", "Value is not a scope.");
        }
    }
    if params.get("permissions").is_some_and(|bits| !bits.is_null() && parse_snowflake(bits).is_none()) {
        form.error(here.key("permissions"), "NUMBER_TYPE_COERCE", "Value is not a permission set.");
    }
}

fn edit(call: &Call, id: Id) -> Answer {
    let body = call.object()?;
    let images = check(body)?;
    call.change(|world, _| {
        let mut hashes = images.map(|image| image.map(|image| world.assets.put(image))).into_iter();
        let application = world.applications.get_mut(&id).ok_or(error::UNKNOWN_APPLICATION)?;
        for key in ["icon", "cover_image"] {
            match (body.get(key), hashes.next().flatten()) {
                (Some(Value::Null), _) => {
                    application.profile.remove(key);
                }
                (_, Some(hash)) => {
                    application.profile.insert(key.to_owned(), json!(hash));
                }
                _ => {}
            }
        }
        apply(application, body);
        Ok(((), Vec::new()))
    })?;
    ok(show(call, id)?)
}

fn apply(application: &mut Application, body: &Map<String, Value>) {
    let text = |key: &str| body.get(key).map(|v| v.as_str().filter(|t| !t.is_empty()).map(str::to_owned));
    let texts = |key: &str| {
        let list = body.get(key)?.as_array().map_or(&[][..], Vec::as_slice);
        Some(list.iter().filter_map(Value::as_str).map(|text| text.trim().to_owned()).collect::<Vec<_>>())
    };
    if let Some(description) = text("description") {
        application.description = description.unwrap_or_default();
    }
    if let Some(tags) = texts("tags") {
        application.tags = tags;
    }
    if let Some(url) = text("interactions_endpoint_url") {
        application.interactions_endpoint_url = url;
    }
    if let Some(url) = text("event_webhooks_url") {
        application.event_webhooks.url = url;
    }
    if let Some(types) = texts("event_webhooks_types") {
        application.event_webhooks.types = types;
    }
    match body.get("event_webhooks_status").and_then(Value::as_u64) {
        Some(1) => application.event_webhooks.status = EventWebhooksStatus::Disabled,
        Some(2) => application.event_webhooks.status = EventWebhooksStatus::Enabled,
        _ => {}
    }
    // Only the intents that need no review can be switched by flags.
    if let Some(flags) = body.get("flags").and_then(Value::as_u64).filter(|_| !application.verified) {
        let on = LIMITED.iter().filter(|(_, bit)| flags & (1 << bit) != 0);
        application.privileged = on.fold(Intents::NONE, |all, (intent, _)| all | *intent);
    }
    for key in LINKS {
        if let Some(url) = text(key) {
            put(&mut application.profile, key, url.map(Value::String));
        }
    }
    if let Some(params) = body.get("install_params") {
        put(&mut application.profile, "install_params", install(params));
    }
    if let Some(config) = body.get("integration_types_config") {
        let kinds = config.as_object().into_iter().flatten().map(|(kind, inner)| {
            let params = install(&inner["oauth2_install_params"]);
            (kind.clone(), params.map_or(json!({}), |params| json!({ "oauth2_install_params": params })))
        });
        let kinds: Map<String, Value> = kinds.collect();
        put(&mut application.profile, "integration_types_config", config.is_object().then(|| json!(kinds)));
    }
}

fn put(profile: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            profile.insert(key.to_owned(), value);
        }
        None => {
            profile.remove(key);
        }
    }
}

/// Install settings as they travel: the permissions as text.
fn install(params: &Value) -> Option<Value> {
    let params = params.as_object()?;
    let bits = params.get("permissions").and_then(parse_snowflake).unwrap_or(0);
    let scopes = params.get("scopes").cloned().filter(Value::is_array).unwrap_or_else(|| json!([]));
    Some(json!({ "scopes": scopes, "permissions": bits.to_string() }))
}
