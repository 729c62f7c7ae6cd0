//! SQLite: WAL, one writer that begins with `BEGIN IMMEDIATE`, several readers. Every connection has a
//! thread of its own, which sqlx provides.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures::TryStreamExt;
use sqlx::{
    ConnectOptions, Executor, SqlSafeStr, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::Bound;
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

/// Rows that the connection's thread may be ahead of the reader, so that the two seldom wait for each other.
const ROWS_AHEAD: usize = 512;

/// The connections to one file. The pool of the writer has one connection; both serve who asks first.
#[derive(Debug)]
pub(crate) struct Pool {
    writer: SqlitePool,
    readers: SqlitePool,
}

/// An open transaction. Dropping it queues the rollback behind whatever the connection still runs, before
/// anyone else gets the connection; sqlx settles a cancelled begin or commit on the connection's thread.
#[derive(Debug)]
pub(crate) struct Lease(Transaction<'static, Sqlite>);

impl Pool {
    /// Opens the file, makes it where it is missing, and checks the engine's version.
    pub(crate) async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open { path: options.path.clone(), source: Box::new(source) };
        let common = SqliteConnectOptions::new()
            .filename(&options.path)
            .foreign_keys(true)
            .busy_timeout(options.busy_timeout)
            .synchronous(SqliteSynchronous::Full)
            .pragma("mmap_size", "0")
            .pragma("trusted_schema", "OFF")
            .statement_cache_capacity(options.cached_statements)
            .row_buffer_size(ROWS_AHEAD)
            .disable_statement_logging();
        let writer = common.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        let writer = pool(1, options).connect_with(writer).await.map_err(failed)?;
        let found: String =
            sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&writer).await.map_err(failed)?;
        if version(&found) < version(OLDEST) {
            return Err(StoreError::Outdated { engine: "SQLite", found, needed: OLDEST });
        }
        let readers = pool(options.readers.max(1), options).connect_lazy_with(common.read_only(true));
        Ok(Self { writer, readers })
    }

    /// A transaction on a reader.
    pub(crate) async fn read(&self) -> Result<Lease, sqlx::Error> {
        self.readers.begin().await.map(Lease)
    }

    /// A transaction on the writer.
    pub(crate) async fn write(&self) -> Result<Lease, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map(Lease)
    }

    /// Waits for open transactions, moves the log into the file and closes every connection.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if !self.writer.is_closed()
            && let Err(error) = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await
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
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        bound: Bound,
        params: Vec<Value>,
    ) -> Result<u64, sqlx::Error> {
        let done = sqlx::query_with(sql, codec::bind(bound, params)?).execute(&mut *self.0).await?;
        Ok(done.rows_affected())
    }

    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        bound: Bound,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut decoder = codec::Decoder::default();
        let mut stream = sqlx::query_with(sql, codec::bind(bound, params)?).fetch(&mut *self.0);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            rows.push(decoder.decode(&row)?);
        }
        Ok(rows)
    }

    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(&mut *self.0).await.map(|_| ())
    }

    pub(crate) async fn prepare(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        (&mut *self.0).prepare(sql.into_sql_str()).await.map(|_| ())
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
