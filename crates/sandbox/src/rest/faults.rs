//! The rules of the control interface, played on REST requests and their answers.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;

use super::answer;
use super::call::Caller;
use super::error::{self, ApiError};
use super::face::Face;
use super::limits::{BucketState, Limited, Scope};
use crate::engine::{Engine, FaultKind, LimitScope, Moment, PartitionMode, Played, Point};
use crate::snowflake::Id;

/// What a fault makes of a request.
pub(crate) enum Hit {
    /// An error of the server's side.
    Error(ApiError),
    /// A 429.
    Limited(Limited),
    /// A plain 429 as from the edge, for so many milliseconds.
    Blocked(u64),
    /// A page of an error from the edge.
    Page(u16),
    /// The connection ends before anything happens.
    Reset,
    /// The request takes effect, and its answer suffers.
    Answer(Played),
}

/// Plays the first rule that fits the request. Interaction routes do not count against the global
/// limit, so its fault passes them by.
pub(crate) fn play(
    face: &Face,
    method: &Method,
    path: &str,
    exempt: bool,
    caller: Option<Caller>,
    bucket: Option<BucketState>,
) -> Option<Hit> {
    let faults = face.engine.faults();
    if !faults.any(Point::Request) {
        return None;
    }
    let moment = Moment {
        application: caller.map(|caller| caller.application_id),
        guild: guild_of(face, path),
        method: Some(method.as_str()),
        path: Some(path),
        ..Moment::default()
    };
    let able = |kind| !(exempt && matches!(kind, FaultKind::Global429 { .. }));
    let played = faults.play_if(face.engine.now(), Point::Request, &moment, able)?;
    Some(match played.kind {
        FaultKind::Global429 { retry_after } => limited(face, LimitScope::Global, retry_after, bucket),
        FaultKind::Route429 { scope, retry_after } => limited(face, scope, retry_after, bucket),
        FaultKind::EdgeBlock { retry_after } => Hit::Blocked(millis(retry_after)),
        FaultKind::ServerError { status, page: true } => Hit::Page(status),
        FaultKind::ServerError { status, page: false } => Hit::Error(server_error(status)),
        FaultKind::ConnectionReset => Hit::Reset,
        FaultKind::Unauthorized => Hit::Error(error::UNAUTHORIZED),
        FaultKind::Forbidden => Hit::Error(error::MISSING_PERMISSIONS),
        _ => Hit::Answer(played),
    })
}

/// Waits out a stalled network; true when the network is cut for this application, or for everyone.
pub(crate) async fn cut_off(engine: &Engine, application: Option<Id>) -> bool {
    let Some((mode, _)) = engine.faults().partition(engine.now(), application) else { return false };
    if mode == PartitionMode::Refuse {
        return true;
    }
    loop {
        let changed = engine.faults().changed().notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let Some((_, until)) = engine.faults().partition(engine.now(), application) else { return true };
        tokio::select! {
            () = changed => {}
            () = engine.clock().sleep_until(until.unwrap_or(i64::MAX)) => {}
            () = engine.stopped().cancelled() => return true,
        }
    }
}

/// Spoils an answer that is otherwise right.
pub(crate) async fn spoil(face: &Face, mut response: Response<Body>, played: Played) -> Response<Body> {
    match played.kind {
        FaultKind::AnswerLost => answer::lost(),
        FaultKind::DelayAnswer { ms } => {
            let ms = i64::try_from(ms).unwrap_or(i64::MAX);
            face.engine.clock().sleep_until(face.engine.now().saturating_add(ms)).await;
            response
        }
        FaultKind::SlowBody { bytes_per_second } => {
            let (parts, body) = take(response).await;
            // Twenty pieces a second, or one byte at a time.
            let piece = usize::try_from(bytes_per_second / 20).unwrap_or(usize::MAX).max(1);
            let wait = Duration::from_secs_f64(piece as f64 / bytes_per_second as f64);
            let stream = futures::stream::unfold(body, move |mut body| async move {
                if body.is_empty() {
                    return None;
                }
                tokio::time::sleep(wait).await;
                let next = body.split_to(piece.min(body.len()));
                Some((Ok::<_, std::io::Error>(next), body))
            });
            Response::from_parts(parts, Body::from_stream(stream))
        }
        FaultKind::TruncateBody { bytes } => {
            let (mut parts, body) = take(response).await;
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            let kept = body.slice(..bytes.unwrap_or(body.len() / 2).min(body.len().saturating_sub(1)));
            // The pause lets the first part leave before the connection ends.
            let broken = futures::stream::unfold(Some(kept), |state| async move {
                match state {
                    Some(kept) if !kept.is_empty() => Some((Ok(kept), Some(Bytes::new()))),
                    Some(_) => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        Some((Err(std::io::Error::other("the answer is cut short")), None))
                    }
                    None => None,
                }
            });
            Response::from_parts(parts, Body::from_stream(broken))
        }
        FaultKind::WrongHeaders { skew_ms, new_bucket, remaining } => {
            answer::mislead(response.headers_mut(), skew_ms, new_bucket.then_some(played.rule), remaining);
            response
        }
        _ => response,
    }
}

/// The head and the whole body; ours are never streams.
async fn take(response: Response<Body>) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap_or_default())
}

/// The guild that a path is about, by itself or by its channel.
fn guild_of(face: &Face, path: &str) -> Option<Id> {
    let mut parts = path.trim_matches('/').split('/');
    match (parts.next(), parts.next().and_then(crate::snowflake::parse)) {
        (Some("guilds"), id) => id,
        (Some("channels"), Some(id)) => {
            face.engine.read(|world| world.guild_of_channel(id).map(|guild| guild.id))
        }
        (Some("webhooks"), Some(id)) => face
            .engine
            .read(|world| world.guild_of_channel(world.webhooks.get(&id)?.channel_id).map(|guild| guild.id)),
        _ => None,
    }
}

fn limited(face: &Face, scope: LimitScope, retry_after: f64, bucket: Option<BucketState>) -> Hit {
    let retry_after_ms = millis(retry_after);
    let reset_at = face.stamp() + retry_after_ms;
    let (scope, bucket) = match scope {
        LimitScope::Edge => return Hit::Blocked(retry_after_ms),
        LimitScope::Global => (Scope::Global, None),
        LimitScope::Shared => (Scope::Shared, bucket),
        LimitScope::User => {
            (Scope::User, bucket.map(|state| BucketState { remaining: 0, reset_at, ..state }))
        }
        LimitScope::SubLimit => {
            (Scope::User, bucket.map(|state| BucketState { remaining: state.remaining.max(1), ..state }))
        }
    };
    Hit::Limited(Limited { scope, retry_after_ms, bucket })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a day")]
fn millis(seconds: f64) -> u64 {
    (seconds.clamp(0.0, 86_400.0) * 1000.0).round() as u64
}

fn server_error(status: u16) -> ApiError {
    let reason = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
    ApiError { status, message: format!("{status}: {reason}").into(), ..error::BAD_GATEWAY }
}
