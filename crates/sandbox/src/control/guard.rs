//! Keeps other sites' pages away from an interface that has no login: the `Host` must be this machine
//! or a bare address (against DNS rebinding), and what changes something must come from this origin.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::BODY_LIMIT;
use super::error::ControlError;
use crate::journal::{Entry, Kind};
use crate::rest::face::Face;

/// Lets a request through or refuses it; what changes something goes into the journal.
pub(crate) async fn check(State(face): State<Arc<Face>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Err(refused) = allowed(request.headers(), safe) {
        return refused.into_response();
    }
    if safe {
        return next.run(request).await;
    }
    let path: String = request.uri().path().chars().take(256).collect();
    let label = format!("{} /control{path}", request.method());
    let journal = face.engine.journal();
    let began = journal.last();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return ControlError::bad(format!("the body is larger than {BODY_LIMIT} bytes")).into_response();
    };
    let response = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    let (parts, answer) = response.into_parts();
    let answer = to_bytes(answer, usize::MAX).await.unwrap_or_default();
    let entry = Entry {
        status: Some(parts.status.as_u16()),
        body,
        answer: answer.clone(),
        // The entry stands behind what the request caused; this is where it began.
        detail: Some(json!({ "began": began })),
        ..Entry::new(Kind::Control, label)
    };
    journal.push(entry, face.engine.now());
    Response::from_parts(parts, Body::from(answer))
}

/// Whether a request may come from where it comes from; a safe one changes nothing.
pub(crate) fn allowed(headers: &HeaderMap, safe: bool) -> Result<(), ControlError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST).unwrap_or_default();
    if !is_local(host) {
        return Err(ControlError::forbidden("this host name is not served")
            .hint("use localhost or the address the sandbox listens on"));
    }
    if safe || !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    let origin = text(ORIGIN).unwrap_or_default();
    if origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    Err(ControlError::forbidden("another site may not do this"))
}

/// `localhost` or an address, with any port.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("host"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().expect("origin"));
        }
        headers
    }

    #[test]
    fn only_local_names_and_addresses_are_hosts() {
        for (host, good) in [
            ("localhost:4000", true),
            ("127.0.0.1:4000", true),
            ("[::1]:4000", true),
            ("evil.example:4000", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(allowed(&headers(host, None), true).is_ok(), good, "{host}");
        }
    }

    #[test]
    fn changes_come_from_this_origin() {
        let host = "127.0.0.1:4000";
        assert!(allowed(&headers(host, None), false).is_ok());
        assert!(allowed(&headers(host, Some("http://127.0.0.1:4000")), false).is_ok());
        assert!(allowed(&headers(host, Some("http://127.0.0.1:5000")), false).is_err());
        assert!(allowed(&headers(host, Some("https://evil.example")), false).is_err());
        assert!(allowed(&headers(host, Some("null")), false).is_err());
    }
}
