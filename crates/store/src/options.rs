//! How the database is opened.

use std::{path::PathBuf, time::Duration};

use guildhall_core::secret::SecretString;

/// Where the data is, and how many may work with it at once.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where the data is.
    pub place: Place,
    /// SQLite: connections that read at the same time, of each file.
    pub readers: u32,
    /// PostgreSQL: connections of this process at the most.
    pub connections: u32,
    /// SQLite: how long a statement waits for a lock that another program holds, such as a backup tool.
    pub busy_timeout: Duration,
    /// How long a caller waits for its turn with the writer, a reader or a connection.
    pub queue_timeout: Duration,
    /// PostgreSQL: how long the first connection may take.
    pub connect_timeout: Duration,
    /// PostgreSQL: a statement that takes longer is ended by the server.
    pub statement_timeout: Duration,
    /// PostgreSQL: a connection that nobody used for so long is closed.
    pub idle_timeout: Duration,
    /// Whether nothing is changed. A SQLite file may then be open in another process, too.
    pub read_only: bool,
    /// Prepared statements that each connection keeps. PostgreSQL: 0 prepares none, as poolers want it that
    /// give each transaction another connection.
    pub cached_statements: usize,
}

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Place {
    /// One SQLite file. Its folder is made where it is missing.
    File(PathBuf),
    /// A folder with one SQLite file for each guild, and one for everything else.
    Folder {
        /// The folder, made where it is missing.
        path: PathBuf,
        /// Files of guilds that stay open while nobody uses them.
        open_files: usize,
    },
    /// A PostgreSQL database.
    Postgres(Postgres),
}

/// A PostgreSQL database and the roles in it.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// How the program logs in, as `postgres://user:password@host/database`.
    pub url: SecretString,
    /// How whoever owns the tables logs in, to bring them up to date; `url` where it is missing. With one of
    /// its own, the login of the running program owns nothing.
    pub owner_url: Option<SecretString>,
    /// The roles are called this with `_app` and `_operator` behind it.
    pub roles: String,
}

impl StoreOptions {
    /// One SQLite file, with the defaults.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::at(Place::File(path.into()))
    }

    /// A SQLite file for each guild in this folder, 256 of them open at a time.
    pub fn per_guild(folder: impl Into<PathBuf>) -> Self {
        Self::at(Place::Folder { path: folder.into(), open_files: 256 })
    }

    /// A PostgreSQL database by its URL.
    pub fn postgres(url: impl Into<SecretString>) -> Self {
        Self::at(Place::Postgres(Postgres {
            url: url.into(),
            owner_url: None,
            roles: "guildhall".to_owned(),
        }))
    }

    /// The defaults for this place: four readers, ten connections, five seconds for foreign locks, ten to
    /// connect, half a minute in the queue and for a statement, ten minutes idle, 512 prepared statements.
    pub const fn at(place: Place) -> Self {
        Self {
            place,
            readers: 4,
            connections: 10,
            busy_timeout: Duration::from_secs(5),
            queue_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(10),
            read_only: false,
            cached_statements: 512,
        }
    }
}
