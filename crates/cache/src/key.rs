//! Whose a value is, and what it is called.

use std::fmt;

use guildhall_core::id::{GuildId, UserId};

/// Whom a cached value belongs to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scope {
    /// One guild.
    Guild(GuildId),
    /// A user within one guild.
    Member(GuildId, UserId),
    /// A user, across guilds.
    User(UserId),
    /// Nobody: the same for all.
    Global,
}

impl Scope {
    /// Whether what belongs to `other` is part of this: a guild's members are part of the guild.
    pub fn holds(self, other: Self) -> bool {
        match (self, other) {
            (Self::Guild(guild), Self::Member(of, _)) => guild == of,
            _ => self == other,
        }
    }

    /// The scope with this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let guild = |text: &str| text.parse().ok();
        match text.split_at_checked(1)? {
            ("g", id) => guild(id).map(Self::Guild),
            ("m", ids) => {
                let (of, user) = ids.split_once('.')?;
                Some(Self::Member(guild(of)?, user.parse().ok()?))
            }
            ("u", id) => id.parse().ok().map(Self::User),
            ("-", "") => Some(Self::Global),
            _ => None,
        }
    }
}

/// Without `:` and without what a pattern of Redis gives a meaning to.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guild(guild) => write!(f, "g{guild}"),
            Self::Member(guild, user) => write!(f, "m{guild}.{user}"),
            Self::User(user) => write!(f, "u{user}"),
            Self::Global => f.write_str("-"),
        }
    }
}

/// A value's key in Redis: `prefix:v:category:scope:name`. Only the name may hold a colon, and it stands last.
pub(crate) fn shared(prefix: &str, category: &str, scope: Scope, name: &str) -> String {
    format!("{prefix}:v:{category}:{scope}:{name}")
}

/// Category, scope and name of a key in Redis.
pub(crate) fn parse<'a>(prefix: &str, key: &'a str) -> Option<(&'a str, Scope, &'a str)> {
    let mut parts = key.strip_prefix(prefix)?.strip_prefix(":v:")?.splitn(3, ':');
    Some((parts.next()?, Scope::parse(parts.next()?)?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> [Scope; 5] {
        let (guild, user) = (GuildId::new(1).unwrap(), UserId::new(12).unwrap());
        let other = GuildId::new(11).unwrap();
        [
            Scope::Guild(guild),
            Scope::Member(guild, user),
            Scope::Member(other, UserId::new(2).unwrap()),
            Scope::User(user),
            Scope::Global,
        ]
    }

    #[test]
    fn every_key_is_its_own_whatever_the_name_says() {
        let names = ["", "x", ":", "x:g1", "g1:x", "v:temp:g1:x", "*", "ä:\n"];
        let mut keys = std::collections::BTreeSet::new();
        for category in ["temp", "temp_2"] {
            for scope in scopes() {
                for name in names {
                    let key = shared("bot", category, scope, name);
                    assert_eq!(parse("bot", &key), Some((category, scope, name)));
                    assert!(keys.insert(key));
                }
            }
        }
        for strange in
            ["", "bot", "bot:v:temp", "bot:v:temp:g1", "bot:v:temp:x1:y", "bot:g:3", "other:v:a:-:b"]
        {
            assert_eq!(parse("bot", strange), None, "{strange}");
        }
    }

    #[test]
    fn a_guild_holds_its_members_and_nothing_else() {
        let [guild, member, foreign, user, global] = scopes();
        assert!(guild.holds(guild) && guild.holds(member) && user.holds(user) && global.holds(global));
        for other in [foreign, user, global] {
            assert!(!guild.holds(other), "{other}");
        }
        assert!(!global.holds(guild) && !member.holds(guild) && !user.holds(member));
    }
}
