//! Sessions outlive their sockets.

use guildhall_sandbox::{Sandbox, engine::Target, example};
use serde_json::{Value, json};

use crate::{
    INTENTS, channel,
    client::{Client, Heard},
    sandbox, sandbox_with, say, until,
};

/// A client that has identified and heard of its guilds, and its session.
async fn begun(sandbox: &Sandbox, query: &str) -> (Client, String) {
    let mut client = Client::connect(sandbox, query).await;
    let ready = client.identify(example::BOT_TOKEN, INTENTS, json!({})).await;
    for _ in 0..3 {
        client.event("GUILD_CREATE").await;
    }
    (client, ready["session_id"].as_str().unwrap().to_owned())
}

async fn lost(sandbox: &Sandbox) {
    until("the sandbox has noticed", || sandbox.engine().sessions().iter().all(|session| !session.connected))
        .await;
}

#[tokio::test]
async fn what_was_missed_is_replayed_in_order() {
    let sandbox = sandbox().await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    for query in ["v=10", "v=10&compress=zlib-stream", "v=10&compress=zstd-stream"] {
        let (mut client, session) = begun(&sandbox, query).await;
        say(&sandbox, general, "heard");
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "heard");
        let seq = client.seq;
        drop(client);
        lost(&sandbox).await;
        for text in ["one", "two", "three"] {
            say(&sandbox, general, text);
        }
        let mut client = Client::connect(&sandbox, query).await;
        client.ask_resume(example::BOT_TOKEN, &session, seq).await;
        for (text, number) in [("one", 1), ("two", 2), ("three", 3)] {
            assert_eq!(client.event("MESSAGE_CREATE").await["content"], text);
            assert_eq!(client.seq, seq + number);
        }
        assert!(client.event("RESUMED").await["_trace"].is_array());
        say(&sandbox, general, "after");
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "after");
        client.close(1000).await;
        until("the session is gone", || sandbox.engine().sessions().is_empty()).await;
    }
}

#[tokio::test]
async fn a_replay_can_be_asked_for_twice() {
    let sandbox = sandbox().await;
    let (client, session) = begun(&sandbox, "v=10").await;
    let seq = client.seq;
    drop(client);
    lost(&sandbox).await;
    say(&sandbox, channel(&sandbox, example::BOOK_CLUB, "general"), "missed");
    for _ in 0..2 {
        let mut client = Client::connect(&sandbox, "v=10").await;
        client.ask_resume(example::BOT_TOKEN, &session, seq).await;
        assert_eq!(client.event("MESSAGE_CREATE").await["content"], "missed");
        assert_eq!(client.seq, seq + 1);
        drop(client);
        lost(&sandbox).await;
    }
}

#[tokio::test]
async fn only_1000_and_1001_end_a_session() {
    let sandbox = sandbox().await;
    for (code, resumable) in [(4000, true), (3000, true), (4200, true), (1000, false), (1001, false)] {
        let (client, session) = begun(&sandbox, "v=10").await;
        let seq = client.seq;
        client.close(code).await;
        lost(&sandbox).await;
        let mut client = Client::connect(&sandbox, "v=10").await;
        client.ask_resume(example::BOT_TOKEN, &session, seq).await;
        let answer = client.payload().await;
        if resumable {
            assert_eq!(answer["t"], "RESUMED", "{code}");
        } else {
            assert_eq!((&answer["op"], &answer["d"]), (&json!(9), &json!(false)), "{code}");
        }
        client.close(1000).await;
    }
}

#[tokio::test]
async fn what_cannot_be_resumed_is_refused() {
    let sandbox = sandbox_with(|limits| limits.replay_events = 2).await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let (client, session) = begun(&sandbox, "v=10").await;
    let seq = client.seq;
    let invalid = json!({ "t": null, "s": null, "op": 9, "d": false });
    // Someone else's token, and a session that does not exist.
    for (token, session) in [(example::OTHER_BOT_TOKEN, session.as_str()), (example::BOT_TOKEN, "nonsense")] {
        let mut client = Client::connect(&sandbox, "v=10").await;
        client.ask_resume(token, session, seq).await;
        assert_eq!(client.payload().await, invalid);
    }
    let mut wrong = Client::connect(&sandbox, "v=10").await;
    wrong.ask_resume("wrong", &session, seq).await;
    assert_eq!(wrong.closed().await, 4004);
    drop(client);
    lost(&sandbox).await;
    let mut ahead = Client::connect(&sandbox, "v=10").await;
    ahead.ask_resume(example::BOT_TOKEN, &session, seq + 100).await;
    assert_eq!(ahead.closed().await, 4007);
    for text in ["one", "two", "three"] {
        say(&sandbox, general, text);
    }
    let mut late = Client::connect(&sandbox, "v=10").await;
    late.ask_resume(example::BOT_TOKEN, &session, seq).await;
    assert_eq!(late.payload().await, invalid, "more was missed than is kept");
}

