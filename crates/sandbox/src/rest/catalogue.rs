//! Every operation that Discord has, and how each stands here. What is implemented is read off the live
//! table of routes, never written down by hand.

mod page;
mod refused;

use std::collections::HashMap;

pub use page::page;
pub(super) use refused::routes;

use super::resources::table;
use super::routes::Routes;

/// The operations of the OpenAPI description of API v10: method, who may call, path.
const DESCRIBED: &str = include_str!("catalogue/operations.txt");

/// What is in the documentation, or used by libraries, but not in the description.
const BESIDE: &str = "\
GET    B   /applications/{application_id}/skus
POST   B   /attachments/refresh-urls
POST   B   /guilds
POST   B   /guilds/templates/{code}
DELETE B   /guilds/{guild_id}
PATCH  B   /guilds/{guild_id}/members/@me/nick
POST   B   /guilds/{guild_id}/mfa
PUT    B   /invites/{code}/target-users/{user_id}
DELETE B   /invites/{code}/target-users/{user_id}
POST   B   /invites/{code}/target-users/bulk-add
POST   B   /invites/{code}/target-users/bulk-delete
POST   -   /oauth2/token
POST   -   /oauth2/token/revoke
";

/// One operation of Discord's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Operation {
    path: &'static str,
    method: &'static str,
    /// `B` a bot with its token, `O` a user's OAuth2 token, `-` anyone.
    who: &'static str,
}

/// How an operation stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It works.
    Implemented,
    /// It answers with Discord's own refusal, for this reason.
    Refused(&'static str),
    /// It is not there.
    Missing,
}

impl Operation {
    fn list(text: &'static str) -> impl Iterator<Item = Self> {
        text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let (method, who, path) = (words.next()?, words.next()?, words.next()?);
            Some(Self { path, method, who })
        })
    }

    /// Whether a bot may call it: with its token, or because anyone may.
    fn for_bots(self) -> bool {
        self.who != "O"
    }

    /// Whether it belongs to the Social SDK, which serves games and not bots.
    fn for_games(self) -> bool {
        ["/lobbies", "/partner-sdk"].iter().any(|head| self.path.starts_with(head))
    }
}

/// Path with nameless variable segments, so that names may differ.
pub(super) fn shape(path: &str) -> String {
    let parts = path.trim_matches('/').split('/');
    parts.map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// Every operation with its standing, by path: those of the description, and those beside it.
pub(super) fn standings() -> [Vec<(Operation, Standing)>; 2] {
    let routes = table();
    let known = by_shape(&routes);
    [DESCRIBED, BESIDE].map(|text| {
        let mut all: Vec<_> =
            Operation::list(text).map(|operation| (operation, stand(&known, operation))).collect();
        all.sort_unstable_by_key(|(operation, _)| *operation);
        all
    })
}

type Known = HashMap<(String, String), Option<&'static str>>;

fn by_shape(routes: &Routes) -> Known {
    routes.list().map(|route| ((route.method.to_string(), shape(route.path)), route.refused)).collect()
}

fn stand(known: &Known, operation: Operation) -> Standing {
    match known.get(&(operation.method.to_owned(), shape(operation.path))) {
        Some(None) => Standing::Implemented,
        Some(Some(reason)) => Standing::Refused(reason),
        None => Standing::Missing,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use guildhall_testkit::tools::{shared_data, workspace};
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_route_of_the_table_is_a_known_operation() {
        let known: BTreeSet<_> = [DESCRIBED, BESIDE]
            .into_iter()
            .flat_map(Operation::list)
            .map(|operation| (operation.method.to_owned(), shape(operation.path)))
            .collect();
        let routes = table();
        let invented: Vec<_> = by_shape(&routes).into_keys().filter(|key| !known.contains(key)).collect();
        assert!(invented.is_empty(), "Discord has no such routes: {invented:?}");
    }

    #[test]
    fn the_list_is_that_of_the_description() {
        let path = shared_data().map(|folder| folder.join("discord-openapi.json"));
        let Some(path) = path.filter(|path| path.is_file()) else {
            println!("skipped: no discord-openapi.json");
            return;
        };
        let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, about) in
                methods.as_object().unwrap().iter().filter(|(_, v)| v["responses"].is_object())
            {
                let ways = about["security"].as_array().unwrap();
                let way =
                    |name: &str, letter| ways.iter().any(|way| way.get(name).is_some()).then_some(letter);
                let open = ways.iter().any(|way| way.as_object().unwrap().is_empty()).then_some("-");
                let who: String =
                    [way("BotToken", "B"), way("OAuth2", "O"), open].into_iter().flatten().collect();
                described.insert((method.to_uppercase(), path.clone(), who));
            }
        }
        let listed: BTreeSet<_> = Operation::list(DESCRIBED)
            .map(|operation| {
                (operation.method.to_owned(), operation.path.to_owned(), operation.who.to_owned())
            })
            .collect();
        assert_eq!(listed.len(), 242);
        assert_eq!(listed, described);
    }

    #[test]
    fn the_committed_page_is_current() {
        let committed = std::fs::read_to_string(workspace().join("docs/sandbox_routes.md")).unwrap();
        assert!(committed == page(), "run `cargo xtask docs`");
    }

    #[test]
    fn what_is_not_in_the_table_is_missing() {
        let known = Known::new();
        let operation = Operation::list(DESCRIBED).next().unwrap();
        assert_eq!(stand(&known, operation), Standing::Missing);
    }
}
