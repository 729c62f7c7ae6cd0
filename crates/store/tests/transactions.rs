//! Transactions: what commits, what does not, and that nothing is left open behind a cancelled one.

use std::{sync::Arc, time::Duration};

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{
    Column, Failure, GuildStatement, Migration, OperatorPath, OperatorStatement, Person, Retention, Schema,
    ScopeKind, Store, StoreError, Table, WriteTx, guild, operator, params,
};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database,
};

const ADD: GuildStatement = guild("add", "INSERT INTO fact (guild_id, id, text) VALUES ($1, $2, $3)");
const COUNT: GuildStatement = guild("count", "SELECT COUNT(*) AS n FROM fact WHERE guild_id = $1");
const ONE: GuildStatement = guild("one", "SELECT text FROM fact WHERE guild_id = $1 AND id = $2");
const ENDLESS: OperatorStatement = operator(
    "endless",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
     INSERT INTO fact (guild_id, id, text) SELECT 9, i, 'x' FROM n",
);

const SCHEMA: Schema = Schema {
    owner: "test",
    migrations: &[Migration {
        version: 1,
        name: "facts",
        sql: "CREATE TABLE fact (guild_id BIGINT NOT NULL, id BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (guild_id, id));",
    }],
    inventory: &[Table {
        name: "fact",
        scope: ScopeKind::Guild,
        key: &["guild_id", "id"],
        person: Person::Guild,
        columns: &[Column::plain("guild_id"), Column::plain("id"), Column::plain("text")],
        retention: Retention::WithOwner,
        purpose: "a test",
    }],
    statements: &[],
};

async fn open(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind).await.unwrap();
    let store = database.open(&[SCHEMA], Arc::new(ManualClock::at(Timestamp(0)))).await.unwrap();
    (database, store)
}

on_each_database! {
    what_is_committed_stays_and_what_is_dropped_never_was,
    a_guild_sees_its_own_rows_only,
    savepoints_undo_a_part_and_nest,
    after_a_failure_only_a_rollback_is_possible,
    a_snapshot_does_not_see_later_commits,
    a_read_transaction_cannot_write,
    values_are_counted,
    a_statement_cancelled_midway_leaves_the_writer_clean,
    whoever_gives_up_waiting_or_panics_blocks_nobody,
    many_writers_and_cancels_at_once_lose_and_double_nothing,
    a_closed_store_says_so,
}

fn scope(number: u64) -> GuildScope {
    GuildScope(GuildId::new(number).unwrap())
}

async fn add(tx: &mut WriteTx, id: i64) -> Result<(), StoreError> {
    tx.guild(scope(1)).execute(&ADD, params![id, "text"]).await.map(|_| ())
}

async fn count(store: &Store) -> i64 {
    let mut read = store.read().await.unwrap();
    read.guild(scope(1)).fetch_one(&COUNT, params![]).await.unwrap().get("n").unwrap()
}

async fn what_is_committed_stays_and_what_is_dropped_never_was(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 2).await.unwrap();
    drop(tx);
    assert_eq!(count(&store).await, 1);
}

async fn a_guild_sees_its_own_rows_only(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    assert!(tx.guild(scope(2)).fetch_optional(&ONE, params![1_i64]).await.unwrap().is_none());
    assert!(tx.guild(scope(1)).fetch_optional(&ONE, params![1_i64]).await.unwrap().is_some());
    let missing = tx.guild(scope(2)).fetch_one(&ONE, params![1_i64]).await;
    assert!(matches!(missing, Err(StoreError::NoRow { statement: "one" })));
}

async fn savepoints_undo_a_part_and_nest(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    tx.savepoint().await.unwrap();
    add(&mut tx, 2).await.unwrap();
    tx.savepoint().await.unwrap();
    add(&mut tx, 3).await.unwrap();
    tx.rollback_to_savepoint().await.unwrap();
    tx.release().await.unwrap();
    assert!(matches!(tx.release().await, Err(StoreError::NoSavepoint)));
    tx.commit().await.unwrap();
    assert_eq!(count(&store).await, 2);
}

async fn after_a_failure_only_a_rollback_is_possible(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    tx.savepoint().await.unwrap();
    let error = add(&mut tx, 1).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(matches!(add(&mut tx, 2).await, Err(StoreError::Spoiled)));
    tx.rollback_to_savepoint().await.unwrap();
    add(&mut tx, 3).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&store).await, 2);

    let mut tx = store.write().await.unwrap();
    add(&mut tx, 3).await.unwrap_err();
    assert!(matches!(tx.commit().await, Err(StoreError::Spoiled)));
}

