//! A bucket's 429 and a global one delay messages but lose and double none.

use std::collections::BTreeMap;

use serde_json::json;

use crate::stage::{Library, Stage};

const BURST: u64 = 7;

pub(crate) async fn play(library: Library) {
    let mut stage = Stage::open(library).await;
    let channel = stage.channel.clone();
    // The bucket empties fast enough for a test, but a burst still does not fit into it.
    stage.control.post("/limits", json!({"bucket_window": 1500})).await.unwrap();
    burst(&mut stage, &channel).await;

    let refused = stage.counter("rest_429").await;
    let route = json!({
        "kind": "route_429", "method": "POST", "route": "/channels/{channel_id}/messages",
        "scope": "user", "retry_after": 1, "count": 1,
    });
    stage.control.post("/faults", route).await.unwrap();
    stage.order("send", json!({"channel": channel, "content": "after a bucket's limit"})).await;
    let after_route = stage.counter("rest_429").await;
    assert!(after_route > refused, "the fault was met");

    let global = json!({"kind": "global_429", "retry_after": 1, "count": 1});
    stage.control.post("/faults", global).await.unwrap();
    burst(&mut stage, &channel).await;
    let after_global = stage.counter("rest_429").await;
    assert!(after_global > after_route, "the fault was met");
    assert!(after_global - refused < 20, "a handful of refusals, never a flood");

    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for message in stage.control.messages(&stage.ada, &channel).await.unwrap() {
        *seen.entry(message["content"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(seen["after a bucket's limit"], 1);
    for n in 0..BURST {
        assert_eq!(seen[&format!("burst {n}")], 2, "once in each burst: {seen:?}");
    }
    stage.close().await;
}

async fn burst(stage: &mut Stage, channel: &str) {
    let done = stage.order("burst", json!({"channel": channel, "count": BURST})).await;
    assert_eq!(done["count"], BURST);
}
