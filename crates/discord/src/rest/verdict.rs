//! What an answer means.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::bucket::Headers;

/// The wait after a 429 that does not say how long.
const UNSAID: Duration = Duration::from_mins(1);
/// No wait is longer than this, whatever the answer says.
const LONGEST: Duration = Duration::from_hours(24);
/// Texts from outside are cut to this length.
const MESSAGE_LENGTH: usize = 600;

/// What came back for one try.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// An answer.
    Answer(Answer),
    /// None. `perhaps_done` where the request may have arrived.
    Lost { message: String, perhaps_done: bool },
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Who set the limit that a 429 tells of (Discord docs: Rate Limits, Header Format).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// This bot on this route.
    User,
    /// All bots on this resource; it does not count as an invalid request.
    Shared,
    /// This bot on all routes.
    Global,
    /// Not Discord but what stands in front of it: the address is blocked.
    Edge,
}

impl Scope {
    pub(super) const ALL: [Self; 4] = [Self::User, Self::Shared, Self::Global, Self::Edge];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Global => "global",
            Self::Edge => "edge",
        }
    }
}

/// What an answer means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It worked.
    Success,
    /// It did not and will not.
    Failure { code: u64, message: String },
    /// It may work later.
    Unwell { code: u64, message: String },
    /// A limit was hit.
    Limited { scope: Scope, retry_after: Duration },
}

impl Answer {
    /// What the answer means.
    pub(super) fn verdict(&self) -> Verdict {
        match self.status {
            200..=299 => Verdict::Success,
            429 => self.limited(),
            status => {
                let (code, message) = self.error();
                if status >= 500 {
                    Verdict::Unwell { code, message }
                } else {
                    Verdict::Failure { code, message }
                }
            }
        }
    }

    /// The limits that the headers tell.
    pub(super) fn limits(&self) -> Option<Headers> {
        Some(Headers {
            limit: self.text("x-ratelimit-limit")?.parse().ok()?,
            remaining: self.text("x-ratelimit-remaining")?.parse().ok()?,
            reset_after: self.seconds("x-ratelimit-reset-after")?,
        })
    }

    /// The bucket's name.
    pub(super) fn bucket(&self) -> Option<&str> {
        self.text("x-ratelimit-bucket").filter(|name| !name.is_empty() && name.len() <= 128)
    }

    fn limited(&self) -> Verdict {
        #[derive(Default, Deserialize)]
        struct Body {
            retry_after: Option<f64>,
            #[serde(default)]
            global: bool,
            #[serde(default)]
            code: u64,
        }
        let body: Option<Body> = serde_json::from_slice(&self.body).ok();
        let named = self.text("x-ratelimit-scope");
        let body = body.filter(|_| named.is_some() || self.headers.contains_key("via"));
        let told =
            body.as_ref().and_then(|body| duration(body.retry_after?)).max(self.seconds("retry-after"));
        let retry_after = told.unwrap_or(UNSAID);
        let Some(body) = body else { return Verdict::Limited { scope: Scope::Edge, retry_after } };
        if told.is_none() && body.code != 0 {
            // A cap on what there may be, such as commands created in a day: waiting does not help.
            let (code, message) = self.error();
            return Verdict::Failure { code, message };
        }
        let global = self.text("x-ratelimit-global").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let scope = match named {
            Some("shared") => Scope::Shared,
            Some("global") => Scope::Global,
            _ if global || body.global => Scope::Global,
            _ => Scope::User,
        };
        Verdict::Limited { scope, retry_after }
    }

    /// Code and text of an error body, with the fields it complains about
    /// (Discord docs: Reference, Error Messages).
    fn error(&self) -> (u64, String) {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            code: u64,
            #[serde(default)]
            message: String,
            errors: Option<serde_json::Value>,
        }
        let (code, mut message) = match serde_json::from_slice::<Body>(&self.body) {
            Ok(body) => {
                let fields = body.errors.map(|errors| format!(" {errors}")).unwrap_or_default();
                (body.code, format!("{}{fields}", body.message))
            }
            Err(_) => (0, "an answer that is not from Discord's API".to_owned()),
        };
        if let Some((cut, _)) = message.char_indices().nth(MESSAGE_LENGTH) {
            message.truncate(cut);
        }
        (code, message)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn seconds(&self, name: &str) -> Option<Duration> {
        duration(self.text(name)?.trim().parse().ok()?)
    }
}

