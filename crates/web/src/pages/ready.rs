//! `GET /ready`: whether work may come.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;

use crate::server::App;

#[derive(Serialize)]
struct Body {
    ready: bool,
    checks: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    ready: bool,
    detail: String,
}

/// Answers 200 when every check is true and 503 before.
pub(crate) async fn page(State(app): State<App>) -> impl IntoResponse {
    let snapshot = app.status.snapshot();
    let ready = snapshot.is_ready();
    let checks = snapshot
        .checks
        .into_iter()
        .map(|check| Row { name: check.name, ready: check.ready, detail: check.detail })
        .collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Body { ready, checks }))
}
