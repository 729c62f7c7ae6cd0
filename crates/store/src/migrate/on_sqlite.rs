//! Migrations of one SQLite file.

use guildhall_core::clock::Timestamp;

use super::{APPLIED, Ground, LEDGER, Ledger, Pending, WIDEN, checksum, ledger, migration_failed};
use crate::{
    backend::{self, Order, Scope, begin_failed, sqlite},
    error::StoreError,
    operator::OperatorPath,
    params,
    statement::Gather,
};

const EXISTS: &str = "SELECT 1 AS one FROM sqlite_schema WHERE type = 'table' AND name = 'schema_ledger'";
const WIDE: &str = "SELECT 1 AS one FROM pragma_table_info('schema_ledger') WHERE name = 'breaks'";
const RECORD: &str = "INSERT INTO schema_ledger (owner, version, name, checksum, applied_at, breaks) VALUES ($1, $2, $3, $4, $5, $6)";

/// One file.
pub(super) struct File<'p>(pub(super) &'p sqlite::Pool);

const fn order(sql: &'static str) -> Order {
    Order { scope: Scope::Operator(OperatorPath::Diagnosis), sql, gather: Gather::Rows }
}

impl Ground for File<'_> {
    async fn applied(&mut self) -> Result<Ledger, StoreError> {
        let mut lease = self.0.read().await.map_err(begin_failed)?;
        let failed = |source| backend::failed("ledger_list", source);
        if lease.fetch(order(EXISTS), params![]).await.map_err(failed)?.is_empty() {
            return Ok(Ledger::default());
        }
        ledger(&lease.fetch(order(APPLIED), params![]).await.map_err(failed)?)
    }

    async fn apply(&mut self, step: &Pending, now: Timestamp) -> Result<(), StoreError> {
        let failed = |source| migration_failed(step, source);
        let mut lease = self.0.write().await.map_err(begin_failed)?;
        lease.script(LEDGER).await.map_err(failed)?;
        let narrow = lease.fetch(order(WIDE), params![]).await.map_err(failed)?.is_empty();
        if narrow {
            lease.script(WIDEN).await.map_err(failed)?;
        }
        lease.script(step.migration.sql).await.map_err(failed)?;
        let migration = &step.migration;
        let entry = params![
            step.owner,
            migration.version,
            migration.name,
            checksum(migration),
            now,
            migration.breaks
        ];
        lease.execute(order(RECORD), entry).await.map_err(failed)?;
        lease.commit().await.map_err(failed)
    }

    async fn keep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let copy = self.0.copy_beside(now).await.map_err(|source| backend::failed("copy", source))?;
        tracing::info!(copy = %copy.display(), "a copy from before the migration is kept");
        Ok(())
    }
}
