//! The section `storage`: where data is kept.

use std::path::PathBuf;

use guildhall_core::secret::SecretString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where data is kept: in SQLite files in `folder`, or in the PostgreSQL database that `url` names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Storage {
    /// The folder for the databases and the logs. Created when it is missing. Each bot has a database of its
    /// own in it, and so has the sandbox, so that trying things out never mixes with a real bot's data.
    pub(crate) folder: PathBuf,
    /// The address of a PostgreSQL database, 15 or newer: `postgres://user:password@host/database`. Without
    /// one, data is kept in SQLite files. `?sslmode=verify-full` asks for an encrypted connection.
    #[schemars(with = "Option<String>")]
    pub(crate) url: Option<SecretString>,
    /// A file that holds the address, instead of `url`.
    pub(crate) url_file: Option<PathBuf>,
    /// The address for whoever owns the tables, where the login of `url` does not: used for migrations only.
    #[schemars(with = "Option<String>")]
    pub(crate) owner_url: Option<SecretString>,
    /// A file that holds that address, instead of `owner_url`.
    pub(crate) owner_url_file: Option<PathBuf>,
    /// What the names of the database roles start with that Guildhall makes and works under. Bots that share
    /// a server, each in a database of its own, may share them.
    pub(crate) roles_prefix: String,
    /// How SQLite files are laid out: one for everything, or one for each server of the bot. PostgreSQL
    /// knows no layout.
    pub(crate) layout: Layout,
    /// Files of servers that stay open while nobody uses them, in the layout `per_guild`.
    pub(crate) open_files: u32,
    /// Connections that read an SQLite file at the same time. There is always exactly one that writes.
    pub(crate) readers: u32,
    /// Connections to PostgreSQL that this process opens at most.
    pub(crate) connections: u32,
    /// Seconds that work waits for a free connection before it fails, and that a new connection to PostgreSQL
    /// may take.
    pub(crate) queue_timeout_seconds: u32,
    /// Seconds that a statement may run on PostgreSQL before the server stops it; 0 for no limit.
    pub(crate) statement_timeout_seconds: u32,
    /// Seconds after which an idle connection to PostgreSQL is closed.
    pub(crate) idle_seconds: u32,
    /// Whether PostgreSQL keeps statements prepared. Turn it off behind a pooler in transaction mode that
    /// does not support that, such as PgBouncer before 1.21.
    pub(crate) prepared_statements: bool,
    /// Megabytes from which on the size of the database is warned of; 0 never warns.
    pub(crate) warn_megabytes: u32,
}

/// How SQLite files are laid out.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layout {
    /// One file.
    #[default]
    Single,
    /// One file for each server of the bot, and one for what belongs to none.
    PerGuild,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("guildhall-data"),
            url: None,
            url_file: None,
            owner_url: None,
            owner_url_file: None,
            roles_prefix: "guildhall".to_owned(),
            layout: Layout::default(),
            open_files: 256,
            readers: 4,
            connections: 16,
            queue_timeout_seconds: 30,
            statement_timeout_seconds: 30,
            idle_seconds: 300,
            prepared_statements: true,
            warn_megabytes: 0,
        }
    }
}

impl Storage {
    /// The setting with a value that cannot be used, and what would be right.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let from_one = "use a number from 1";
        let plain = |text: &str| {
            let letters = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
            letters
                && (1..=40).contains(&text.len())
                && !text.starts_with(|first: char| first.is_ascii_digit())
        };
        let checks = [
            (
                self.layout == Layout::PerGuild && self.url.is_some(),
                "storage.layout",
                "`storage.url` is set too, and PostgreSQL knows no layout; keep one",
            ),
            (
                self.owner_url.is_some() && self.url.is_none(),
                "storage.owner_url",
                "set `storage.url` too: it is the address that the bot works under",
            ),
            (
                !plain(&self.roles_prefix),
                "storage.roles_prefix",
                "use up to 40 of a to z, 0 to 9 and `_`, a letter first",
            ),
            (!(1..=64).contains(&self.readers), "storage.readers", "use a number from 1 to 64"),
            (!(2..=1_000).contains(&self.connections), "storage.connections", "use a number from 2 to 1000"),
            (!(1..=10_000).contains(&self.open_files), "storage.open_files", "use a number from 1 to 10000"),
            (self.queue_timeout_seconds == 0, "storage.queue_timeout_seconds", from_one),
            (self.idle_seconds == 0, "storage.idle_seconds", from_one),
        ];
        checks.into_iter().find(|(wrong, ..)| *wrong).map(|(_, key, reason)| (key, reason))
    }
}
