//! Words and numbers that stand for what is secret: each belongs to one owner and occurs nowhere else.

use aho_corasick::{AhoCorasick, MatchKind};
use guildhall_core::id::{ChannelId, GuildId, UserId};

/// Members of each guild that are in no other.
pub(crate) const MEMBERS: u64 = 4;
/// Members that are in every guild.
pub(crate) const SHARED: u64 = 3;
/// Columns of the database that can hold a canary of each guild.
const COLUMNS: u64 = 400;
/// What the members of a guild say.
pub(crate) const SAYINGS: u64 = 30;

const GUILDS: u64 = 800_000_000_000_000_000;
const USERS: u64 = 900_000_000_000_000_000;
/// Of other digits than [`NUMBERS`], with which it would else begin.
const CHANNELS: u64 = 600_000_000_000_000_000;
/// Also a time in milliseconds, in the year 2191, that no job finds old; the seconds are a canary, too.
const NUMBERS: u64 = 7_000_000_000_000;

/// Whose a canary is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Owner {
    /// Only this guild may see it.
    Guild(u64),
    /// Nobody in a guild may see it: a user's own, or the operators'.
    Nobody,
}

pub(crate) fn guild(number: u64) -> GuildId {
    id(GUILDS + number, GuildId::new)
}

pub(crate) fn channel(number: u64) -> ChannelId {
    id(CHANNELS + number, ChannelId::new)
}

/// A member of this guild alone, or of every guild from [`MEMBERS`] on.
pub(crate) fn member(guild: u64, number: u64) -> UserId {
    let offset = if number < MEMBERS { guild * 1_000 + number } else { 900_000 + number };
    id(USERS + offset, UserId::new)
}

/// Whether this user is in every guild.
pub(crate) fn is_shared(user: UserId) -> bool {
    (MEMBERS..MEMBERS + SHARED).any(|number| member(0, number) == user)
}

fn id<T>(number: u64, make: impl Fn(u64) -> Option<T>) -> T {
    make(number).unwrap_or_else(|| unreachable!("the ids of the proof are not zero"))
}

/// Whether this canary is the id of a guild.
pub(crate) fn is_guild(canary: &str) -> bool {
    canary.parse::<u64>().is_ok_and(|number| (GUILDS..GUILDS + 10_000).contains(&number))
}

/// A word in a column of the database. Owner 0 is nobody.
pub(crate) fn word(owner: u64, column: u64) -> String {
    format!("zqx{owner:04}c{column:04}xqz")
}

/// A word that members say.
pub(crate) fn saying(owner: u64, number: u64) -> String {
    format!("zqx{owner:04}s{number:04}xqz")
}

/// A number in a column of the database.
pub(crate) fn number(owner: u64, column: u64) -> i64 {
    i64::try_from(NUMBERS + (owner * 10_000 + column) * 1_000).unwrap_or(i64::MAX)
}

/// Finds every canary at once.
#[derive(Debug)]
pub(crate) struct Matcher {
    automaton: AhoCorasick,
    owners: Vec<Owner>,
    patterns: Vec<String>,
}

/// A canary that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) owner: Owner,
    pub(crate) canary: String,
}

impl Matcher {
    /// For this many guilds, numbered from 1.
    pub(crate) fn new(guilds: u64) -> Self {
        let mut patterns = Vec::new();
        let mut owners = Vec::new();
        for owner in 0..=guilds {
            let whose = if owner == 0 { Owner::Nobody } else { Owner::Guild(owner) };
            let mut add = |pattern: String| {
                patterns.push(pattern);
                owners.push(whose);
            };
            for column in 0..COLUMNS {
                add(word(owner, column));
                // As seconds; the same digits begin the milliseconds.
                add((number(owner, column) / 1_000).to_string());
                add(grouped(number(owner, column)));
            }
            if owner > 0 {
                (0..SAYINGS).for_each(|number| add(saying(owner, number)));
                (0..MEMBERS).for_each(|number| add(member(owner, number).to_string()));
                add(guild(owner).to_string());
                add(channel(owner).to_string());
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(&patterns)
            .unwrap_or_else(|error| unreachable!("the patterns are few enough: {error}"));
        Self { automaton, owners, patterns }
    }

    /// How many canaries there are.
    pub(crate) fn len(&self) -> usize {
        self.patterns.len()
    }

    /// The canaries in this text that are not this owner's.
    pub(crate) fn foreign(&self, owner: Option<u64>, text: &str) -> Vec<Found> {
        // The digits of a canary within other digits are no canary.
        let whole = |start: usize| {
            let before = start.checked_sub(1).and_then(|before| text.as_bytes().get(before));
            let digit = text.as_bytes().get(start).is_some_and(u8::is_ascii_digit);
            !(digit && before.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.'))
        };
        let found = self.automaton.find_iter(text).filter(|found| whole(found.start()));
        let found = found.map(|found| found.pattern().as_usize());
        let foreign = found.filter(|at| owner.is_none_or(|owner| self.owners[*at] != Owner::Guild(owner)));
        foreign.map(|at| Found { owner: self.owners[at], canary: self.patterns[at].clone() }).collect()
    }

    /// Whether there is any canary in this text.
    pub(crate) fn any(&self, text: &str) -> bool {
        self.automaton.is_match(text)
    }
}

/// With commas between the thousands, as people write it.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<String> =
        digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_by_all_but_its_owner_in_every_form() {
        let matcher = Matcher::new(3);
        let seconds = number(2, 7) / 1_000;
        for text in [
            format!("Hello {}", word(2, 399)),
            format!("{}!", saying(2, 0).to_uppercase()),
            format!("<t:{seconds}:R>"),
            number(2, 7).to_string(),
            grouped(number(2, 0)),
            format!("<@{}>", member(2, 1)),
            format!("guild {}", guild(2)),
        ] {
            assert!(matcher.foreign(Some(2), &text).is_empty(), "{text}");
            assert_eq!(matcher.foreign(Some(1), &text)[0].owner, Owner::Guild(2), "{text}");
            assert_eq!(matcher.foreign(None, &text).len(), 1, "{text}");
        }
        assert!(matcher.foreign(Some(1), &format!("seconds 0.01{seconds}")).is_empty());
        assert_eq!(matcher.foreign(Some(1), &word(0, 3))[0].owner, Owner::Nobody);
        assert!(!matcher.any(&member(1, MEMBERS).to_string()), "a member of every guild is no secret");
    }
}
