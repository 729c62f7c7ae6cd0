//! A request as it goes on the wire.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use twilight_http::request::{Method, Request};

use super::error::RestError;

/// A request as it goes on the wire; cheap to clone.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) method: reqwest::Method,
    pub(super) path: String,
    /// Whether it carries the bot token.
    pub(super) authorized: bool,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Without path and body: those hold interaction tokens and what people wrote.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({}, {} bytes)", self.method, self.body.len())
    }
}

impl Outgoing {
    pub(super) fn new(request: &Request) -> Result<Self, RestError> {
        let method = match request.method() {
            Method::Delete => reqwest::Method::DELETE,
            Method::Get => reqwest::Method::GET,
            Method::Patch => reqwest::Method::PATCH,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            other => return Err(RestError::Validation(format!("unknown method {other:?}"))),
        };
        let mut headers = request.headers().cloned().unwrap_or_default();
        let body = if let Some(form) = request.form() {
            let kind = HeaderValue::from_bytes(&form.content_type())
                .map_err(|error| RestError::Validation(error.to_string()))?;
            headers.insert(CONTENT_TYPE, kind);
            form.clone().build().into()
        } else if let Some(body) = request.body() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Bytes::copy_from_slice(body)
        } else {
            Bytes::new()
        };
        let path = request.path().trim_start_matches('/').to_owned();
        Ok(Self { method, path, authorized: request.use_authorization_token(), headers, body })
    }

    /// Whether the body is one JSON text.
    pub(super) fn is_json(&self) -> bool {
        self.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
    }

    /// Whether sending it twice does what sending it once does: all methods but POST, and a message
    /// whose nonce Discord enforces (Discord docs: Message, Create Message).
    pub(super) fn is_repeatable(&self) -> bool {
        #[derive(Deserialize)]
        struct Nonce {
            #[serde(default)]
            nonce: Option<serde::de::IgnoredAny>,
            #[serde(default)]
            enforce_nonce: bool,
        }
        if self.method != reqwest::Method::POST {
            return true;
        }
        serde_json::from_slice::<Nonce>(&self.body)
            .is_ok_and(|body| body.enforce_nonce && body.nonce.is_some())
    }
}
