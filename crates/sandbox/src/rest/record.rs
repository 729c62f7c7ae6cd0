//! What a request leaves in the journal and the counters, and what its headers say.

use std::net::IpAddr;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde_json::{Value, json};

use super::call::Caller;
use super::error::ApiError;
use super::face::Face;
use crate::engine::Counter;
use crate::journal::{Entry, Kind};
use crate::recording::redact;
use crate::snowflake::{Id, Millis, parse};

/// A request whose answer is still to come.
pub(crate) struct Started {
    label: String,
    at: Millis,
    query: String,
    /// From which address it came.
    pub(crate) from: IpAddr,
    /// Whether the answer never reaches the client.
    pub(crate) lost: bool,
}

impl Started {
    /// Notes a request.
    pub(crate) fn new(face: &Face, method: &Method, path: &str, query: &str, from: IpAddr) -> Self {
        let shown: String = path.chars().take(512).collect();
        Self {
            // Tokens in paths authorise whoever reads them.
            label: redact::route(&format!("{method} {shown}")),
            at: face.engine.now(),
            query: query.chars().take(1024).collect(),
            from,
            lost: false,
        }
    }

    /// The webhook that an answer says is not there.
    pub(crate) fn dead_webhook(&self, error: &ApiError) -> Option<Id> {
        let (_, below) = self.label.split_once("/webhooks/").filter(|_| error.code == 10_015)?;
        parse(below.split('/').next()?)
    }

    /// Writes the finished request down.
    pub(crate) fn finish(
        self,
        face: &Face,
        caller: Option<Caller>,
        body: &Value,
        status: u16,
        answer: &Value,
    ) {
        let engine = &face.engine;
        let application_id = caller.map(|c| c.application_id);
        let now = engine.now();
        let text =
            |value: &Value| if value.is_null() { Bytes::new() } else { Bytes::from(value.to_string()) };
        let mut detail = json!({ "query": self.query, "ms": now - self.at });
        if self.lost {
            detail["answer_lost"] = json!(true);
        }
        let entry = Entry {
            application_id,
            status: Some(status),
            body: text(body),
            answer: text(answer),
            detail: Some(detail),
            ..Entry::new(Kind::Rest, self.label)
        };
        engine.journal().push(entry, now);
        let counters = engine.counters();
        counters.count(Counter::RestRequests, application_id);
        if status == 429 {
            counters.count(Counter::Rest429, application_id);
        }
        if matches!(status, 401 | 403 | 429) {
            counters.count(Counter::RestInvalid, application_id);
        }
    }
}

/// The audit log reason: URL-encoded, at most 512 characters. (Discord docs: Audit Logs Resource.)
pub(crate) fn reason(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("x-audit-log-reason")?.to_str().ok()?;
    let decoded = text.replace('+', "%2B").replace('&', "%26");
    let encoded = format!("r={decoded}");
    let (_, value) = url::form_urlencoded::parse(encoded.as_bytes()).next()?;
    Some(value.chars().take(512).collect())
}

/// The locale the requester asks for: `X-Discord-Locale`, then `Accept-Language`.
/// (Discord docs: Application Commands, Retrieving Localized Commands.)
pub(crate) fn locale(headers: &HeaderMap) -> Option<String> {
    let header = headers.get("x-discord-locale").or_else(|| headers.get("accept-language"))?;
    let first = header.to_str().ok()?.split([',', ';']).next()?.trim();
    (!first.is_empty() && first != "*").then(|| first.chars().take(16).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_decoded() {
        let mut headers = HeaderMap::new();
        headers.insert("x-audit-log-reason", "Gr%C3%BC%C3%9Fe%20a+b".parse().expect("header"));
        assert_eq!(reason(&headers).as_deref(), Some("Grüße a+b"));
    }
}
