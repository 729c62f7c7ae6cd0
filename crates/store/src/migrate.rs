//! Migrations: forward only, each in one transaction together with its entry in the ledger.

use std::collections::HashMap;

use guildhall_core::clock::{SharedClock, Timestamp};

use crate::{
    backend::{Backend, sqlite},
    error::StoreError,
    row::Row,
    schema::{Migration, Schema},
};

mod on_postgres;
mod on_sqlite;

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_ledger (
    owner TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    breaks BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (owner, version)
);";

/// All columns: ledgers of older programs have fewer.
const APPLIED: &str = "SELECT * FROM schema_ledger ORDER BY owner, version";

/// For ledgers of older programs.
const WIDEN: &str = "ALTER TABLE schema_ledger ADD COLUMN breaks BIGINT NOT NULL DEFAULT 1";

/// A step that has not run.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    /// Whose tables it changes.
    pub owner: &'static str,
    /// What it does.
    pub migration: Migration,
}

/// What opening a database would change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whether there is nothing yet.
    pub empty: bool,
    /// The steps that would run, in order.
    pub pending: Vec<Pending>,
}

/// The migrations that have run.
#[derive(Debug, Default)]
struct Ledger {
    steps: HashMap<(String, u32), Entry>,
    /// Whether it says which steps break older programs.
    wide: bool,
}

#[derive(Debug)]
struct Entry {
    checksum: String,
    breaks: bool,
}

/// Somewhere that tables can be brought up to date.
trait Ground {
    /// What has run; nothing where there is no ledger yet.
    async fn applied(&mut self) -> Result<Ledger, StoreError>;

    /// Runs one step and writes it down, in one transaction. Does nothing where another process was quicker.
    async fn apply(&mut self, step: &Pending, now: Timestamp) -> Result<(), StoreError>;

    /// Keeps what is there, before the first step changes it.
    async fn keep(&mut self, now: Timestamp) -> Result<(), StoreError>;
}

/// Brings the tables up to date. Refuses before it changes anything where the data is newer than the
/// program or a migration was edited.
pub(crate) async fn run(
    backend: &Backend,
    schemas: &[Schema],
    clock: &SharedClock,
) -> Result<(), StoreError> {
    match backend {
        Backend::Sqlite(pool) => file(pool, schemas, clock).await,
        Backend::Folder(folder) => {
            file(folder.central(), schemas, clock).await?;
            folder.shaped(schemas, clock);
            Ok(())
        }
        Backend::Postgres(pool) => {
            let mut ground = on_postgres::Database::connect(pool).await?;
            let ended = async {
                forward(&mut ground, schemas, clock).await?;
                ground.walls(schemas).await
            };
            let ended = ended.await;
            ground.close().await;
            ended
        }
    }
}

/// Refuses what this program does not know, and changes nothing.
pub(crate) async fn look(
    backend: &Backend,
    schemas: &[Schema],
    clock: &SharedClock,
) -> Result<(), StoreError> {
    plan(backend, schemas).await?;
    if let Backend::Folder(folder) = backend {
        folder.shaped(schemas, clock);
    }
    Ok(())
}

/// What opening a database would do that does not exist.
pub(crate) fn plan_of_nothing(schemas: &[Schema]) -> Result<Plan, StoreError> {
    Ok(Plan { empty: true, pending: pending(schemas, &Ledger::default())? })
}

/// Brings one SQLite file up to date.
pub(crate) async fn file(
    pool: &sqlite::Pool,
    schemas: &[Schema],
    clock: &SharedClock,
) -> Result<(), StoreError> {
    forward(&mut on_sqlite::File(pool), schemas, clock).await
}

/// What [`run`] would do.
pub(crate) async fn plan(backend: &Backend, schemas: &[Schema]) -> Result<Plan, StoreError> {
    let applied = match backend {
        Backend::Sqlite(pool) => on_sqlite::File(pool).applied().await?,
        Backend::Folder(folder) => on_sqlite::File(folder.central()).applied().await?,
        Backend::Postgres(pool) => {
            let mut ground = on_postgres::Database::connect(pool).await?;
            let applied = ground.applied().await;
            ground.close().await;
            applied?
        }
    };
    Ok(Plan { empty: applied.steps.is_empty(), pending: pending(schemas, &applied)? })
}

async fn forward(
    ground: &mut impl Ground,
    schemas: &[Schema],
    clock: &SharedClock,
) -> Result<(), StoreError> {
    let applied = ground.applied().await?;
    let steps = pending(schemas, &applied)?;
    if !steps.is_empty() && !applied.steps.is_empty() {
        ground.keep(clock.now()).await?;
    }
    for step in &steps {
        ground.apply(step, clock.now()).await?;
        tracing::info!(
            schema.owner = step.owner,
            schema.version = step.migration.version,
            schema.name = step.migration.name,
            "a migration ran"
        );
    }
    Ok(())
}

