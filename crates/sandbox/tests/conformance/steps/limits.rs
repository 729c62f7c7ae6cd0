//! Each kind of rate limit is lived through, and no message is lost or doubled.

use std::collections::BTreeMap;

use guildhall_sandbox::journal::{Filter, Kind};
use serde_json::json;

use crate::stage::{Library, Stage};

const BURST: usize = 7;

/// Sends a burst and counts what arrived.
async fn burst(stage: &mut Stage, channel: &str, prefix: &str) {
    let order = json!({"channel": channel, "count": BURST, "prefix": prefix});
    assert_eq!(stage.order("burst", order).await["count"], BURST);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for message in stage.control.messages(&stage.ada, channel).await.unwrap() {
        *seen.entry(message["content"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for n in 0..BURST {
        assert_eq!(seen.get(&format!("{prefix} {n}")), Some(&1), "{seen:?}");
    }
}

/// What each library may be excused for.
fn remark(stage: &mut Stage) {
    if stage.library == Library::Serenity {
        stage.note("its limiter ignores the address it is pointed to, so it is off and the bot tries again by itself");
    }
}

/// A bucket that a burst does not fit into.
pub(crate) async fn user(stage: &mut Stage) {
    let channel = stage.channel("bucket").await;
    remark(stage);
    stage.limits(json!({"bucket_requests": 5, "bucket_window": 1500})).await;
    burst(stage, &channel, "bucket").await;
    stage.usual_limits().await;
    let refused = stage.counter("rest_429").await;
    route_429(stage, "user").await;
    burst(stage, &channel, "user").await;
    assert!(stage.counter("rest_429").await > refused, "the fault was met");
}

async fn route_429(stage: &Stage, scope: &str) {
    let fault = json!({
        "kind": "route_429", "method": "POST", "route": "/channels/{channel_id}/messages", "scope": scope,
        "retry_after": 1, "count": 1,
    });
    stage.fault(fault).await;
}

/// A resource that others use as well.
pub(crate) async fn shared(stage: &mut Stage) {
    let channel = stage.channel("shared").await;
    remark(stage);
    let refused = stage.counter("rest_429").await;
    route_429(stage, "shared").await;
    burst(stage, &channel, "shared").await;
    assert!(stage.counter("rest_429").await > refused, "the fault was met");
}

/// All routes at once.
pub(crate) async fn global(stage: &mut Stage) {
    let channel = stage.channel("global").await;
    remark(stage);
    let refused = stage.counter("rest_429").await;
    stage.fault(json!({"kind": "global_429", "retry_after": 1, "count": 1})).await;
    burst(stage, &channel, "global").await;
    let met = stage.counter("rest_429").await - refused;
    assert!(met > 0, "the fault was met");
}

/// A limit on top of the bucket, which still has something left: names of channels.
pub(crate) async fn sub_limit(stage: &mut Stage) {
    let channel = stage.channel("renamed").await;
    remark(stage);
    stage.limits(json!({"channel_renames": 2, "channel_rename_window": 2_000})).await;
    let refused = stage.counter("rest_429").await;
    for n in 0..3 {
        let name = format!("renamed-{n}");
        stage.order("channel_edit", json!({"channel": channel, "name": name})).await;
        stage.heard("channel_update", |line| line["id"] == channel.as_str() && line["name"] == name).await;
    }
    assert!(stage.counter("rest_429").await > refused, "the sub-limit was met");
    let filter = Filter { kind: Some(Kind::Rest), status: Some(429), limit: 1, ..Filter::default() };
    let last = stage.sandbox.engine().journal().query(&filter);
    assert!(last[0].label.starts_with("PATCH ") && last[0].label.contains("/channels/"), "{}", last[0].label);
    stage.usual_limits().await;
}

/// Buckets of several routes and channels at once.
pub(crate) async fn many_routes(stage: &mut Stage) {
    let (one, two) = (stage.channel("one").await, stage.channel("two").await);
    remark(stage);
    stage.limits(json!({"bucket_requests": 3, "bucket_window": 1000})).await;
    burst(stage, &one, "one").await;
    burst(stage, &two, "two").await;
    stage.usual_limits().await;
}
