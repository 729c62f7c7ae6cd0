//! Gateway sessions: seen, and disturbed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{At, Given};
use super::routes::Routes;
use crate::engine::{SessionInfo, Target};
use crate::rest::face::Face;
use crate::snowflake::parse;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/sessions", list, "Gateway sessions")
        .post(
            "/sessions/{session}/reconnect",
            reconnect,
            "Asks sessions to reconnect (op 7); `*` means all, an application's id means its own",
        )
        .post("/sessions/{session}/invalidate", invalidate, "Invalidates sessions (op 9)")
        .post("/sessions/{session}/heartbeat", heartbeat, "Asks clients for a heartbeat (op 1)")
        .post(
            "/sessions/{session}/drop",
            drop_socket,
            "Ends the connections of sessions without a close frame",
        )
        .post("/sessions/{session}/close", close, "Closes the connections of sessions with a close code")
}

/// `GET /control/sessions`
pub(crate) async fn list(State(face): State<Arc<Face>>) -> Json<Value> {
    Json(face.engine.sessions().iter().map(SessionInfo::to_json).collect())
}

/// `*` is all, a number is an application, anything else is one session.
fn target(text: &str) -> Target {
    match (text, parse(text)) {
        ("*", _) => Target::All,
        (_, Some(application)) => Target::Application(application),
        _ => Target::Session(text.to_owned()),
    }
}

fn affected(target: &Target, count: usize) -> Result<Json<Value>, ControlError> {
    if count == 0 && matches!(target, Target::Session(_)) {
        return Err(ControlError::missing("no such session"));
    }
    Ok(Json(json!({ "sessions": count })))
}

/// `POST /control/sessions/{session}/reconnect`
pub(crate) async fn reconnect(
    State(face): State<Arc<Face>>,
    At(session): At<String>,
) -> Result<Json<Value>, ControlError> {
    let target = target(&session);
    affected(&target, face.engine.reconnect(&target))
}

/// Whether an invalidated session may be resumed.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct InvalidateBody {
    #[serde(default)]
    resumable: bool,
}

/// `POST /control/sessions/{session}/invalidate`
pub(crate) async fn invalidate(
    State(face): State<Arc<Face>>,
    At(session): At<String>,
    Given(body): Given<InvalidateBody>,
) -> Result<Json<Value>, ControlError> {
    let target = target(&session);
    affected(&target, face.engine.invalidate(&target, body.resumable))
}

/// `POST /control/sessions/{session}/drop`
pub(crate) async fn drop_socket(
    State(face): State<Arc<Face>>,
    At(session): At<String>,
) -> Result<Json<Value>, ControlError> {
    let target = target(&session);
    affected(&target, face.engine.drop_socket(&target))
}

/// `POST /control/sessions/{session}/heartbeat`
pub(crate) async fn heartbeat(
    State(face): State<Arc<Face>>,
    At(session): At<String>,
) -> Result<Json<Value>, ControlError> {
    let target = target(&session);
    affected(&target, face.engine.ask_heartbeat(&target))
}

/// With which code to close.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CloseBody {
    code: Option<u16>,
}

/// `POST /control/sessions/{session}/close`
pub(crate) async fn close(
    State(face): State<Arc<Face>>,
    At(session): At<String>,
    Given(body): Given<CloseBody>,
) -> Result<Json<Value>, ControlError> {
    let target = target(&session);
    affected(&target, face.engine.close(&target, body.code.unwrap_or(4000)))
}
