//! Where an interaction stands, and waiting until it leaves `pending`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use super::error::ControlError;
use super::extract::{Asked, At, PathId};
use super::routes::Routes;
use crate::model::InteractionState;
use crate::rest::face::Face;
use crate::snowflake::Id;
use crate::wire::interaction::standing;
use crate::world::interactions::STATE_EVENT;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new().get(
        "/interactions/{interaction}",
        get,
        "Where an interaction stands; can wait until it is answered",
    )
}

/// The longest wait.
const MAX_WAIT_MS: u64 = 60_000;

/// How long to wait.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Waiting {
    wait: Option<u64>,
}

/// `GET /control/interactions/{interaction}`
pub(crate) async fn get(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
    Asked(waiting): Asked<Waiting>,
) -> Result<Json<Value>, ControlError> {
    let wait = Duration::from_millis(waiting.wait.unwrap_or(0).min(MAX_WAIT_MS));
    settled(&face, id, wait).await.map(Json)
}

/// The standing of an interaction once it is no longer pending, or what it is when the wait is over.
pub(crate) async fn settled(face: &Face, id: Id, wait: Duration) -> Result<Value, ControlError> {
    let deadline = tokio::time::Instant::now() + wait;
    // Listening begins before looking, so that no change slips in between.
    let mut events = face.engine.observe();
    loop {
        let (state, shown) = face.engine.read(|world| {
            let found = world.interactions.get(&id).map(|i| (i.state, standing(i)));
            found.ok_or_else(|| ControlError::missing("no such interaction"))
        })?;
        if state != InteractionState::Pending {
            return Ok(shown);
        }
        loop {
            match tokio::time::timeout_at(deadline, events.recv()).await {
                Ok(Ok(dispatch)) if dispatch.event != STATE_EVENT => {}
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => break,
                Ok(Err(RecvError::Closed)) | Err(_) => return Ok(shown),
            }
        }
    }
}
