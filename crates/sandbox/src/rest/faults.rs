//! The faults of the control interface as REST answers.

use axum::http::{Method, StatusCode};

use super::Face;
use super::error::{self, ApiError};
use super::limits::{Limited, Scope};
use crate::engine::FaultKind;

/// What a fault makes of a request.
pub(crate) enum Hit {
    /// An error of the server's side.
    Error(ApiError),
    /// A 429.
    Limited(Limited),
    /// A plain 429 as from the edge, for so many milliseconds.
    Blocked(u64),
    /// The request takes effect, and its answer is lost.
    AnswerLost,
}

/// Plays the first fault that fits the request. Interaction routes do not count against the global
/// limit, so its fault passes them by.
pub(crate) fn play(face: &Face, method: &Method, path: &str, exempt: bool) -> Option<Hit> {
    let by = |wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
    };
    let at = |route: &Option<String>| route.as_ref().is_none_or(|route| concerns(route, path));
    let fits = |kind: &FaultKind| match kind {
        FaultKind::Global429 { .. } => !exempt,
        FaultKind::Route429 { method, route, .. } => by(method) && concerns(route, path),
        FaultKind::EdgeBlock { .. } => true,
        FaultKind::ServerError { route, .. } => at(route),
        FaultKind::AnswerLost { method, route } => by(method) && at(route),
        FaultKind::AcceptThenClose { .. }
        | FaultKind::ReconnectAtHello
        | FaultKind::HeartbeatSilence { .. } => false,
    };
    let limited =
        |scope, seconds| Some(Hit::Limited(Limited { scope, retry_after_ms: millis(seconds), bucket: None }));
    match face.engine.faults().play(face.engine.now(), fits)? {
        FaultKind::Global429 { retry_after } => limited(Scope::Global, retry_after),
        FaultKind::Route429 { scope, retry_after, .. } => {
            limited(if scope == "shared" { Scope::Shared } else { Scope::User }, retry_after)
        }
        FaultKind::EdgeBlock { retry_after } => Some(Hit::Blocked(millis(retry_after))),
        FaultKind::ServerError { status, .. } => Some(Hit::Error(server_error(status))),
        FaultKind::AnswerLost { .. } => Some(Hit::AnswerLost),
        _ => None,
    }
}

/// A route with `{}` segments stands for every path of its shape, any other for every path it is part of.
fn concerns(route: &str, path: &str) -> bool {
    if !route.contains('{') {
        return path.contains(route);
    }
    let parts = |text: &str| text.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (wanted, given) = (parts(route), parts(path));
    wanted.len() == given.len() && wanted.iter().zip(&given).all(|(w, g)| w.starts_with('{') || w == g)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_templates_or_parts() {
        let path = "/channels/5/messages";
        assert!(concerns("/channels/{channel_id}/messages", path));
        assert!(!concerns("/channels/{channel_id}", path));
        assert!(concerns("/messages", path));
        assert!(!concerns("/guilds", path));
    }
}
