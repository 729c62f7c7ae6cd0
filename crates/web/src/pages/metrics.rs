//! `GET /metrics`: figures as Prometheus reads them.

use axum::{extract::State, http::header, response::IntoResponse};

use crate::{process, server::App};

/// The figures of the program and of its process.
pub(crate) async fn page(State(app): State<App>) -> impl IntoResponse {
    let text = app.metrics.render() + &process::text();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
