//! The table of routes: who may call which, how often, and how a path finds its route. Each module of the
//! face adds its own.

use std::collections::HashMap;

use axum::http::Method;
use futures::future::BoxFuture;

use super::call::{Answer, Call};
use super::error::ApiError;
use super::limits::Rule;
use crate::model::Scopes;
use crate::options::Limits;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// A bot with its token.
    Bot,
    /// Anyone; the path itself may hold a secret.
    Open,
    /// A person's bearer token with one of these scopes.
    Bearer(Scopes),
    /// A bot, or a person's bearer token with one of these scopes.
    Either(Scopes),
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

/// What a route does.
pub(crate) type Handler = fn(&Call) -> Answer;

/// What must be asked of others before a route does what it does.
pub(crate) type Before = for<'c> fn(&'c Call) -> BoxFuture<'c, Result<(), ApiError>>;

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
    /// What others must be asked first.
    pub before: Option<Before>,
    /// What it does.
    pub run: Handler,
    /// Why it is refused on purpose, if it is.
    pub refused: Option<&'static str>,
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

/// Routes being gathered: each module of the face adds its own.
#[derive(Default)]
pub(crate) struct Table(Vec<Route>);

impl Table {
    /// Adds a route that reads.
    pub(crate) fn get(&mut self, path: &'static str, auth: Auth, pace: Pace, run: Handler) {
        self.add(Method::GET, "GET", path, (auth, pace, run));
    }

    /// Adds a route that makes something or acts.
    pub(crate) fn post(&mut self, path: &'static str, auth: Auth, pace: Pace, run: Handler) {
        self.add(Method::POST, "POST", path, (auth, pace, run));
    }

    /// Adds a route that puts something in place.
    pub(crate) fn put(&mut self, path: &'static str, auth: Auth, pace: Pace, run: Handler) {
        self.add(Method::PUT, "PUT", path, (auth, pace, run));
    }

    /// Adds a route that changes.
    pub(crate) fn patch(&mut self, path: &'static str, auth: Auth, pace: Pace, run: Handler) {
        self.add(Method::PATCH, "PATCH", path, (auth, pace, run));
    }

    /// Adds a route that removes.
    pub(crate) fn delete(&mut self, path: &'static str, auth: Auth, pace: Pace, run: Handler) {
        self.add(Method::DELETE, "DELETE", path, (auth, pace, run));
    }

    /// Adds a route that is refused on purpose, for this reason.
    pub(crate) fn refuse(&mut self, method: &Method, path: &'static str, reason: &'static str, run: Handler) {
        self.add(method.clone(), "REFUSED", path, (Auth::Bot, Pace::Ordinary, run));
        if let Some(route) = self.0.last_mut() {
            route.refused = Some(reason);
        }
    }

    /// Asks others before the route that was added last does what it does.
    pub(crate) fn asking_first(&mut self, before: Before) {
        if let Some(route) = self.0.last_mut() {
            route.before = Some(before);
        }
    }

    fn add(
        &mut self,
        method: Method,
        verb: &'static str,
        path: &'static str,
        (auth, pace, run): (Auth, Pace, Handler),
    ) {
        let segments = path.trim_matches('/').split('/').collect();
        self.0.push(Route { method, path, verb, segments, auth, pace, before: None, run, refused: None });
    }

    /// Ready to be searched.
    pub(crate) fn finish(mut self) -> Routes {
        // The first difference decides, and a literal segment stands before a variable one.
        self.0.sort_by_cached_key(|route| {
            route.segments.iter().map(|segment| segment.starts_with('{')).collect::<Vec<_>>()
        });
        let mut by_shape: HashMap<_, Vec<usize>> = HashMap::new();
        for (number, route) in self.0.iter().enumerate() {
            by_shape.entry((route.segments[0], route.segments.len())).or_default().push(number);
        }
        Routes { list: self.0, by_shape }
    }
}

/// The routes, ready to be searched: by their first segment, which is never variable, and their length.
pub(crate) struct Routes {
    list: Vec<Route>,
    by_shape: HashMap<(&'static str, usize), Vec<usize>>,
}

impl Routes {
    /// All of them.
    pub(crate) fn list(&self) -> impl Iterator<Item = &Route> {
        self.list.iter()
    }

    /// Finds the route for a path below the version. A literal segment wins over a variable one.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        // discord.js writes the `@` of `@me` as `%40`.
        let own = path.replace("/%40", "/@");
        let parts: Vec<&str> = own.trim_matches('/').split('/').collect();
        let mut seen = false;
        let shape = self.by_shape.get(&(parts[0], parts.len())).map_or(&[][..], Vec::as_slice);
        for route in shape.iter().map(|number| &self.list[*number]) {
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
        let other = limits.routes.iter().find(|(name, _)| self.is_named(name));
        if let Some((_, (limit, window_ms))) = other {
            return Some(self.alone(*limit, *window_ms));
        }
        match self.pace {
            Pace::Ordinary => Some(self.alone(limits.bucket_requests, limits.bucket_window)),
            Pace::Own(limit, window_ms) => Some(self.alone(limit, window_ms)),
            Pace::Shared(bucket, limit, window_ms) => Some(Rule { bucket: ("", bucket), limit, window_ms }),
            Pace::Free => None,
        }
    }

    /// Whether a method and a path with any words in its braces mean this route.
    fn is_named(&self, name: &str) -> bool {
        let Some((verb, path)) = name.split_once(' ').filter(|(verb, _)| *verb == self.verb) else {
            return false;
        };
        let variable = |part: &str| part.starts_with('{');
        let mut parts = path.trim_matches('/').split('/');
        verb == self.verb
            && self
                .segments
                .iter()
                .all(|own| parts.next().is_some_and(|part| part == *own || (variable(part) && variable(own))))
            && parts.next().is_none()
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

#[cfg(test)]
mod tests {
    use super::super::resources::table;
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
        let exempt: Vec<&str> = routes.list().filter(|r| r.exempt()).map(|r| r.path).collect();
        assert!(exempt.iter().all(|p| p.starts_with("/interactions") || p.starts_with("/webhooks")));
        assert_eq!(exempt.len(), 13);
    }
}
