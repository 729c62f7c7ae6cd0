//! A look at the database, for `doctor` and for operators.

use guildhall_core::clock::Timestamp;

use crate::{
    backend::sqlite,
    error::StoreError,
    operator::OperatorPath,
    params,
    statement::{OperatorStatement, operator},
    store::Store,
};

/// What was found.
#[derive(Clone, Debug)]
pub struct Health {
    /// The engine and its version.
    pub engine: String,
    /// The journal mode; `wal` is right.
    pub journal_mode: String,
    /// How strictly commits reach the disk; 2 (full) or more is right.
    pub synchronous: i64,
    /// Damage that a quick check found; empty is right.
    pub damage: Vec<String>,
    /// Size of the database file.
    pub file_bytes: u64,
    /// Size of the write-ahead log beside it.
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
    pub fn is_good(&self) -> bool {
        self.journal_mode == "wal" && self.synchronous >= 2 && self.damage.is_empty()
    }
}

const VERSION: OperatorStatement = operator("health_version", "SELECT sqlite_version() AS version");
const JOURNAL: OperatorStatement = operator("health_journal", "PRAGMA journal_mode");
const SYNCHRONOUS: OperatorStatement = operator("health_synchronous", "PRAGMA synchronous");
const QUICK_CHECK: OperatorStatement = operator("health_quick_check", "PRAGMA quick_check(20)");
const MIGRATIONS: OperatorStatement = operator(
    "health_migrations",
    "SELECT owner, version, name, applied_at FROM schema_ledger ORDER BY owner, version",
);

pub(crate) async fn check(store: &Store) -> Result<Health, StoreError> {
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let version: String = tx.fetch_one(&VERSION, params![]).await?.get("version")?;
    let journal_mode = tx.fetch_one(&JOURNAL, params![]).await?.get("journal_mode")?;
    let synchronous = tx.fetch_one(&SYNCHRONOUS, params![]).await?.get("synchronous")?;
    let findings = tx.fetch_all(&QUICK_CHECK, params![]).await?;
    let findings =
        findings.iter().map(|row| row.get::<String>("quick_check")).collect::<Result<Vec<_>, _>>()?;
    let applied = tx.fetch_all(&MIGRATIONS, params![]).await?;
    let path = &store.options().path;
    let log = sqlite::log_file(path);
    Ok(Health {
        engine: format!("SQLite {version}"),
        journal_mode,
        synchronous,
        damage: findings.into_iter().filter(|finding| finding != "ok").collect(),
        file_bytes: std::fs::metadata(path).map_or(0, |file| file.len()),
        log_bytes: std::fs::metadata(log).map_or(0, |file| file.len()),
        migrations: applied
            .iter()
            .map(|row| {
                Ok(AppliedMigration {
                    owner: row.get("owner")?,
                    version: row.get("version")?,
                    name: row.get("name")?,
                    applied_at: row.get("applied_at")?,
                })
            })
            .collect::<Result<_, StoreError>>()?,
    })
}
