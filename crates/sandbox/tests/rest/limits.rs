//! Rate limits and faults.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bot::Bench;
use crate::{BOUND, GUILD, id};

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

#[tokio::test]
async fn names_and_topics_have_a_limit_beside_the_bucket() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}", bench.general());
    for topic in ["one", "two"] {
        bench.bot("PATCH", &path, json!({ "topic": topic })).await.good(200);
    }
    let refused = bench.bot("PATCH", &path, json!({ "topic": "three" })).await;
    assert_eq!((refused.status, refused.header("x-ratelimit-scope")), (429, Some("user")));
    assert_ne!(refused.header("x-ratelimit-remaining"), Some("0"), "the bucket itself is not empty");
    assert!(refused.body["retry_after"].as_f64().expect("a number") > 500.0);
    bench.bot("PATCH", &path, json!({ "rate_limit_per_user": 5 })).await.good(200);
    let other = format!("/channels/{}", bench.channel(GUILD, "introductions"));
    bench.bot("PATCH", &other, json!({ "topic": "elsewhere" })).await.good(200);
    bench.control("POST", "/clock/advance", json!({ "ms": 600_000 })).await.good(200);
    bench.bot("PATCH", &path, json!({ "topic": "three" })).await.good(200);
    bench.close().await;
}

#[tokio::test]
async fn young_and_old_messages_are_deleted_by_other_buckets() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.general());
    let mut buckets = Vec::new();
    for age in [0, 60_000, 15 * 86_400_000_u64] {
        let sent = bench.bot("POST", &path, json!({ "content": "to go" })).await.good(200);
        bench.control("POST", "/clock/advance", json!({ "ms": age })).await.good(200);
        let gone = bench.bot("DELETE", &format!("{path}/{}", id(&sent)), Value::Null).await;
        assert_eq!(gone.status, 204);
        buckets.push((
            gone.header("x-ratelimit-bucket").expect("a bucket").to_owned(),
            gone.header("x-ratelimit-limit").expect("a limit").to_owned(),
        ));
    }
    assert_eq!(buckets.iter().map(|(_, limit)| limit.as_str()).collect::<Vec<_>>(), ["3", "5", "30"]);
    assert!(buckets[0].0 != buckets[1].0 && buckets[1].0 != buckets[2].0);
    bench.close().await;
}

#[tokio::test]
async fn a_guilds_emojis_have_a_shared_limit_that_the_headers_do_not_know() {
    let bench = Bench::with(Limits { emoji_requests: 1, ..Bench::wide() }).await;
    let path = format!("/guilds/{GUILD}/emojis");
    let image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let first = bench.bot("POST", &path, json!({ "name": "one", "image": image })).await;
    assert_ne!(first.status, 429, "{}", first.text);
    let refused = bench.bot("POST", &path, json!({ "name": "two", "image": image })).await;
    assert_eq!((refused.status, refused.header("x-ratelimit-scope")), (429, Some("shared")));
    assert_ne!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(bench.bot("GET", &path, Value::Null).await.status, 200);
}

#[tokio::test]
async fn direct_messages_are_not_opened_without_end() {
    let bench = Bench::with(Limits { dm_opens: 1, ..Bench::wide() }).await;
    let body = json!({ "recipient_id": example::ADA.to_string() });
    bench.bot("POST", "/users/@me/channels", body.clone()).await.good(200);
    let refused = bench.bot("POST", "/users/@me/channels", body).await;
    refused.refused(429, 40_003);
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_not_asked_for_ever() {
    let bench = Bench::with(Limits { dead_webhook_requests: 2, ..Bench::wide() }).await;
    let path = "/webhooks/123456789012345678/token";
    for _ in 0..2 {
        bench.call("POST", path, json!({ "content": "anyone" }), None).await.refused(404, 10_015);
    }
    assert_eq!(bench.call("POST", path, json!({ "content": "anyone" }), None).await.status, 429);
    let other =
        bench.call("POST", "/webhooks/123456789012345679/token", json!({ "content": "x" }), None).await;
    other.refused(404, 10_015);
}

#[tokio::test]
async fn windows_and_paces_are_shown_and_single_routes_can_have_other_numbers() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.general());
    let sent = bench.bot("POST", &path, json!({ "content": "x" })).await;
    let hash = sent.header("x-ratelimit-bucket").expect("a bucket").to_owned();
    let shown = bench.control("GET", "/limits/buckets", Value::Null).await.good(200);
    let all = shown.as_array().expect("a list");
    let own = all.iter().find(|shown| shown["hash"] == hash.as_str()).expect("the window is open");
    assert_eq!((&own["used"], &own["remaining"], &own["limit"]), (&json!(1), &json!(4), &json!(5)));
    assert_eq!(own["identity"], example::APPLICATION.to_string());
    assert_eq!(own["key"], bench.general().to_string());
    let routes = json!({ "POST /channels/{any}/messages": [1, 60_000] });
    bench.control("POST", "/limits", json!({ "routes": routes })).await.good(200);
    bench.bot("POST", &path, json!({ "content": "x" })).await.good(200);
    assert_eq!(bench.bot("POST", &path, json!({ "content": "x" })).await.status, 429);
    let paces = bench.control("GET", "/limits/routes", Value::Null).await.good(200);
    let posts = |pace: &&Value| pace["method"] == "POST" && pace["path"] == "/channels/{channel}/messages";
    let pace = paces.as_array().expect("a list").iter().find(posts).expect("a route");
    assert_eq!((&pace["requests"], &pace["window_ms"]), (&json!(1), &json!(60_000)));
    bench.close().await;
}

