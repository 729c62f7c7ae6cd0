//! What there is to check about a SQLite file. With a file for each guild, it is the central one.

use super::Health;
use crate::{
    error::StoreError,
    params,
    statement::{OperatorStatement, operator},
    transaction::OperatorTx,
};

const VERSION: OperatorStatement = operator("health_version", "SELECT sqlite_version() AS version");
const JOURNAL: OperatorStatement = operator("health_journal", "PRAGMA journal_mode");
const SYNCHRONOUS: OperatorStatement = operator("health_synchronous", "PRAGMA synchronous");
const QUICK_CHECK: OperatorStatement = operator("health_quick_check", "PRAGMA quick_check(20)");

/// How strictly commits reach the disk: the value for full.
const FULL: i64 = 2;

pub(super) async fn check(
    tx: &mut OperatorTx<'_>,
    (bytes, log_bytes): (u64, u64),
) -> Result<Health, StoreError> {
    let version: String = tx.fetch_one(&VERSION, params![]).await?.get("version")?;
    let journal: String = tx.fetch_one(&JOURNAL, params![]).await?.get("journal_mode")?;
    let synchronous: i64 = tx.fetch_one(&SYNCHRONOUS, params![]).await?.get("synchronous")?;
    let mut findings = Vec::new();
    if journal != "wal" {
        findings.push(format!("the journal mode is {journal} and not wal"));
    }
    if synchronous < FULL {
        findings.push(format!("synchronous is {synchronous}: a power cut can lose what was committed"));
    }
    for row in tx.fetch_all(&QUICK_CHECK, params![]).await? {
        let finding: String = row.get("quick_check")?;
        findings.extend(Some(finding).filter(|finding| finding != "ok"));
    }
    Ok(Health { engine: format!("SQLite {version}"), findings, bytes, log_bytes, migrations: Vec::new() })
}