/// The steps that have not run. An error where they cannot: the data is newer, or a step was edited.
fn pending(schemas: &[Schema], applied: &Ledger) -> Result<Vec<Pending>, StoreError> {
    declared_well(schemas)?;
    refuse_unknown(schemas, applied)?;
    let steps = schemas.iter().flat_map(|schema| {
        schema.migrations.iter().map(|migration| Pending { owner: schema.owner, migration: *migration })
    });
    Ok(steps
        .filter(|step| !applied.steps.contains_key(&(step.owner.to_owned(), step.migration.version)))
        .collect())
}

fn ledger(rows: &[Row]) -> Result<Ledger, StoreError> {
    let wide = rows.first().is_none_or(|row| row.columns().any(|column| column == "breaks"));
    let steps = rows.iter().map(|row| {
        let entry = Entry { checksum: row.get("checksum")?, breaks: !wide || row.get("breaks")? };
        Ok::<_, StoreError>(((row.get("owner")?, row.get("version")?), entry))
    });
    Ok(Ledger { steps: steps.collect::<Result<_, _>>()?, wide })
}

fn migration_failed(step: &Pending, source: sqlx::Error) -> StoreError {
    StoreError::Migration { owner: step.owner, version: step.migration.version, source: Box::new(source) }
}

fn refuse_unknown(schemas: &[Schema], applied: &Ledger) -> Result<(), StoreError> {
    let mut found: Vec<_> = applied.steps.iter().collect();
    found.sort_by_key(|(step, _)| *step);
    for ((owner, version), entry) in found {
        let known = schemas.iter().find(|schema| schema.owner == owner).map_or(0, last_version);
        if *version > known && !entry.breaks {
            tracing::info!(
                schema.owner = owner,
                schema.version = version,
                "a newer program added to the tables; what this one knows is unchanged"
            );
        } else if *version > known {
            return Err(StoreError::Newer { owner: owner.clone(), version: *version, known });
        }
    }
    for schema in schemas {
        for migration in schema.migrations {
            let entry = applied.steps.get(&(schema.owner.to_owned(), migration.version));
            if entry.is_some_and(|entry| entry.checksum != checksum(migration)) {
                return Err(StoreError::Altered { owner: schema.owner, version: migration.version });
            }
        }
    }
    Ok(())
}

fn last_version(schema: &Schema) -> u32 {
    schema.migrations.last().map_or(0, |migration| migration.version)
}

/// Owners are unique and their migrations counted from 1.
fn declared_well(schemas: &[Schema]) -> Result<(), StoreError> {
    for (index, schema) in schemas.iter().enumerate() {
        let fault = |reason: String| Err(StoreError::Declaration { owner: schema.owner, reason });
        if schemas[..index].iter().any(|other| other.owner == schema.owner) {
            return fault("it is declared twice".to_owned());
        }
        for (expected, migration) in (1..).zip(schema.migrations) {
            if migration.version != expected {
                return fault(format!("migration {} stands where {expected} belongs", migration.version));
            }
        }
    }
    Ok(())
}

/// Line ends differ between checkouts and say nothing.
fn checksum(migration: &Migration) -> String {
    blake3::hash(migration.sql.replace("\r\n", "\n").trim().as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use guildhall_core::clock::ManualClock;

    use super::*;
    use crate::{
        operator::OperatorPath,
        options::StoreOptions,
        platform::{identify, session},
        store::Store,
    };

    #[tokio::test]
    async fn a_session_and_a_budget_from_before_they_were_kept_by_bot_stay_with_their_bot() {
        const KEPT: &str = "
            INSERT INTO shard_session VALUES (0, 1, 's', 'wss://example', 7, 'Ym90', 513, 1000);
            INSERT INTO identify_budget VALUES (0, 900, 3, 1000);";
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(folder.path().join("data.db"));
        let clock: SharedClock = Arc::new(ManualClock::at(Timestamp(1_000)));
        let before = [("platform".to_owned(), 1)];
        Store::open_at(options.clone(), &[], &before, Arc::clone(&clock)).await.unwrap().close().await;
        let pool = sqlite::Pool::open(&folder.path().join("data.db"), &options).await.unwrap();
        let mut lease = pool.write().await.unwrap();
        lease.script(KEPT).await.unwrap();
        lease.commit().await.unwrap();
        pool.close().await;

        let store = Store::open(options, &[], clock).await.unwrap();
        let mut read = store.read().await.unwrap();
        let mut tx = read.operator(OperatorPath::Gateway);
        let key = session::ShardKey { shard: 0, total: 1 };
        let found = session::load(&mut tx, "Ym90", key).await.unwrap().unwrap();
        assert_eq!((found.session_id.as_str(), found.sequence), ("s", 7));
        let budget = identify::load(&mut tx, "Ym90").await.unwrap().unwrap();
        assert_eq!((budget.used, budget.last), (3, Timestamp(1_000)));
    }
}
