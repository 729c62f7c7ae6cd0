//! Migrations: forward only, each in one transaction together with its entry in the ledger.

use std::collections::HashMap;

use guildhall_core::clock::SharedClock;

use crate::{
    error::StoreError,
    operator::OperatorPath,
    params,
    schema::{Migration, Schema},
    statement::{OperatorStatement, operator},
    store::Store,
    transaction::WriteTx,
};

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_ledger (
    owner TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (owner, version)
)";

const APPLIED: OperatorStatement =
    operator("ledger_list", "SELECT owner, version, checksum FROM schema_ledger ORDER BY owner, version");
const RECORD: OperatorStatement = operator(
    "ledger_record",
    "INSERT INTO schema_ledger (owner, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)",
);

/// Brings the tables up to date. Refuses before it changes anything where the data is newer than the
/// program or a migration was edited.
pub(crate) async fn run(store: &Store, schemas: &[Schema], clock: &SharedClock) -> Result<(), StoreError> {
    declared_well(schemas)?;
    let mut tx = store.write().await?;
    tx.active().script(LEDGER).await.map_err(|source| ledger_failed(schemas, source))?;
    let applied = applied(&mut tx).await?;
    tx.commit().await?;
    refuse_unknown(schemas, &applied)?;
    for schema in schemas {
        for migration in schema.migrations {
            match applied.get(&(schema.owner.to_owned(), migration.version)) {
                Some(checksum) if *checksum == self::checksum(migration) => {}
                Some(_) => {
                    return Err(StoreError::Altered { owner: schema.owner, version: migration.version });
                }
                None => apply(store, schema.owner, migration, clock).await?,
            }
        }
    }
    Ok(())
}

type Ledger = HashMap<(String, u32), String>;

async fn applied(tx: &mut WriteTx) -> Result<Ledger, StoreError> {
    let rows = tx.operator(OperatorPath::Diagnosis).fetch_all(&APPLIED, params![]).await?;
    rows.iter().map(|row| Ok(((row.get("owner")?, row.get("version")?), row.get("checksum")?))).collect()
}

async fn apply(
    store: &Store,
    owner: &'static str,
    migration: &Migration,
    clock: &SharedClock,
) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.active().script(migration.sql).await.map_err(|source| StoreError::Migration {
        owner,
        version: migration.version,
        source: Box::new(source),
    })?;
    let entry = params![owner, migration.version, migration.name, checksum(migration), clock.now()];
    tx.operator(OperatorPath::Diagnosis).execute(&RECORD, entry).await?;
    tx.commit().await?;
    tracing::info!(
        schema.owner = owner,
        schema.version = migration.version,
        schema.name = migration.name,
        "a migration ran"
    );
    Ok(())
}

fn refuse_unknown(schemas: &[Schema], applied: &Ledger) -> Result<(), StoreError> {
    let mut found: Vec<_> = applied.keys().collect();
    found.sort();
    for (owner, version) in found {
        let known = schemas.iter().find(|schema| schema.owner == owner).map_or(0, last_version);
        if *version > known {
            return Err(StoreError::Newer { owner: owner.clone(), version: *version, known });
        }
    }
    for schema in schemas {
        for migration in schema.migrations {
            let entry = applied.get(&(schema.owner.to_owned(), migration.version));
            if entry.is_some_and(|entry| *entry != checksum(migration)) {
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

fn ledger_failed(schemas: &[Schema], source: sqlx::Error) -> StoreError {
    StoreError::Migration {
        owner: schemas.first().map_or("platform", |schema| schema.owner),
        version: 0,
        source: Box::new(source),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use guildhall_core::clock::{ManualClock, Timestamp};

    use super::*;
    use crate::{
        options::StoreOptions,
        platform::{self, identify, session},
    };

    #[tokio::test]
    async fn a_session_and_a_budget_from_before_they_were_kept_by_bot_stay_with_their_bot() {
        const BACK: &str = "
            DROP TABLE counter; DROP TABLE guild_inbox; DROP TABLE user_inbox; DROP TABLE outbox;
            DROP TABLE shard_session; DROP TABLE identify_budget; DROP TABLE gap; DROP TABLE guild_setting;
            DROP TABLE tombstone; DROP TABLE user_privacy; DROP TABLE privacy_audit; DROP TABLE privacy_guild_audit;
            DELETE FROM schema_ledger WHERE owner = 'platform' AND version > 1;";
        const KEPT: &str = "
            INSERT INTO shard_session VALUES (0, 1, 's', 'wss://example', 7, 'Ym90', 513, 1000);
            INSERT INTO identify_budget VALUES (0, 900, 3, 1000);";
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(folder.path().join("data.db"));
        let clock: SharedClock = Arc::new(ManualClock::at(Timestamp(1_000)));
        let store = Store::open(options.clone(), &[], Arc::clone(&clock)).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for sql in [BACK, platform::SCHEMA.migrations[0].sql, KEPT] {
            tx.active().script(sql).await.unwrap();
        }
        tx.commit().await.unwrap();
        store.close().await;
        drop(store);

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
