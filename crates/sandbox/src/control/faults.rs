//! Faults: put in force, listed, ended.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{Asked, Given};
use super::routes::Routes;
use crate::engine::{Fault, FaultRule};
use crate::rest::face::Face;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/faults", list, "The faults in force")
        .post("/faults", add, "Puts a rule of what goes wrong in force, for a number of times or a while")
        .delete("/faults", clear, "Ends one fault or all")
}

/// `POST /control/faults`
pub(crate) async fn add(
    State(face): State<Arc<Face>>,
    Given(rule): Given<FaultRule>,
) -> Result<Json<Value>, ControlError> {
    if rule.count.is_none() && rule.for_ms.is_none() {
        return Err(ControlError::bad("a fault needs `count` or `for_ms`"));
    }
    let id = face.engine.add_fault(rule).map_err(ControlError::bad)?;
    Ok(Json(json!({ "id": id })))
}

/// `GET /control/faults`
pub(crate) async fn list(State(face): State<Arc<Face>>) -> Json<Value> {
    Json(face.engine.faults().list().iter().map(Fault::to_json).collect())
}

/// Which fault; all without a number.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Which {
    id: Option<u64>,
}

/// `DELETE /control/faults`
pub(crate) async fn clear(State(face): State<Arc<Face>>, Asked(which): Asked<Which>) -> Json<Value> {
    face.engine.clear_faults(which.id);
    Json(json!({ "faults": face.engine.faults().list().len() }))
}
