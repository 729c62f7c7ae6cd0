//! The journal is asked for exactly what is wanted.

use std::time::Duration;

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::bot::Bench;

#[tokio::test]
async fn entries_are_found_by_route_status_and_time() {
    let bench = Bench::with(Bench::wide()).await;
    let messages = format!("/channels/{}/messages", bench.general());
    bench.bot("POST", &messages, json!({ "content": "one" })).await.good(200);
    bench.bot("POST", &messages, json!({ "content": "two" })).await.good(200);
    bench.bot("GET", &messages, Value::Null).await.good(200);
    bench.bot("POST", &messages, json!({})).await.refused(400, 50_006);
    let asked = |query: &str| {
        let path = format!("/journal?{query}");
        let bench = &bench;
        async move { bench.moved("GET", &path, Value::Null).await["entries"].as_array().unwrap().len() }
    };
    assert_eq!(asked("route=POST+/channels/{}/messages").await, 3);
    assert_eq!(asked("route=/channels/{}/messages").await, 4);
    assert_eq!(asked("route=/channels/{}/messages&status=400").await, 1);
    assert_eq!(asked("route=POST+/channels/{}/messages&contains=two").await, 1);
    assert_eq!(asked(&format!("kind=rest&application={}", example::OTHER_APPLICATION)).await, 0);
    assert_eq!(asked("kind=rest&since=2015-01-01T00:00:00Z").await, 4);
    assert_eq!(asked("kind=rest&since=2099-01-01T00:00:00Z").await, 0);
    for wrong in ["route=messages", "kind=letters", "since=tomorrow", "statsu=400"] {
        assert_eq!(bench.control("GET", &format!("/journal?{wrong}"), Value::Null).await.status, 400);
    }
    let cleared = bench.moved("DELETE", "/journal", Value::Null).await;
    // The request that clears is itself an entry, written afterwards.
    assert_eq!(asked("kind=rest").await, 0);
    bench.bot("GET", &messages, Value::Null).await.good(200);
    assert_eq!(asked(&format!("kind=rest&after={}", cleared["last"])).await, 1, "numbers go on");
    bench.sandbox.shutdown().await;
}

#[tokio::test]
async fn waiting_ends_with_so_many_entries_or_in_time() {
    let bench = Bench::with(Bench::wide()).await;
    let messages = format!("/channels/{}/messages", bench.general());
    let query = "/journal/wait?route=POST+/channels/{}/messages&count=2";
    let late = bench.control("GET", &format!("{query}&timeout_ms=20"), Value::Null).await;
    assert_eq!((late.status, &late.body["error"]), (408, &json!("0 of 2 such entries came in time")));
    let both = async {
        bench.bot("POST", &messages, json!({ "content": "one" })).await.good(200);
        tokio::time::sleep(Duration::from_millis(5)).await;
        bench.bot("POST", &messages, json!({ "content": "two" })).await.good(200);
    };
    let waiting = format!("{query}&timeout_ms=30000");
    let (found, ()) = tokio::join!(bench.moved("GET", &waiting, Value::Null), both);
    assert_eq!(found["entries"].as_array().map(Vec::len), Some(2));
    bench.sandbox.shutdown().await;
}
