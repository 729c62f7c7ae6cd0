//! What can go wrong with the database.

use std::path::PathBuf;

/// A failure of the store. Never holds a value that a caller bound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file or its folder cannot be used.
    #[error("open the database `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file of tombstones cannot be read or written.
    #[error("keep the tombstones in `{path}`")]
    Tombstones {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// An export cannot be written.
    #[error("write the export")]
    Export(#[source] std::io::Error),
    /// The database refuses to open.
    #[error("open the database `{place}`")]
    Open {
        /// The file, or the host and name of the database.
        place: String,
        /// Why not.
        source: Box<sqlx::Error>,
    },
    /// The address of a database cannot be read. Not quoted: it may hold a password.
    #[error(
        "read the address of the database\nhint: it has the form `postgres://user:password@host:port/database`"
    )]
    Address,
    /// The walls cannot be built in the database.
    #[error("build the walls between guilds: {step}\nhint: {hint}")]
    Walls {
        /// What was tried.
        step: String,
        /// What an administrator of the database can do.
        hint: String,
        /// What the database said.
        source: Box<sqlx::Error>,
    },
    /// Another process has the data file open.
    #[error(
        "open the database `{path}`: another process is using it\nhint: stop the other Guildhall, or give this one its own data folder"
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The database belongs to another bot.
    #[error(
        "use the database: it holds the data of `{holder}`\nhint: give each bot a database of its own, and the sandbox, too"
    )]
    Claimed {
        /// Whose data it holds.
        holder: String,
    },
    /// The database engine is older than Guildhall needs.
    #[error("use {engine} {found}: {needed} or newer is needed")]
    Outdated {
        /// The engine's name.
        engine: &'static str,
        /// Its version.
        found: String,
        /// The oldest version that is safe.
        needed: &'static str,
    },
    /// The database holds a migration that this program does not know.
    #[error(
        "open data written by a newer Guildhall: `{owner}` is at migration {version}, this program knows {known}\nhint: start the version that wrote it, or restore the backup from before the update"
    )]
    Newer {
        /// Whose tables.
        owner: String,
        /// The migration found.
        version: u32,
        /// The last migration of that owner in this program; zero where the owner is unknown.
        known: u32,
    },
    /// A migration that has run has another text now.
    #[error(
        "trust the tables of `{owner}`: migration {version} differs from the one that made them\nhint: migrations are never edited once released; restore its text and add a new migration"
    )]
    Altered {
        /// Whose tables.
        owner: &'static str,
        /// The migration.
        version: u32,
    },
    /// A schema is declared wrongly: a defect of the program.
    #[error("read the schema of `{owner}`: {reason}")]
    Declaration {
        /// Whose schema.
        owner: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A migration failed and left nothing behind.
    #[error("run migration {version} of `{owner}`")]
    Migration {
        /// Whose migration.
        owner: &'static str,
        /// Which one.
        version: u32,
        /// Why.
        source: Box<sqlx::Error>,
    },
    /// A statement failed.
    #[error("run the statement `{statement}`: {kind}")]
    Statement {
        /// Its name.
        statement: &'static str,
        /// What sort of failure.
        kind: Failure,
        /// What the database said.
        source: Box<sqlx::Error>,
    },
    /// A statement got another number of values than it takes.
    #[error("run the statement `{statement}`: it takes {expected} values and got {given}")]
    Parameters {
        /// Its name.
        statement: &'static str,
        /// Values that the text names, the scope's own included.
        expected: usize,
        /// Values that came, the scope's own included.
        given: usize,
    },
    /// A statement that always gives a row gave none.
    #[error("find the row of `{statement}`")]
    NoRow {
        /// Its name.
        statement: &'static str,
    },
    /// A column is missing or holds something else than asked for.
    #[error("read column `{column}` as {wanted}: {found}")]
    Column {
        /// The column.
        column: String,
        /// The type asked for.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// An earlier statement of this transaction failed or was cancelled; it can only be rolled back.
    #[error("go on in a transaction that has failed: only a rollback is possible")]
    Spoiled,
    /// There is no savepoint to go back to.
    #[error("end a savepoint that was never set")]
    NoSavepoint,
    /// Every connection was taken for too long.
    #[error("get a turn with the database in time")]
    Queue,
    /// The store is closed.
    #[error("use a closed store")]
    Closed,
}

/// What sort of failure a statement met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// A row with this key is there already.
    Conflict,
    /// A row that this one refers to is missing, or still referred to.
    ForeignKey,
    /// A value breaks a rule of its column.
    Constraint,
    /// A statement that writes was run in a read transaction.
    ReadOnly,
    /// Another program holds the database.
    Busy,
    /// The disk is full.
    Full,
    /// The connection is lost.
    Lost,
    /// It took longer than allowed.
    Slow,
    /// The walls of the database refused it: a row of another scope, or a table that the role may not touch.
    Walled,
    /// This process was taken for dead and another has its work: it writes nothing more.
    Fenced,
    /// Anything else.
    Other,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Conflict => "a row with this key exists",
            Self::ForeignKey => "a row it refers to is missing, or still in use",
            Self::Constraint => "a value breaks a rule of its column",
            Self::ReadOnly => "it writes, and the transaction only reads",
            Self::Busy => "another program holds the database",
            Self::Full => "the disk is full",
            Self::Lost => "the connection is lost",
            Self::Slow => "it took longer than allowed",
            Self::Walled => "the walls between guilds refused it",
            Self::Fenced => "this process was taken for dead and has lost its work to another",
            Self::Other => "the database refused it",
        })
    }
}

impl StoreError {
    /// Whether a row with the same key was there already.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Statement { kind: Failure::Conflict, .. })
    }

    /// Whether the database could not serve anybody just now: the same may work later, and whoever asked did
    /// nothing wrong.
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Queue | Self::Closed => true,
            Self::Statement { kind, .. } => {
                matches!(kind, Failure::Busy | Failure::Full | Failure::Lost | Failure::Fenced)
            }
            _ => false,
        }
    }

    /// Whether this process was evicted ([`Store::belong_to`](crate::Store::belong_to)).
    pub const fn is_fenced(&self) -> bool {
        matches!(self, Self::Statement { kind: Failure::Fenced, .. })
    }
}
