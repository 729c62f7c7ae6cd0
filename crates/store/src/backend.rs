//! The databases behind the store. Each has one file for its connections and one for its values;
//! nothing outside of this module names a database.

use crate::{
    error::{Failure, StoreError},
    row::Row,
    value::Value,
};

pub(crate) mod sqlite;

/// The connections of one database.
#[derive(Debug)]
pub(crate) enum Backend {
    /// SQLite: one writer, several readers, one file.
    Sqlite(sqlite::Pool),
}

/// One connection with an open transaction. Dropping it rolls back and leaves the connection clean.
#[derive(Debug)]
pub(crate) enum Lease {
    /// A SQLite connection.
    Sqlite(sqlite::Lease),
}

/// Ids that the scope binds before the caller's values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    None,
    One(i64),
    Two(i64, i64),
}

impl Bound {
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Two(..) => 2,
        }
    }

    /// The ids in order.
    pub(crate) fn ids(self) -> impl Iterator<Item = i64> {
        let (first, second) = match self {
            Self::None => (None, None),
            Self::One(first) => (Some(first), None),
            Self::Two(first, second) => (Some(first), Some(second)),
        };
        first.into_iter().chain(second)
    }
}

impl Backend {
    /// A read transaction: one snapshot, taken at its first statement.
    pub(crate) async fn read(&self) -> Result<Lease, StoreError> {
        match self {
            Self::Sqlite(pool) => pool.read().await.map(Lease::Sqlite).map_err(begin_failed),
        }
    }

    /// A write transaction.
    pub(crate) async fn write(&self) -> Result<Lease, StoreError> {
        match self {
            Self::Sqlite(pool) => pool.write().await.map(Lease::Sqlite).map_err(begin_failed),
        }
    }

    /// Writes everything to its final place and closes the connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
        }
    }
}

impl Lease {
    /// Runs a statement; the rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        bound: Bound,
        params: Vec<Value>,
    ) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(lease) => lease.execute(sql, bound, params).await,
        }
    }

    /// Runs a statement; the rows it gives.
    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        bound: Bound,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite(lease) => lease.fetch(sql, bound, params).await,
        }
    }

    /// Runs several statements without values.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(lease) => lease.script(sql).await,
        }
    }

    /// What the database calls the place of a row, by which rows of any table can be chosen.
    pub(crate) const fn row_name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "rowid",
        }
    }

    /// Compiles a statement without running it.
    pub(crate) async fn prepare(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(lease) => lease.prepare(sql).await,
        }
    }

    /// Makes what the transaction wrote durable.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(lease) => lease.commit().await,
        }
    }
}

fn begin_failed(source: sqlx::Error) -> StoreError {
    match source {
        sqlx::Error::PoolClosed => StoreError::Closed,
        sqlx::Error::PoolTimedOut => StoreError::Queue,
        source => {
            StoreError::Statement { statement: "begin", kind: classify(&source), source: Box::new(source) }
        }
    }
}

/// What sort of failure a database error is.
pub(crate) fn classify(error: &sqlx::Error) -> Failure {
    use sqlx::error::ErrorKind;
    match error {
        sqlx::Error::Database(inner) => match inner.kind() {
            ErrorKind::UniqueViolation => Failure::Conflict,
            ErrorKind::ForeignKeyViolation => Failure::ForeignKey,
            ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ExclusionViolation => {
                Failure::Constraint
            }
            _ => inner.code().map_or(Failure::Other, |code| sqlite::classify(&code)),
        },
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => Failure::Lost,
        _ => Failure::Other,
    }
}
