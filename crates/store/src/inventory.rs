//! What is kept, about whom and for how long. Retention, export, erasure and the walls of the database
//! are derived from these declarations; tests refuse a table or column that none of them names.

use crate::statement::ScopeKind;

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whose rows it holds. Guild and member tables have `guild_id` first in their primary key.
    pub scope: ScopeKind,
    /// Every column.
    pub columns: &'static [Column],
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
        /// The days.
        failed_days: u32,
    },
    /// This many days after the time in a column of milliseconds.
    Days {
        /// The column.
        column: &'static str,
        /// The days.
        days: u32,
    },
    /// As long as the bot runs: nothing about guilds or people.
    Permanent,
}
