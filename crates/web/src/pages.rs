//! One file a page.

pub(crate) mod counts;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod metrics;
pub(crate) mod ready;

use axum::{http::StatusCode, response::IntoResponse};

/// What is not there.
pub(crate) async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "There is no such page.\n")
}
