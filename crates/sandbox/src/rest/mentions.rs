//! Who a message really mentions: its text, cut down by `allowed_mentions` and permissions.
//! (Discord docs: Message resource, Allowed Mentions Object.)

use serde_json::Value;

use crate::snowflake::{Id, parse};
use crate::validate::form::parse_snowflake;

/// Which kind of mention may ping.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    All,
    Only(Vec<Id>),
}

/// What a sender lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowed {
    users: Which,
    roles: Which,
    everyone: bool,
    /// Whether a reply pings the author it answers.
    pub replied_user: bool,
}

/// What a message pings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Users, in the order of the text.
    pub users: Vec<Id>,
    /// Roles, in the order of the text.
    pub roles: Vec<Id>,
    /// `@everyone` or `@here`.
    pub everyone: bool,
}

impl Allowed {
    /// The default of ordinary messages: everything.
    pub(crate) const EVERYTHING: Self =
        Self { users: Which::All, roles: Which::All, everyone: true, replied_user: true };

    /// The default of interactions and webhooks: users only.
    pub(crate) const USERS: Self =
        Self { users: Which::All, roles: Which::Only(Vec::new()), everyone: false, replied_user: true };

    /// Reads the request's field; without it the default of the place holds.
    pub(crate) fn read(field: Option<&Value>, default: Self) -> Self {
        let Some(field) = field.filter(|v| v.is_object()) else { return default };
        let parses =
            |kind: &str| field["parse"].as_array().is_some_and(|list| list.iter().any(|k| k == kind));
        let ids = |kind: &str| {
            if parses(kind) {
                return Which::All;
            }
            Which::Only(field[kind].as_array().into_iter().flatten().filter_map(parse_snowflake).collect())
        };
        Self {
            users: ids("users"),
            roles: ids("roles"),
            everyone: parses("everyone"),
            replied_user: field["replied_user"].as_bool().unwrap_or(false),
        }
    }
}

impl Which {
    fn has(&self, id: Id) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// Finds the mentions of a text. `may_everyone` is the sender's `MENTION_EVERYONE`, `role_pings` says
/// whether this sender may mention a role, `known_user` whether a user exists.
pub(crate) fn find(
    text: &str,
    allowed: &Allowed,
    may_everyone: bool,
    role_pings: impl Fn(Id) -> bool,
    known_user: impl Fn(Id) -> bool,
) -> Mentions {
    let mut found = Mentions::default();
    for (at, _) in text.match_indices("<@") {
        let rest = &text[at + 2..];
        let Some(end) = rest.find('>') else { break };
        let inner = &rest[..end];
        if let Some(role) = inner.strip_prefix('&').and_then(parse) {
            if allowed.roles.has(role) && role_pings(role) && !found.roles.contains(&role) {
                found.roles.push(role);
            }
        } else if let Some(user) = parse(inner.trim_start_matches('!'))
            && allowed.users.has(user)
            && known_user(user)
            && !found.users.contains(&user)
        {
            found.users.push(user);
        }
    }
    found.everyone =
        allowed.everyone && may_everyone && (text.contains("@everyone") || text.contains("@here"));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "<@111> <@!222> <@&333> @everyone <@111> <@999>";

    fn run(allowed: &Allowed) -> Mentions {
        find(TEXT, allowed, true, |_| true, |id| id != 999)
    }

    #[test]
    fn by_default_everything_known_is_mentioned_once() {
        let found = run(&Allowed::EVERYTHING);
        assert_eq!((found.users, found.roles, found.everyone), (vec![111, 222], vec![333], true));
    }

    #[test]
    fn an_empty_parse_list_mentions_nobody() {
        let allowed = Allowed::read(Some(&json!({ "parse": [] })), Allowed::EVERYTHING);
        assert_eq!(run(&allowed), Mentions::default());
        assert!(!allowed.replied_user);
    }

    #[test]
    fn lists_name_who_is_mentioned() {
        let allowed =
            Allowed::read(Some(&json!({ "parse": ["roles"], "users": ["222"] })), Allowed::EVERYTHING);
        let found = run(&allowed);
        assert_eq!((found.users, found.roles, found.everyone), (vec![222], vec![333], false));
    }

    #[test]
    fn webhooks_ping_users_only() {
        let found = run(&Allowed::USERS);
        assert_eq!((found.users.len(), found.roles.len(), found.everyone), (2, 0, false));
    }

    #[test]
    fn permissions_stand_above_wishes() {
        let found = find(TEXT, &Allowed::EVERYTHING, false, |_| false, |_| true);
        assert!(found.roles.is_empty() && !found.everyone);
    }
}
