//! Processes, leases and the fence between them.

use std::{sync::Arc, time::Duration};

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::GuildId,
    scope::GuildScope,
};
use guildhall_store::{
    OperatorPath, Store, StoreError,
    platform::{
        instance::{self, Instance},
        lease, outbox, setting, shard_plan,
    },
};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database,
};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
fn guild() -> GuildScope {
    GuildScope(GuildId::new(7).unwrap())
}

on_each_database! {
    a_lease_has_one_holder_and_a_higher_epoch_each_time,
    whoever_is_evicted_leaves_its_leases_and_its_unsent_rows,
    one_number_of_shards_holds_for_all,
}

async fn open(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind).await.unwrap();
    let store = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    (database, store)
}

async fn join(store: &Store, id: &str) {
    let row = Instance {
        id: id.to_owned(),
        role: "all".to_owned(),
        host: String::new(),
        process: String::new(),
        started_at: NOW,
        expires_at: NOW + Duration::from_secs(15),
        report: "{}".to_owned(),
    };
    let mut write = store.write_unfenced().await.unwrap();
    instance::register(&mut write.operator(OperatorPath::Cluster), &row).await.unwrap();
    write.commit().await.unwrap();
}

async fn evict(store: &Store, id: &str, silent_since: Timestamp, heir: &str) -> bool {
    let mut write = store.write_unfenced().await.unwrap();
    let evicted = instance::evict(&mut write, id, silent_since, heir).await.unwrap();
    write.commit().await.unwrap();
    evicted
}

async fn set(store: &Store) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    setting::set(&mut write.guild(guild()), "welcome", "on", "true", NOW).await?;
    write.commit().await
}

async fn a_lease_has_one_holder_and_a_higher_epoch_each_time(kind: Kind) {
    let (_database, store) = open(kind).await;
    join(&store, "a").await;
    join(&store, "b").await;
    let mut write = store.write().await.unwrap();
    let mut tx = write.operator(OperatorPath::Cluster);
    assert_eq!(lease::take(&mut tx, "shard/2", 0, "a", NOW).await.unwrap(), Some(1));
    assert_eq!(lease::take(&mut tx, "shard/2", 0, "b", NOW).await.unwrap(), None);
    assert!(!lease::release(&mut tx, "shard/2", 0, "b").await.unwrap());
    assert!(lease::release(&mut tx, "shard/2", 0, "a").await.unwrap());
    assert_eq!(lease::take(&mut tx, "shard/2", 0, "b", NOW).await.unwrap(), Some(2));
    // Another kind is another lease.
    assert_eq!(lease::take(&mut tx, "shard/4", 0, "a", NOW).await.unwrap(), Some(1));
    let all = lease::of_kind(&mut tx, "shard/2").await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].holder.as_deref(), all[0].epoch), (Some("b"), 2));
    write.commit().await.unwrap();
}

async fn whoever_is_evicted_leaves_its_leases_and_its_unsent_rows(kind: Kind) {
    let (_database, store) = open(kind).await;
    join(&store, "a").await;
    join(&store, "b").await;
    store.belong_to("a");
    let mut write = store.write().await.unwrap();
    lease::take(&mut write.operator(OperatorPath::Cluster), "shard/1", 0, "a", NOW).await.unwrap();
    let message = outbox::Outgoing { kind: "k".into(), payload: "{}".into(), not_before: NOW };
    outbox::add(&mut write.guild(guild()), message, NOW).await.unwrap();
    write.commit().await.unwrap();

    assert!(!evict(&store, "a", NOW, "b").await, "it is not silent yet");
    assert!(evict(&store, "a", NOW + Duration::from_secs(15), &outbox::left_to("b")).await);
    assert!(!evict(&store, "a", NOW + Duration::from_secs(15), "b").await, "once");
    store.belong_to("b");
    let mut write = store.write().await.unwrap();
    let mut tx = write.operator(OperatorPath::Cluster);
    assert_eq!(instance::all(&mut tx).await.unwrap().len(), 1);
    assert_eq!(lease::take(&mut tx, "shard/1", 0, "b", NOW).await.unwrap(), Some(2));
    let mut tx = write.operator(OperatorPath::Outbox);
    assert_eq!(outbox::due(&mut tx, NOW, 9, "a").await.unwrap(), []);
    assert_eq!(outbox::due(&mut tx, NOW, 9, "b").await.unwrap(), []);
    assert_eq!(outbox::due(&mut tx, NOW, 9, &outbox::left_to("b")).await.unwrap().len(), 1);
    assert_eq!(outbox::owners(&mut tx).await.unwrap(), [outbox::left_to("b")]);
    assert_eq!(outbox::process_of("b/left"), "b");
}

async fn one_number_of_shards_holds_for_all(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut write = store.write().await.unwrap();
    let mut tx = write.operator(OperatorPath::Cluster);
    assert_eq!(shard_plan::load(&mut tx, "9").await.unwrap(), None);
    let first = shard_plan::found(&mut tx, "9", 4, NOW).await.unwrap();
    assert_eq!((first.total, first.next), (4, None));
    assert_eq!(shard_plan::found(&mut tx, "9", 6, NOW).await.unwrap(), first);
    assert!(!shard_plan::aim(&mut tx, "9", 4, NOW).await.unwrap(), "it would change nothing");
    assert!(shard_plan::aim(&mut tx, "9", 8, NOW).await.unwrap());
    assert!(!shard_plan::aim(&mut tx, "9", 6, NOW).await.unwrap(), "one change at a time");
    shard_plan::replace(&mut tx, "9", 8, NOW).await.unwrap();
    let last = shard_plan::load(&mut tx, "9").await.unwrap().unwrap();
    assert_eq!((last.total, last.next), (8, None));
}

#[tokio::test]
async fn postgresql_takes_no_write_of_an_evicted_process() {
    let (database, store) = open(Kind::Postgres).await;
    let other = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    join(&store, "a").await;
    store.belong_to("a");
    set(&store).await.unwrap();

    // A write that is under way is waited for, and is whole.
    let mut write = store.write().await.unwrap();
    setting::set(&mut write.guild(guild()), "welcome", "on", "false", NOW).await.unwrap();
    let evicting = tokio::spawn(async move {
        let evicted = evict(&other, "a", Timestamp(i64::MAX), "").await;
        (evicted, other)
    });
    // It cannot be done while the write is open; whether it waits already does not matter.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!evicting.is_finished());
    write.commit().await.unwrap();
    let (evicted, other) = evicting.await.unwrap();
    assert!(evicted);

    let error = set(&store).await.unwrap_err();
    assert!(error.is_fenced() && error.is_outage(), "{error:?}");
    let mut read = store.read().await.unwrap();
    let stored = setting::all(&mut read.guild(guild())).await.unwrap();
    assert_eq!(stored.len(), 1, "whoever is evicted may still look");
    // Others write on, and so does this process under a new name.
    set(&other).await.unwrap();
    join(&store, "c").await;
    store.belong_to("c");
    set(&store).await.unwrap();
}

#[tokio::test]
async fn a_process_that_stands_still_amid_a_write_holds_nobody_up() {
    let (database, store) = open(Kind::Postgres).await;
    let other = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    join(&store, "a").await;
    store.belong_to("a");
    let mut write = store.write().await.unwrap();
    setting::set(&mut write.guild(guild()), "welcome", "on", "true", NOW).await.unwrap();
    // The server ends the transaction by itself, and the eviction goes through.
    assert!(evict(&other, "a", Timestamp(i64::MAX), "").await);
    assert!(write.commit().await.is_err());
}
