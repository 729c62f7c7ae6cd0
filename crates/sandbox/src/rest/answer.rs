//! Turning answers into HTTP: exact content type, `Via`, rate limit headers and the bodies of 429.
//! (Discord docs: Rate Limits, Header Examples.)

use std::io;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, VIA};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::limits::{BucketState, Limited, Scope};

/// A genuine answer passes Discord's proxies, which say so; clients tell a ban by its absence.
const VIA_VALUE: &str = "1.1 sandbox";

/// A JSON answer; libraries compare the content type for equality.
pub(crate) fn json(status: u16, body: &Value) -> Response<Body> {
    let mut response = genuine(status, Body::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A file.
pub(crate) fn raw(kind: &'static str, data: bytes::Bytes) -> Response<Body> {
    let mut response = genuine(200, Body::from(data));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// An error; a 429 among them says when to come back.
pub(crate) fn error(error: &ApiError) -> Response<Body> {
    let mut response = json(error.status, &error.body());
    if let Some(ms) = error.retry_after_ms {
        set(response.headers_mut(), RETRY_AFTER, &ms.div_ceil(1000).max(1).to_string());
        set(response.headers_mut(), HeaderName::from_static("x-ratelimit-scope"), error.scope.as_str());
    }
    response
}

/// 204.
pub(crate) fn empty() -> Response<Body> {
    genuine(204, Body::empty())
}

fn genuine(status: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(VIA, HeaderValue::from_static(VIA_VALUE));
    response
}

/// The body of a 429.
pub(crate) fn limited_body(limited: &Limited) -> Value {
    let message = match limited.scope {
        Scope::Shared => "The resource is being rate limited.",
        Scope::User | Scope::Global => "You are being rate limited.",
    };
    json!({
        "message": message,
        "retry_after": limited.retry_after_ms as f64 / 1000.0,
        "global": limited.scope == Scope::Global,
    })
}

/// A 429 with its headers. `Retry-After` is a whole number of seconds and never too early.
pub(crate) fn limited(limited: &Limited) -> Response<Body> {
    let mut response = json(429, &limited_body(limited));
    let headers = response.headers_mut();
    set(headers, RETRY_AFTER, &limited.retry_after_ms.div_ceil(1000).max(1).to_string());
    set(headers, HeaderName::from_static("x-ratelimit-scope"), limited.scope.as_str());
    if limited.scope == Scope::Global {
        set(headers, HeaderName::from_static("x-ratelimit-global"), "true");
    }
    response
}

/// What an address that is blocked for invalid requests gets: no JSON, no `Via`.
pub(crate) fn banned(retry_after_ms: u64) -> Response<Body> {
    let page =
        "<!doctype html><title>Access denied</title><h1>Error 1015</h1><p>You are being rate limited.</p>";
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = axum::http::StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
    set(headers, RETRY_AFTER, &retry_after_ms.div_ceil(1000).max(1).to_string());
    response
}

/// What a client gets when the edge cannot reach Discord: a page, no JSON.
pub(crate) fn page(status: u16) -> Response<Body> {
    let page =
        format!("<!doctype html><title>{status}</title><h1>{status}</h1><p>The server did not answer.</p>");
    let mut response = genuine(status, Body::from(page));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
    response
}

/// An answer that breaks off before its first byte: the connection ends when the body fails, and what
/// was written until then is not sent.
pub(crate) fn lost() -> Response<Body> {
    let broken =
        futures::stream::once(async { Err::<bytes::Bytes, _>(io::Error::other("the answer is lost")) });
    Response::new(Body::from_stream(broken))
}

/// Adds the headers of a bucket.
pub(crate) fn add_bucket(headers: &mut HeaderMap, state: &BucketState, now: u64) {
    let left = state.reset_at.saturating_sub(now);
    let seconds = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
    for (name, value) in [
        ("x-ratelimit-limit", state.rule.limit.to_string()),
        ("x-ratelimit-remaining", state.remaining.to_string()),
        ("x-ratelimit-reset", seconds(state.reset_at)),
        ("x-ratelimit-reset-after", seconds(left)),
        ("x-ratelimit-bucket", state.rule.hash()),
    ] {
        set(headers, HeaderName::from_static(name), &value);
    }
}

/// Makes the headers of a bucket lie: the reset is off, the bucket has another name, or so many requests
/// seem to be left. An answer without them stays as it is.
pub(crate) fn mislead(headers: &mut HeaderMap, skew_ms: i64, new_name: Option<u64>, remaining: Option<u32>) {
    let text = |headers: &HeaderMap, name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    if let Some(reset) = text(headers, "x-ratelimit-reset").and_then(|reset| reset.parse::<f64>().ok()) {
        let skewed = (reset + skew_ms as f64 / 1000.0).max(0.0);
        set(headers, HeaderName::from_static("x-ratelimit-reset"), &format!("{skewed:.3}"));
    }
    if let (Some(rule), Some(name)) = (new_name, text(headers, "x-ratelimit-bucket")) {
        let renamed =
            format!("{:016x}{}", rule.wrapping_mul(0x9e37_79b9_7f4a_7c15), &name[name.len().min(16)..]);
        set(headers, HeaderName::from_static("x-ratelimit-bucket"), &renamed);
    }
    if let (Some(remaining), true) = (remaining, headers.contains_key("x-ratelimit-remaining")) {
        set(headers, HeaderName::from_static("x-ratelimit-remaining"), &remaining.to_string());
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_429_has_no_bucket_and_a_whole_retry_after() {
        let response = limited(&Limited { scope: Scope::Global, retry_after_ms: 1200, bucket: None });
        let headers = response.headers();
        assert_eq!(headers["retry-after"], "2");
        assert_eq!(headers["x-ratelimit-global"], "true");
        assert_eq!(headers["via"], "1.1 sandbox");
        assert_eq!(headers["content-type"], "application/json");
        assert!(!headers.contains_key("x-ratelimit-bucket"));
    }

    #[test]
    fn a_ban_has_no_via() {
        let response = banned(5000);
        assert_eq!(response.status(), 429);
        assert!(!response.headers().contains_key("via"));
    }
}
