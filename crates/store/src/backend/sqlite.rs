//! SQLite: WAL, one writer that begins with `BEGIN IMMEDIATE`, several readers. Every connection has a
//! thread of its own, which sqlx provides.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures::TryStreamExt;
use guildhall_core::clock::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, SqlSafeStr, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::Order;
use crate::{
    error::{Failure, StoreError},
    options::StoreOptions,
    row::Row,
    value::Value,
};

mod codec;

/// The oldest SQLite that is safe: older ones can damage the file when a checkpoint resets the log in a
/// race with a writer (SQLite documentation, WAL-mode File Format and release notes of 3.51.3).
pub(crate) const OLDEST: &str = "3.51.3";

/// Stands between the name of a file and the time of a copy of it.
pub(crate) const COPY: &str = ".before-";

/// How long a copy from before a migration stays.
pub(crate) const KEEP_COPIES: Duration = Duration::from_hours(30 * 24);

/// Rows that the connection's thread may be ahead of the reader, so that the two seldom wait for each other.
const ROWS_AHEAD: usize = 512;

/// The connections to one file. The pool of the writer has one connection; both serve who asks first.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    read_only: bool,
    writer: SqlitePool,
    readers: SqlitePool,
}

/// An open transaction. Dropping it queues the rollback behind whatever the connection still runs, before
/// anyone else gets the connection; sqlx settles a cancelled begin or commit on the connection's thread.
#[derive(Debug)]
pub(crate) struct Lease(Transaction<'static, Sqlite>);

impl Pool {
    /// Opens the file, makes it where it is missing, and checks the engine's version.
    pub(crate) async fn open(path: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let failed =
            |source| StoreError::Open { place: path.display().to_string(), source: Box::new(source) };
        let common = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(options.busy_timeout)
            .synchronous(SqliteSynchronous::Full)
            .pragma("mmap_size", "0")
            .pragma("trusted_schema", "OFF")
            // What is deleted is overwritten: erased means gone, in the file, too.
            .pragma("secure_delete", "ON")
            .statement_cache_capacity(options.cached_statements)
            .row_buffer_size(ROWS_AHEAD)
            .disable_statement_logging();
        let writer = if options.read_only {
            common.clone().read_only(true)
        } else {
            common.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
        };
        let writer = pool(1, options).connect_with(writer).await.map_err(failed)?;
        let found: String =
            sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&writer).await.map_err(failed)?;
        if version(&found) < version(OLDEST) {
            return Err(StoreError::Outdated { engine: "SQLite", found, needed: OLDEST });
        }
        let readers = pool(options.readers.max(1), options).connect_lazy_with(common.read_only(true));
        Ok(Self { path: path.to_owned(), read_only: options.read_only, writer, readers })
    }

    /// A transaction on a reader.
    pub(crate) async fn read(&self) -> Result<Lease, sqlx::Error> {
        self.readers.begin().await.map(Lease)
    }

    /// A transaction on the writer.
    pub(crate) async fn write(&self) -> Result<Lease, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map(Lease)
    }

    /// Size of the file, and of the log beside it.
    pub(crate) fn sizes(&self) -> (u64, u64) {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        (bytes(&self.path), bytes(&log_file(&self.path)))
    }

    /// How many connections are open, and how many of them nobody uses.
    pub(crate) fn connections(&self) -> (u32, usize) {
        (self.writer.size() + self.readers.size(), self.writer.num_idle() + self.readers.num_idle())
    }

    /// Puts a consistent copy beside the file, named by the time, and removes copies that are older than
    /// [`KEEP_COPIES`]: what was erased since must not stay in them.
    pub(crate) async fn copy_beside(&self, now: Timestamp) -> Result<PathBuf, sqlx::Error> {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or("data.db").to_owned();
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let prefix = format!("{name}{COPY}");
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let at = entry.file_name().to_str().and_then(|name| name.strip_prefix(&prefix)?.parse().ok());
            if at.is_some_and(|at| Timestamp(at) < now - KEEP_COPIES) {
                std::fs::remove_file(entry.path())?;
            }
        }
        let copy = folder.join(format!("{prefix}{}", now.as_millis()));
        crate::lock::private(&copy)?;
        let text = copy.to_str().ok_or_else(|| std::io::Error::other("the folder's name is no text"))?;
        let command = format!("VACUUM INTO '{}'", text.replace('\'', "''"));
        sqlx::raw_sql(AssertSqlSafe(command)).execute(&self.writer).await?;
        Ok(copy)
    }

    /// Gives space that is no longer used back, and lets the planner look at the data.
    pub(crate) async fn optimize(&self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("VACUUM; PRAGMA optimize = 0x10002; PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await
            .map(drop)
    }

    /// Moves the log into the file and empties it.
    pub(crate) async fn flush(&self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await.map(drop)
    }

    /// Waits for open transactions, moves the log into the file and closes every connection.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if !self.writer.is_closed()
            && !self.read_only
            && let Err(error) = self.flush().await
        {
            tracing::warn!(%error, "the write-ahead log stays for the next start");
        }
        self.writer.close().await;
    }
}

