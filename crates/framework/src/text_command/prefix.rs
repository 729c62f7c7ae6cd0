//! Which server has which prefix: a copy in memory, because every message is compared with it.

use std::{collections::HashMap, fmt};

use guildhall_core::id::GuildId;
use guildhall_store::platform::setting::Setting;
use parking_lot::RwLock;

use super::OWNER;

/// The key of the setting that holds a server's prefix: a JSON string, empty where there is none any more.
pub const PREFIX: &str = "prefix";

/// The most characters of a prefix.
const LONGEST: usize = 5;

/// Signs that mean something of their own at the beginning of a message, or would not survive being quoted.
const RESERVED: &[char] = &['/', '\\', '@', '#', '<', '`', '"'];

/// What stands before the name of a command: `!`, `gh!`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prefix(Box<str>);

/// Why something cannot be a prefix.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadPrefix {
    /// It is empty or too long.
    #[error("a prefix has 1 to 5 characters")]
    Length,
    /// A sign in it cannot be used.
    #[error("a prefix has letters, digits and marks of ASCII, and none that Discord uses itself")]
    Sign,
    /// It ends in a letter or digit, and would run into the name of the command.
    #[error("a prefix ends in a mark")]
    End,
}

impl Prefix {
    /// The prefix of these characters.
    pub fn new(text: &str) -> Result<Self, BadPrefix> {
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(BadPrefix::Length);
        }
        if !text.chars().all(|sign| sign.is_ascii_graphic() && !RESERVED.contains(&sign)) {
            return Err(BadPrefix::Sign);
        }
        if !text.ends_with(|last: char| last.is_ascii_punctuation()) {
            return Err(BadPrefix::End);
        }
        Ok(Self(text.into()))
    }

    /// Its characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The prefixes of all servers that have one.
#[derive(Debug, Default)]
pub struct Prefixes {
    /// Whether those who run the bot have turned text commands on.
    allowed: bool,
    of: RwLock<HashMap<GuildId, Prefix>>,
}

impl Prefixes {
    /// Where those who run the bot have turned text commands on, or have not.
    pub fn allowed(allowed: bool) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// Whether text commands are turned on in this program at all.
    pub const fn are_allowed(&self) -> bool {
        self.allowed
    }

    /// The prefix that works in a guild.
    pub fn of(&self, guild: GuildId) -> Option<Prefix> {
        if self.allowed { self.of.read().get(&guild).cloned() } else { None }
    }

    /// Whether the guild has one.
    pub fn has(&self, guild: GuildId) -> bool {
        self.allowed && self.of.read().contains_key(&guild)
    }

    /// What is written behind the guild's prefix, where the text begins with it.
    pub fn strip<'t>(&self, guild: GuildId, text: &'t str) -> Option<&'t str> {
        if !self.allowed {
            return None;
        }
        text.strip_prefix(self.of.read().get(&guild)?.as_str())
    }

    /// Whether the guild has a prefix that begins with this byte.
    pub fn may_begin(&self, guild: GuildId, byte: u8) -> bool {
        let begins = |prefix: &Prefix| prefix.as_str().as_bytes().first() == Some(&byte);
        self.allowed && self.of.read().get(&guild).is_some_and(begins)
    }

    /// Takes note of what a guild has chosen and stored.
    pub fn set(&self, guild: GuildId, prefix: Option<Prefix>) {
        let mut of = self.of.write();
        match prefix {
            Some(prefix) => drop(of.insert(guild, prefix)),
            None => drop(of.remove(&guild)),
        }
    }

    /// Takes note of a stored setting; says whether it was a prefix. One that this version would not take counts as none.
    pub fn load(&self, guild: GuildId, setting: &Setting) -> bool {
        let mine = setting.feature == OWNER && setting.key == PREFIX;
        if mine {
            let text: Option<String> = serde_json::from_str(&setting.value).ok();
            self.set(guild, text.and_then(|text| Prefix::new(&text).ok()));
        }
        mine
    }

    /// Forgets a guild.
    pub fn forget(&self, guild: GuildId) {
        self.set(guild, None);
    }

    /// The guilds that have a prefix that works.
    pub fn guilds(&self) -> Vec<GuildId> {
        if self.allowed { self.of.read().keys().copied().collect() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_short_and_ends_in_a_mark() {
        for good in ["!", "?", ".", "gh!", ">>", "m.", "1234-"] {
            assert_eq!(Prefix::new(good).unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("", BadPrefix::Length),
            ("!!!!!!", BadPrefix::Length),
            ("gh", BadPrefix::End),
            ("!5", BadPrefix::End),
            ("/", BadPrefix::Sign),
            ("<@5>", BadPrefix::Sign),
            ("a b!", BadPrefix::Sign),
            ("`", BadPrefix::Sign),
            ("§", BadPrefix::Sign),
            ("\u{200b}!", BadPrefix::Sign),
        ] {
            assert_eq!(Prefix::new(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn what_is_stored_is_loaded_and_nothing_works_where_it_is_not_allowed() {
        let guild = GuildId::new(1).unwrap();
        let stored = |key: &str, value: &str| Setting {
            feature: OWNER.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        for allowed in [true, false] {
            let prefixes = Prefixes::allowed(allowed);
            assert!(prefixes.load(guild, &stored(PREFIX, "\"!\"")));
            assert!(!prefixes.load(guild, &stored("other", "\"?\"")));
            assert_eq!(prefixes.of(guild).is_some(), allowed);
            assert_eq!(prefixes.strip(guild, "!mark a"), allowed.then_some("mark a"));
            assert_eq!(
                (prefixes.strip(guild, "mark"), prefixes.guilds().len()),
                (None, usize::from(allowed))
            );
            assert_eq!((prefixes.may_begin(guild, b'!'), prefixes.may_begin(guild, b'?')), (allowed, false));
            for gone in ["\"\"", "\"a b\"", "7", ""] {
                prefixes.load(guild, &stored(PREFIX, "\"!\""));
                assert!(prefixes.load(guild, &stored(PREFIX, gone)));
                assert_eq!(prefixes.of(guild), None, "{gone}");
            }
        }
    }
}
