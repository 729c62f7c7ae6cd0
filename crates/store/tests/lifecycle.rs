//! Opening, migrating, refusing, closing, and being killed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{
    Column, GuildStatement, Migration, Person, Retention, Schema, ScopeKind, Store, StoreError, StoreOptions,
    Table, guild, params, testing,
};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database, postgres,
};

const FIRST: Migration = Migration {
    version: 1,
    breaks: false,
    name: "lines",
    sql: "CREATE TABLE line (guild_id BIGINT NOT NULL, batch BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (guild_id, batch, id));",
};
const SECOND: Migration = Migration {
    version: 2,
    breaks: false,
    name: "a note on each line",
    sql: "ALTER TABLE line ADD COLUMN note TEXT;",
};
/// The same, but programs that do not know it cannot go on.
const BREAKING: Migration = Migration { breaks: true, ..SECOND };
const EDITED: Migration = Migration { sql: "CREATE TABLE other (guild_id BIGINT NOT NULL);", ..FIRST };
const BROKEN: Migration = Migration {
    version: 2,
    breaks: false,
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
const LINES_PER_BATCH: i64 = 10;

const LINE: Table = Table {
    name: "line",
    scope: ScopeKind::Guild,
    key: &["guild_id", "batch", "id"],
    columns: &[Column::plain("guild_id"), Column::plain("batch"), Column::plain("id")],
    person: Person::Guild,
    retention: Retention::WithOwner,
    purpose: "a test",
};

const fn schema(migrations: &'static [Migration]) -> Schema {
    Schema { owner: "test", migrations, inventory: &[LINE], statements: &[] }
}

/// A database that waits for the disk, as one that is to keep something should.
async fn durable(kind: Kind) -> Database {
    let options = postgres::Options { fsync: true, ..postgres::Options::default() };
    Database::with(kind, options).await.unwrap()
}

async fn open_at(options: StoreOptions, schemas: &[Schema]) -> Result<Store, StoreError> {
    Store::open(options, schemas, Arc::new(ManualClock::at(Timestamp(7)))).await
}

async fn open(database: &Database, schemas: &[Schema]) -> Result<Store, StoreError> {
    open_at(database.options(), schemas).await
}

on_each_database! {
    migrations_run_forward_once_and_are_written_down,
    data_of_a_newer_program_is_refused,
    what_a_newer_program_only_added_to_can_be_opened_by_the_one_before,
    an_edited_migration_is_refused,
    a_migration_that_fails_leaves_nothing_behind,
    a_schema_that_is_declared_wrongly_is_refused,
    the_settings_are_what_durability_needs,
    a_kill_leaves_whole_transactions_and_every_acknowledged_one,
}

fn scope() -> GuildScope {
    GuildScope(GuildId::new(1).unwrap())
}

async fn migrations_run_forward_once_and_are_written_down(kind: Kind) {
    let database = durable(kind).await;
    open(&database, &[schema(&[FIRST])]).await.unwrap().close().await;
    let store = open(&database, &[schema(&[FIRST, SECOND])]).await.unwrap();
    let health = store.check().await.unwrap();
    let applied: Vec<_> = health
        .migrations
        .iter()
        .filter(|migration| migration.owner == "test")
        .map(|migration| (migration.version, migration.name.as_str(), migration.applied_at))
        .collect();
    assert_eq!(applied, [(1, "lines", Timestamp(7)), (2, "a note on each line", Timestamp(7))]);
}

async fn data_of_a_newer_program_is_refused(kind: Kind) {
    let database = durable(kind).await;
    open(&database, &[schema(&[FIRST, BREAKING])]).await.unwrap().close().await;
    let error = open(&database, &[schema(&[FIRST])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { version: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("hint: "), "{error}");
    let error = open(&database, &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { known: 0, .. }), "{error}");
}

/// A deploy that is turned back: the program from before starts again on the tables of the newer one.
async fn what_a_newer_program_only_added_to_can_be_opened_by_the_one_before(kind: Kind) {
    let database = durable(kind).await;
    open(&database, &[schema(&[FIRST, SECOND])]).await.unwrap().close().await;
    let store = open(&database, &[schema(&[FIRST])]).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.guild(scope()).execute(&ADD, params![1_i64, 1_i64]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    drop(store);
    let store = open(&database, &[schema(&[FIRST, SECOND])]).await.unwrap();
    let mut read = store.read().await.unwrap();
    assert_eq!(read.guild(scope()).fetch_all(&BATCHES, params![]).await.unwrap().len(), 1);
}

async fn an_edited_migration_is_refused(kind: Kind) {
    let database = durable(kind).await;
    open(&database, &[schema(&[FIRST])]).await.unwrap().close().await;
    let error = open(&database, &[schema(&[EDITED, SECOND])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Altered { owner: "test", version: 1 }), "{error}");
}

async fn a_migration_that_fails_leaves_nothing_behind(kind: Kind) {
    let database = durable(kind).await;
    let error = open(&database, &[schema(&[FIRST, BROKEN])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Migration { version: 2, .. }), "{error}");
    let store = open(&database, &[schema(&[FIRST])]).await.unwrap();
    // A table `half` would be in no inventory.
    let faults = testing::inventory_names_every_table_and_column(&store, store.schemas()).await.unwrap();
    assert_eq!(faults, [""; 0]);
}

async fn a_schema_that_is_declared_wrongly_is_refused(kind: Kind) {
    let database = durable(kind).await;
    for wrong in [&[schema(&[SECOND])][..], &[schema(&[FIRST]), schema(&[FIRST])][..]] {
        let error = open(&database, wrong).await.unwrap_err();
        assert!(matches!(error, StoreError::Declaration { owner: "test", .. }), "{error}");
    }
}

#[tokio::test]
async fn a_second_opening_of_files_is_refused_until_the_first_ends() {
    for kind in [Kind::Sqlite, Kind::PerGuild] {
        opened_twice(kind).await;
    }
}

async fn opened_twice(kind: Kind) {
    let database = durable(kind).await;
    let store = open(&database, &[]).await.unwrap();
    let error = open(&database, &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    store.close().await;
    drop(store);
    open(&database, &[]).await.unwrap();
}

async fn the_settings_are_what_durability_needs(kind: Kind) {
    let database = durable(kind).await;
    let store = open(&database, &[schema(&[FIRST])]).await.unwrap();
    let health = store.check().await.unwrap();
    assert!(health.is_good(), "{health:?}");
    assert!(health.bytes > 0);
    store.close().await;
    if kind == Kind::Sqlite {
        let log = database.path().with_file_name("data.db-wal");
        assert!(!log.exists() || std::fs::metadata(log).unwrap().len() == 0);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let database = durable(Kind::Sqlite).await;
    let store = open(&database, &[schema(&[FIRST])]).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.guild(scope()).execute(&ADD, params![1_i64, 1_i64]).await.unwrap();
    tx.commit().await.unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(database.path().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} has mode {mode:o}", file.path());
        seen += 1;
    }
    assert!(seen >= 3, "the database, its log and its lock are there");
}

/// The variable that turns these tests into the child that is killed: the kind of database, and where it is.
const CHILD: &str = "GUILDHALL_TEST_KILLED_STORE";

async fn a_kill_leaves_whole_transactions_and_every_acknowledged_one(kind: Kind) {
    if let Some(child) = std::env::var_os(CHILD).and_then(|child| child.into_string().ok()) {
        let (kind, address) = child.split_once(' ').unwrap();
        write_until_killed(kind.parse::<Kind>().unwrap().options(address)).await;
    }
    let database = durable(kind).await;
    for _ in 0..6 {
        acknowledged_by_a_killed_child(&database).await;
    }
}

/// The same where the server is killed: it takes no part of a transaction and forgets none that it has
/// acknowledged.
#[tokio::test]
async fn a_killed_server_keeps_whole_transactions_and_every_acknowledged_one() {
    let mut database = durable(Kind::Postgres).await;
    for _ in 0..4 {
        let (mut child, acknowledged) = child(&database);
        database.server_mut().unwrap().kill();
        child.kill().unwrap();
        child.wait().unwrap();
        database.server_mut().unwrap().run().await.unwrap();
        whole(&database, acknowledged).await;
    }
}

async fn acknowledged_by_a_killed_child(database: &Database) {
    let (mut child, acknowledged) = child(database);
    // SIGKILL: nothing in the child gets to tidy up.
    child.kill().unwrap();
    child.wait().unwrap();
    whole(database, acknowledged).await;
}

/// A process that writes, and the number of a batch that it has told us it committed.
fn child(database: &Database) -> (Child, i64) {
    let test = "on_sqlite::a_kill_leaves_whole_transactions_and_every_acknowledged_one";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, format!("{} {}", database.kind().name(), database.address()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let committed = |line: std::io::Result<String>| line.unwrap().strip_prefix("committed ")?.parse().ok();
    let acknowledged = lines.filter_map(committed).nth(20).unwrap();
    (child, acknowledged)
}

async fn whole(database: &Database, acknowledged: i64) {
    let store = open(database, &[schema(&[FIRST])]).await.unwrap();
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

async fn write_until_killed(options: StoreOptions) {
    let store = open_at(options, &[schema(&[FIRST])]).await.unwrap();
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
