//! What there is to check about a PostgreSQL database: that it is durable, and that its walls stand.

use super::Health;
use crate::{
    backend::postgres::Pool,
    catalogue::TableInfo,
    error::StoreError,
    params,
    statement::{OperatorStatement, operator},
    transaction::OperatorTx,
};

const SERVER: OperatorStatement = operator(
    "health_server",
    "SELECT current_setting('server_version') AS version,
         CAST(current_setting('server_version_num') AS BIGINT) AS number, current_setting('fsync') AS fsync,
         current_setting('full_page_writes') AS full_page_writes,
         current_setting('synchronous_commit') AS synchronous_commit,
         pg_catalog.pg_database_size(current_database()) AS bytes",
);

const ROLES: OperatorStatement = operator(
    "health_roles",
    "SELECT CAST(rolname AS TEXT) AS role FROM pg_catalog.pg_roles
     WHERE (rolname = $1 OR rolname = $2) AND (rolsuper OR rolbypassrls)",
);

const UNWALLED: OperatorStatement = operator(
    "health_walls",
    "SELECT CAST(c.relname AS TEXT) AS name FROM pg_catalog.pg_class AS c
     WHERE c.relnamespace = pg_catalog.to_regnamespace(current_schema()::text) AND c.relkind IN ('r', 'p')
         AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
     ORDER BY c.relname",
);

/// The first minor version of a major one that lets no row and no statistic of other scopes through
/// (CVE-2024-10976, CVE-2025-8713).
const fn safe_minor(major: i64) -> Option<i64> {
    match major {
        15 => Some(14),
        16 => Some(10),
        17 => Some(6),
        _ => None,
    }
}

pub(super) async fn check(
    tx: &mut OperatorTx<'_>,
    tables: &[TableInfo],
    pool: &Pool,
) -> Result<Health, StoreError> {
    let server = tx.fetch_one(&SERVER, params![]).await?;
    let mut findings = Vec::new();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String = server.get(setting)?;
        if matches!(value.as_str(), "off" | "local") {
            findings.push(format!("{setting} is {value}: a crash can lose what was committed"));
        }
    }
    let number: i64 = server.get("number")?;
    if let Some(minor) = safe_minor(number / 10_000)
        && number % 10_000 < minor
    {
        findings.push(format!(
            "the server lacks fixes of row-level security: update it to {}.{minor}",
            number / 10_000
        ));
    }
    let roles = params![&pool.roles.app, &pool.roles.operator];
    for row in tx.fetch_all(&ROLES, roles).await? {
        findings.push(format!("the walls do not bind the role {}", row.get::<String>("role")?));
    }
    for row in tx.fetch_all(&UNWALLED, params![]).await? {
        let name: String = row.get("name")?;
        if tables.iter().any(|table| table.table.name == name) {
            findings.push(format!("the table {name} has no walls"));
        }
    }
    Ok(Health {
        engine: format!("PostgreSQL {}", server.get::<String>("version")?),
        findings,
        bytes: server.get("bytes")?,
        log_bytes: 0,
        migrations: Vec::new(),
    })
}
