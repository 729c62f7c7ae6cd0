//! Which kind of database a store is, for work that has to know what one transaction can hold.

use crate::{backend::Backend, store::Store};

/// How the data is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// One SQLite file.
    File,
    /// A SQLite file for each guild: one transaction keeps every file open that it touches, and its parts
    /// are snapshots of their own.
    PerGuild,
    /// A PostgreSQL database.
    Postgres,
}

impl Layout {
    /// Its name, as the configuration and backups say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "sqlite",
            Self::PerGuild => "per_guild",
            Self::Postgres => "postgres",
        }
    }
}

impl Store {
    /// How the data is laid out.
    pub fn layout(&self) -> Layout {
        match self.backend() {
            Backend::Sqlite(_) => Layout::File,
            Backend::Folder(_) => Layout::PerGuild,
            Backend::Postgres(_) => Layout::Postgres,
        }
    }
}
