//! The windows as the control interface shows them.

use serde_json::{Value, json};

use super::{RateLimits, Rule, Window};
use crate::clock::iso;
use crate::snowflake::{Millis, Sid};

impl RateLimits {
    /// Every window that has begun and not ended, those of buckets first.
    pub(crate) fn shown(&self, now: u64) -> Value {
        let inner = self.inner.lock();
        let open = |window: &&Window| window.ends_at > now;
        let mut all: Vec<Value> = Vec::new();
        for ((identity, bucket, major), window) in inner.buckets.iter().filter(|(_, w)| open(w)) {
            let rule = Rule { bucket: *bucket, limit: window.limit, window_ms: 0 };
            let name = format!("{} {}", bucket.0, bucket.1);
            let mut shown = one("bucket", name.trim_start(), window, now);
            shown["hash"] = json!(rule.hash());
            shown["identity"] = who(*identity);
            shown["key"] = json!(major.to_string());
            all.push(shown);
        }
        for ((name, identity, key), window) in inner.further.iter().filter(|(_, w)| open(w)) {
            let mut shown = one("further", name, window, now);
            shown["identity"] = who(*identity);
            shown["key"] = json!(key.to_string());
            all.push(shown);
        }
        for (identity, window) in inner.global.iter().filter(|(_, w)| open(w)) {
            let mut shown = one("global", "global", window, now);
            shown["identity"] = who(*identity);
            all.push(shown);
        }
        for (address, window) in inner.invalid.iter().filter(|(_, w)| open(w)) {
            let mut shown = one("invalid", "invalid requests", window, now);
            shown["identity"] = json!(address.to_string());
            all.push(shown);
        }
        drop(inner);
        all.sort_by_cached_key(|shown| {
            (shown["kind"].to_string(), shown["bucket"].to_string(), shown["key"].to_string())
        });
        Value::Array(all)
    }
}

fn one(kind: &str, name: &str, window: &Window, now: u64) -> Value {
    let counted = kind == "invalid";
    json!({
        "kind": kind,
        "bucket": name,
        "used": window.used,
        "limit": if counted { Value::Null } else { json!(window.limit) },
        "remaining": if counted { Value::Null } else { json!(window.limit.saturating_sub(window.used)) },
        "resets_at": iso(Millis::try_from(window.ends_at).unwrap_or(Millis::MAX)),
        "reset_after_ms": window.ends_at.saturating_sub(now),
    })
}

/// An application's id, or `anonymous` for an address without a token.
fn who(identity: u64) -> Value {
    if identity & super::ANONYMOUS == 0 { json!(Sid(identity)) } else { json!("anonymous") }
}
