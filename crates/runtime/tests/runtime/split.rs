//! A gateway process and workers, on one PostgreSQL and one NATS.

use std::time::Duration;

use guildhall_core::event::EventKind;
use guildhall_discord::gateway::Interest as _;
use guildhall_runtime::Runtime;
use guildhall_server_kit::Nats;
use guildhall_testkit::database::{Database, Kind};
use serde_json::json;

use crate::stage::{Stage, USUAL, guild, until};

const PATIENCE: Duration = Duration::from_secs(5);

struct House {
    // In the order in which they have to go.
    gateway: Stage,
    nats: Nats,
    database: Database,
}

impl House {
    async fn new() -> Self {
        let database = Database::new(Kind::Postgres).await.unwrap();
        let nats = Nats::start().await.unwrap();
        Self { gateway: Stage::gateway(&database, &nats).await, nats, database }
    }

    /// A worker that reads every partition that is its to read.
    async fn worker(&self) -> Runtime {
        let worker = self.gateway.worker(&self.database, &self.nats).await;
        until("the worker's partitions", async || worker.snapshot().ready).await;
        worker
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_does_what_the_gateway_receives() {
    let house = House::new().await;
    let worker = house.worker().await;
    house.gateway.message(guild(1), 70, "hello").await;
    until("the note", async || house.gateway.notes(1).await == ["hello"]).await;
    until("the echo", async || house.gateway.discord.messages(30) == ["echo hello"]).await;
    house.gateway.command("ping", json!([])).await;
    assert_eq!(house.gateway.answers(1).await[0]["content"], "pong");
    assert_eq!(house.gateway.runtime.snapshot().events_waiting, 0, "the gateway handles nothing itself");
    worker.drain(PATIENCE).await;
    house.gateway.runtime.drain(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_worker_events_wait_and_users_are_told() {
    let house = House::new().await;
    until("NATS", async || house.gateway.runtime.snapshot().bus == Some(true)).await;
    house.gateway.message(guild(1), 70, "waits").await;
    house.gateway.command("ping", json!([])).await;
    let answer = house.gateway.answers(1).await[0].clone();
    assert!(answer["content"].as_str().unwrap().starts_with("I am being restarted"), "{answer}");
    assert_eq!(answer["flags"], 64, "for the caller alone");
    assert!(house.gateway.notes(1).await.is_empty());
    let _worker = house.worker().await;
    until("the note", async || house.gateway.notes(1).await == ["waits"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guild_turns_off_through_one_process_is_off_in_the_others() {
    let house = House::new().await;
    let (one, two) = (house.worker().await, house.gateway.worker(&house.database, &house.nats).await);
    house.gateway.command("off", json!([])).await;
    assert_eq!(house.gateway.answers(1).await[0]["content"], "off");
    let wants = || house.gateway.runtime.interest().guild(guild(1)).contains(EventKind::MessageCreate);
    until("the gateway to hear of it", async || !wants()).await;
    for worker in [&one, &two] {
        let services = worker.services();
        let feature = services.registry.feature("test").unwrap();
        until("the worker to hear of it", async || !services.toggles.enabled(guild(1), feature)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_is_heard_by_every_process_and_a_text_command_runs_once() {
    let house = House::new().await;
    let worker = house.worker().await;
    house.gateway.is_in_with_channels(guild(1), USUAL);
    house.gateway.command("set_prefix", json!([])).await;
    assert_eq!(house.gateway.answers(1).await[0]["content"], "set_prefix");
    for services in [worker.services(), house.gateway.runtime.services()] {
        until("the process to hear of the prefix", async || services.prefixes.has(guild(1))).await;
    }
    // The worker knows the channel once the gateway has stored the guild.
    until("the answer", async || {
        house.gateway.text(guild(1), "!ping").await;
        house.gateway.discord.messages(30).contains(&"pong".to_owned())
    })
    .await;
    let message = house.gateway.text(guild(1), "!dawdle").await;
    for _ in 0..2 {
        house.gateway.event(EventKind::MessageCreate, guild(1), 7, &message).await;
    }
    let dawdled = async || house.gateway.discord.messages(30).iter().filter(|said| *said == "dawdle").count();
    until("the slow answer", async || dawdled().await > 0).await;
    house.gateway.text(guild(1), "!embed").await;
    until("the last answer", async || house.gateway.discord.messages(30).contains(&"embed".to_owned())).await;
    assert_eq!(dawdled().await, 1);
    worker.drain(PATIENCE).await;
    house.gateway.runtime.drain(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_knows_guilds_as_the_gateway_has_stored_them() {
    let house = House::new().await;
    let worker = house.worker().await;
    let directory = || worker.services().directory.guild(guild(1)).map(|facts| facts.name);
    assert_eq!(directory(), None);
    for name in ["First Name", "Second Name"] {
        house.gateway.is_in(guild(1), name);
        until("the worker to know it", async || {
            let before = house.gateway.discord.answers().len();
            house.gateway.command("ping", json!([])).await;
            house.gateway.answers(before + 1).await;
            directory().as_deref() == Some(name)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_shared_and_taken_over() {
    let house = House::new().await;
    let one = house.worker().await;
    let two = house.gateway.worker(&house.database, &house.nats).await;
    for number in 0..20 {
        house.gateway.message(guild(number + 1), 100 + number, "before").await;
    }
    until("every note", async || house.all("before").await).await;
    one.drain(PATIENCE).await;
    until("the other's partitions", async || two.snapshot().ready).await;
    for number in 0..20 {
        house.gateway.message(guild(number + 1), 200 + number, "after").await;
    }
    until("every note of the other", async || house.all("after").await).await;
}

impl House {
    /// Whether each of twenty guilds has noted this, once.
    async fn all(&self, words: &str) -> bool {
        for number in 1..=20 {
            let notes = self.gateway.notes(number).await;
            assert!(notes.iter().filter(|note| *note == words).count() <= 1, "{notes:?}");
            if !notes.iter().any(|note| note == words) {
                return false;
            }
        }
        true
    }
}
