//! A set of more shards takes over from one that still runs.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::stage::{BOUND, Stage, id};

const SHARDS: u64 = 3;

/// Rounds of words until the new set must be ready.
const ROUNDS: usize = 120;

/// The old set hears everything until it leaves, the new one everything from when it is ready: no gap.
pub(crate) async fn with_overlap(stage: &mut Stage) {
    let mut channels = Vec::new();
    for guild in [
        guildhall_sandbox::example::BOOK_CLUB,
        guildhall_sandbox::example::MAKERS,
        guildhall_sandbox::example::GAMES,
    ] {
        let body = json!({"name": "resharded"});
        let made = stage.control.post(&format!("/guilds/{guild}/channels"), body).await.unwrap();
        stage.heard_of("channel_create", "id", &id(&made)).await;
        channels.push(id(&made));
    }
    let mut said = 0;
    round(stage, &channels, &mut said).await;
    stage.order("reshard", json!({"shards": SHARDS})).await;
    let mut ready = None;
    for _ in 0..ROUNDS {
        round(stage, &channels, &mut said).await;
        let pause = Duration::from_millis(300);
        let line =
            stage.bot.line("the new set", pause, |line| line["event"] == "ready" && line["set"] == "b").await;
        if let Ok(line) = line {
            ready = Some(line);
            break;
        }
    }
    let ready = ready.expect("the new set becomes ready");
    assert_eq!(ready["guilds"], json!(["Maple Street Makers", "Night Shift Games", "Riverside Book Club"]));
    let both = said;
    round(stage, &channels, &mut said).await;
    let overlapped = said;
    let mut heard = [BTreeSet::new(), BTreeSet::new()];
    let has = |heard: &BTreeSet<u64>, from: u64, to: u64| (from..to).all(|n| heard.contains(&n));
    while !has(&heard[0], 0, overlapped) || !has(&heard[1], both, overlapped) {
        take(stage, &mut heard).await;
    }
    stage.order("retire", json!({})).await;
    round(stage, &channels, &mut said).await;
    while !has(&heard[1], both, said) {
        take(stage, &mut heard).await;
    }
    // The new shards are at work, and orders go through the bot that has them.
    let sent = stage.order("send", json!({"channel": channels[0], "content": "still here"})).await;
    assert_eq!(sent["content"], "still here");
    let sessions = stage.control.get("/sessions").await.unwrap();
    let counts: BTreeSet<u64> = sessions
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["connected"] == true)
        .filter_map(|one| one["shard"][1].as_u64())
        .collect();
    assert!(counts.contains(&SHARDS), "{sessions}");
}

/// A word in each server.
async fn round(stage: &Stage, channels: &[String], said: &mut u64) {
    for channel in channels {
        stage.control.say(&stage.ada, channel, &format!("count {said}")).await.unwrap();
        *said += 1;
    }
}

/// Notes one message; each set hears it once.
async fn take(stage: &mut Stage, heard: &mut [BTreeSet<u64>; 2]) {
    let line = stage.bot.line("a message", BOUND, |line| line["t"] == "message_create").await;
    let line = line.unwrap_or_else(|error| panic!("{error}"));
    let number = line["content"].as_str().and_then(|content| content.strip_prefix("count ")).map(str::parse);
    let Some(Ok(number)) = number else { return };
    let set = usize::from(line["set"] == "b");
    assert!(heard[set].insert(number), "set {set} heard {number} twice");
}
