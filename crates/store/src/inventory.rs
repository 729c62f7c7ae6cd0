//! What is kept, about whom and for how long. Retention, export, erasure and the walls of the database
//! are derived from these declarations; tests refuse a table or column that none of them names.

use std::fmt;

use crate::statement::{GuildStatement, ScopeKind};

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whose rows it holds. Guild and member tables have `guild_id` first in their primary key.
    pub scope: ScopeKind,
    /// Every column.
    pub columns: &'static [Column],
    /// The columns of its primary key, in order.
    pub key: &'static [&'static str],
    /// How the rows of one person are found.
    pub person: Person,
    /// How long rows stay.
    pub retention: Retention,
    /// What it is for, as the privacy page says it.
    pub purpose: &'static str,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether it says something about a person.
    pub personal: Personal,
}

impl Column {
    /// A column that says nothing about a person.
    pub const fn plain(name: &'static str) -> Self {
        Self { name, personal: Personal::No }
    }

    /// A column with the id of a person.
    pub const fn id(name: &'static str) -> Self {
        Self { name, personal: Personal::Id }
    }

    /// A column with what a person wrote or did.
    pub const fn content(name: &'static str) -> Self {
        Self { name, personal: Personal::Content }
    }
}

/// Whether a column says something about a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Personal {
    /// Nothing.
    No,
    /// It names a person.
    Id,
    /// It holds what a person wrote or did.
    Content,
}

/// How the rows of one person are found. Export and erasure follow from it.
#[derive(Clone, Copy, Debug)]
pub enum Person {
    /// Nothing is about a person.
    Nobody,
    /// The guild's own: what those who manage it decided in its name. It names nobody, and goes with the
    /// guild.
    Guild,
    /// What Discord shows of a guild, and sends anew with each connection: there is nothing to erase that
    /// would stay erased. Nobody's request touches it; it goes when the bot leaves.
    Mirror,
    /// The key names the person: tables of members and users.
    Owner,
    /// The column holds the id of the person who made the row. It goes with them.
    Author(&'static str),
    /// Each of the columns holds the id of a person whom the row is about. It goes with any of them.
    Authors(&'static [&'static str]),
    /// One column as with `Author`; and rows for which `loose` holds may have anyone's words in them without saying whose, so
    /// that they all go when anyone of the guild is erased.
    AuthorOrLoose {
        /// The column; null where nobody in particular made the row.
        column: &'static str,
        /// A condition on columns of the table.
        loose: &'static str,
    },
    /// The column holds the id of the person whose wish the row records: what they chose, what they asked
    /// for. It is exported with what is theirs. It stays when they ask for erasure, because an opt-out that
    /// is forgotten is undone, and goes when Discord has deleted their account.
    Wish(&'static str),
    /// What was erased, by id and time: it must outlive the erasure.
    Tombstone,
    /// Made from the rows of another table of the same owner, and gone with them by a foreign key of
    /// `guild_id` and these columns with `ON DELETE CASCADE`.
    DerivedFrom {
        /// The other table.
        table: &'static str,
        /// Each column beside the column of the other table that it names.
        by: &'static [(&'static str, &'static str)],
    },
    /// Counts the rows of another table together: one row a guild, which the statement makes anew.
    Aggregate {
        /// The table.
        of: &'static str,
        /// Brings the guild's row up to date.
        recompute: GuildStatement,
    },
}

/// How long rows stay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retention {
    /// As long as its owner stays: a guild's rows until the bot has left, a user's until they ask.
    WithOwner,
    /// Until the work they stand for is done. What failed for good stays for operators to see, this many
    /// days after the time in a column of milliseconds.
    UntilDone {
        /// The column.
        column: &'static str,
        /// The condition that holds for what failed for good.
        failed: &'static str,
        /// The days.
        failed_days: u32,
    },
    /// This many hours after the time in a column of milliseconds.
    Hours {
        /// The column.
        column: &'static str,
        /// The hours.
        hours: u32,
    },
    /// This many days after the time in a column of milliseconds. Where that is null, the row stays.
    Days {
        /// The column.
        column: &'static str,
        /// The days.
        days: u32,
    },
    /// As long after the time in a column of milliseconds as the guild has chosen for a class of data.
    Class {
        /// The class.
        class: Class,
        /// The column.
        column: &'static str,
    },
    /// As long as the bot runs.
    Permanent,
}

impl fmt::Display for Retention {
    /// As it stands after "kept".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithOwner => f.write_str("until its owner is gone or asks for erasure"),
            Self::UntilDone { failed_days, .. } => {
                write!(f, "until it is done; what failed for {failed_days} days")
            }
            Self::Hours { hours: 1, .. } => f.write_str("for an hour"),
            Self::Hours { hours, .. } => write!(f, "for {hours} hours"),
            Self::Days { days, .. } => write!(f, "for {days} days"),
            Self::Class { class, .. } => match class.days {
                Some(days) => write!(f, "for {days} days, or as the server chooses (class `{}`)", class.name),
                None => write!(f, "for good, or as the server chooses (class `{}`)", class.name),
            },
            Self::Permanent => f.write_str("as long as the bot runs"),
        }
    }
}

/// A class of data whose retention each guild may choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Class {
    /// Its name in settings and commands.
    pub name: &'static str,
    /// The days where a guild has chosen nothing; `None` for good.
    pub days: Option<u32>,
}

impl Class {
    /// Messages that a feature keeps.
    pub const MESSAGES: Self = Self { name: "messages", days: Some(180) };
    /// Reactions that a feature keeps.
    pub const REACTIONS: Self = Self { name: "reactions", days: Some(90) };
    /// What members taught the bot.
    pub const KNOWLEDGE: Self = Self { name: "knowledge", days: None };
    /// Adventures and games.
    pub const ADVENTURES: Self = Self { name: "adventures", days: Some(365) };
    /// Counts of single members.
    pub const STATISTICS: Self = Self { name: "statistics", days: Some(90) };

    /// Every class.
    pub const ALL: &[Self] =
        &[Self::MESSAGES, Self::REACTIONS, Self::KNOWLEDGE, Self::ADVENTURES, Self::STATISTICS];

    /// The class of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.name == name)
    }
}

impl Table {
    /// The columns with the id of a person, where rows are found by any of them.
    pub const fn person_columns(&self) -> &[&'static str] {
        match &self.person {
            Person::Owner => &["user_id"],
            Person::Author(column) | Person::AuthorOrLoose { column, .. } | Person::Wish(column) => {
                std::slice::from_ref(column)
            }
            Person::Authors(columns) => columns,
            _ => &[],
        }
    }

    /// Whether rows belong to a guild: its own, and those of its members.
    pub const fn of_guild(&self) -> bool {
        matches!(self.scope, ScopeKind::Guild | ScopeKind::Member)
    }
}
