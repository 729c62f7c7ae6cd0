//! Migrations of a PostgreSQL database, and its walls. One process at a time, whichever comes first.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

use super::{APPLIED, Ground, LEDGER, Ledger, Pending, WIDEN, checksum, ledger, migration_failed};
use crate::{
    backend::{
        self,
        postgres::{Owner, Pool, walls},
    },
    error::{Failure, StoreError},
    schema::Schema,
};

/// The lock under which tables and walls change ("guil", 1): two numbers, so that it is no guild's.
const LOCK: &str = "SELECT pg_catalog.pg_advisory_xact_lock(1735748972, 1);";
const EXISTS: &str =
    "SELECT relname FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('schema_ledger')";

/// Roles belong to all databases of a server: another database may change them at the same moment.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// One database, as its owner.
pub(super) struct Database<'p> {
    owner: Owner,
    pool: &'p Pool,
}

impl<'p> Database<'p> {
    pub(super) async fn connect(pool: &'p Pool) -> Result<Self, StoreError> {
        Ok(Self { owner: Owner::connect(pool).await?, pool })
    }

    pub(super) async fn close(self) {
        self.owner.close().await;
    }

    /// Sees to it that the walls of this program stand.
    pub(super) async fn walls(&mut self, schemas: &[Schema]) -> Result<(), StoreError> {
        let failed = |source| backend::failed("walls", source);
        let wanted = format!("walls {}", walls::digest(schemas, &self.pool.roles));
        let mut tries = 0;
        loop {
            self.owner.script(&format!("BEGIN;{LOCK}")).await.map_err(failed)?;
            let built = async {
                walls::roles(&mut self.owner, self.pool).await?;
                let note = self.owner.fetch(walls::STANDING).await.map_err(failed)?;
                let note = note.first().map(|row| row.get::<String>("note")).transpose()?;
                if note.is_none_or(|note| note != wanted) {
                    walls::build(&mut self.owner, self.pool, schemas).await?;
                    tracing::info!("the walls between guilds are built");
                }
                Ok(())
            };
            match built.await {
                Ok(()) => return self.owner.script("COMMIT").await.map_err(failed),
                Err(error) => {
                    self.owner.script("ROLLBACK").await.map_err(failed)?;
                    tries += 1;
                    if tries == TRIES || !meanwhile(&error) {
                        return Err(error);
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether somebody else changed the same roles at the same time.
fn meanwhile(error: &StoreError) -> bool {
    let StoreError::Walls { source, .. } = error else { return false };
    source.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "XX000")
}

impl Ground for Database<'_> {
    async fn applied(&mut self) -> Result<Ledger, StoreError> {
        let failed = |source| match backend::failed("ledger_list", source) {
            StoreError::Statement { kind: Failure::Walled, source, .. } => StoreError::Walls {
                step: "look at what has run as the owner of the tables".to_owned(),
                hint: "this login owns nothing; set `storage.owner_url` to the one that made the tables"
                    .to_owned(),
                source,
            },
            other => other,
        };
        if self.owner.fetch(EXISTS).await.map_err(failed)?.is_empty() {
            return Ok(Ledger::default());
        }
        ledger(&self.owner.fetch(APPLIED).await.map_err(failed)?)
    }

    async fn apply(&mut self, step: &Pending, now: Timestamp) -> Result<(), StoreError> {
        let failed = |source| migration_failed(step, source);
        let migration = &step.migration;
        self.owner.script(&format!("BEGIN;{LOCK}{}", translated(LEDGER))).await.map_err(failed)?;
        let ran = async {
            let applied = ledger(&self.owner.fetch(APPLIED).await.map_err(failed)?)?;
            if applied.steps.contains_key(&(step.owner.to_owned(), migration.version)) {
                return Ok(());
            }
            if !applied.wide {
                self.owner.script(WIDEN).await.map_err(failed)?;
            }
            self.owner.script(walls::LOWER).await.map_err(failed)?;
            self.owner.script(&translated(migration.sql)).await.map_err(failed)?;
            let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
            let record = format!(
                "INSERT INTO schema_ledger (owner, version, name, checksum, applied_at, breaks)
                 VALUES ({}, {}, {}, {}, {}, {})",
                quoted(step.owner),
                migration.version,
                quoted(migration.name),
                quoted(&checksum(migration)),
                now.as_millis(),
                i64::from(migration.breaks)
            );
            self.owner.script(&record).await.map_err(failed)
        };
        match ran.await {
            Ok(()) => self.owner.script("COMMIT").await.map_err(failed),
            Err(error) => {
                self.owner.script("ROLLBACK").await.map_err(failed)?;
                Err(error)
            }
        }
    }

    /// A server's data is backed up by whoever runs the program, before it opens the store.
    async fn keep(&mut self, _now: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The portable text of a migration as PostgreSQL takes it: words are compared byte by byte, as SQLite does,
/// whatever the language of the server; bytes have another name.
fn translated(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut before = "";
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '\'' {
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else if first.is_ascii_alphanumeric() || first == '_' {
            rest.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        match word {
            "TEXT" if !before.eq_ignore_ascii_case("as") => out.push_str("TEXT COLLATE \"C\""),
            "BLOB" => out.push_str("BYTEA"),
            word => out.push_str(word),
        }
        if !word.trim().is_empty() {
            before = word;
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn words_are_compared_byte_by_byte_and_nothing_else_changes() {
        for (portable, wanted) in [
            ("a TEXT NOT NULL, b TEXT", "a TEXT COLLATE \"C\" NOT NULL, b TEXT COLLATE \"C\""),
            ("-- the bot's TEXT\na TEXT", "-- the bot's TEXT\na TEXT COLLATE \"C\""),
            ("SELECT 'TEXT', CAST(a AS TEXT)", "SELECT 'TEXT', CAST(a AS TEXT)"),
            ("a BLOB, CONTEXT BIGINT", "a BYTEA, CONTEXT BIGINT"),
        ] {
            assert_eq!(translated(portable), wanted);
        }
    }
}
