//! The databases behind the store. Each has a folder for its connections and its values; nothing outside of
//! this module names a database.

use crate::{
    error::{Failure, StoreError},
    operator::OperatorPath,
    options::{Place, StoreOptions},
    row::Row,
    statement::Gather,
    telemetry::Kind,
    value::Value,
};

pub(crate) mod folder;
pub(crate) mod postgres;
pub(crate) mod sqlite;

/// The connections of one database.
#[derive(Debug)]
pub(crate) enum Backend {
    /// SQLite: one writer, several readers, one file.
    Sqlite(sqlite::Pool),
    /// SQLite: a file for each guild.
    Folder(folder::Folder),
    /// PostgreSQL.
    Postgres(Box<postgres::Pool>),
}

/// One transaction. Dropping it rolls back and leaves its connections clean.
#[derive(Debug)]
pub(crate) enum Lease {
    /// On one SQLite file.
    Sqlite(sqlite::Lease),
    /// On the files that it touches.
    Folder(folder::Lease),
    /// On one PostgreSQL connection. Boxed: a transaction is part of the future of every handler.
    Postgres(Box<postgres::Lease>),
}

/// Whose rows a statement is about. Its ids are bound before the caller's values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    Guild(i64),
    Member(i64, i64),
    User(i64),
    Operator(OperatorPath),
}

impl Scope {
    /// How many ids it binds.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Operator(_) => 0,
            Self::Guild(_) | Self::User(_) => 1,
            Self::Member(..) => 2,
        }
    }

    /// The ids in order.
    pub(crate) fn ids(self) -> impl Iterator<Item = i64> {
        let (first, second) = match self {
            Self::Operator(_) => (None, None),
            Self::Guild(id) | Self::User(id) => (Some(id), None),
            Self::Member(guild, user) => (Some(guild), Some(user)),
        };
        first.into_iter().chain(second)
    }
}

/// A statement on its way to a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) scope: Scope,
    pub(crate) sql: &'static str,
    pub(crate) gather: Gather,
}

impl Backend {
    /// Connects. The tables are brought up to date by [`migrate`](crate::migrate).
    pub(crate) async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        Ok(match &options.place {
            Place::File(path) => Self::Sqlite(sqlite::Pool::open(path, options).await?),
            Place::Folder { path, open_files } => {
                Self::Folder(folder::Folder::open(path, *open_files, options).await?)
            }
            Place::Postgres(postgres) => {
                Self::Postgres(Box::new(postgres::Pool::open(postgres, options).await?))
            }
        })
    }

    /// A read transaction: one snapshot, taken at its first statement.
    pub(crate) async fn read(&self) -> Result<Lease, StoreError> {
        match self {
            Self::Sqlite(pool) => pool.read().await.map(Lease::Sqlite).map_err(begin_failed),
            Self::Folder(folder) => Ok(Lease::Folder(folder.begin(Kind::Read).await?)),
            Self::Postgres(pool) => {
                pool.begin(Kind::Read, "").await.map(Box::new).map(Lease::Postgres).map_err(begin_failed)
            }
        }
    }

    /// A write transaction of this process; an empty name is nobody's in particular.
    pub(crate) async fn write(&self, instance: &str) -> Result<Lease, StoreError> {
        match self {
            Self::Sqlite(pool) => pool.write().await.map(Lease::Sqlite).map_err(begin_failed),
            Self::Folder(folder) => Ok(Lease::Folder(folder.begin(Kind::Write).await?)),
            Self::Postgres(pool) => pool
                .begin(Kind::Write, instance)
                .await
                .map(Box::new)
                .map(Lease::Postgres)
                .map_err(begin_failed),
        }
    }

    /// Moves what was written to its final place, so that no older bytes stay beside it.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(pool) => pool.flush().await.map_err(|source| failed("flush", source)),
            Self::Folder(folder) => folder.flush().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Gives space that is no longer used back, and lets the planner look at the data.
    pub(crate) async fn optimize(&self) -> Result<(), StoreError> {
        let failed = |source| failed("optimize", source);
        match self {
            Self::Sqlite(pool) => pool.optimize().await.map_err(failed),
            Self::Folder(folder) => folder.optimize().await.map_err(failed),
            Self::Postgres(pool) => {
                let mut owner = postgres::Owner::connect(pool).await?;
                let ended = owner.script("VACUUM (ANALYZE)").await.map_err(failed);
                owner.close().await;
                ended
            }
        }
    }

    /// Connections that are open, and how many of them nobody uses.
    pub(crate) fn connections(&self) -> (u32, usize) {
        match self {
            Self::Sqlite(pool) => pool.connections(),
            Self::Folder(folder) => folder.connections(),
            Self::Postgres(pool) => pool.connections(),
        }
    }

    /// Writes everything to its final place and closes the connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Folder(folder) => folder.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Hands a call on to the lease of whichever database it is.