async fn a_snapshot_does_not_see_later_commits(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut read = store.read().await.unwrap();
    let before: i64 = read.guild(scope(1)).fetch_one(&COUNT, params![]).await.unwrap().get("n").unwrap();
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    let after: i64 = read.guild(scope(1)).fetch_one(&COUNT, params![]).await.unwrap().get("n").unwrap();
    assert_eq!((before, after, count(&store).await), (0, 0, 1));
}

async fn a_read_transaction_cannot_write(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut read = store.read().await.unwrap();
    let error = read.guild(scope(1)).execute(&ADD, params![1_i64, "text"]).await.unwrap_err();
    assert!(matches!(error, StoreError::Statement { kind: Failure::ReadOnly, .. }), "{error}");
}

async fn values_are_counted(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut read = store.read().await.unwrap();
    let error = read.guild(scope(1)).fetch_all(&ONE, params![]).await.unwrap_err();
    assert!(matches!(error, StoreError::Parameters { expected: 2, given: 1, .. }), "{error}");
}

async fn a_statement_cancelled_midway_leaves_the_writer_clean(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    tx.savepoint().await.unwrap();
    let mut operator = tx.operator(OperatorPath::Diagnosis);
    let cut = tokio::time::timeout(Duration::from_millis(20), operator.execute(&ENDLESS, params![])).await;
    assert!(cut.is_err(), "the statement is long enough to be cut");
    assert!(matches!(add(&mut tx, 2).await, Err(StoreError::Spoiled)));
    tx.rollback_to_savepoint().await.unwrap();
    add(&mut tx, 3).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&store).await, 2);

    // The same without a savepoint: the whole transaction is gone, and the next one works.
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 4).await.unwrap();
    let mut operator = tx.operator(OperatorPath::Diagnosis);
    let cut = tokio::time::timeout(Duration::from_millis(20), operator.execute(&ENDLESS, params![])).await;
    assert!(cut.is_err());
    drop(tx);
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 5).await.unwrap();
    let foreign: i64 = tx.guild(scope(9)).fetch_one(&COUNT, params![]).await.unwrap().get("n").unwrap();
    tx.commit().await.unwrap();
    assert_eq!((count(&store).await, foreign), (3, 0));
}

async fn whoever_gives_up_waiting_or_panics_blocks_nobody(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    for _ in 0..20 {
        let waits = async {
            let mut tx = store.write().await.unwrap();
            add(&mut tx, 1).await
        };
        assert!(tokio::time::timeout(Duration::from_millis(1), waits).await.is_err());
    }
    drop(tx);
    let handle = store.clone();
    let panicked = tokio::spawn(async move {
        let mut tx = handle.write().await.unwrap();
        add(&mut tx, 1).await.unwrap();
        panic!("a handler that fails");
    });
    assert!(panicked.await.is_err());
    let mut tx = store.write().await.unwrap();
    add(&mut tx, 2).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&store).await, 1);
}

async fn many_writers_and_cancels_at_once_lose_and_double_nothing(kind: Kind) {
    let (_database, store) = open(kind).await;
    let tasks: Vec<_> = (0..200_i64)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move {
                let work = async {
                    let mut tx = store.write().await?;
                    add(&mut tx, id).await?;
                    tokio::task::yield_now().await;
                    tx.commit().await
                };
                // Every third is cut off wherever it happens to be.
                if id % 3 == 0 {
                    tokio::time::timeout(Duration::from_micros(50 * u64::try_from(id).unwrap()), work)
                        .await
                        .map_or(None, |done| done.ok().map(|()| id))
                } else {
                    work.await.ok().map(|()| id)
                }
            })
        })
        .collect();
    let mut acknowledged = 0;
    for task in tasks {
        acknowledged += i64::from(task.await.unwrap().is_some());
    }
    let rows = count(&store).await;
    // A commit whose answer was cut off may have happened; an acknowledged one must have.
    assert!(acknowledged >= 133, "{acknowledged}");
    assert!((acknowledged..=200).contains(&rows), "{rows} rows, {acknowledged} acknowledged");
}

async fn a_closed_store_says_so(kind: Kind) {
    let (_database, store) = open(kind).await;
    store.close().await;
    store.close().await;
    assert!(matches!(store.write().await, Err(StoreError::Closed)));
    assert!(matches!(store.read().await, Err(StoreError::Closed)));
}
