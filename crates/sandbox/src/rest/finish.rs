//! The end of a request: the response with its headers, what is counted, the journal.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::Response;

use super::call::{Caller, Reply};
use super::error::ApiError;
use super::face::Face;
use super::limits::{self, BucketState, Limited, further};
use super::{answer, record};
use crate::snowflake::Id;

/// What a finished request leaves behind: the answer and what the journal and the limits need of it.
pub(super) struct Outcome {
    pub reply: Result<Reply, ApiError>,
    pub bucket: Option<BucketState>,
    /// A limit beside the bucket, which was met before the route was run.
    pub limited: Option<Limited>,
    pub caller: Option<Caller>,
    pub body: serde_json::Value,
}

/// Turns an outcome into the response, counted and in the journal.
pub(super) fn finish(face: &Face, started: record::Started, outcome: &Outcome) -> Response<Body> {
    let (mut response, shown) = match &outcome.reply {
        Ok(Reply::Json(status, body)) => (answer::json(*status, body), body.clone()),
        Ok(Reply::Raw(kind, bytes)) => (answer::raw(kind, bytes.clone()), serde_json::Value::Null),
        Ok(Reply::Empty) => (answer::empty(), serde_json::Value::Null),
        Err(error) => (answer::error(error), error.body()),
    };
    if let Some(bucket) = &outcome.bucket {
        answer::add_bucket(response.headers_mut(), bucket, face.stamp());
    }
    let status = response.status().as_u16();
    // Shared limits are nobody's fault (Discord docs: Rate Limits, Invalid Request Limit).
    let shared = matches!(&outcome.reply, Err(error) if error.scope == limits::Scope::Shared);
    if !shared {
        count_invalid(face, started.from, status);
    }
    // An application's id stands there as well, with the tokens of interactions; those are no webhooks.
    let is_hook = |id: &Id| !face.engine.read(|world| world.applications.contains_key(id));
    let dead = outcome.reply.as_ref().err().and_then(|error| started.dead_webhook(error));
    if let Some(hook) = dead.filter(is_hook) {
        let (limits, key) = (face.engine.limits(), (further::DEAD_WEBHOOK, 0, hook));
        // The count is only compared, never refused here.
        let _counted = face.limits.take_further(face.stamp(), key, u32::MAX, limits.invalid_window);
    }
    started.finish(face, outcome.caller, &outcome.body, status, &shown);
    response
}

/// Ends a request that got no further.
pub(super) fn refuse(
    face: &Face,
    started: record::Started,
    caller: Option<Caller>,
    error: ApiError,
) -> Response<Body> {
    let body = serde_json::Value::Null;
    finish(face, started, &Outcome { reply: Err(error), bucket: None, limited: None, caller, body })
}

/// Ends a request that met a limit.
pub(super) fn too_many(
    face: &Face,
    started: record::Started,
    caller: Option<Caller>,
    limited: &Limited,
) -> Response<Body> {
    let mut response = answer::limited(limited);
    if let Some(bucket) = &limited.bucket {
        answer::add_bucket(response.headers_mut(), bucket, face.stamp());
    }
    if limited.scope != limits::Scope::Shared {
        count_invalid(face, started.from, 429);
    }
    started.finish(face, caller, &serde_json::Value::Null, 429, &answer::limited_body(limited));
    response
}

fn count_invalid(face: &Face, from: IpAddr, status: u16) {
    if matches!(status, 401 | 403 | 429) {
        face.limits.count_invalid(face.stamp(), from, face.engine.limits().invalid_window);
    }
}