#[tokio::test]
async fn every_scope_of_429_can_be_provoked_with_its_headers() {
    let bench = Bench::with(Bench::wide()).await;
    for (scope, header, remaining) in
        [("user", "user", Some("0")), ("shared", "shared", None), ("sub_limit", "user", None)]
    {
        let fault = json!({ "kind": "route_429", "route": "/users/@me", "scope": scope, "retry_after": 1.5, "count": 1 });
        bench.control("POST", "/faults", fault).await.good(200);
        let got = bench.bot("GET", "/users/@me", Value::Null).await;
        assert_eq!((got.status, got.header("x-ratelimit-scope")), (429, Some(header)), "{scope}");
        assert_eq!((got.header("retry-after"), &got.body["retry_after"]), (Some("2"), &json!(1.5)));
        assert_eq!(got.header("via"), Some("1.1 sandbox"));
        match remaining {
            Some(_) => assert_eq!(got.header("x-ratelimit-remaining"), remaining, "{scope}"),
            None => assert_ne!(got.header("x-ratelimit-remaining"), Some("0"), "{scope}"),
        }
    }
    let edge = json!({ "kind": "route_429", "route": "/users/@me", "scope": "edge", "count": 1 });
    bench.control("POST", "/faults", edge).await.good(200);
    let got = bench.bot("GET", "/users/@me", Value::Null).await;
    assert_eq!((got.status, got.header("via"), got.body.is_null()), (429, None, true));
}

#[tokio::test]
async fn answers_can_be_slow_short_wrong_or_missing() {
    let bench = Bench::with(Bench::wide()).await;
    let fault = async |body: Value| bench.control("POST", "/faults", body).await.good(200);
    let url = format!("{}/users/@me", bench.sandbox.rest_url());
    let ask = || bench.client.get(&url).header("authorization", format!("Bot {}", example::BOT_TOKEN)).send();
    fault(json!({ "kind": "truncate_body", "bytes": 10, "count": 1 })).await;
    assert!(ask().await.expect("a head").text().await.is_err(), "the body breaks off");
    fault(json!({ "kind": "connection_reset", "count": 1 })).await;
    assert!(ask().await.is_err());
    fault(json!({ "kind": "slow_body", "bytes_per_second": 20_000, "count": 1 })).await;
    assert_eq!(bench.bot("GET", "/users/@me", Value::Null).await.good(200)["username"], "Guildhall");
    fault(json!({ "kind": "unauthorized", "count": 1 })).await;
    bench.bot("GET", "/users/@me", Value::Null).await.refused(401, 0);
    fault(json!({ "kind": "forbidden", "count": 1, "guild": GUILD.to_string() })).await;
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    bench.bot("GET", &format!("/channels/{}", bench.general()), Value::Null).await.refused(403, 50_013);
    fault(json!({ "kind": "server_error", "status": 502, "page": true, "count": 1 })).await;
    let page = bench.bot("GET", "/users/@me", Value::Null).await;
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html; charset=UTF-8")));
    let right = bench.bot("GET", "/users/@me", Value::Null).await;
    fault(json!({ "kind": "wrong_headers", "skew_ms": 3_600_000, "new_bucket": true, "remaining": 7, "count": 1 })).await;
    let wrong = bench.bot("GET", "/users/@me", Value::Null).await;
    let reset = |got: &crate::bot::Got| got.header("x-ratelimit-reset").unwrap().parse::<f64>().unwrap();
    assert!((3_599.0..3_606.0).contains(&(reset(&wrong) - reset(&right))));
    assert_ne!(wrong.header("x-ratelimit-bucket"), right.header("x-ratelimit-bucket"));
    assert_eq!(wrong.header("x-ratelimit-remaining"), Some("7"));
    // A late answer comes sooner when the clock is moved.
    fault(json!({ "kind": "delay_answer", "ms": 3_600_000, "count": 1 })).await;
    let mut late = Box::pin(ask());
    assert!(tokio::time::timeout(std::time::Duration::from_millis(100), &mut late).await.is_err());
    bench.control("POST", "/clock/advance", json!({ "ms": 3_600_000 })).await.good(200);
    assert_eq!(late.await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_partition_cuts_rest_for_one_application_or_all() {
    let bench = Bench::with(Bench::wide()).await;
    let url = format!("{}/users/@me", bench.sandbox.rest_url());
    let ask = || bench.client.get(&url).header("authorization", format!("Bot {}", example::BOT_TOKEN)).send();
    let other = json!({ "kind": "partition", "application": "123456789012345678", "for_ms": 600_000 });
    bench.control("POST", "/faults", other).await.good(200);
    assert!(ask().await.is_ok());
    bench.control("POST", "/faults", json!({ "kind": "partition", "for_ms": 600_000 })).await.good(200);
    assert!(ask().await.is_err());
    assert_eq!(
        bench.control("GET", "/faults", Value::Null).await.good(200).as_array().map(Vec::len),
        Some(2)
    );
    bench.control("DELETE", "/faults", Value::Null).await.good(200);
    assert!(ask().await.is_ok());
}
