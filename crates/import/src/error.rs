//! What can go wrong with an import.

use std::path::PathBuf;

use guildhall_store::StoreError;

/// A failure of the import. Rows that cannot be taken are no failure: they are in the report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("read `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error(
        "import `{path}`: it is not an SQLite database\nhint: name the old bot's database file, often `database.db` in its folder"
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database, and broken.
    #[error(
        "import `{path}`: the database is damaged ({what})\nhint: `sqlite3 FILE .recover | sqlite3 NEW` saves what can be saved; import the new file"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// There is work in a companion file that only the owner of the database may finish.
    #[error(
        "import `{path}`: `{companion}` holds changes that are not in the database yet\nhint: stop the old bot; if it was killed, run `sqlite3 FILE 'PRAGMA wal_checkpoint(TRUNCATE)'` once"
    )]
    Unsettled {
        /// The file.
        path: PathBuf,
        /// The companion file.
        companion: PathBuf,
    },
    /// The texts of the database are not UTF-8.
    #[error(
        "import `{path}`: its texts are stored as {encoding}\nhint: `sqlite3 FILE .dump | sqlite3 NEW` writes them as UTF-8; import the new file"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
        /// How they are stored.
        encoding: String,
    },
    /// There is nothing of the old bot in it.
    #[error(
        "import `{path}`: it has none of the old bot's tables, such as `users` or `invites`\nhint: name the old bot's database file, often `database.db` in its folder"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the one that the import began with.
    #[error(
        "go on with import {import} of this server: the file has changed since it began\nhint: give the file that it began with, or begin anew with `--restart`"
    )]
    Changed {
        /// The import that is half done.
        import: i64,
    },
    /// The import that is half done was begun in another way.
    #[error(
        "go on with import {import} of this server: it was begun with {begun}\nhint: use the same options, or begin anew with `--restart`"
    )]
    Differs {
        /// The import that is half done.
        import: i64,
        /// How it was begun.
        begun: String,
    },
    /// The file changed while it was read.
    #[error(
        "import `{path}`: the file changed while it was read\nhint: stop the old bot and begin anew with `--restart`"
    )]
    Moving {
        /// The file.
        path: PathBuf,
    },
    /// Another import of this guild moved ahead of this one.
    #[error("import `{table}`: another import of this server is running")]
    Overtaken {
        /// The table.
        table: String,
    },
    /// What is stored is not what was read.
    #[error(
        "verify `{table}`: {read} rows with checksum {wanted} were taken, {stored} rows with checksum {found} are stored\nhint: begin anew with `--mode clean-slate`; if it happens again, report it"
    )]
    Mismatch {
        /// The table.
        table: String,
        /// Rows that were taken.
        read: u64,
        /// Rows that are stored.
        stored: u64,
        /// The checksum of what was taken.
        wanted: String,
        /// The checksum of what is stored.
        found: String,
    },
    /// The source database refused a statement.
    #[error("read the old database")]
    Source(#[source] Box<sqlx::Error>),
    /// The caller's backup failed, so nothing was begun.
    #[error("make the backup before the import: {0}")]
    Backup(String),
    /// The destination failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row of the import's own tables cannot be understood.
    #[error("read the import's own records: {0}")]
    Records(&'static str),
    /// The task that reads ahead ended early: a defect of the program.
    #[error("read ahead: the reader stopped without a word")]
    Reader,
}