macro_rules! each {
    ($lease:ident, $inner:ident => $call:expr) => {
        match $lease {
            Lease::Sqlite($inner) => $call,
            Lease::Folder($inner) => $call,
            Lease::Postgres($inner) => $call,
        }
    };
}

impl Lease {
    /// Runs a statement; the rows it changed.
    pub(crate) async fn execute(&mut self, order: Order, params: Vec<Value>) -> Result<u64, sqlx::Error> {
        each!(self, lease => lease.execute(order, params).await)
    }

    /// Runs a statement; the rows it gives.
    pub(crate) async fn fetch(&mut self, order: Order, params: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        each!(self, lease => lease.fetch(order, params).await)
    }

    /// Marks a point to come back to.
    pub(crate) async fn savepoint(&mut self) -> Result<(), sqlx::Error> {
        each!(self, lease => lease.savepoint().await)
    }

    /// Ends the last savepoint and keeps what was written since.
    pub(crate) async fn release(&mut self) -> Result<(), sqlx::Error> {
        each!(self, lease => lease.release().await)
    }

    /// Ends the last savepoint and undoes what was written since.
    pub(crate) async fn undo(&mut self) -> Result<(), sqlx::Error> {
        each!(self, lease => lease.undo().await)
    }

    /// Keeps a process from writing until the transaction ends. A file of SQLite has one process anyway.
    pub(crate) async fn bar(&mut self, instance: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) | Self::Folder(_) => Ok(()),
            Self::Postgres(lease) => lease.bar(instance).await,
        }
    }

    /// Whether nobody else goes by this name until the transaction ends, which others respect that ask, too.
    pub(crate) async fn alone(&mut self, scope: Scope, name: &str) -> Result<bool, sqlx::Error> {
        match self {
            // One writes at a time.
            Self::Sqlite(_) | Self::Folder(_) => Ok(true),
            Self::Postgres(lease) => lease.alone(scope, name).await,
        }
    }

    /// Compiles a statement without running it; what is wrong with its types, if anything.
    pub(crate) async fn prepare(&mut self, order: Order) -> Result<Vec<String>, sqlx::Error> {
        each!(self, lease => lease.prepare(order).await)
    }

    /// Makes what the transaction wrote durable.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        each!(self, lease => lease.commit().await)
    }
}

/// A transaction could not begin.
pub(crate) fn begin_failed(source: sqlx::Error) -> StoreError {
    match source {
        sqlx::Error::PoolClosed => StoreError::Closed,
        sqlx::Error::PoolTimedOut => StoreError::Queue,
        source => failed("begin", source),
    }
}

/// A statement of this name failed.
pub(crate) fn failed(statement: &'static str, source: sqlx::Error) -> StoreError {
    StoreError::Statement { statement, kind: classify(&source), source: Box::new(source) }
}

/// What sort of failure a database error is.
fn classify(error: &sqlx::Error) -> Failure {
    use sqlx::error::ErrorKind;
    match error {
        sqlx::Error::Database(inner) => match inner.kind() {
            ErrorKind::UniqueViolation => Failure::Conflict,
            ErrorKind::ForeignKeyViolation => Failure::ForeignKey,
            ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ExclusionViolation => {
                Failure::Constraint
            }
            _ => inner.code().map_or(Failure::Other, |code| {
                if inner.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                    postgres::classify(&code)
                } else {
                    sqlite::classify(&code)
                }
            }),
        },
        sqlx::Error::PoolTimedOut => Failure::Busy,
        sqlx::Error::AnyDriverError(error) if error.is::<postgres::Evicted>() => Failure::Fenced,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::PoolClosed => Failure::Lost,
        _ => Failure::Other,
    }
}
