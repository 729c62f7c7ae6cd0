//! Events with effects: batches, replays, failures, reconciling.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use guildhall_core::{
    event::EventKind,
    id::{ApplicationId, UserId},
};
use guildhall_discord::gateway::{Interest as _, Lifecycle, Sink as _};
use guildhall_framework::rollout::Part;
use guildhall_runtime::{RuntimeOptions, interest::Interest};
use serde_json::json;

use crate::{
    discord::Discord,
    stage::{Stage, guild, options, rolled_out, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_event_has_no_second_effect() {
    let stage = Stage::start().await;
    for _ in 0..2 {
        for id in 100..150 {
            stage.message(guild(1), id, &format!("m{id}")).await;
        }
    }
    stage.message(guild(1), 900, "last").await;
    until("all messages", async || stage.discord.messages(30).len() == 51).await;
    let notes = stage.notes(1).await;
    assert_eq!(notes.len(), 51);
    let expected: Vec<String> = (100..150).map(|id| format!("m{id}")).chain(["last".to_owned()]).collect();
    assert_eq!(notes, expected, "a guild's events keep their order");
    let echoes: Vec<String> = expected.iter().map(|words| format!("echo {words}")).collect();
    assert_eq!(stage.discord.messages(30), echoes, "and so do its messages");
    assert_eq!(stage.heard(1).await, 51, "nothing is counted twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_is_buried_and_stops_no_other() {
    let short = RuntimeOptions { event_limit: Duration::from_millis(100), ..options() };
    let stage = Stage::with(short).await;
    for (id, words) in [(1, "one"), (2, "panic"), (3, "two"), (4, "fail"), (5, "forever"), (6, "three")] {
        stage.message(guild(1), id, words).await;
    }
    until("the good ones", async || stage.notes(1).await == ["one", "two", "three"]).await;
    until("the bad ones", async || dead(&stage).await.len() == 3).await;
    let dead = dead(&stage).await;
    assert!(dead[0].1.contains("panics on purpose"), "{dead:?}");
    assert!(dead[1].1.contains("fails on purpose"), "{dead:?}");
    assert!(dead[2].1.contains("was stopped after"), "{dead:?}");
    assert!(dead.iter().all(|(reference, _)| crate::log::with("ref", reference).len() == 1), "{dead:?}");
    until("an empty lane", async || stage.runtime.snapshot().events_waiting == 0).await;
    assert_eq!(stage.discord.messages(30), ["echo one", "echo two", "echo three"]);
    assert_eq!(
        stage.heard(1).await,
        3,
        "what failed is not counted, and what shared its batch is counted once"
    );
}

async fn dead(stage: &Stage) -> Vec<(String, String)> {
    const ALL: guildhall_store::OperatorStatement =
        guildhall_store::operator("dead_letter_all", "SELECT reference, cause FROM dead_letter ORDER BY key");
    let mut read = stage.store.read().await.unwrap();
    let mut tx = read.operator(guildhall_store::OperatorPath::Diagnosis);
    let rows = tx.fetch_all(&ALL, Vec::new()).await.unwrap();
    rows.iter().map(|row| (row.get("reference").unwrap(), row.get("cause").unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_that_vanished_meanwhile_is_left_once() {
    let stage = Stage::start().await;
    for id in [1, 2] {
        stage.is_in(guild(id), "x");
    }
    assert_eq!(stage.runtime.snapshot().guilds, 2);
    until("the cache on disk", async || known(&stage).await == 2).await;
    let mut stage = stage.crash().await;
    assert_eq!(stage.runtime.snapshot().guilds, 2, "a resumed session starts with what was known");
    stage.runtime.assume_shards(1);
    stage.runtime.sink().lifecycle(Lifecycle::Ready {
        shard: 0,
        guilds: vec![guild(2), guild(3)],
        application_id: ApplicationId::new(500).unwrap(),
        user_id: UserId::new(500).unwrap(),
        fresh: false,
    });
    until("the farewell", async || stage.notes(1).await == ["left"]).await;
    until("the cache to forget", async || stage.runtime.snapshot().guilds == 1).await;
    assert_eq!(stage.notes(2).await, Vec::<String>::new());
}

async fn known(stage: &Stage) -> i64 {
    const COUNT: guildhall_store::OperatorStatement =
        guildhall_store::operator("known_guild_count", "SELECT COUNT(*) AS n FROM known_guild");
    let mut read = stage.store.read().await.unwrap();
    let mut tx = read.operator(guildhall_store::OperatorPath::Diagnosis);
    tx.fetch_one(&COUNT, Vec::new()).await.unwrap().get("n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_is_a_failed_job() {
    let stage = Stage::start().await;
    let services = stage.runtime.services();
    let job = services.registry.features()[0].periodic[0];
    guildhall_runtime::jobs::once(services, &job).await;
    assert_eq!(crate::log::with("name", "test_job").len(), 1);
    guildhall_runtime::jobs::prune(services).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_finishes_what_was_begun() {
    let stage = Stage::start().await;
    for id in 0..20 {
        stage.message(guild(1), 200 + id, &format!("m{id}")).await;
    }
    let Stage { runtime, discord, store, .. } = stage;
    runtime.drain(Duration::from_secs(20)).await;
    assert_eq!(crate::feature::notes(&store, guild(1)).await.len(), 20);
    assert_eq!(discord.messages(30).len(), 20);
    let mut read = store.read().await.unwrap();
    let mut operator = read.operator(guildhall_store::OperatorPath::Outbox);
    assert_eq!(guildhall_store::platform::outbox::waiting(&mut operator).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtimes_tables_are_declared_as_they_are() {
    use guildhall_store::testing;
    let stage = Stage::start().await;
    let schemas = [guildhall_runtime::store::SCHEMA];
    let none: Vec<String> = Vec::new();
    assert_eq!(testing::prepare_every_statement(&stage.store, &schemas).await.unwrap(), none);
    assert_eq!(testing::guild_statements_filter_by_guild(&schemas), none);
    let all: Vec<_> = stage.store.schemas().to_vec();
    assert_eq!(testing::inventory_names_every_table_and_column(&stage.store, &all).await.unwrap(), none);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_run_soon_after_the_start() {
    // The interval of the job is an hour. Some of the starts are over before it ran, and it runs in the end.
    let soon = RuntimeOptions { first_jobs_within: Duration::from_secs(1), ..options() };
    let mut stage = Stage::with(soon).await;
    for _ in 0..3 {
        stage = stage.crash().await;
    }
    stage.runtime.services().usage.count(guild(1));
    until("the first run", async || stage.notes(1).await == ["used 1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_saves_what_was_only_counted() {
    let stage = Stage::start().await;
    for _ in 0..3 {
        stage.command("ping", json!([])).await;
    }
    stage.answers(3).await;
    let Stage { runtime, store, .. } = stage;
    runtime.drain(Duration::from_secs(20)).await;
    assert_eq!(crate::feature::notes(&store, guild(1)).await, ["used 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_writes_gets_its_turn_while_events_flood() {
    // One batch, which begins when all events are there.
    let batch = RuntimeOptions { batch: 500, batch_wait: Duration::from_secs(20), ..options() };
    let stage = Stage::with(batch).await;
    for id in 0..500 {
        stage.message(guild(2), 1_000 + id, "slow").await;
    }
    // From here on the batch holds the writer.
    until("the flood", async || crate::feature::BEGUN.load(Ordering::SeqCst) > 0).await;
    stage.command("write", json!([{ "name": "words", "type": 3, "value": "between" }])).await;
    until("the command", async || stage.notes(1).await == ["between"]).await;
    let before = crate::feature::BEGUN.load(Ordering::SeqCst);
    assert!(before < 500, "the command came after all events");
    until("all events", async || stage.notes(2).await.len() == 500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_that_failed_for_good_are_pruned() {
    use guildhall_core::scope::GuildScope;
    use guildhall_store::{OperatorPath, platform::outbox};
    let stage = Stage::start().await;
    let services = stage.runtime.services();
    let now = services.clock.now();
    let mut write = stage.store.write().await.unwrap();
    for id in 0..1_200 {
        let mut tx = write.guild(GuildScope(guild(1)));
        let decided = if id == 0 { now } else { now - Duration::from_hours(24 * 31) };
        let outgoing = outbox::Outgoing { kind: "m".to_owned(), payload: "{}".to_owned(), not_before: now };
        let row = outbox::add(&mut tx, outgoing, decided).await.unwrap();
        outbox::failed(&mut tx, row.id, "50013").await.unwrap();
    }
    write.commit().await.unwrap();
    guildhall_runtime::jobs::prune(services).await.unwrap();
    let mut read = stage.store.read().await.unwrap();
    assert_eq!(outbox::given_up(&mut read.operator(OperatorPath::Diagnosis)).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_wanted_where_the_feature_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (_discord, address) = Discord::start().await;
    let rollout = [("test".to_owned(), Part::new(50.0, [guild(1)]))].into_iter().collect();
    let path = folder.path().join("guildhall.db");
    let runtime = rolled_out(&path, address, rollout).await;
    let services = runtime.services();
    let interest = Interest::new(Arc::clone(services));
    let wants = |number| interest.guild(guild(number)).contains(EventKind::MessageCreate);
    assert!(wants(1), "it is named");
    let inside: Vec<_> = (2..200).filter(|number| wants(*number)).collect();
    assert!((60..140).contains(&inside.len()), "{}", inside.len());
    // A choice changes nothing where the feature is not there.
    let outside = (2..200).find(|number| !wants(*number)).unwrap();
    for number in [outside, inside[0]] {
        services.toggles.set(guild(number), "test", true);
        interest.refresh(guild(number));
    }
    assert!(!wants(outside) && wants(inside[0]));
    services.toggles.set(guild(inside[0]), "test", false);
    interest.refresh(guild(inside[0]));
    assert!(!wants(inside[0]), "within the part the guild decides");
    assert!(interest.any().contains(EventKind::MessageCreate));
}
