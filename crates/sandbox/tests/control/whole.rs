//! The world as a whole: reset, and the clock.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;

#[tokio::test]
async fn a_reset_makes_everything_new() {
    let bench = Bench::with(Limits { bucket_requests: 77, ..Limits::default() }).await;
    let untouched = bench.moved("GET", "/state", Value::Null).await;
    let messages = format!("/channels/{}/messages", bench.general());
    bench.bot("POST", &messages, json!({ "content": "old" })).await.good(200);
    bench.moved("POST", "/users", json!({ "username": "stranger" })).await;
    bench.moved("POST", "/limits", json!({ "bucket_requests": 3 })).await;
    bench.moved("POST", "/faults", json!({ "kind": "server_error", "count": 5 })).await;
    bench.moved("POST", "/clock/advance", json!({ "ms": 86_400_000 })).await;
    bench.moved("POST", "/reset", json!({})).await;
    assert_eq!(bench.moved("GET", "/state", Value::Null).await, untouched);
    assert_eq!(bench.moved("GET", "/limits", Value::Null).await["bucket_requests"], 77);
    assert_eq!(bench.moved("GET", "/faults", Value::Null).await, json!([]));
    assert_eq!(bench.moved("GET", "/clock", Value::Null).await["ahead_ms"], 0);
    assert_eq!(bench.moved("GET", "/counters", Value::Null).await["rest_requests"], 0);
    let seen = bench.bot("GET", &messages, Value::Null).await.good(200);
    assert_eq!(seen, json!([]), "the old message is gone");
    bench.moved("POST", "/reset", json!({ "seed": "empty" })).await;
    assert_eq!(bench.moved("GET", "/state", Value::Null).await["users"], json!([]));
    assert_eq!(bench.bot("GET", "/users/@me", Value::Null).await.status, 401);
    assert_eq!(bench.control("POST", "/reset", json!({ "seed": "half" })).await.status, 400);
    bench.sandbox.shutdown().await;
}

#[tokio::test]
async fn the_clock_is_set_to_a_moment_or_an_offset() {
    let bench = Bench::with(Limits::default()).await;
    let then = "2099-01-01T00:00:00Z";
    let told = bench.moved("POST", "/clock", json!({ "now": then })).await;
    assert!(told["now"].as_str().unwrap().starts_with("2099-01-01T00:00:0"), "{told}");
    assert_eq!(bench.control("POST", "/clock", json!({ "now": "2020-01-01T00:00:00Z" })).await.status, 400);
    assert_eq!(bench.control("POST", "/clock", json!({ "now": then, "ahead_ms": 1 })).await.status, 400);
    let sent = json!({ "content": "from afar" });
    let path = format!("/as/{}/channels/{}/messages", example::ADA, bench.general());
    let said = bench.moved("POST", &path, sent).await;
    assert!(said["timestamp"].as_str().unwrap().starts_with("2099-01-01"), "{said}");
    assert_eq!(bench.moved("POST", "/clock", json!({ "ahead_ms": 0 })).await["ahead_ms"], 0);
    bench.sandbox.shutdown().await;
}
