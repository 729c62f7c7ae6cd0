//! What a backup says about itself: at its start, and at its end.

use guildhall_core::{clock::Timestamp, id::GuildId};
use guildhall_store::ScopeKind;
use serde::{Deserialize, Serialize};

use crate::digest::Totals;

/// The format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// What a backup covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    Whole,
    /// One guild's rows.
    Guild(GuildId),
}

/// The first part of a backup.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The format, [`FORMAT`].
    pub format: u32,
    /// The version of Guildhall that wrote it.
    pub program: String,
    /// The moment of the snapshot: what was committed before it is in the backup.
    pub created_at: Timestamp,
    /// What it covers.
    pub scope: Scope,
    /// The database that it was read from, for people.
    pub backend: String,
    /// The migrations that had run.
    pub ledger: Vec<LedgerEntry>,
    /// The tables, in an order in which referenced ones come first.
    pub tables: Vec<TableShape>,
}

impl Header {
    /// The owners and their last migrations, as [`Store::open_at`](guildhall_store::Store::open_at) takes them.
    pub fn versions(&self) -> Vec<(String, u32)> {
        self.ledger.iter().map(|entry| (entry.owner.clone(), entry.version)).collect()
    }
}

/// The last migration of one owner.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Whose tables.
    pub owner: String,
    /// The migration.
    pub version: u32,
    /// The checksum of its text.
    pub checksum: String,
}

/// A table as the backup holds it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Whose rows it has.
    pub scope: TableScope,
    /// The columns of each row, without the one that holds the owner's id.
    pub columns: Vec<ColumnShape>,
}

/// Whose rows a table has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableScope {
    /// Guilds', members' among them.
    Guild,
    /// Users'.
    User,
    /// Nobody's in particular.
    Global,
}

impl TableScope {
    /// The column that holds the owner's id.
    pub const fn column(self) -> Option<&'static str> {
        match self {
            Self::Guild => Some("guild_id"),
            Self::User => Some("user_id"),
            Self::Global => None,
        }
    }
}

impl From<ScopeKind> for TableScope {
    fn from(kind: ScopeKind) -> Self {
        match kind {
            ScopeKind::Guild | ScopeKind::Member => Self::Guild,
            ScopeKind::User => Self::User,
            ScopeKind::Global => Self::Global,
        }
    }
}

/// A column.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ColumnShape {
    /// Its name.
    pub name: String,
    /// Whether it holds fractions: some databases give a whole fraction back as a whole number.
    pub real: bool,
}

/// The last part of a backup.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Trailer {
    /// The chunks between header and trailer.
    pub chunks: u64,
    /// The bytes of their rows before compression.
    pub bytes: u64,
    /// Counts and checksums.
    pub totals: Totals,
}
