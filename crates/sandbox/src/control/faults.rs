//! Faults: put in force, listed, ended.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{Asked, Given};
use crate::engine::{Fault, FaultKind};
use crate::rest::Face;

/// A fault to be put in force.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultBody {
    kind: String,
    code: Option<u16>,
    session: Option<String>,
    retry_after: Option<f64>,
    method: Option<String>,
    route: Option<String>,
    scope: Option<String>,
    status: Option<u16>,
    count: Option<u64>,
    for_ms: Option<i64>,
}

impl FaultBody {
    fn kind(self) -> Result<FaultKind, ControlError> {
        let retry_after = self.retry_after.unwrap_or(1.0);
        Ok(match self.kind.as_str() {
            "accept_then_close" => FaultKind::AcceptThenClose { code: self.code },
            "reconnect_at_hello" => FaultKind::ReconnectAtHello,
            "heartbeat_silence" => {
                FaultKind::HeartbeatSilence { session: self.session.filter(|session| session != "*") }
            }
            "global_429" => FaultKind::Global429 { retry_after },
            "route_429" => FaultKind::Route429 {
                method: self.method,
                route: self.route.ok_or_else(|| ControlError::bad("`route` is missing"))?,
                scope: match self.scope.as_deref() {
                    None | Some("user") => "user".to_owned(),
                    Some("shared") => "shared".to_owned(),
                    Some(other) => {
                        return Err(
                            ControlError::bad(format!("there is no scope `{other}`")).hint("user or shared")
                        );
                    }
                },
                retry_after,
            },
            "edge_block" => FaultKind::EdgeBlock { retry_after },
            "server_error" => {
                FaultKind::ServerError { status: self.status.unwrap_or(502), route: self.route }
            }
            "answer_lost" => FaultKind::AnswerLost { method: self.method, route: self.route },
            other => {
                return Err(ControlError::bad(format!("there is no fault `{other}`")).hint(
                    "accept_then_close, reconnect_at_hello, heartbeat_silence, global_429, route_429, \
                     edge_block, server_error or answer_lost",
                ));
            }
        })
    }
}

/// `POST /control/faults`
pub(crate) async fn add(
    State(face): State<Arc<Face>>,
    Given(body): Given<FaultBody>,
) -> Result<Json<Value>, ControlError> {
    if body.count.is_none() && body.for_ms.is_none() {
        return Err(ControlError::bad("a fault needs `count` or `for_ms`"));
    }
    let until = body.for_ms.map(|ms| face.engine.now().saturating_add(ms.max(0)));
    let count = body.count;
    let id = face.engine.faults().add(body.kind()?, count, until);
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
    face.engine.faults().clear(which.id);
    Json(json!({ "faults": face.engine.faults().list().len() }))
}
