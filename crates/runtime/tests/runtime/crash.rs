//! Crashes between the commit and the sending, in every order.

use std::time::Duration;

use guildhall_core::event::EventKind;
use guildhall_store::{OperatorPath, platform::outbox};
use serde_json::json;

use crate::{
    discord::Fault,
    stage::{CHANNEL, Stage, guild, until},
};

const MESSAGES: &str = "/channels/30/messages";

async fn waiting(stage: &Stage) -> u64 {
    let mut read = stage.store.read().await.unwrap();
    outbox::waiting(&mut read.operator(OperatorPath::Outbox)).await.unwrap()
}

/// One event whose message meets this fault, up to the moment before the crash.
async fn before_the_crash(fault: Fault) -> Stage {
    let stage = Stage::start().await;
    stage.discord.fault(MESSAGES, fault);
    stage.message(guild(1), 50, "hello").await;
    until("the request", async || stage.discord.seen(MESSAGES).len() == 1).await;
    assert_eq!(stage.notes(1).await, ["hello"]);
    assert_eq!(waiting(&stage).await, 1);
    stage
}

async fn ends_with_one(stage: &Stage) {
    // Discord replays the event, because its cursor was not saved.
    stage.message(guild(1), 50, "hello").await;
    stage.message(guild(2), 51, "other").await;
    until("the replay to be over", async || stage.notes(2).await == ["other"]).await;
    until("an empty outbox", async || waiting(stage).await == 0).await;
    assert_eq!(stage.notes(1).await, ["hello"]);
    let hello = stage.discord.messages(CHANNEL).into_iter().filter(|words| words == "echo hello");
    assert_eq!(hello.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_never_left_is_sent_after_the_restart() {
    let stage = before_the_crash(Fault::Lost).await;
    let stage = stage.crash_and(super::discord::Discord::heal).await;
    ends_with_one(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_answer_was_lost_is_not_posted_twice() {
    let stage = before_the_crash(Fault::AnswerLost).await;
    let stage = stage.crash_and(super::discord::Discord::heal).await;
    ends_with_one(&stage).await;
    let posts = stage.discord.seen(MESSAGES);
    let nonces: Vec<&str> = posts.iter().filter_map(|seen| seen.body["nonce"].as_str()).collect();
    assert_eq!(nonces[0], nonces[1], "the second try has the nonce of the first");
    assert!(posts[0].body["enforce_nonce"] == true && nonces[0].len() <= 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_nonce_is_forgotten_the_channel_is_looked_at_first() {
    let stage = before_the_crash(Fault::AnswerLost).await;
    stage.clock.by(Duration::from_mins(3));
    let stage = stage.crash_and(super::discord::Discord::heal).await;
    ends_with_one(&stage).await;
    let posts = stage.discord.seen(MESSAGES).into_iter().filter(|seen| seen.method == "POST");
    let hello = posts.filter(|seen| seen.body["content"] == "echo hello");
    assert_eq!(hello.count(), 1, "it was found and not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_message_that_never_arrived_is_sent_after_looking() {
    let stage = before_the_crash(Fault::Lost).await;
    stage.clock.by(Duration::from_mins(3));
    let stage = stage.crash_and(super::discord::Discord::heal).await;
    ends_with_one(&stage).await;
    assert!(stage.discord.seen(MESSAGES).iter().any(|seen| seen.method == "GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_left_is_given_after_the_restart() {
    for fault in [Fault::Lost, Fault::AnswerLost] {
        let stage = Stage::start().await;
        stage.discord.fault("/callback", fault);
        let options = json!([{ "name": "words", "type": 3, "value": "once" }]);
        let data = json!({ "id": "1", "name": "write", "type": 1, "options": options });
        let payload = stage.payload(&json!({ "type": 2, "data": data }));
        stage.event(EventKind::InteractionCreate, guild(1), 5, &payload).await;
        until("the first try", async || stage.discord.seen("/callback").len() == 1).await;
        let stage = stage.crash_and(super::discord::Discord::heal).await;
        stage.event(EventKind::InteractionCreate, guild(1), 5, &payload).await;
        until("the second try", async || stage.discord.answers().len() > 1).await;
        until("an empty outbox", async || waiting(&stage).await == 0).await;
        assert_eq!(stage.notes(1).await, ["once"]);
        assert!(stage.discord.answers().iter().all(|answer| answer["content"] == "wrote once"));
        assert_eq!(stage.discord.messages(CHANNEL), ["noted once"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_token_is_dead_is_dropped() {
    let stage = Stage::start().await;
    stage.discord.fault("/callback", Fault::Lost);
    stage.command("write", json!([{ "name": "words", "type": 3, "value": "once" }])).await;
    until("the first try", async || stage.discord.seen("/callback").len() == 1).await;
    stage.clock.by(Duration::from_mins(16));
    let stage = stage.crash_and(super::discord::Discord::heal).await;
    until("an empty outbox", async || waiting(&stage).await == 0).await;
    assert_eq!(stage.discord.seen("@original").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_forbidden_is_given_up_and_a_busy_server_is_not() {
    let stage = Stage::start().await;
    stage.discord.fault(MESSAGES, Fault::Status(403));
    stage.message(guild(1), 60, "hello").await;
    until("the request", async || stage.discord.seen(MESSAGES).len() == 1).await;
    until("an empty outbox", async || waiting(&stage).await == 0).await;
    stage.discord.heal();
    stage.message(guild(1), 61, "again").await;
    until("the next message", async || stage.discord.messages(CHANNEL) == ["echo again"]).await;
}