#[tokio::test]
async fn a_session_is_forgotten_after_its_window() {
    let sandbox = sandbox().await;
    let (client, session) = begun(&sandbox, "v=10").await;
    let seq = client.seq;
    drop(client);
    lost(&sandbox).await;
    sandbox.engine().clock().advance(120_001);
    let mut late = Client::connect(&sandbox, "v=10").await;
    late.ask_resume(example::BOT_TOKEN, &session, seq).await;
    assert_eq!(late.payload().await["op"], 9);
    assert!(sandbox.engine().sessions().is_empty());
}

#[tokio::test]
async fn a_resume_may_come_before_the_old_socket_ends() {
    let sandbox = sandbox().await;
    let (mut old, session) = begun(&sandbox, "v=10").await;
    let mut new = Client::connect(&sandbox, "v=10").await;
    new.ask_resume(example::BOT_TOKEN, &session, old.seq).await;
    new.event("RESUMED").await;
    assert_eq!(old.closed().await, 4000);
    say(&sandbox, channel(&sandbox, example::BOOK_CLUB, "general"), "still here");
    assert_eq!(new.event("MESSAGE_CREATE").await["content"], "still here");
}

#[tokio::test]
async fn reconnect_keeps_the_session() {
    let sandbox = sandbox().await;
    let (mut client, session) = begun(&sandbox, "v=10").await;
    assert_eq!(sandbox.engine().reconnect(&Target::All), 1);
    let payload = client.payload().await;
    assert_eq!((&payload["op"], &payload["d"]), (&json!(7), &Value::Null));
    let seq = client.seq;
    say(&sandbox, channel(&sandbox, example::BOOK_CLUB, "general"), "in between");
    client.close(4000).await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.ask_resume(example::BOT_TOKEN, &session, seq).await;
    assert_eq!(client.event("MESSAGE_CREATE").await["content"], "in between");
    client.event("RESUMED").await;
}

#[tokio::test]
async fn an_invalid_session_is_gone_unless_it_says_otherwise() {
    let sandbox = sandbox().await;
    let (mut client, session) = begun(&sandbox, "v=10").await;
    sandbox.engine().invalidate(&Target::Session(session.clone()), true);
    let payload = client.payload().await;
    assert_eq!((&payload["op"], &payload["d"]), (&json!(9), &json!(true)));
    let seq = client.seq;
    client.ask_resume(example::BOT_TOKEN, &session, seq).await;
    client.event("RESUMED").await;
    sandbox.engine().invalidate(&Target::Session(session.clone()), false);
    assert_eq!(client.payload().await["d"], json!(false));
    client.ask_resume(example::BOT_TOKEN, &session, client.seq).await;
    assert_eq!(client.payload().await["d"], json!(false));
    client.identify(example::BOT_TOKEN, INTENTS, json!({})).await;
}

#[tokio::test]
async fn a_socket_can_be_dropped_or_closed_from_outside() {
    let sandbox = sandbox().await;
    let (mut client, session) = begun(&sandbox, "v=10").await;
    sandbox.engine().drop_socket(&Target::Application(example::APPLICATION));
    assert!(matches!(client.hear().await, Heard::Gone));
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.ask_resume(example::BOT_TOKEN, &session, 4).await;
    client.event("RESUMED").await;
    sandbox.engine().close(&Target::All, 4009);
    assert_eq!(client.closed().await, 4009);
    lost(&sandbox).await;
    assert!(sandbox.engine().sessions().is_empty(), "4009 asks for a new session");
}