/// Connections are local: they stay open and need no test before use.
fn pool(size: u32, options: &StoreOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .acquire_timeout(options.queue_timeout)
        .acquire_slow_threshold(Duration::from_secs(2))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

impl Lease {
    pub(crate) async fn execute(&mut self, order: Order, params: Vec<Value>) -> Result<u64, sqlx::Error> {
        let arguments = codec::bind(order.scope, params)?;
        Ok(sqlx::query_with(order.sql, arguments).execute(&mut *self.0).await?.rows_affected())
    }

    pub(crate) async fn fetch(&mut self, order: Order, params: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        let mut decoder = codec::Decoder::default();
        let arguments = codec::bind(order.scope, params)?;
        let mut stream = sqlx::query_with(order.sql, arguments).fetch(&mut *self.0);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            rows.push(decoder.decode(&row)?);
        }
        Ok(rows)
    }

    pub(crate) async fn savepoint(&mut self) -> Result<(), sqlx::Error> {
        self.control("SAVEPOINT step").await
    }

    pub(crate) async fn release(&mut self) -> Result<(), sqlx::Error> {
        self.control("RELEASE SAVEPOINT step").await
    }

    pub(crate) async fn undo(&mut self) -> Result<(), sqlx::Error> {
        self.control("ROLLBACK TO SAVEPOINT step").await?;
        self.release().await
    }

    /// Prepared once per connection: the path of every event passes here.
    async fn control(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(sql).execute(&mut *self.0).await.map(drop)
    }

    /// Runs several statements without values.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(&mut *self.0).await.map(|_| ())
    }

    /// Whether a table has any row. Its name is a constant of the program.
    pub(crate) async fn has_rows(&mut self, table: &str) -> Result<bool, sqlx::Error> {
        let sql = AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table})"));
        sqlx::query_scalar(sql).fetch_one(&mut *self.0).await
    }

    /// SQLite takes any type anywhere; only the text can be wrong.
    pub(crate) async fn prepare(&mut self, order: Order) -> Result<Vec<String>, sqlx::Error> {
        (&mut *self.0).prepare(order.sql.into_sql_str()).await.map(|_| Vec::new())
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.0.commit().await
    }
}

/// What sort of failure an extended result code means (SQLite documentation, Result and Error Codes).
pub(crate) fn classify(code: &str) -> Failure {
    // The low byte is the primary code.
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Failure::Busy,
        Ok(8) => Failure::ReadOnly,
        Ok(13) => Failure::Full,
        Ok(19) => Failure::Constraint,
        _ => Failure::Other,
    }
}

/// A version as numbers, for comparison.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// The write-ahead log beside the database.
pub(crate) fn log_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version("3.9.0") < version(OLDEST));
        assert!(version("3.51.10") > version(OLDEST));
        assert!(version("4.0") > version(OLDEST));
    }
}
