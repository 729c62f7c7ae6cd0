//! Limits beside the buckets: a bucket's headers may say that requests are left, and the answer is 429
//! all the same. (Discord docs: Rate Limits, Exceeding A Rate Limit; Emoji Rate Limits.)

use axum::http::Method;
use serde_json::Value;

use super::{Limited, Rule, Scope};
use crate::options::Limits;
use crate::rest::call::Call;
use crate::rest::error::ApiError;
use crate::rest::routes::Route;
use crate::snowflake::{parse, time_of};

const DELETE_MESSAGE: &str = "/channels/{channel}/messages/{message}";

/// Which limit a 404 on a webhook counts against.
pub(crate) const DEAD_WEBHOOK: &str = "dead webhook";

/// Why a request is refused beside its bucket.
pub(crate) enum Further {
    /// With an ordinary 429.
    Limited(Limited),
    /// With a 429 that has a code of its own.
    Error(ApiError),
}

/// Counts a request, whose body is read, against the further limits of its route. People who act through
/// the control interface meet none.
pub(crate) fn check(call: &Call, route: &Route, limits: &Limits) -> Result<(), Further> {
    let Some(caller) = call.caller.filter(|caller| caller.application_id != 0) else { return Ok(()) };
    let take = |name, identity, key, limit, window_ms| {
        let stamp = call.face.stamp();
        call.face.limits.take_further(stamp, (name, identity, key), limit, window_ms)
    };
    let id = || call.params.first().and_then(|id| parse(id)).unwrap_or(0);
    let limited =
        |scope| move |retry_after_ms| Further::Limited(Limited { scope, retry_after_ms, bucket: None });
    match (&route.method, route.path) {
        (&Method::PATCH, "/channels/{channel}") => {
            let renames =
                ["name", "topic"].iter().any(|key| call.body.get(key).is_some_and(|v| !v.is_null()));
            if renames {
                let (limit, window) = (limits.channel_renames, limits.channel_rename_window);
                take("channel name and topic", caller.identity(), id(), limit, window)
                    .map_err(limited(Scope::User))?;
            }
        }
        (&Method::POST, "/users/@me/channels") if call.body.get("recipient_id") != Some(&Value::Null) => {
            take("direct messages opened", caller.identity(), 0, limits.dm_opens, limits.dm_window)
                .map_err(|ms| Further::Error(TOO_MANY_DMS.limited(ms, Scope::User)))?;
        }
        // The guild's own limit, whoever calls; the bucket's headers know nothing of it.
        (method, path) if *method != Method::GET && path.starts_with("/guilds/{guild}/emojis") => {
            take("emojis of a guild", 0, id(), limits.emoji_requests, limits.emoji_window)
                .map_err(limited(Scope::Shared))?;
        }
        _ => {}
    }
    Ok(())
}

const TOO_MANY_DMS: ApiError = ApiError::new(429, 40003, "You are opening direct messages too fast");

/// The rule of a route for this request: messages that are very young or very old are deleted by other
/// buckets than the rest.
pub(crate) fn rule_for(route: &Route, params: &[String], now: u64, limits: &Limits) -> Option<Rule> {
    let rule = route.rule(limits)?;
    if route.method != Method::DELETE || route.path != DELETE_MESSAGE {
        return Some(rule);
    }
    let sent = params.get(1).and_then(|id| parse(id)).map_or(0, |id| u64::try_from(time_of(id)).unwrap_or(0));
    let age = now.saturating_sub(sent);
    Some(if age < limits.young_message {
        Rule {
            bucket: ("DELETE", "young messages"),
            limit: limits.young_deletes,
            window_ms: limits.young_delete_window,
        }
    } else if age > limits.old_message {
        Rule {
            bucket: ("DELETE", "old messages"),
            limit: limits.old_deletes,
            window_ms: limits.old_delete_window,
        }
    } else {
        rule
    })
}
