//! Voting in a poll, which only people can.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::acting::show;
use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::routes::Routes;
use crate::rest::error::{self, ApiError};
use crate::rest::face::Face;
use crate::rest::polls;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    let path = "/as/{user}/channels/{channel}/polls/{message}/vote";
    Routes::new().put(path, vote, "Votes in a poll; no answers takes the vote back")
}

/// A vote.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Vote {
    /// The numbers of the answers, from 1.
    answer_ids: Vec<AnyId>,
}

/// `PUT /control/as/{user}/channels/{channel}/polls/{message}/vote`
async fn vote(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel), PathId(message))): At<(PathId, PathId, PathId)>,
    Given(vote): Given<Vote>,
) -> Result<Json<Value>, ControlError> {
    let chosen: Vec<u32> = vote.answer_ids.iter().filter_map(|AnyId(id)| u32::try_from(*id).ok()).collect();
    Ok(Json(face.engine.try_apply(|world, now| {
        let ((), told) = polls::vote(world, user, channel, message, &chosen, now)?;
        let shown = world.message(channel, message).ok_or(error::UNKNOWN_MESSAGE)?;
        Ok::<_, ApiError>((show(world, shown, user), told))
    })?))
}
