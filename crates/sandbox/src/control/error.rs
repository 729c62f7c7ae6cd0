//! Errors of the control interface: `{"error", "hint"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::rest::error::ApiError;
use crate::world::WorldError;

/// Why a control request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ControlError {
    status: StatusCode,
    error: String,
    hint: Option<String>,
    /// Milliseconds to wait, where waiting helps.
    retry_after_ms: Option<u64>,
}

impl ControlError {
    /// The request is wrong.
    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: error.into(), hint: None, retry_after_ms: None }
    }

    /// What was asked for is not there.
    pub(crate) fn missing(error: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, error: error.into(), hint: None, retry_after_ms: None }
    }

    /// A person may not do that.
    pub(crate) fn forbidden(error: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, error: error.into(), hint: None, retry_after_ms: None }
    }

    /// Nothing came in time.
    pub(crate) fn late(error: impl Into<String>) -> Self {
        Self { status: StatusCode::REQUEST_TIMEOUT, error: error.into(), hint: None, retry_after_ms: None }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<WorldError> for ControlError {
    fn from(error: WorldError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, error: error.to_string(), hint: None, retry_after_ms: None }
    }
}

/// A person is refused as a bot would be, with Discord's words.
impl From<ApiError> for ControlError {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        let hint = match &error.errors {
            Some(errors) => format!("Discord's code {}: {errors}", error.code),
            None => format!("Discord's code {}", error.code),
        };
        Self {
            status,
            error: error.message.into_owned(),
            hint: Some(hint),
            retry_after_ms: error.retry_after_ms,
        }
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error, "hint": self.hint });
        if let Some(ms) = self.retry_after_ms {
            body["retry_after"] = json!(ms as f64 / 1000.0);
        }
        (self.status, Json(body)).into_response()
    }
}

/// Any path that is not there.
pub(crate) async fn no_such_route() -> ControlError {
    ControlError::missing("no such route")
}

/// A path that is there with another method.
pub(crate) async fn no_such_method() -> ControlError {
    ControlError {
        status: StatusCode::METHOD_NOT_ALLOWED,
        ..ControlError::bad("no such method on this route")
    }
}
