//! A look at the database, for `doctor` and for operators.

use guildhall_core::clock::Timestamp;

use crate::{
    backend::Backend,
    error::StoreError,
    operator::OperatorPath,
    params,
    statement::{OperatorStatement, operator},
    store::Store,
};

mod on_postgres;
mod on_sqlite;

/// What was found.
#[derive(Clone, Debug)]
pub struct Health {
    /// The engine and its version.
    pub engine: String,
    /// What is not as it should be; empty is right.
    pub findings: Vec<String>,
    /// Size of the data.
    pub bytes: u64,
    /// Size of write-ahead logs beside it; zero where the server keeps them.
    pub log_bytes: u64,
    /// The migrations that have run.
    pub migrations: Vec<AppliedMigration>,
}

/// A migration that has run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppliedMigration {
    /// Whose.
    pub owner: String,
    /// Which one.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// When it ran.
    pub applied_at: Timestamp,
}

impl Health {
    /// Whether everything is as it should be.
    pub const fn is_good(&self) -> bool {
        self.findings.is_empty()
    }
}

const MIGRATIONS: OperatorStatement = operator(
    "health_migrations",
    "SELECT owner, version, name, applied_at FROM schema_ledger ORDER BY owner, version",
);

pub(crate) async fn check(store: &Store) -> Result<Health, StoreError> {
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let mut health = match store.backend() {
        Backend::Sqlite(pool) => on_sqlite::check(&mut tx, pool.sizes()).await?,
        Backend::Folder(folder) => on_sqlite::check(&mut tx, folder.sizes()).await?,
        Backend::Postgres(pool) => on_postgres::check(&mut tx, store.tables(), pool).await?,
    };
    for row in tx.fetch_all(&MIGRATIONS, params![]).await? {
        health.migrations.push(AppliedMigration {
            owner: row.get("owner")?,
            version: row.get("version")?,
            name: row.get("name")?,
            applied_at: row.get("applied_at")?,
        });
    }
    Ok(health)
}
