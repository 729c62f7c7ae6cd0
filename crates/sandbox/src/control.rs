//! The control interface.

use std::sync::Arc;

use axum::Router;

use crate::rest::Face;

/// The routes.
pub fn router(_face: Arc<Face>) -> Router {
    Router::new()
}
