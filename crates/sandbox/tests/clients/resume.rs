//! Sessions survive a requested reconnect and a dropped socket with no event lost.

use serde_json::json;

use crate::stage::{BOUND, Library, Stage};

const BEFORE: usize = 10;
const WHILE_AWAY: usize = 25;
const AFTER: usize = 10;

pub(crate) async fn after_reconnect(library: Library) {
    play(library, "reconnect").await;
}

pub(crate) async fn after_drop(library: Library) {
    play(library, "drop").await;
}

async fn play(library: Library, fault: &str) {
    let mut stage = Stage::open(library).await;
    let identifies = stage.counter("identifies").await;
    let resumed = stage.counter("resumed").await;
    say(&stage, 0..BEFORE).await;
    stage.control.post(&format!("/sessions/*/{fault}"), json!({})).await.unwrap();
    // Some fall into the time without a socket, some into the replay, some after it.
    say(&stage, BEFORE..BEFORE + WHILE_AWAY).await;
    stage.bot.event("resumed", BOUND).await.unwrap();
    let total = BEFORE + WHILE_AWAY + AFTER;
    say(&stage, BEFORE + WHILE_AWAY..total).await;
    let mut heard = Vec::new();
    while heard.len() < total {
        let message = stage.bot.event("message", BOUND).await;
        let message = message.unwrap_or_else(|error| panic!("{error}\nheard: {heard:?}"));
        heard.push(message["content"].as_str().unwrap().to_owned());
    }
    let expected: Vec<String> = (0..total).map(|n| format!("count {n}")).collect();
    assert_eq!(heard, expected, "each once and in order");
    // One more proves that nothing came twice behind the counted ones.
    stage.control.say(&stage.ada, &stage.channel, "the end").await.unwrap();
    let last = stage.bot.event("message", BOUND).await.unwrap();
    assert_eq!(last["content"], "the end");
    assert_eq!(stage.counter("identifies").await, identifies, "no second identify");
    assert!(stage.counter("resumed").await > resumed);
    stage.close().await;
}

async fn say(stage: &Stage, numbers: std::ops::Range<usize>) {
    for n in numbers {
        stage.control.say(&stage.ada, &stage.channel, &format!("count {n}")).await.unwrap();
    }
}
