//! What row-level security costs: the same statements on the same rows, with it and without it, in turn; and
//! whether each statement of a guild finds its rows by an index.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use guildhall_framework::Registry;
use guildhall_store::{AnyStatement, ScopeKind, Store};
use serde::Serialize;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use crate::{ProofError, schemas};

/// What was measured.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Statements that were run, each as often with row-level security as without.
    pub statements: usize,
    /// Runs of each.
    pub runs: u32,
    /// Time with it by time without it: the medians of all statements together.
    pub ratio: f64,
    /// The same for each statement.
    pub each: BTreeMap<String, f64>,
    /// Statements that read a table of guilds without an index on the guild.
    pub scans: Vec<String>,
}

/// Guilds, and rows of each in every table.
const GUILDS: u32 = 200;
const ROWS: u32 = 100;

/// Rows that may be found by an index without the server.
const FEW: f64 = 100.0;

/// Runs of a statement in one turn.
const RUNS: u32 = 20;

/// The middle, so that what else the machine does counts for little.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Measures on an empty PostgreSQL database that `store` was opened on, with the rights of a superuser. Rows are
/// left in it.
pub async fn measure(
    store: &Store,
    registry: &Registry,
    superuser: &str,
    rounds: u32,
) -> Result<Report, ProofError> {
    let mut admin = PgConnection::connect(superuser).await?;
    fill(store, &mut admin).await?;
    let schemas = schemas(registry);
    let statements: Vec<&AnyStatement> = store
        .schemas()
        .iter()
        .chain(&schemas)
        .flat_map(|schema| schema.statements)
        .filter(|one| matches!(one.scope, ScopeKind::Guild | ScopeKind::Member))
        .collect();
    let mut connection = PgConnection::connect(superuser).await?;
    let mut run = async |sql: String| connection.execute(AssertSqlSafe(sql)).await.map(drop);
    run("SET ROLE guildhall_app; SET guildhall.guild_id = '100'; SET guildhall.member_id = ''; SET guildhall.user_id = ''".to_owned()).await?;
    let mut report = Report::default();
    let mut prepared: BTreeMap<&str, String> = BTreeMap::new();
    for statement in statements {
        if prepared.contains_key(statement.name) {
            continue;
        }
        let name = format!("s{}", prepared.len());
        run(format!("PREPARE {name} AS {}", statement.sql)).await?;
        prepared.insert(statement.name, name);
    }
    let mut calls = BTreeMap::new();
    for (statement, name) in &prepared {
        let row = sqlx::query("SELECT array_to_string(parameter_types::text[], ',') FROM pg_prepared_statements WHERE name = $1")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        let types: String = row.try_get(0)?;
        let values = types.split(',').enumerate().map(|(at, kind)| match (at, kind) {
            (0, _) => "100".to_owned(),
            (_, "text") => "'text'".to_owned(),
            (at, _) => (at + 3).to_string(),
        });
        calls.insert(*statement, format!("EXECUTE {name} ({})", values.collect::<Vec<_>>().join(", ")));
    }
    for (statement, call) in &calls {
        report.scans.extend(scans(&mut connection, store, statement, call).await?);
    }
    let tables: Vec<&str> = store.tables().iter().map(|info| info.table.name).collect();
    let mut times: BTreeMap<&str, [Vec<Duration>; 2]> = BTreeMap::new();
    for round in 0..rounds * 2 {
        let walled = round % 2 == 0;
        let word = if walled { "ENABLE" } else { "DISABLE" };
        for table in &tables {
            admin.execute(AssertSqlSafe(format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY"))).await?;
        }
        for (statement, call) in &calls {
            let took = timed(&mut connection, call, RUNS).await?;
            times.entry(*statement).or_default()[usize::from(walled)].extend(took);
        }
    }
    for table in &tables {
        admin.execute(AssertSqlSafe(format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))).await?;
    }
    let ratio = |[without, with]: [Duration; 2]| with.as_secs_f64() / without.as_secs_f64().max(f64::EPSILON);
    let times: BTreeMap<&str, [Duration; 2]> =
        times.into_iter().map(|(name, both)| (name, both.map(median))).collect();
    let sum = times.values().fold([Duration::ZERO; 2], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
    report.statements = calls.len();
    report.runs = rounds * RUNS;
    report.ratio = ratio(sum);
    report.each = times.iter().map(|(name, one)| ((*name).to_owned(), ratio(*one))).collect();
    Ok(report)
}

/// Runs a statement some times, each undone; a statement that a rule refuses costs what it costs.
async fn timed(connection: &mut PgConnection, call: &str, times: u32) -> Result<Vec<Duration>, ProofError> {
    let mut took = Vec::new();
    for warm in 0..times + 2 {
        connection.execute("BEGIN").await?;
        let started = Instant::now();
        let result = connection.execute(AssertSqlSafe(call.to_owned())).await;
        let elapsed = started.elapsed();
        connection.execute("ROLLBACK").await?;
        if warm >= 2 {
            took.push(elapsed);
        }
        match result {
            // A row with that key, or a parent that is not there.
            Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code.starts_with("23")) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
    }
    Ok(took)
}

/// Rows for many guilds, made by the server: unlike the fill of the sweep, enough that an index matters.
async fn fill(store: &Store, admin: &mut PgConnection) -> Result<(), ProofError> {
    for info in store.tables() {
        if !matches!(info.table.scope, ScopeKind::Guild | ScopeKind::Member) {
            continue;
        }
        let single = info.key.len() == 1;
        let value = |column: &guildhall_store::ColumnInfo| match (column.name.as_str(), column.kind) {
            ("guild_id", _) => "g".to_owned(),
            (_, guildhall_store::ColumnKind::Text) => "'text ' || r".to_owned(),
            // Half of the rows are in the middle of something, as far as partial indexes are concerned.
            _ if column.nullable => "NULLIF(r % 2, 0) * r".to_owned(),
            _ => "r".to_owned(),
        };
        let values: Vec<String> = info.columns.iter().map(value).collect();
        let rows = if single { 1 } else { ROWS };
        let guilds = if single { GUILDS * ROWS } else { GUILDS };
        let sql = format!(
            "INSERT INTO {table} ({columns}) SELECT {values}
             FROM generate_series(1, {guilds}) AS g, generate_series(1, {rows}) AS r ON CONFLICT DO NOTHING;
             ANALYZE {table}",
            table = info.table.name,
            columns = info.column_list(),
            values = values.join(", "),
        );
        admin.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// The tables of guilds that a statement reads as a whole, or by an index without the guild.
async fn scans(
    connection: &mut PgConnection,
    store: &Store,
    statement: &str,
    call: &str,
) -> Result<Vec<String>, ProofError> {
    fn walk(plan: &Json, store: &Store, statement: &str, found: &mut Vec<String>) {
        let kind = plan["Node Type"].as_str().unwrap_or_default();
        let reads = kind.ends_with("Scan") && plan["Relation Name"].is_string();
        let table = plan["Relation Name"].as_str().unwrap_or_default();
        let tenants = store.tables().iter().any(|info| {
            info.table.name == table && matches!(info.table.scope, ScopeKind::Guild | ScopeKind::Member)
        });
        if reads && tenants {
            let condition = ["Index Cond", "Recheck Cond"].iter().find_map(|name| plan[*name].as_str());
            // By another index where the server knows that it finds next to nothing there.
            let few = plan["Plan Rows"].as_f64().is_some_and(|rows| rows <= FEW);
            if !condition.is_some_and(|condition| condition.contains("guild_id") || few) {
                found.push(format!("{statement}: {kind} on {table}"));
            }
        }
        for inner in plan["Plans"].as_array().into_iter().flatten() {
            walk(inner, store, statement, found);
        }
    }
    let explain = format!("EXPLAIN (FORMAT JSON) {call}");
    let row = connection.fetch_one(AssertSqlSafe(explain)).await?;
    let plan: Json = row.try_get(0)?;
    let mut found = Vec::new();
    walk(&plan[0]["Plan"], store, statement, &mut found);
    Ok(found)
}
