//! The old bot's database file, opened so that nothing about it changes: read-only, immutable, without a
//! lock and without companion files.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use crate::{error::ImportError, known, layout::Layout};

/// Every SQLite database begins with this (SQLite documentation: Database File Format, The Database Header).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A rollback journal that is to be played back begins with this (the same page, The Rollback Journal).
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// Rows that SQLite may be ahead of the reader.
const ROWS_AHEAD: usize = 1_024;

/// What SQLite's check says of values that break a rule of their table. That is no damage: such rows are
/// read like all others.
const RULES_BROKEN: [&str; 3] = ["NULL value in ", "CHECK constraint failed", "non-"];

/// The old bot's database file.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    digest: String,
    bytes: u64,
}

/// A table that is left out as a whole.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct LeftOut {
    /// Its name.
    pub table: String,
    /// Why.
    pub reason: String,
}

impl Source {
    /// Reads the file once from end to end for its digest, and refuses what cannot be imported.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let failed = |source| ImportError::File { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let mut head = [0; 16];
        if file.read_exact(&mut head).is_err() || head != *MAGIC {
            return Err(ImportError::NotADatabase { path: path.to_owned() });
        }
        settled(path)?;
        let (digest, bytes) = digest(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), digest, bytes })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The BLAKE3 digest of the file.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The size of the file.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the file is still the one that was opened.
    pub(crate) fn unchanged(&self) -> Result<(), ImportError> {
        settled(&self.path)?;
        let failed = |source| ImportError::File { path: self.path.clone(), source };
        if digest(&self.path).map_err(failed)?.0 == self.digest {
            Ok(())
        } else {
            Err(ImportError::Moving { path: self.path.clone() })
        }
    }

    /// A connection that can only read.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, ImportError> {
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .immutable(true)
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .row_buffer_size(ROWS_AHEAD)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(|error| self.failed(error))?;
        let encoding: String = self.ask(&mut connection, "PRAGMA encoding").await?;
        if encoding != "UTF-8" {
            return Err(ImportError::Encoding { path: self.path.clone(), encoding });
        }
        Ok(connection)
    }

    /// Looks at every page of the database.
    pub(crate) async fn check(&self, connection: &mut SqliteConnection) -> Result<(), ImportError> {
        let found = sqlx::query("PRAGMA quick_check(100)").fetch_all(&mut *connection).await;
        for row in found.map_err(|error| self.failed(error))? {
            let said: String = row.try_get(0).map_err(|error| self.failed(error))?;
            if said != "ok" && !RULES_BROKEN.iter().any(|rule| said.starts_with(rule)) {
                return Err(ImportError::Damaged { path: self.path.clone(), what: said });
            }
        }
        Ok(())
    }

    /// The tables in the order in which they are imported, those that others refer to first; and those that
    /// are left out.
    pub(crate) async fn tables(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(Vec<Layout>, Vec<LeftOut>), ImportError> {
        let list = "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name";
        let rows = sqlx::query(list).fetch_all(&mut *connection).await.map_err(|error| self.failed(error))?;
        let (mut layouts, mut left_out) = (Vec::new(), Vec::new());
        for row in rows {
            let (name, kind, without_rowid) = listed(&row).map_err(|error| self.failed(error))?;
            match kind.as_str() {
                _ if name.starts_with("sqlite_") => {}
                "table" => {
                    let columns = sqlx::query("SELECT name, pk FROM pragma_table_info($1) ORDER BY cid")
                        .bind(&name)
                        .fetch_all(&mut *connection)
                        .await;
                    let columns = columns.map_err(|error| self.failed(error))?;
                    let columns: Result<Vec<(String, i64)>, _> =
                        columns.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
                    let columns = columns.map_err(|error| self.failed(error))?;
                    layouts.push(Layout::of(&name, &columns, without_rowid));
                }
                other => {
                    let reason = format!("it is a {other}, which has no rows of its own to keep");
                    left_out.push(LeftOut { table: name, reason });
                }
            }
        }
        if !layouts.iter().any(|layout| known::table(&layout.source).is_some()) {
            return Err(ImportError::Foreign { path: self.path.clone() });
        }
        Layout::connect(&mut layouts);
        Ok((layouts, left_out))
    }

    /// The number of rows of a table.
    pub(crate) async fn count(
        &self,
        connection: &mut SqliteConnection,
        layout: &Layout,
    ) -> Result<u64, ImportError> {
        let rows: i64 = self.ask(connection, &layout.count).await?;
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    async fn ask<T>(&self, connection: &mut SqliteConnection, sql: &str) -> Result<T, ImportError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + Unpin,
    {
        // The texts are ours, with names of tables in quotes.
        let found = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await;
        found.map_err(|error| self.failed(error))
    }

    /// Says what a failure of SQLite means here (SQLite documentation: Result and Error Codes).
    pub(crate) fn failed(&self, error: sqlx::Error) -> ImportError {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        // The low byte is the primary code.
        match code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff) {
            Some(26) => ImportError::NotADatabase { path: self.path.clone() },
            Some(11) => ImportError::Damaged { path: self.path.clone(), what: error.to_string() },
            _ => ImportError::Source(Box::new(error)),
        }
    }
}

fn listed(row: &SqliteRow) -> Result<(String, String, bool), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}

/// Refuses a database with changes that stand outside of its file, which a read without a lock would miss.
fn settled(path: &Path) -> Result<(), ImportError> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let log = beside("-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        return Err(ImportError::Unsettled { path: path.to_owned(), companion: log });
    }
    let journal = beside("-journal");
    let mut head = [0; 8];
    let hot = File::open(&journal).is_ok_and(|mut file| file.read_exact(&mut head).is_ok());
    if hot && head == JOURNAL_MAGIC {
        return Err(ImportError::Unsettled { path: path.to_owned(), companion: journal });
    }
    Ok(())
}

fn digest(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hasher.finalize().to_hex().to_string(), bytes)),
            read => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}
