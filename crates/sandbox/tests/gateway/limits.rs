//! What a client may send, and how often.

use guildhall_sandbox::{
    example,
    journal::{Filter, Kind},
};
use serde_json::{Value, json};

use crate::{client::Client, sandbox, sandbox_with, until};

#[tokio::test]
async fn payloads_beyond_4096_bytes_are_refused() {
    let sandbox = sandbox().await;
    for (size, accepted) in [(4_096, true), (4_097, false)] {
        let mut client = Client::connect(&sandbox, "v=10").await;
        let frame = |padding: &str| format!("{{\"op\":1,\"d\":null,\"x\":\"{padding}\"}}");
        let text = frame(&"x".repeat(size - frame("").len()));
        assert_eq!(text.len(), size);
        client.send_raw(text).await;
        if accepted {
            assert_eq!(client.payload().await["op"], 11);
        } else {
            assert_eq!(client.closed().await, 4002);
        }
    }
}

#[tokio::test]
async fn the_121st_payload_in_a_minute_is_one_too_many() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    for _ in 0..120 {
        client.send(1, Value::Null).await;
        assert_eq!(client.payload().await["op"], 11);
    }
    client.send(1, Value::Null).await;
    assert_eq!(client.closed().await, 4008);
}

#[tokio::test]
async fn a_client_without_heartbeats_is_disconnected_and_may_resume() {
    let sandbox = sandbox_with(|limits| {
        limits.heartbeat_interval = 200;
        limits.heartbeat_grace = 100;
    })
    .await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    let ready = client.identify(example::BOT_TOKEN, 0, json!({})).await;
    assert_eq!(client.closed().await, 4000);
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.ask_resume(example::BOT_TOKEN, ready["session_id"].as_str().unwrap(), 1).await;
    client.event("RESUMED").await;
}

#[tokio::test]
async fn member_lists_come_in_chunks() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.identify(example::BOT_TOKEN, 1 << 1, json!({})).await;
    let guild = example::BOOK_CLUB.to_string();
    client.send(8, json!({ "guild_id": guild, "query": "", "limit": 0, "nonce": "n1" })).await;
    let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"].as_array().unwrap().len(), 6);
    assert_eq!((&chunk["chunk_index"], &chunk["chunk_count"]), (&json!(0), &json!(1)));
    assert_eq!(chunk["nonce"], "n1");
    client.send(8, json!({ "guild_id": guild, "query": "", "limit": 0, "nonce": "n2" })).await;
    let limited = client.event("RATE_LIMITED").await;
    assert_eq!((&limited["opcode"], &limited["meta"]["nonce"]), (&json!(8), &json!("n2")));
    assert!(limited["retry_after"].as_f64().unwrap() > 0.0);
    let ids = json!([example::LINUS.to_string(), "123456789012345678", 123_123]);
    client.send(8, json!({ "guild_id": guild, "user_ids": ids, "limit": 0, "nonce": "x".repeat(33) })).await;
    let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"][0]["user"]["username"], "linus");
    assert_eq!(chunk["not_found"], json!(["123456789012345678", 123_123]));
    assert_eq!(chunk.get("nonce"), None, "a longer mark is dropped");
    client.send(8, json!({ "guild_id": guild, "query": "mar", "limit": 10 })).await;
    let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"][0]["user"]["username"], "margaret");
}

#[tokio::test]
async fn frames_are_in_the_journal() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    let ready = client.identify(example::BOT_TOKEN, 0, json!({})).await;
    let session = ready["session_id"].as_str().unwrap().to_owned();
    let kinds = |kind| {
        let filter = Filter { kind: Some(kind), ..Filter::default() };
        sandbox.engine().journal().query(&filter).into_iter().map(|entry| entry.label).collect::<Vec<_>>()
    };
    assert_eq!(kinds(Kind::GatewayIn), ["op 2"]);
    assert_eq!(kinds(Kind::GatewayOut), ["op 10", "READY"]);
    client.close(4000).await;
    let closed = Filter { contains: Some("closed by the client".to_owned()), ..Filter::default() };
    until("the close is written down", || !sandbox.engine().journal().query(&closed).is_empty()).await;
    let entry = sandbox.engine().journal().query(&closed).remove(0);
    assert_eq!((entry.status, entry.subject.as_deref()), (Some(4000), Some(session.as_str())));
}
