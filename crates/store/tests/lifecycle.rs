//! Opening, migrating, refusing, closing, and being killed.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{
    GuildStatement, Migration, OperatorPath, OperatorStatement, Schema, Store, StoreError, StoreOptions,
    guild, operator, params,
};
use tempfile::TempDir;

const FIRST: Migration = Migration {
    version: 1,
    name: "lines",
    sql: "CREATE TABLE line (guild_id BIGINT NOT NULL, batch BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (guild_id, batch, id));",
};
const SECOND: Migration =
    Migration { version: 2, name: "a note on each line", sql: "ALTER TABLE line ADD COLUMN note TEXT;" };
const EDITED: Migration = Migration { sql: "CREATE TABLE other (guild_id BIGINT NOT NULL);", ..FIRST };
const BROKEN: Migration = Migration {
    version: 2,
    name: "breaks halfway",
    sql: "CREATE TABLE half (a BIGINT); CREATE TABLE line (a BIGINT);",
};

const ADD: GuildStatement = guild("add", "INSERT INTO line (guild_id, batch, id) VALUES ($1, $2, $3)");
const LAST: GuildStatement =
    guild("last", "SELECT COALESCE(MAX(batch), 0) AS batch FROM line WHERE guild_id = $1");
const BATCHES: GuildStatement = guild(
    "batches",
    "SELECT batch, COUNT(*) AS lines FROM line WHERE guild_id = $1 GROUP BY batch ORDER BY batch",
);
const TABLES: OperatorStatement =
    operator("tables", "SELECT COUNT(*) AS n FROM sqlite_schema WHERE name = $1 AND type = 'table'");

const LINES_PER_BATCH: i64 = 10;

const fn schema(migrations: &'static [Migration]) -> Schema {
    Schema { owner: "test", migrations, inventory: &[], statements: &[] }
}

async fn open(path: &Path, schemas: &[Schema]) -> Result<Store, StoreError> {
    Store::open(StoreOptions::new(path), schemas, Arc::new(ManualClock::at(Timestamp(7)))).await
}

fn data() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("deep/data.db");
    (folder, path)
}

fn scope() -> GuildScope {
    GuildScope(GuildId::new(1).unwrap())
}

#[tokio::test]
async fn migrations_run_forward_once_and_are_written_down() {
    let (_folder, path) = data();
    open(&path, &[schema(&[FIRST])]).await.unwrap().close().await;
    let store = open(&path, &[schema(&[FIRST, SECOND])]).await.unwrap();
    let health = store.check().await.unwrap();
    let applied: Vec<_> = health
        .migrations
        .iter()
        .filter(|migration| migration.owner == "test")
        .map(|migration| (migration.version, migration.name.as_str(), migration.applied_at))
        .collect();
    assert_eq!(applied, [(1, "lines", Timestamp(7)), (2, "a note on each line", Timestamp(7))]);
}

#[tokio::test]
async fn data_of_a_newer_program_is_refused() {
    let (_folder, path) = data();
    open(&path, &[schema(&[FIRST, SECOND])]).await.unwrap().close().await;
    let error = open(&path, &[schema(&[FIRST])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { version: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("hint: "), "{error}");
    let error = open(&path, &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { known: 0, .. }), "{error}");
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    let (_folder, path) = data();
    open(&path, &[schema(&[FIRST])]).await.unwrap().close().await;
    let error = open(&path, &[schema(&[EDITED, SECOND])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Altered { owner: "test", version: 1 }), "{error}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let (_folder, path) = data();
    let error = open(&path, &[schema(&[FIRST, BROKEN])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Migration { version: 2, .. }), "{error}");
    let store = open(&path, &[schema(&[FIRST])]).await.unwrap();
    let mut read = store.read().await.unwrap();
    let row = read.operator(OperatorPath::Diagnosis).fetch_one(&TABLES, params!["half"]).await.unwrap();
    assert_eq!(row.get::<i64>("n").unwrap(), 0);
}

#[tokio::test]
async fn a_schema_that_is_declared_wrongly_is_refused() {
    let (_folder, path) = data();
    for wrong in [&[schema(&[SECOND])][..], &[schema(&[FIRST]), schema(&[FIRST])][..]] {
        let error = open(&path, wrong).await.unwrap_err();
        assert!(matches!(error, StoreError::Declaration { owner: "test", .. }), "{error}");
    }
}

#[tokio::test]
async fn a_second_opening_is_refused_until_the_first_ends() {
    let (_folder, path) = data();
    let store = open(&path, &[]).await.unwrap();
    let error = open(&path, &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    store.close().await;
    drop(store);
    open(&path, &[]).await.unwrap();
}

#[tokio::test]
async fn the_settings_are_what_durability_needs() {
    let (_folder, path) = data();
    let store = open(&path, &[schema(&[FIRST])]).await.unwrap();
    let health = store.check().await.unwrap();
    assert!(health.is_good(), "{health:?}");
    assert!(health.bytes > 0);
    store.close().await;
    let log = path.with_file_name("data.db-wal");
    assert!(!log.exists() || std::fs::metadata(log).unwrap().len() == 0);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = data();
    let store = open(&path, &[schema(&[FIRST])]).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.guild(scope()).execute(&ADD, params![1_i64, 1_i64]).await.unwrap();
    tx.commit().await.unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} has mode {mode:o}", file.path());
        seen += 1;
    }
    assert!(seen >= 3, "the database, its log and its lock are there");
}

/// The variable that turns this test into the child that is killed.
const CHILD: &str = "GUILDHALL_TEST_KILLED_STORE";

#[tokio::test]
async fn a_kill_leaves_whole_transactions_and_every_acknowledged_one() {
    if let Some(path) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&path)).await;
    }
    let (_folder, path) = data();
    for _ in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_kill_leaves_whole_transactions_and_every_acknowledged_one", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let acknowledged = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .filter_map(|line| line.unwrap().strip_prefix("committed ")?.parse::<i64>().ok())
            .nth(20)
            .unwrap();
        // SIGKILL: nothing in the child gets to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(&path, &[schema(&[FIRST])]).await.unwrap();
        assert!(store.check().await.unwrap().is_good());
        let mut read = store.read().await.unwrap();
        let rows = read.guild(scope()).fetch_all(&BATCHES, params![]).await.unwrap();
        for (expected, row) in (1_i64..).zip(&rows) {
            assert_eq!(row.get::<i64>("batch").unwrap(), expected);
            assert_eq!(row.get::<i64>("lines").unwrap(), LINES_PER_BATCH, "batch {expected} is torn");
        }
        let kept = i64::try_from(rows.len()).unwrap();
        assert!(kept >= acknowledged, "{acknowledged} were acknowledged, {kept} are there");
        drop(read);
        store.close().await;
    }
}

async fn write_until_killed(path: &Path) {
    let store = open(path, &[schema(&[FIRST])]).await.unwrap();
    loop {
        let mut tx = store.write().await.unwrap();
        let last: i64 = tx.guild(scope()).fetch_one(&LAST, params![]).await.unwrap().get("batch").unwrap();
        for id in 0..LINES_PER_BATCH {
            tx.guild(scope()).execute(&ADD, params![last + 1, id]).await.unwrap();
        }
        tx.commit().await.unwrap();
        println!("committed {}", last + 1);
    }
}
