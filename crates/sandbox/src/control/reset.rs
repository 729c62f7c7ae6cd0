//! Everything anew, for test suites that share one sandbox.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::Given;
use super::routes::Routes;
use crate::options::Seed;
use crate::rest::face::Face;

pub(super) fn routes() -> Routes {
    Routes::new().post(
        "/reset",
        reset,
        "Makes everything new: world, sessions, limits, faults, journal, counters, clock; bots identify again",
    )
}

/// What the new world holds.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Anew {
    /// `example` or `empty`; what the sandbox was started with when not given.
    seed: Option<String>,
}

async fn reset(State(face): State<Arc<Face>>, Given(body): Given<Anew>) -> Result<Json<Value>, ControlError> {
    let seed = match body.seed.as_deref() {
        None => None,
        Some("example") => Some(Seed::Example),
        Some("empty") => Some(Seed::Empty),
        Some(other) => {
            return Err(ControlError::bad(format!("there is no seed `{other}`")).hint("example or empty"));
        }
    };
    let sessions = face.engine.reset(seed);
    face.limits.reset();
    Ok(Json(json!({ "sessions_ended": sessions })))
}
