//! Every route of the REST face in one list, with who may call it and how often.

use axum::http::Method;

use super::call::{Answer, Call};
use super::limits::Rule;
use super::{
    applications, bans, channels, commands, gateway, guilds, interactions, invites, members, messages,
    overwrites, pins, reactions, roles, users, webhooks,
};
use crate::options::Limits;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// A bot with its token.
    Bot,
    /// Anyone; the path itself may hold a secret.
    Open,
}

/// Which bucket a route counts in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// A bucket of its own with the ordinary numbers.
    Ordinary,
    /// A bucket of its own with its own numbers: requests per milliseconds.
    Own(u32, u64),
    /// A bucket that several routes share, with its own numbers.
    Shared(&'static str, u32, u64),
    /// No bucket and no headers.
    Free,
}

/// One route.
pub(crate) struct Route {
    /// The method.
    pub method: Method,
    /// The path below the version, with `{}` segments.
    pub path: &'static str,
    verb: &'static str,
    segments: Vec<&'static str>,
    /// Who may call it.
    pub auth: Auth,
    /// How often.
    pub pace: Pace,
    /// What it does.
    pub run: fn(&Call) -> Answer,
}

/// What a path leads to.
pub(crate) enum Found<'r> {
    /// A route and the variable segments of the path.
    Route(&'r Route, Vec<String>),
    /// The path exists with other methods only.
    WrongMethod,
    /// Nothing is there.
    Nothing,
}

/// The routes, ready to be searched.
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    /// All of them, for tests that try every one.
    #[cfg(test)]
    pub(crate) fn list(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    /// Finds the route for a path below the version. A literal segment wins over a variable one
    /// because literal routes stand first in the list.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let mut seen = false;
        for route in &self.0 {
            if !route.matches(&parts) {
                continue;
            }
            if route.method == *method {
                let named = route.segments.iter().zip(&parts).filter(|(s, _)| s.starts_with('{'));
                return Found::Route(route, named.map(|(_, part)| decode(part)).collect());
            }
            seen = true;
        }
        if seen { Found::WrongMethod } else { Found::Nothing }
    }
}

impl Route {
    fn matches(&self, parts: &[&str]) -> bool {
        self.segments.len() == parts.len()
            && self
                .segments
                .iter()
                .zip(parts)
                .all(|(segment, part)| segment.starts_with('{') || segment == part)
    }

    /// The rule this route counts by; `None` when it has no bucket.
    pub(crate) fn rule(&self, limits: &Limits) -> Option<Rule> {
        match self.pace {
            Pace::Ordinary => Some(self.alone(limits.bucket_requests, limits.bucket_window)),
            Pace::Own(limit, window_ms) => Some(self.alone(limit, window_ms)),
            Pace::Shared(bucket, limit, window_ms) => Some(Rule { bucket: ("", bucket), limit, window_ms }),
            Pace::Free => None,
        }
    }

    fn alone(&self, limit: u32, window_ms: u64) -> Rule {
        Rule { bucket: (self.verb, self.path), limit, window_ms }
    }

    /// Whether it stays out of the global limit: everything an interaction's token authorises.
    pub(crate) fn exempt(&self) -> bool {
        self.segments[0] == "interactions" || (self.segments[0] == "webhooks" && self.segments.len() > 2)
    }
}

fn decode(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={}", plus.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        _ => "DELETE",
    }
}

