//! The description of the control interface, served: as an OpenAPI document and as a page.

use std::sync::OnceLock;

use axum::Json;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use serde_json::Value;

use super::openapi;
use super::routes::Routes;

const STYLE: &str = include_str!("docs.css");

/// What the page may do: show itself in its own style.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/openapi.json` and the page.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/openapi.json", document, "This description as an OpenAPI document")
        .get("/docs", page, "This description as a page to read, in HTML")
        .get("/docs.css", style, "The style of that page")
}

/// The document of every mounted route.
pub(crate) fn described() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| openapi::document(&super::routes().split().1))
}

async fn document() -> Json<&'static Value> {
    Json(described())
}

async fn page() -> impl IntoResponse {
    (headers("text/html; charset=utf-8"), openapi::html(described()))
}

async fn style() -> impl IntoResponse {
    (headers("text/css; charset=utf-8"), STYLE)
}

fn headers(media_type: &'static str) -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}
