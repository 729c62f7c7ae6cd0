//! A person allows an application something, or takes it back: what the authorisation page does, without a
//! browser. And what an application's developer sets that Discord's API has no route for.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::routes::Routes;
use crate::endpoint::probe::{self, Purpose};
use crate::rest::face::Face;
use crate::rest::interactions::EMBEDDED;
use crate::rest::oauth2::authorize::{Wish, check};
use crate::snowflake::Sid;
use crate::wire;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post(
            "/as/{user}/authorize",
            authorize,
            "Allows an application what its authorisation address asks for",
        )
        .delete(
            "/as/{user}/authorizations/{application}",
            deauthorize,
            "Takes back everything that a person allowed an application",
        )
        .patch("/applications/{application}", edit, "Changes what a developer sets on an application's page")
        .post(
            "/applications/{application}/probe",
            probe,
            "Sends wrong signatures to an application's addresses, which are removed when they take them",
        )
}

/// The query of an authorisation address, and the person's own choice.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Agreed {
    /// The whole address, instead of its parts.
    url: Option<String>,
    /// The guild they choose.
    choose_guild_id: Option<AnyId>,
    /// Whether they refuse.
    #[serde(default)]
    deny: bool,
    #[serde(flatten)]
    parts: Map<String, Value>,
}

impl Agreed {
    fn wish(&self) -> Result<Wish, ControlError> {
        let bad = |error: &dyn std::fmt::Display| ControlError::bad(format!("the address: {error}"));
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut parts: Map<String, Value> =
            self.parts.iter().map(|(key, value)| (key.clone(), json!(text(value)))).collect();
        if let Some(url) = &self.url {
            let url = Url::parse(url).map_err(|error| bad(&error))?;
            parts.extend(url.query_pairs().map(|(key, value)| (key.into_owned(), json!(value))));
        }
        serde_json::from_value(Value::Object(parts)).map_err(|error| bad(&error))
    }
}

/// `POST /control/as/{user}/authorize`: where the person is sent back to, and what is in that address.
pub(crate) async fn authorize(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
    Given(agreed): Given<Agreed>,
) -> Result<Json<Value>, ControlError> {
    let wish = agreed.wish()?;
    let location = face.engine.try_apply_as(Some(user), None, |world, now| {
        world.user(user)?;
        let asked = check(world, &wish)?;
        if agreed.deny {
            return Ok((asked.denied(), Vec::new()));
        }
        asked.agree(world, user, agreed.choose_guild_id.map(|AnyId(id)| id), now).map_err(ControlError::from)
    })?;
    let pairs: Map<String, Value> = location
        .iter()
        .flat_map(|url| {
            let fragment = url::form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
            url.query_pairs().chain(fragment).map(|(k, v)| (k.into_owned(), json!(v))).collect::<Vec<_>>()
        })
        .collect();
    let mut all = json!({ "location": location.as_ref().map(Url::as_str) });
    for key in ["code", "state", "guild_id", "permissions", "access_token", "error"] {
        if let Some(value) = pairs.get(key) {
            all[key] = value.clone();
        }
    }
    Ok(Json(all))
}

/// `DELETE /control/as/{user}/authorizations/{application}`
pub(crate) async fn deauthorize(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(application))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply(|world, _| {
        world.user(user)?;
        world.application(application)?;
        Ok::<_, ControlError>(((), world.deauthorize(application, user)))
    })?;
    Ok(Json(json!({ "deauthorized": Sid(application) })))
}

/// `POST /control/applications/{application}/probe`
pub(crate) async fn probe(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
) -> Result<Json<Value>, ControlError> {
    face.engine.read(|world| world.application(id).map(|_| ()))?;
    let interactions = probe::probe(&face, id, Purpose::Interactions).await;
    let events = probe::probe(&face, id, Purpose::Events).await;
    Ok(Json(json!({ "interactions": interactions.word(), "events": events.word() })))
}

/// What a developer sets on the application's page.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edited {
    redirect_uris: Option<Vec<String>>,
    public: Option<bool>,
    require_code_grant: Option<bool>,
    owner_id: Option<AnyId>,
    verified: Option<bool>,
    /// Whether it has an activity that can be launched.
    activity: Option<bool>,
}

/// The most addresses to which people may be sent back.
const REDIRECTS: usize = 50;

/// `PATCH /control/applications/{application}`
pub(crate) async fn edit(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
    Given(edited): Given<Edited>,
) -> Result<Json<Value>, ControlError> {
    if let Some(uris) = &edited.redirect_uris {
        if uris.len() > REDIRECTS {
            return Err(ControlError::bad(format!("at most {REDIRECTS} addresses")));
        }
        if let Some(bad) = uris.iter().find(|uri| Url::parse(uri).is_err() || uri.contains('#')) {
            return Err(ControlError::bad(format!("`{bad}` is no address to be sent back to")));
        }
    }
    Ok(Json(face.engine.try_apply(|world, _| {
        if let Some(AnyId(owner)) = edited.owner_id {
            world.user(owner)?;
        }
        world.application(id)?;
        if let Some(application) = world.applications.get_mut(&id) {
            let put = |place: &mut bool, value: Option<bool>| *place = value.unwrap_or(*place);
            put(&mut application.public, edited.public);
            put(&mut application.require_code_grant, edited.require_code_grant);
            put(&mut application.verified, edited.verified);
            match edited.activity {
                Some(true) => application.own_flags |= EMBEDDED,
                Some(false) => application.own_flags &= !EMBEDDED,
                None => {}
            }
            application.owner_id = edited.owner_id.map_or(application.owner_id, |AnyId(id)| id);
            if let Some(uris) = edited.redirect_uris {
                application.redirect_uris = uris;
            }
        }
        Ok::<_, ControlError>((wire::own_application(world, world.application(id)?), Vec::new()))
    })?))
}