/// Whole milliseconds, rounded up; `None` for what is no time span.
fn duration(seconds: f64) -> Option<Duration> {
    let span = Duration::try_from_secs_f64(seconds).ok()?.min(LONGEST);
    let millis = u64::try_from(span.as_nanos().div_ceil(1_000_000)).ok()?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Answer { status, headers, body: Bytes::from_static(body.as_bytes()) }
    }

    fn limited(headers: &[(&'static str, &'static str)], body: &'static str) -> (Scope, u128) {
        match answer(429, headers, body).verdict() {
            Verdict::Limited { scope, retry_after } => (scope, retry_after.as_millis()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_429_names_its_scope() {
        let body = r#"{"message":"slow","retry_after":0.4,"global":false}"#;
        let via = ("via", "1.1 google");
        assert_eq!(limited(&[via, ("x-ratelimit-scope", "user")], body), (Scope::User, 400));
        assert_eq!(limited(&[via, ("retry-after", "1")], body), (Scope::User, 1_000));
        assert_eq!(limited(&[via, ("x-ratelimit-scope", "shared")], body), (Scope::Shared, 400));
        assert_eq!(limited(&[via, ("x-ratelimit-global", "true")], body), (Scope::Global, 400));
        let global = r#"{"message":"slow","retry_after":5,"global":true}"#;
        assert_eq!(limited(&[via], global), (Scope::Global, 5_000));
    }

    #[test]
    fn a_429_that_is_not_from_discord_is_a_block() {
        assert_eq!(limited(&[("retry-after", "90")], "<html>"), (Scope::Edge, 90_000));
        assert_eq!(limited(&[], "error code: 1015"), (Scope::Edge, 60_000));
        assert_eq!(limited(&[("retry-after", "7")], r#"{"retry_after":1}"#), (Scope::Edge, 7_000));
    }

    #[test]
    fn a_429_that_tells_of_a_cap_is_a_failure_and_no_wait() {
        let body = r#"{"code":30034,"message":"Max number of daily application command creates"}"#;
        let verdict = answer(429, &[("via", "1.1 x")], body).verdict();
        assert!(matches!(verdict, Verdict::Failure { code: 30_034, .. }), "{verdict:?}");
    }

    #[test]
    fn hostile_waits_are_bounded() {
        assert_eq!(limited(&[("via", "x")], r#"{"retry_after":1e300}"#), (Scope::User, 60_000));
        assert_eq!(limited(&[("via", "x")], r#"{"retry_after":-1}"#), (Scope::User, 60_000));
        assert_eq!(limited(&[("via", "x")], r#"{"retry_after":1e12}"#).1, LONGEST.as_millis());
        assert_eq!(limited(&[("retry-after", "-3")], "").1, UNSAID.as_millis());
        assert_eq!(limited(&[("retry-after", "NaN")], "").1, UNSAID.as_millis());
    }

    #[test]
    fn headers_are_read_only_whole() {
        let whole = [
            ("x-ratelimit-limit", "5"),
            ("x-ratelimit-remaining", "4"),
            ("x-ratelimit-reset-after", "1.2345"),
            ("x-ratelimit-bucket", "abc"),
        ];
        let read = answer(200, &whole, "").limits().unwrap();
        assert_eq!((read.limit, read.remaining, read.reset_after.as_millis()), (5, 4, 1_235));
        assert_eq!(answer(200, &whole, "").bucket(), Some("abc"));
        assert_eq!(answer(200, &whole[..2], "").limits(), None);
    }

    #[test]
    fn errors_carry_code_text_and_fields() {
        let body = r#"{"code":50035,"message":"Invalid Form Body","errors":{"content":{"_errors":[]}}}"#;
        let Verdict::Failure { code, message } = answer(400, &[], body).verdict() else { panic!() };
        assert_eq!(code, 50_035);
        assert_eq!(message, r#"Invalid Form Body {"content":{"_errors":[]}}"#);
        assert!(matches!(answer(502, &[], "<html>").verdict(), Verdict::Unwell { code: 0, .. }));
    }
}
