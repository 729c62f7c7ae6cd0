//! Who there is: users and applications.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{Asked, Given};
use super::routes::Routes;
use crate::gateway::intents::Intents;
use crate::model::{Application, User};
use crate::rest::face::Face;
use crate::snowflake::Sid;
use crate::world::NewApplication;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/state", state, "Applications with their tokens, people, guilds and addresses")
        .post("/users", create_user, "Makes a person")
        .post("/applications", create_application, "Makes an application with a bot")
}

/// What of the state is wanted.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct StateWish {
    /// Whether the guilds are listed (true).
    guilds: Option<bool>,
}

/// `GET /control/state`
pub(crate) async fn state(State(face): State<Arc<Face>>, Asked(wish): Asked<StateWish>) -> Json<Value> {
    Json(face.engine.read(|world| {
        let mut users: Vec<&User> = world.users.values().collect();
        users.sort_unstable_by_key(|user| user.id);
        let listed = if wish.guilds == Some(false) { 0 } else { usize::MAX };
        let guilds = world.guilds.values().take(listed).map(|guild| {
            json!({
                "id": Sid(guild.id),
                "name": guild.name,
                "owner_id": Sid(guild.owner_id),
                "member_count": guild.member_count(),
            })
        });
        json!({
            "applications": world.applications.values().map(application).collect::<Vec<_>>(),
            "users": users.into_iter().map(user).collect::<Vec<_>>(),
            "guilds": guilds.collect::<Vec<_>>(),
            "rest_url": format!("{}/api/v10", face.base_url()),
            "gateway_url": face.engine.gateway_url(),
        })
    }))
}

fn application(application: &Application) -> Value {
    json!({
        "id": Sid(application.id),
        "name": application.name,
        "bot_user_id": Sid(application.bot_id),
        "token": application.token,
        "client_secret": application.client_secret,
        "redirect_uris": application.redirect_uris,
        "verify_key": application.verify_key,
    })
}

fn user(user: &User) -> Value {
    json!({
        "id": Sid(user.id),
        "username": user.username,
        "global_name": user.global_name,
        "bot": user.bot,
        "locale": user.locale,
    })
}

/// A person to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    username: String,
    global_name: Option<String>,
    locale: Option<String>,
}

/// `POST /control/users`
pub(crate) async fn create_user(
    State(face): State<Arc<Face>>,
    Given(new): Given<NewUser>,
) -> Result<Json<Value>, ControlError> {
    let length = new.username.chars().count();
    if !(2..=32).contains(&length) {
        return Err(ControlError::bad("a username has 2 to 32 characters"));
    }
    Ok(Json(face.engine.apply(|world, now| {
        let id = world.create_user(&new.username, new.global_name.as_deref(), now);
        let made = world.users.get_mut(&id).map(|made| {
            if let Some(locale) = new.locale {
                made.locale = locale;
            }
            user(made)
        });
        (made.unwrap_or(Value::Null), Vec::new())
    })))
}

/// An application to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registered {
    name: String,
    token: Option<String>,
    privileged_intents: Option<Privileged>,
}

/// Which privileged intents: all or none, or by name.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Privileged {
    All(bool),
    Bits(u64),
    Names(Vec<String>),
}

impl Privileged {
    fn intents(&self) -> Result<Intents, ControlError> {
        match self {
            Self::All(all) => Ok(if *all { Intents::PRIVILEGED } else { Intents::NONE }),
            Self::Bits(bits) => Ok(Intents(bits & Intents::PRIVILEGED.0)),
            Self::Names(names) => names.iter().try_fold(Intents::NONE, |sum, name| {
                let bit = match name.to_ascii_uppercase().as_str() {
                    "GUILD_MEMBERS" => Intents::GUILD_MEMBERS,
                    "GUILD_PRESENCES" => Intents::GUILD_PRESENCES,
                    "MESSAGE_CONTENT" => Intents::MESSAGE_CONTENT,
                    other => return Err(ControlError::bad(format!("`{other}` is not a privileged intent"))),
                };
                Ok(sum | bit)
            }),
        }
    }
}

/// `POST /control/applications`
pub(crate) async fn create_application(
    State(face): State<Arc<Face>>,
    Given(new): Given<Registered>,
) -> Result<Json<Value>, ControlError> {
    let privileged = new.privileged_intents.as_ref().map_or(Ok(Intents::PRIVILEGED), Privileged::intents)?;
    let new = NewApplication { name: new.name, token: new.token, privileged, owner_id: None };
    Ok(Json(face.engine.try_apply(|world, now| {
        let id = world.create_application(new, now)?;
        Ok::<_, ControlError>((application(world.application(id)?), Vec::new()))
    })?))
}
