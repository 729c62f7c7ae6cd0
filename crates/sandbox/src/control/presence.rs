//! How a person is seen: online, away, playing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{At, Given, PathId};
use super::routes::Routes;
use crate::gateway::presence;
use crate::rest::face::Face;

pub(super) fn routes() -> Routes {
    Routes::new().put("/as/{user}/presence", set, "Comes online, goes away, or says what is being played")
}

/// How a person wants to be seen.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PresenceBody {
    /// `online`, `idle`, `dnd`, `invisible` or `offline`.
    status: String,
    /// As in Discord's activity object: `name`, `type`, `state`, `url`.
    #[serde(default)]
    activities: Vec<Value>,
}

async fn set(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
    Given(body): Given<PresenceBody>,
) -> Result<Json<Value>, ControlError> {
    if !["online", "idle", "dnd", "invisible", "offline"].contains(&body.status.as_str()) {
        return Err(ControlError::bad(format!("there is no status `{}`", body.status))
            .hint("online, idle, dnd, invisible or offline"));
    }
    let wanted =
        presence::read(&json!({ "status": body.status, "activities": body.activities }), face.engine.now());
    let wanted = wanted.map_err(|_| {
        ControlError::bad("an activity is not of Discord's form")
            .hint("at most 10, each with a `name`, and perhaps `type` from 0 to 5, `state` and `url`")
    })?;
    face.engine.try_apply(|world, _| {
        world.user(user)?;
        Ok::<_, ControlError>(((), world.set_presence(user, wanted.clone())))
    })?;
    Ok(Json(wanted))
}
