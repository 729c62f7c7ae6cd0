//! A pooler in transaction mode before the database: each transaction may get a connection that another guild
//! has just used, in whatever state a cancelled or panicked handler left it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{
    Column, GuildStatement, Migration, OperatorPath, OperatorStatement, Person, Retention, Schema, ScopeKind,
    Store, StoreError, StoreOptions, Table, guild, operator, params,
};
use guildhall_testkit::{
    pgbouncer::{self, PgBouncer},
    postgres::Postgres,
};

/// Guilds that share a handful of connections.
const GUILDS: u64 = 40;
const TRANSACTIONS: u64 = 1_000;

const SCHEMA: Schema = Schema {
    owner: "pooled",
    migrations: &[Migration {
        version: 1,
        name: "secrets",
        breaks: false,
        sql: "CREATE TABLE secret (guild_id BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (guild_id, id));",
    }],
    inventory: &[Table {
        name: "secret",
        scope: ScopeKind::Guild,
        key: &["guild_id", "id"],
        person: Person::Guild,
        columns: &[Column::plain("guild_id"), Column::plain("id")],
        retention: Retention::WithOwner,
        purpose: "a test",
    }],
    statements: &[],
};

const ADD: GuildStatement = guild("add", "INSERT INTO secret (guild_id, id) VALUES ($1, $2)");
// No filter at all: the walls alone must hold.
const ALL: GuildStatement = guild("all", "SELECT guild_id FROM secret WHERE CAST($1 AS BIGINT) IS NOT NULL");
const SLOW: GuildStatement =
    guild("slow", "SELECT CAST(CASE WHEN pg_sleep(0.05) IS NULL THEN 0 ELSE $1 END AS BIGINT) AS guild_id");
const TOTAL: OperatorStatement =
    operator("total", "SELECT COUNT(*) AS n, COUNT(DISTINCT guild_id) AS guilds FROM secret");

fn id(number: u64) -> GuildId {
    GuildId::new(number).unwrap()
}

/// One transaction of a guild: what it saw, with no filter in the statement.
async fn work(store: &Store, number: u64) -> Result<Vec<GuildId>, StoreError> {
    let of = id(1 + number % GUILDS);
    let mut write = store.write().await?;
    let mut tx = write.guild(GuildScope(of));
    tx.execute(&ADD, params![i64::try_from(number).unwrap()]).await?;
    let rows = tx.fetch_all(&ALL, params![]).await?;
    if number % 7 == 3 {
        tx.fetch_all(&SLOW, params![]).await?;
    }
    assert!(number % 11 != 5, "a handler that panics in the middle");
    // Another guild in the same transaction: what was set for the first must be gone.
    let next = id(1 + (number + 1) % GUILDS);
    let others = write.guild(GuildScope(next)).fetch_all(&ALL, params![]).await?;
    for row in &others {
        assert_eq!(row.get::<GuildId>("guild_id")?, next, "seen by {next} after {of}");
    }
    write.commit().await?;
    rows.iter().map(|row| row.get("guild_id")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_transactions_at_once_see_their_own_guild_only() {
    let server = Postgres::start().await.unwrap();
    let direct = server.create_database("pooled").await.unwrap();
    let few = pgbouncer::Options { connections: 6, ..pgbouncer::Options::default() };
    let pooler = PgBouncer::start(&server, &few).await.unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    // Migrations need a session of their own.
    Store::open(StoreOptions::postgres(direct.clone()), &[SCHEMA], clock.clone())
        .await
        .unwrap()
        .close()
        .await;
    let mut options = StoreOptions::postgres(pooler.url(&server, "pooled"));
    options.cached_statements = 0;
    options.connections = 60;
    options.queue_timeout = Duration::from_mins(2);
    let store = Store::open(options, &[SCHEMA], clock).await.unwrap();

    let (foreign, cancelled, panicked, committed) =
        (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let counts = Arc::new((foreign, cancelled, panicked, committed));
    let tasks: Vec<_> = (0..TRANSACTIONS)
        .map(|number| {
            let (store, counts) = (store.clone(), Arc::clone(&counts));
            tokio::spawn(async move {
                let handle = tokio::spawn({
                    let store = store.clone();
                    async move {
                        if number % 7 == 3 {
                            // Cut off wherever it happens to be, mostly while the server still works.
                            let patience = Duration::from_millis(number % 60);
                            tokio::time::timeout(patience, work(&store, number)).await.ok()
                        } else {
                            Some(work(&store, number).await)
                        }
                    }
                });
                match handle.await {
                    Err(error) => {
                        assert!(error.is_panic());
                        counts.2.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(None) => drop(counts.1.fetch_add(1, Ordering::Relaxed)),
                    Ok(Some(seen)) => {
                        let seen = seen.unwrap();
                        let own = id(1 + number % GUILDS);
                        let strangers = seen.iter().filter(|guild| **guild != own).count();
                        counts.0.fetch_add(strangers as u64, Ordering::Relaxed);
                        counts.3.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (foreign, cancelled, panicked, committed) =
        (read(&counts.0), read(&counts.1), read(&counts.2), read(&counts.3));
    println!(
        "{TRANSACTIONS} transactions: {committed} committed, {cancelled} cut off, {panicked} panicked, {foreign} foreign rows seen"
    );
    assert_eq!(foreign, 0);
    assert!(cancelled > 20 && panicked > 50 && committed > 700);

    // Every connection works and is clean: nothing of a transaction that did not commit is there, and every
    // committed one is.
    for number in 0..120 {
        let mut read = store.read().await.unwrap();
        let of = id(1 + number % GUILDS);
        for row in read.guild(GuildScope(of)).fetch_all(&ALL, params![]).await.unwrap() {
            assert_eq!(row.get::<GuildId>("guild_id").unwrap(), of);
        }
    }
    let mut read = store.read().await.unwrap();
    let row = read.operator(OperatorPath::Diagnosis).fetch_one(&TOTAL, params![]).await.unwrap();
    let kept = row.get::<u64>("n").unwrap();
    assert!((committed..=committed + cancelled).contains(&kept), "{kept} rows, {committed} committed");
    drop(read);
    store.close().await;
}
