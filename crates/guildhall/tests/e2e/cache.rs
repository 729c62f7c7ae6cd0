//! What is kept at hand: in the process, in a real Redis, and without it when it is killed.

use guildhall_sandbox::example;
use guildhall_testkit::{redis::Redis, wait};
use serde_json::json;

use crate::{
    person::Seat,
    stage::{BOUND, Stage},
};

async fn ask(seat: &Seat) -> String {
    seat.run("ask_knowledge", json!({ "query": "When is the raid?" })).await.words()
}

async fn looked_up(stage: &Stage, tier: &str, outcome: &str) -> f64 {
    let labels = format!("category=\"knowledge_answers\",tier=\"{tier}\",outcome=\"{outcome}\"");
    stage.metric(&format!("guildhall_cache_lookups_total{{{labels}}}")).await
}

async fn available(stage: &Stage, wanted: f64) {
    let reached = wait::until(BOUND, || async {
        (stage.metric("guildhall_cache_available").await.to_bits() == wanted.to_bits()).then_some(())
    });
    assert!(reached.await.is_some(), "Redis is not noticed");
}

#[tokio::test]
async fn answers_are_kept_in_redis_and_stay_right_while_it_is_away() {
    let mut redis = Redis::start().await.unwrap();
    let mut stage = Stage::empty_on_postgres().await;
    stage.settings = vec![("REDIS_URL", redis.url()), ("GLOBAL_ADMIN_IDS", example::ADA.to_string())];
    let mut stage = stage.opened().await;
    available(&stage, 1.0).await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let elsewhere = stage.seat(example::ADA, example::MAKERS).await;
    ada.run("learn", json!({ "content": "The raid is on Friday." })).await;
    for _ in 0..3 {
        assert!(ask(&ada).await.contains("on Friday"));
    }
    assert_eq!(
        (looked_up(&stage, "process", "hit").await, looked_up(&stage, "shared", "miss").await),
        (2.0, 1.0)
    );
    let other = ask(&elsewhere).await;
    assert!(other.contains("has not taught me anything yet"), "another server has its own: {other}");

    // What one process has made is there for the next.
    assert!(stage.terminate().await.success());
    stage.start().await;
    stage.ready().await;
    available(&stage, 1.0).await;
    assert!(ask(&ada).await.contains("on Friday"));
    assert_eq!(
        (looked_up(&stage, "shared", "hit").await, looked_up(&stage, "shared", "miss").await),
        (1.0, 0.0)
    );
    ada.run("learn", json!({ "content": "The raid of the juniors is on Monday." })).await;
    let both = ask(&ada).await;
    assert!(both.contains("on Friday") && both.contains("on Monday"), "a change is seen at once: {both}");

    redis.kill();
    assert!(ask(&ada).await.contains("on Monday"));
    ada.run("learn", json!({ "content": "The raid of the elders is on Sunday." })).await;
    assert!(ask(&ada).await.contains("on Sunday"), "what changes without Redis is seen, too");
    available(&stage, 0.0).await;
    let away = ada.run("cache stats", json!({})).await;
    assert!(away.hidden() && away.words().contains("Redis cannot be reached"), "{}", away.words());

    redis.run().await.unwrap();
    available(&stage, 1.0).await;
    assert!(ask(&ada).await.contains("on Sunday"));
    let before = looked_up(&stage, "process", "hit").await;
    assert!(ask(&ada).await.contains("on Sunday"));
    assert!(looked_up(&stage, "process", "hit").await > before);
    let cleared = ada.run("cache clear", json!({ "pattern": "knowledge*" })).await.words();
    assert!(cleared.contains("in this process and") && cleared.contains("in Redis"), "{cleared}");
    let doctor = stage.cli(&["doctor"]).await;
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.contains("OK    redis: "), "{doctor}");
    stage.close().await;
}

#[tokio::test]
async fn on_a_shared_database_without_redis_nothing_of_a_server_is_kept() {
    let stage = Stage::open_on_postgres().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    ada.run("learn", json!({ "content": "The raid is on Friday." })).await;
    for _ in 0..2 {
        assert!(ask(&ada).await.contains("on Friday"));
    }
    let looked = looked_up(&stage, "process", "hit").await + looked_up(&stage, "process", "miss").await;
    assert!(looked < 0.5, "another process could change what is kept here: {looked}");
    stage.close().await;
}
