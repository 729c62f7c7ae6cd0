//! Which limits a request falls under, read from its method and path.

use std::sync::Arc;

use guildhall_core::clock::Timestamp;

/// First millisecond of Discord's calendar (Discord docs: Reference, Snowflakes).
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;
/// Deleting younger messages than this counts in a bucket of its own.
const FRESH_MS: i64 = 10_000;
/// So does deleting older ones.
const OLD_MS: i64 = 14 * 24 * 3_600_000;

/// How the global limit and the breaker treat a route.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Class {
    /// Bound by the global limit.
    Bound,
    /// A webhook with its token, as follow-ups use: not bound by the global limit
    /// (Discord docs: Rate Limits, Global Rate Limit).
    Webhook,
    /// The first answer to an interaction: not bound either, and the last to be stopped.
    Callback,
}

/// What rate limits tell requests apart by: the shape of the route, and the id at its top
/// (Discord docs: Rate Limits).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Route {
    /// Method and path with every id taken out.
    pub(super) template: Arc<str>,
    /// The channel, guild or webhook.
    pub(super) major: Arc<str>,
    /// How global limits treat it.
    pub(super) class: Class,
}

impl Route {
    /// The route of a request that is made at `now`.
    pub(super) fn of(method: &str, path: &str, now: Timestamp) -> Self {
        let path = path.split('?').next().unwrap_or_default().trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        let (kept, class) = match parts.as_slice() {
            ["interactions", _, _, "callback"] => (3, Class::Callback),
            ["webhooks", _, _, ..] => (3, Class::Webhook),
            ["channels" | "guilds" | "webhooks", _, ..] => (2, Class::Bound),
            _ => (0, Class::Bound),
        };
        let mut template = method.to_owned();
        let mut reaction = false;
        for (index, part) in parts.iter().enumerate() {
            template.push(if index == 0 { ' ' } else { '/' });
            let id = (1..kept).contains(&index) || reaction || is_id(part);
            template.push_str(if id { "{}" } else { part });
            reaction = *part == "reactions";
        }
        if let ("DELETE", ["channels", _, "messages", message]) = (method, parts.as_slice()) {
            template.push_str(age_class(message, now));
        }
        Self { template: template.into(), major: parts[..kept].join("/").into(), class }
    }

    /// Whether the global limit binds it.
    pub(super) fn is_bound(&self) -> bool {
        self.class == Class::Bound
    }
}

fn is_id(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Deletes of very young and of old messages are limited apart from the others.
fn age_class(message: &str, now: Timestamp) -> &'static str {
    let Ok(id) = message.parse::<u64>() else { return "" };
    let age = now.0 - ((id >> 22).cast_signed() + DISCORD_EPOCH_MS);
    match age {
        ..FRESH_MS => " fresh",
        OLD_MS.. => " old",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str, template: &str, major: &str, class: Class) {
        let route = Route::of(method, path, Timestamp(1_800_000_000_000));
        assert_eq!((&*route.template, &*route.major, route.class), (template, major, class), "{path}");
    }

    #[test]
    fn the_top_id_is_kept_and_the_others_are_not() {
        check("POST", "channels/12/messages", "POST channels/{}/messages", "channels/12", Class::Bound);
        check(
            "PATCH",
            "channels/12/messages/34?x=1",
            "PATCH channels/{}/messages/{}",
            "channels/12",
            Class::Bound,
        );
        check("GET", "guilds/5/members/6", "GET guilds/{}/members/{}", "guilds/5", Class::Bound);
        check("GET", "users/@me/guilds", "GET users/@me/guilds", "", Class::Bound);
        check("GET", "users/77", "GET users/{}", "", Class::Bound);
        check(
            "PUT",
            "channels/1/messages/2/reactions/%F0%9F%91%8D/@me",
            "PUT channels/{}/messages/{}/reactions/{}/@me",
            "channels/1",
            Class::Bound,
        );
    }

    #[test]
    fn interaction_routes_are_told_apart_by_their_token() {
        check(
            "POST",
            "interactions/1/tok/callback",
            "POST interactions/{}/{}/callback",
            "interactions/1/tok",
            Class::Callback,
        );
        check(
            "PATCH",
            "webhooks/1/tok/messages/@original",
            "PATCH webhooks/{}/{}/messages/@original",
            "webhooks/1/tok",
            Class::Webhook,
        );
        check("GET", "webhooks/1", "GET webhooks/{}", "webhooks/1", Class::Bound);
    }

    #[test]
    fn deletes_are_told_apart_by_the_age_of_the_message() {
        let now = Timestamp(1_800_000_000_000);
        let id = |age_ms: i64| (now.0 - age_ms - DISCORD_EPOCH_MS) << 22;
        let template = |age| Route::of("DELETE", &format!("channels/1/messages/{}", id(age)), now).template;
        assert!(template(1_000).ends_with(" fresh"));
        assert!(template(60_000).ends_with("{}"));
        assert!(template(OLD_MS + 1_000).ends_with(" old"));
    }
}
