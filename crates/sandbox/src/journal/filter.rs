//! Which entries of the journal are wanted.

use bytes::Bytes;

use super::{Entry, Kind};
use crate::snowflake::{Id, Millis};

/// Which entries are wanted.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Only those numbered higher.
    pub after: u64,
    /// Only those at this time or later.
    pub since: Option<Millis>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only of this application.
    pub application_id: Option<Id>,
    /// Only of sessions of this shard.
    pub shard: Option<u32>,
    /// Only of this session or interaction.
    pub subject: Option<String>,
    /// Only dispatches of this event.
    pub event: Option<String>,
    /// Only requests of this route.
    pub route: Option<RoutePattern>,
    /// Only with this HTTP status or close code.
    pub status: Option<u16>,
    /// Only those that hold this text in their label, subject, body, answer or detail.
    pub contains: Option<String>,
    /// At most this many, the newest when `after` is 0 and the oldest otherwise.
    pub limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            after: 0,
            since: None,
            kind: None,
            application_id: None,
            shard: None,
            subject: None,
            event: None,
            route: None,
            status: None,
            contains: None,
            limit: 100,
        }
    }
}

impl Filter {
    /// Whether an entry is wanted; its number is not looked at.
    pub fn matches(&self, entry: &Entry) -> bool {
        let event = |event: &str| {
            matches!(entry.kind, Kind::GatewayOut | Kind::GatewayIn)
                && entry.label.eq_ignore_ascii_case(event)
        };
        self.kind.is_none_or(|kind| entry.kind == kind)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.application_id.is_none_or(|id| entry.application_id == Some(id))
            && self.shard.is_none_or(|shard| entry.shard == Some(shard))
            && self.subject.as_deref().is_none_or(|subject| entry.subject.as_deref() == Some(subject))
            && self.status.is_none_or(|status| entry.status == Some(status))
            && self.event.as_deref().is_none_or(event)
            && self.route.as_ref().is_none_or(|route| entry.kind == Kind::Rest && route.matches(&entry.label))
            && self.contains.as_deref().is_none_or(|text| contains(entry, text))
    }
}

fn contains(entry: &Entry, text: &str) -> bool {
    let within = |bytes: &Bytes| String::from_utf8_lossy(bytes).contains(text);
    entry.label.contains(text)
        || entry.subject.as_deref().is_some_and(|subject| subject.contains(text))
        || within(&entry.body)
        || within(&entry.answer)
        || entry.detail.as_ref().is_some_and(|detail| detail.to_string().contains(text))
}

/// A route such as `POST /channels/{}/messages`: without a method it stands for all, a segment in braces for
/// any one segment, and the version of the interface is passed over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoutePattern {
    method: Option<String>,
    segments: Vec<Option<String>>,
}

impl RoutePattern {
    /// Reads a pattern; nothing when there is no path in it.
    pub fn parse(text: &str) -> Option<Self> {
        let (method, path) = match text.trim().split_once(' ') {
            Some((method, path)) => (Some(method.to_ascii_uppercase()), path.trim()),
            None => (None, text.trim()),
        };
        let path = path.strip_prefix('/')?;
        let wanted = |part: &str| (!(part.starts_with('{') || part == "*")).then(|| part.to_owned());
        Some(Self { method, segments: below_version(path).split('/').map(wanted).collect() })
    }

    /// Whether a request's label, such as `POST /api/v10/channels/1/messages`, is of this route.
    pub fn matches(&self, label: &str) -> bool {
        let Some((method, path)) = label.split_once(" /") else { return false };
        if self.method.as_deref().is_some_and(|wanted| wanted != method) {
            return false;
        }
        let mut parts = below_version(path).split('/');
        let fits = self.segments.iter().all(|wanted| {
            parts.next().is_some_and(|part| wanted.as_deref().is_none_or(|wanted| wanted == part))
        });
        fits && parts.next().is_none()
    }
}

/// A path, without its leading slash, below `api` and `vN`.
fn below_version(path: &str) -> &str {
    let Some(below) = path.strip_prefix("api/") else { return path };
    match below.split_once('/') {
        Some((version, rest))
            if version.starts_with('v') && version[1..].bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest
        }
        _ => below,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_match_by_their_segments() {
        let route = RoutePattern::parse("post /channels/{channel_id}/messages").unwrap();
        assert!(route.matches("POST /api/v10/channels/1/messages"));
        assert!(route.matches("POST /api/channels/1/messages"));
        assert!(!route.matches("GET /api/v10/channels/1/messages"));
        assert!(!route.matches("POST /api/v10/channels/1/messages/2"));
        assert!(!route.matches("POST /api/v10/channels/1"));
        assert!(RoutePattern::parse("/gateway/*").unwrap().matches("GET /api/v10/gateway/bot"));
        assert!(RoutePattern::parse("/api/v10/gateway").unwrap().matches("GET /api/v9/gateway"));
        assert_eq!(RoutePattern::parse("GET gateway"), None);
    }
}
