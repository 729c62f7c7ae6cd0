//! Rate limits and faults.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bot::Bench;
use crate::{BOUND, GUILD};

#[tokio::test]
async fn a_bucket_is_told_and_kept() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.general());
    for left in (0..5).rev() {
        let sent = bench.bot("POST", &path, json!({ "content": format!("{left} left") })).await;
        assert_eq!(sent.status, 200);
        assert_eq!(sent.header("x-ratelimit-limit"), Some("5"));
        assert_eq!(sent.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
        assert!(sent.header("x-ratelimit-scope").is_none());
        assert_eq!(sent.header("x-ratelimit-bucket").map(str::len), Some(32));
    }
    let refused = bench.bot("POST", &path, json!({ "content": "too many" })).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["global"], false);
    assert_eq!(refused.header("x-ratelimit-scope"), Some("user"));
    let seconds: u64 = refused.header("retry-after").expect("a header").parse().expect("a whole number");
    let exact = refused.body["retry_after"].as_f64().expect("a number");
    assert!(seconds as f64 >= exact && exact > 0.0);
    assert_eq!(refused.header("via"), Some("1.1 sandbox"));
    let other = format!("/channels/{}/messages", bench.channel(GUILD, "introductions"));
    assert_eq!(bench.bot("POST", &other, json!({ "content": "elsewhere" })).await.status, 200);
    let counters = bench.control("GET", "/counters", Value::Null).await.good(200);
    assert_eq!(counters["rest_429"], 1);
    assert_eq!(counters["applications"][example::APPLICATION.to_string()]["rest_429"], 1);
    bench.close().await;
}

#[tokio::test]
async fn the_global_limit_has_no_bucket() {
    let bench = Bench::with(Limits { global_requests: 3, bucket_requests: 1000, ..Limits::default() }).await;
    let mut refused = None;
    for _ in 0..50 {
        let got = bench.bot("GET", "/users/@me", Value::Null).await;
        if got.status == 429 {
            refused = Some(got);
            break;
        }
    }
    let refused = refused.expect("50 requests do not fit into seconds of 3");
    assert_eq!(refused.body["global"], true);
    assert_eq!(refused.header("x-ratelimit-global"), Some("true"));
    assert_eq!(refused.header("x-ratelimit-scope"), Some("global"));
    assert!(refused.header("x-ratelimit-bucket").is_none());
    // Interaction routes are exempt.
    let free = bench.bot("POST", "/interactions/5/token/callback", json!({ "type": 5 })).await;
    free.refused(404, 10_062);
    assert!(free.header("x-ratelimit-bucket").is_none());
}

#[tokio::test]
async fn too_many_invalid_requests_end_in_a_block() {
    let bench = Bench::with(Limits { invalid_requests: 3, ..Bench::wide() }).await;
    for _ in 0..3 {
        bench.call("GET", "/users/@me", Value::Null, Some("Bot wrong")).await.refused(401, 0);
    }
    let blocked = bench.bot("GET", "/users/@me", Value::Null).await;
    assert_eq!(blocked.status, 429);
    assert!(blocked.header("via").is_none());
    assert!(blocked.body.is_null() && blocked.text.contains("rate limited"));
}

#[tokio::test]
async fn faults_are_played_as_often_as_asked() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let fault = json!({ "kind": "route_429", "method": "POST", "route": "/channels/{channel_id}/messages",
        "scope": "shared", "retry_after": 0.5, "count": 1 });
    bench.control("POST", "/faults", fault).await.good(200);
    let shared = bench.bot("POST", &path, json!({ "content": "x" })).await;
    assert_eq!((shared.status, shared.header("x-ratelimit-scope")), (429, Some("shared")));
    assert_eq!(shared.body["message"], "The resource is being rate limited.");
    bench.bot("POST", &path, json!({ "content": "x" })).await.good(200);
    bench
        .control("POST", "/faults", json!({ "kind": "server_error", "status": 503, "count": 2 }))
        .await
        .good(200);
    for _ in 0..2 {
        assert_eq!(bench.bot("GET", "/users/@me", Value::Null).await.status, 503);
    }
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    bench
        .control("POST", "/faults", json!({ "kind": "global_429", "retry_after": 5, "for_ms": 60_000 }))
        .await
        .good(200);
    let global = bench.bot("GET", "/users/@me", Value::Null).await;
    assert_eq!((global.status, global.header("retry-after")), (429, Some("5")));
    bench.control("DELETE", "/faults", Value::Null).await.good(200);
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    let unbounded = bench.control("POST", "/faults", json!({ "kind": "global_429" })).await;
    assert_eq!(unbounded.status, 400);
}

#[tokio::test]
async fn a_lost_answer_has_taken_effect() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let fault = json!({ "kind": "answer_lost", "method": "POST", "route": "/channels/{channel_id}/messages",
        "count": 2 });
    bench.control("POST", "/faults", fault).await.good(200);
    bench.bot("GET", &path, Value::Null).await.good(200);
    let body = json!({ "content": "once", "nonce": "row-18", "enforce_nonce": true });
    // The raw socket shows that not even a status line comes.
    let addr = bench.sandbox.addr();
    let text = body.to_string();
    let request = format!(
        "POST /api/v10{path} HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bot {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
        example::BOT_TOKEN,
        text.len()
    );
    let mut socket = TcpStream::connect(addr).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(BOUND, socket.read_to_end(&mut answer)).await.expect("an end");
    assert_eq!((ended.unwrap_or(0), answer), (0, Vec::new()));
    // A retry loses its answer as well, and the next finds what the first has made.
    let url = format!("{}{path}", bench.sandbox.rest_url());
    let retry = bench.client.post(url).header("authorization", format!("Bot {}", example::BOT_TOKEN));
    assert!(retry.json(&body).send().await.is_err());
    let kept = bench.bot("POST", &path, body).await.good(200);
    let all = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(all[0]["id"], kept["id"]);
    let entries = bench.control("GET", "/journal?kind=rest", Value::Null).await.good(200).to_string();
    assert_eq!(entries.matches("\"answer_lost\":true").count(), 2, "{entries}");
    bench.close().await;
}
