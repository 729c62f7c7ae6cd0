//! Why a backup, or its way back, fails.

use std::path::{Path, PathBuf};

use guildhall_core::id::GuildId;
use guildhall_store::StoreError;

/// A failure of a backup or of a restore. Never holds a value of a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Processes of the bot are at work in the database.
    #[error(
        "restore into a database in use: {processes} of the bot's processes are alive\nhint: stop them first"
    )]
    Running {
        /// How many.
        processes: usize,
    },
    /// A file or folder cannot be used.
    #[error("{doing} `{path}`")]
    File {
        /// What was tried, such as `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("read the backup `{path}`: it is neither a backup nor encrypted with age")]
    NotABackup {
        /// The file.
        path: PathBuf,
    },
    /// The file is torn or was altered.
    #[error(
        "read the backup `{path}`: it is damaged in {place}: {reason}\nhint: nothing was changed; take another backup of the list"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which part, such as `chunk 3`.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// None of the given keys opens the file.
    #[error(
        "open the backup `{path}`: {reason}\nhint: set `backup.identity_file` or `backup.passphrase_file` to the key that it was made for"
    )]
    Locked {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A key is no key.
    #[error("use {what}: {reason}")]
    Key {
        /// Which key.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No key is set, and nobody allowed to do without.
    #[error(
        "make a backup without a key\nhint: `guildhall backup keygen` makes one; or set `backup.allow_plain = true` where the folder itself is safe"
    )]
    NoKey,
    /// The file was written by a newer program.
    #[error(
        "read the backup `{path}`: its format is {found}, this program knows {known}\nhint: use Guildhall {version} or newer"
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The last one this program knows.
        known: u32,
        /// The program that wrote it.
        version: String,
    },
    /// The tables of the backup are not those of the database.
    #[error("put the backup into this database: {reason}")]
    Tables {
        /// What differs, and what to do.
        reason: String,
    },
    /// A row cannot be part of a backup.
    #[error("back up the table `{table}`: {reason}")]
    Row {
        /// The table.
        table: String,
        /// Why not.
        reason: String,
    },
    /// A row of the backup cannot be put into the database.
    #[error("put a row into the table `{table}`")]
    Put {
        /// The table.
        table: String,
        /// Why not.
        source: StoreError,
    },
    /// The backup has no such guild.
    #[error("find the server {0} in the backup")]
    NoGuild(GuildId),
    /// The database holds data, and nobody said that it may go.
    #[error("restore into a database that holds data\nhint: `--replace` replaces all of it")]
    NotEmpty,
    /// An earlier restore did not come to its end.
    #[error(
        "serve from a database whose restore was cut short ({0})\nhint: run the same `guildhall backup restore` again; it starts anew and harms nothing"
    )]
    HalfRestored(String),
    /// What is in the database afterwards is not what the backup holds.
    #[error("trust what was restored: {0}")]
    Differs(String),
    /// A helper thread of ours ended early.
    #[error("go on: the thread that reads or writes the file has ended")]
    Thread,
}

impl BackupError {
    /// Tells what was done with which file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}
