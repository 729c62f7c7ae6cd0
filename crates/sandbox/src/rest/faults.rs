//! The faults of the control interface as REST answers.

use axum::http::{Method, StatusCode};

use super::Face;
use super::error::{self, ApiError};
use super::limits::{Limited, Scope};
use crate::engine::FaultKind;

/// What a fault makes of a request.
pub enum Hit {
    /// An error of the server's side.
    Error(ApiError),
    /// A 429.
    Limited(Limited),
    /// A plain 429 as from the edge, for so many milliseconds.
    Blocked(u64),
}

/// Plays the first fault that fits the request. Interaction routes do not count against the global
/// limit, so its fault passes them by.
pub fn play(face: &Face, method: &Method, path: &str, exempt: bool) -> Option<Hit> {
    let fits = |kind: &FaultKind| match kind {
        FaultKind::Global429 { .. } => !exempt,
        FaultKind::Route429 { method: wanted, route, .. } => {
            wanted.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method.as_str())) && path.contains(route.as_str())
        }
        FaultKind::EdgeBlock { .. } => true,
        FaultKind::ServerError { route, .. } => route.as_ref().is_none_or(|r| path.contains(r.as_str())),
        FaultKind::AcceptThenClose { .. } | FaultKind::ReconnectAtHello | FaultKind::HeartbeatSilence { .. } => false,
    };
    let limited = |scope, seconds| Some(Hit::Limited(Limited { scope, retry_after_ms: millis(seconds), bucket: None }));
    match face.engine.faults().play(face.engine.now(), fits)? {
        FaultKind::Global429 { retry_after } => limited(Scope::Global, retry_after),
        FaultKind::Route429 { scope, retry_after, .. } => {
            limited(if scope == "shared" { Scope::Shared } else { Scope::User }, retry_after)
        }
        FaultKind::EdgeBlock { retry_after } => Some(Hit::Blocked(millis(retry_after))),
        FaultKind::ServerError { status, .. } => Some(Hit::Error(server_error(status))),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a day")]
fn millis(seconds: f64) -> u64 {
    (seconds.clamp(0.0, 86_400.0) * 1000.0).round() as u64
}

fn server_error(status: u16) -> ApiError {
    let status = if (500..600).contains(&status) { status } else { 502 };
    let reason = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
    ApiError { status, message: format!("{status}: {reason}").into(), ..error::BAD_GATEWAY }
}