/// The table.
pub(crate) fn table() -> Routes {
    let mut list = Vec::new();
    let mut add = |method: Method, path: &'static str, auth, pace, run| {
        let segments = path.trim_matches('/').split('/').collect();
        let verb = verb(&method);
        list.push(Route { method, path, verb, segments, auth, pace, run });
    };
    let (get, post, put, patch, delete) =
        (Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    let own = Pace::Ordinary;
    let command = Pace::Own(5, 20_000);
    let reaction = Pace::Shared("reactions", 4, 1_000);
    let hook = Pace::Shared("webhook", 5, 2_000);
    let member = Pace::Own(10, 10_000);

    add(get.clone(), "/gateway", Auth::Open, own, gateway::plain as fn(&Call) -> Answer);
    add(get.clone(), "/gateway/bot", Auth::Bot, own, gateway::bot);
    add(get.clone(), "/voice/regions", Auth::Bot, own, guilds::voice_regions);

    add(get.clone(), "/users/@me", Auth::Bot, own, users::me);
    add(patch.clone(), "/users/@me", Auth::Bot, own, users::edit_me);
    add(get.clone(), "/users/@me/guilds", Auth::Bot, own, users::my_guilds);
    add(delete.clone(), "/users/@me/guilds/{guild}", Auth::Bot, own, users::leave_guild);
    add(post.clone(), "/users/@me/channels", Auth::Bot, own, users::create_dm);
    add(get.clone(), "/users/{user}", Auth::Bot, Pace::Own(30, 30_000), users::get);

    add(get.clone(), "/oauth2/applications/@me", Auth::Bot, own, applications::oauth2_me);
    add(get.clone(), "/applications/@me", Auth::Bot, own, applications::me);
    add(patch.clone(), "/applications/@me", Auth::Bot, own, applications::edit_me);

    let all = "/applications/{application}/commands";
    add(get.clone(), all, Auth::Bot, command, commands::list);
    add(post.clone(), all, Auth::Bot, command, commands::create);
    add(put.clone(), all, Auth::Bot, command, commands::overwrite);
    let one = "/applications/{application}/commands/{command}";
    add(get.clone(), one, Auth::Bot, command, commands::get);
    add(patch.clone(), one, Auth::Bot, command, commands::edit);
    add(delete.clone(), one, Auth::Bot, command, commands::delete);
    let all = "/applications/{application}/guilds/{guild}/commands";
    add(get.clone(), all, Auth::Bot, command, commands::list_guild);
    add(post.clone(), all, Auth::Bot, command, commands::create_guild);
    add(put.clone(), all, Auth::Bot, command, commands::overwrite_guild);
    let permissions = "/applications/{application}/guilds/{guild}/commands/permissions";
    add(get.clone(), permissions, Auth::Bot, own, commands::permissions::list);
    let one = "/applications/{application}/guilds/{guild}/commands/{command}";
    add(get.clone(), one, Auth::Bot, command, commands::get_guild);
    add(patch.clone(), one, Auth::Bot, command, commands::edit_guild);
    add(delete.clone(), one, Auth::Bot, command, commands::delete_guild);
    let permissions = "/applications/{application}/guilds/{guild}/commands/{command}/permissions";
    add(get.clone(), permissions, Auth::Bot, own, commands::permissions::get);
    add(put.clone(), permissions, Auth::Bot, own, commands::permissions::put);

    let callback = "/interactions/{interaction}/{token}/callback";
    add(post.clone(), callback, Auth::Open, Pace::Free, interactions::callback);
    add(post.clone(), "/webhooks/{application}/{token}", Auth::Open, hook, webhooks::create);
    let original = "/webhooks/{application}/{token}/messages/@original";
    let message = "/webhooks/{application}/{token}/messages/{message}";
    for path in [original, message] {
        add(get.clone(), path, Auth::Open, hook, webhooks::get);
        add(patch.clone(), path, Auth::Open, hook, webhooks::edit);
        add(delete.clone(), path, Auth::Open, hook, webhooks::delete);
    }

    add(get.clone(), "/guilds/{guild}", Auth::Bot, own, guilds::get);
    add(patch.clone(), "/guilds/{guild}", Auth::Bot, own, guilds::edit);
    add(get.clone(), "/guilds/{guild}/preview", Auth::Bot, own, guilds::preview);
    add(get.clone(), "/guilds/{guild}/regions", Auth::Bot, own, guilds::voice_regions);
    add(get.clone(), "/guilds/{guild}/channels", Auth::Bot, own, channels::list);
    add(post.clone(), "/guilds/{guild}/channels", Auth::Bot, own, channels::create);
    add(patch.clone(), "/guilds/{guild}/channels", Auth::Bot, own, channels::positions);
    add(get.clone(), "/guilds/{guild}/threads/active", Auth::Bot, own, channels::active_threads);
    add(get.clone(), "/guilds/{guild}/invites", Auth::Bot, own, invites::list_guild);
    add(get.clone(), "/guilds/{guild}/roles", Auth::Bot, own, roles::list);
    add(post.clone(), "/guilds/{guild}/roles", Auth::Bot, own, roles::create);
    add(patch.clone(), "/guilds/{guild}/roles", Auth::Bot, own, roles::positions);
    add(get.clone(), "/guilds/{guild}/roles/member-counts", Auth::Bot, own, roles::member_counts);
    add(get.clone(), "/guilds/{guild}/roles/{role}", Auth::Bot, own, roles::get);
    add(patch.clone(), "/guilds/{guild}/roles/{role}", Auth::Bot, own, roles::edit);
    add(delete.clone(), "/guilds/{guild}/roles/{role}", Auth::Bot, own, roles::delete);
    add(get.clone(), "/guilds/{guild}/members", Auth::Bot, member, members::list);
    add(get.clone(), "/guilds/{guild}/members/search", Auth::Bot, member, members::search);
    add(patch.clone(), "/guilds/{guild}/members/@me", Auth::Bot, member, members::edit_me);
    add(patch.clone(), "/guilds/{guild}/members/@me/nick", Auth::Bot, member, members::edit_my_nick);
    add(get.clone(), "/guilds/{guild}/members/{user}", Auth::Bot, member, members::get);
    add(patch.clone(), "/guilds/{guild}/members/{user}", Auth::Bot, member, members::edit);
    add(delete.clone(), "/guilds/{guild}/members/{user}", Auth::Bot, member, members::kick);
    add(put.clone(), "/guilds/{guild}/members/{user}/roles/{role}", Auth::Bot, member, members::add_role);
    add(
        delete.clone(),
        "/guilds/{guild}/members/{user}/roles/{role}",
        Auth::Bot,
        member,
        members::remove_role,
    );
    add(get.clone(), "/guilds/{guild}/bans", Auth::Bot, own, bans::list);
    add(get.clone(), "/guilds/{guild}/bans/{user}", Auth::Bot, own, bans::get);
    add(put.clone(), "/guilds/{guild}/bans/{user}", Auth::Bot, own, bans::create);
    add(delete.clone(), "/guilds/{guild}/bans/{user}", Auth::Bot, own, bans::delete);

    add(get.clone(), "/channels/{channel}", Auth::Bot, own, channels::get);
    add(patch.clone(), "/channels/{channel}", Auth::Bot, own, channels::edit);
    add(delete.clone(), "/channels/{channel}", Auth::Bot, own, channels::delete);
    add(put.clone(), "/channels/{channel}/permissions/{overwrite}", Auth::Bot, own, overwrites::put);
    add(delete.clone(), "/channels/{channel}/permissions/{overwrite}", Auth::Bot, own, overwrites::delete);
    add(post.clone(), "/channels/{channel}/typing", Auth::Bot, own, channels::typing);
    add(get.clone(), "/channels/{channel}/invites", Auth::Bot, own, invites::list_channel);
    add(post.clone(), "/channels/{channel}/invites", Auth::Bot, own, invites::create);
    add(get.clone(), "/invites/{code}", Auth::Open, own, invites::get);
    add(delete.clone(), "/invites/{code}", Auth::Bot, own, invites::delete);
    let all = "/channels/{channel}/messages";
    add(get.clone(), all, Auth::Bot, own, messages::list);
    add(post.clone(), all, Auth::Bot, own, messages::create);
    add(post.clone(), "/channels/{channel}/messages/bulk-delete", Auth::Bot, own, messages::bulk_delete);
    add(get.clone(), "/channels/{channel}/messages/pins", Auth::Bot, own, pins::list);
    for path in ["/channels/{channel}/messages/pins/{message}", "/channels/{channel}/pins/{message}"] {
        add(put.clone(), path, Auth::Bot, own, pins::put);
        add(delete.clone(), path, Auth::Bot, own, pins::delete);
    }
    add(get.clone(), "/channels/{channel}/pins", Auth::Bot, own, pins::list_old);
    let one = "/channels/{channel}/messages/{message}";
    add(get.clone(), one, Auth::Bot, own, messages::get);
    add(patch.clone(), one, Auth::Bot, own, messages::edit);
    add(delete.clone(), one, Auth::Bot, own, messages::delete);
    let reactions_of = "/channels/{channel}/messages/{message}/reactions";
    add(delete.clone(), reactions_of, Auth::Bot, reaction, reactions::clear);
    let emoji = "/channels/{channel}/messages/{message}/reactions/{emoji}";
    add(get, emoji, Auth::Bot, reaction, reactions::list);
    add(delete.clone(), emoji, Auth::Bot, reaction, reactions::clear_emoji);
    let mine = "/channels/{channel}/messages/{message}/reactions/{emoji}/@me";
    add(put, mine, Auth::Bot, reaction, reactions::add);
    add(delete.clone(), mine, Auth::Bot, reaction, reactions::remove_own);
    let theirs = "/channels/{channel}/messages/{message}/reactions/{emoji}/{user}";
    add(delete, theirs, Auth::Bot, reaction, reactions::remove);
    drop((post, patch));
    Routes(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(method: &Method, path: &str) -> Option<(&'static str, Vec<String>)> {
        match table().find(method, path) {
            Found::Route(route, params) => Some((route.path, params)),
            _ => None,
        }
    }

    #[test]
    fn literal_segments_win() {
        assert_eq!(path_of(&Method::GET, "/users/@me").expect("route").0, "/users/@me");
        assert_eq!(path_of(&Method::GET, "/users/1").expect("route").1, ["1"]);
        assert_eq!(
            path_of(&Method::GET, "/channels/1/messages/pins").expect("route").0,
            "/channels/{channel}/messages/pins"
        );
    }

    #[test]
    fn segments_are_decoded() {
        let (_, params) =
            path_of(&Method::PUT, "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me").expect("route");
        assert_eq!(params[2], "\u{1f44d}");
        let (_, params) = path_of(&Method::PUT, "/channels/1/messages/2/reactions/a%3A5/@me").expect("route");
        assert_eq!(params[2], "a:5");
    }

    #[test]
    fn other_methods_and_paths_are_told_apart() {
        assert!(matches!(table().find(&Method::DELETE, "/gateway"), Found::WrongMethod));
        assert!(matches!(table().find(&Method::GET, "/nothing/here"), Found::Nothing));
    }

    #[test]
    fn interaction_routes_are_exempt() {
        let routes = table();
        let exempt: Vec<&str> = routes.0.iter().filter(|r| r.exempt()).map(|r| r.path).collect();
        assert!(exempt.iter().all(|p| p.starts_with("/interactions") || p.starts_with("/webhooks")));
        assert_eq!(exempt.len(), 8);
    }
}
