//! Joining by an invite, and a server's vanity address.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{At, Given, PathId};
use super::routes::Routes;
use crate::rest::face::Face;
use crate::snowflake::Sid;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/as/{user}/invites/{code}", join, "Joins a guild by an invite or its vanity address")
        .put("/guilds/{guild}/vanity-url", set_vanity, "Gives a guild a vanity address, or takes it away")
}

/// `POST /control/as/{user}/invites/{code}`
async fn join(
    State(face): State<Arc<Face>>,
    At((PathId(user), code)): At<(PathId, String)>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply_as(Some(user), None, |world, now| {
        if world.user(user)?.bot {
            return Err(ControlError::bad("bots do not join by invite")
                .hint("use POST /control/guilds/{guild}/bots/{application}"));
        }
        if world.invites_paused(&code, now) {
            return Err(ControlError::forbidden("invites into this guild are paused"));
        }
        let (guild_id, told) = world.join_by_invite(&code, user, now)?;
        Ok((json!({ "guild_id": Sid(guild_id), "joined": !told.is_empty() }), told))
    })?))
}

/// The vanity address of a guild.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VanityBody {
    code: Option<String>,
}

/// `PUT /control/guilds/{guild}/vanity-url`
async fn set_vanity(
    State(face): State<Arc<Face>>,
    At(PathId(guild)): At<PathId>,
    Given(body): Given<VanityBody>,
) -> Result<Json<Value>, ControlError> {
    let code = body.code.as_deref();
    let fits = |text: &str| {
        (2..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if code.is_some_and(|text| !fits(text)) {
        return Err(ControlError::bad("a vanity address has 2 to 25 letters, digits and hyphens"));
    }
    face.engine.try_apply(|world, _| world.set_vanity(guild, code))?;
    Ok(Json(json!({ "code": code })))
}
