//! A person's interest in scheduled events.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{Asked, At, PathId};
use super::routes::Routes;
use crate::rest::face::Face;
use crate::rest::{access, error};
use crate::snowflake::{Id, Sid, parse};

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    let path = "/as/{user}/guilds/{guild}/scheduled-events/{event}/interest";
    Routes::new()
        .put(path, follow, "Becomes interested in a scheduled event, or in one occurrence of it")
        .delete(path, unfollow, "Is no longer interested")
}

/// Which occurrence.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Occurrence {
    /// The id of an exception of a recurring event; without it the whole series is meant.
    exception_id: Option<String>,
}

/// `PUT /control/as/{user}/guilds/{guild}/scheduled-events/{event}/interest`
pub(crate) async fn follow(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(guild), PathId(event))): At<(PathId, PathId, PathId)>,
    Asked(occurrence): Asked<Occurrence>,
) -> Result<Json<Value>, ControlError> {
    set(&face, user, (guild, event), &occurrence, true)
}

/// `DELETE /control/as/{user}/guilds/{guild}/scheduled-events/{event}/interest`
pub(crate) async fn unfollow(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(guild), PathId(event))): At<(PathId, PathId, PathId)>,
    Asked(occurrence): Asked<Occurrence>,
) -> Result<Json<Value>, ControlError> {
    set(&face, user, (guild, event), &occurrence, false)
}

fn set(
    face: &Face,
    user: Id,
    (guild, event): (Id, Id),
    occurrence: &Occurrence,
    follows: bool,
) -> Result<Json<Value>, ControlError> {
    let exception = match &occurrence.exception_id {
        Some(text) => Some(parse(text).ok_or_else(|| ControlError::bad("`exception_id` is not an id"))?),
        None => None,
    };
    face.engine.try_apply_as(Some(user), None, |world, _| {
        access::guild(world, user, guild)?;
        let channel = world.scheduled_event(guild, event)?.channel_id;
        if channel.is_some_and(|channel| !world.can_view(channel, user)) {
            return Err(error::UNKNOWN_EVENT.into());
        }
        Ok::<_, ControlError>(world.follow_event(guild, event, exception, user, follows)?)
    })?;
    Ok(Json(json!({ "event_id": Sid(event), "interested": follows })))
}
