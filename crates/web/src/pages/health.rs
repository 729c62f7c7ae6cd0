//! `GET /health`: whether the process answers at all.

use axum::{Json, response::IntoResponse};

/// Says that the process is alive; asks nothing that could be slow.
pub(crate) async fn page() -> impl IntoResponse {
    Json(serde_json::json!({ "status": "alive" }))
}
