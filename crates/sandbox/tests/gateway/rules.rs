//! Faults by rule: what befalls dispatches, sockets and guilds, and whom it does not befall.

use std::time::Duration;

use guildhall_sandbox::{
    Sandbox,
    engine::{FaultKind, FaultRule, Occasion, PartitionMode, Selector},
    example,
    journal::{Filter, Kind},
};
use serde_json::{Value, json};

use crate::{
    INTENTS, channel,
    client::{Client, Heard},
    sandbox, sandbox_with, say, until,
};

fn fault(sandbox: &Sandbox, rule: impl Into<FaultRule>) -> u64 {
    sandbox.engine().add_fault(rule).unwrap()
}

/// A client that has identified and heard of its guilds.
async fn ready(sandbox: &Sandbox, query: &str) -> (Client, String) {
    let mut client = Client::connect(sandbox, query).await;
    let ready = client.identify(example::BOT_TOKEN, INTENTS, json!({})).await;
    for _ in ready["guilds"].as_array().unwrap() {
        client.event("GUILD_CREATE").await;
    }
    (client, ready["session_id"].as_str().unwrap().to_owned())
}

fn event(name: &str) -> Selector {
    Selector { event: Some(name.to_owned()), ..Selector::default() }
}

/// The contents of so many messages, with their numbers.
async fn messages(client: &mut Client, count: usize) -> Vec<(u64, String)> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let data = client.event("MESSAGE_CREATE").await;
        heard.push((client.seq, data["content"].as_str().unwrap().to_owned()));
    }
    heard
}

#[tokio::test]
async fn a_dropped_dispatch_leaves_a_gap_that_a_resume_fills() {
    let sandbox = sandbox().await;
    let (mut client, session) = ready(&sandbox, "v=10").await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let before = client.seq;
    fault(&sandbox, FaultRule::from(FaultKind::Drop).on(event("MESSAGE_CREATE")).times(1));
    say(&sandbox, general, "lost");
    say(&sandbox, general, "heard");
    assert_eq!(messages(&mut client, 1).await, [(before + 2, "heard".to_owned())]);
    drop(client);
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.ask_resume(example::BOT_TOKEN, &session, before).await;
    let replayed = messages(&mut client, 2).await;
    assert_eq!(replayed, [(before + 1, "lost".to_owned()), (before + 2, "heard".to_owned())]);
    client.event("RESUMED").await;
}

#[tokio::test]
async fn a_rule_concerns_only_what_it_selects() {
    let sandbox = sandbox().await;
    let (mut client, _) = ready(&sandbox, "v=10").await;
    let elsewhere = Selector { guild: Some(example::BOOK_CLUB + 1), ..event("MESSAGE_CREATE") };
    fault(&sandbox, FaultRule::from(FaultKind::Drop).on(elsewhere));
    let other =
        Selector { shard: Some(guildhall_sandbox::engine::ShardIs::Number(3)), ..Selector::default() };
    fault(&sandbox, FaultRule::from(FaultKind::Drop).on(other));
    say(&sandbox, channel(&sandbox, example::BOOK_CLUB, "general"), "heard");
    assert_eq!(messages(&mut client, 1).await[0].1, "heard");
}

#[tokio::test]
async fn what_is_late_mixed_or_doubled_keeps_the_numbers_in_order() {
    let sandbox = sandbox().await;
    let (mut client, _) = ready(&sandbox, "v=10").await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let first = client.seq + 1;

    fault(&sandbox, FaultRule::from(FaultKind::Delay { ms: 600_000 }).on(event("MESSAGE_CREATE")).times(1));
    say(&sandbox, general, "late");
    say(&sandbox, general, "soon");
    assert_eq!(messages(&mut client, 1).await, [(first, "soon".to_owned())]);
    sandbox.engine().clock().advance(600_000);
    assert_eq!(messages(&mut client, 1).await, [(first + 1, "late".to_owned())]);

    let reorder = FaultKind::Reorder { window: 3, ms: 600_000 };
    let rule = fault(&sandbox, FaultRule::from(reorder).on(event("MESSAGE_CREATE")));
    for content in ["a", "b", "c"] {
        say(&sandbox, general, content);
    }
    let heard = messages(&mut client, 3).await;
    assert_eq!(heard.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [first + 2, first + 3, first + 4]);
    let mut contents: Vec<_> = heard.into_iter().map(|(_, content)| content).collect();
    assert_ne!(contents, ["a", "b", "c"]);
    contents.sort();
    assert_eq!(contents, ["a", "b", "c"]);
    sandbox.engine().clear_faults(Some(rule));

    for (same_seq, numbers) in [(false, [first + 5, first + 6]), (true, [first + 7, first + 7])] {
        let twice = FaultKind::Duplicate { times: 1, same_seq };
        fault(&sandbox, FaultRule::from(twice).on(event("MESSAGE_CREATE")).times(1));
        say(&sandbox, general, "twice");
        let heard = messages(&mut client, 2).await;
        assert_eq!(heard, numbers.map(|seq| (seq, "twice".to_owned())));
    }
}

#[tokio::test]
async fn a_zlib_message_may_come_in_pieces_or_cut_short() {
    let sandbox = sandbox().await;
    let (mut client, _) = ready(&sandbox, "v=10&compress=zlib-stream").await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let on = || event("MESSAGE_CREATE");
    fault(&sandbox, FaultRule::from(FaultKind::SplitFrames { pieces: 4 }).on(on()).times(1));
    say(&sandbox, general, "in pieces");
    let mut whole = Vec::new();
    let mut pieces = 0;
    while !whole.ends_with(&[0, 0, 0xff, 0xff]) {
        whole.extend(client.bytes().await);
        pieces += 1;
    }
    assert_eq!(pieces, 4);
    assert!(client.inflate(&whole).contains("in pieces"));
    fault(&sandbox, FaultRule::from(FaultKind::Truncate { bytes: Some(9) }).on(on()).times(1));
    say(&sandbox, general, "cut short");
    assert_eq!(client.bytes().await.len(), 9);
}

#[tokio::test]
async fn text_may_be_cut_or_spoilt() {
    let sandbox = sandbox().await;
    let (mut client, _) = ready(&sandbox, "v=10").await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    for kind in [FaultKind::Truncate { bytes: None }, FaultKind::Corrupt] {
        fault(&sandbox, FaultRule::from(kind).on(event("MESSAGE_CREATE")).times(1));
        say(&sandbox, general, "spoilt");
        let text = String::from_utf8(client.bytes().await).unwrap();
        let whole = serde_json::from_str::<Value>(&text).ok();
        assert!(whole.is_none_or(|whole| whole["d"]["content"] != "spoilt" || text.contains('#')), "{text}");
    }
}

#[tokio::test]
async fn sessions_are_invalidated_in_answer_and_in_the_middle() {
    let sandbox = sandbox().await;
    let (mut client, session) = ready(&sandbox, "v=10").await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let seq = client.seq;
    let invalid = |resumable, at| FaultRule::from(FaultKind::Invalidate { resumable, at }).times(1);

    fault(&sandbox, invalid(true, Occasion::Dispatch));
    say(&sandbox, general, "not heard");
    let told = client.payload().await;
    assert_eq!((&told["op"], &told["d"]), (&json!(9), &json!(true)));
    fault(&sandbox, invalid(true, Occasion::Resume));
    client.ask_resume(example::BOT_TOKEN, &session, seq).await;
    assert_eq!(client.payload().await["d"], true, "try again");
    client.ask_resume(example::BOT_TOKEN, &session, seq).await;
    assert_eq!(messages(&mut client, 1).await[0].1, "not heard");
    client.event("RESUMED").await;

    fault(&sandbox, invalid(false, Occasion::Dispatch));
    say(&sandbox, general, "gone");
    assert_eq!(client.payload().await["d"], false);
    client.ask_resume(example::BOT_TOKEN, &session, seq).await;
    assert_eq!(client.payload().await["d"], false, "the session is gone");
    fault(&sandbox, invalid(false, Occasion::Identify));
    client.ask_identify(example::BOT_TOKEN, 0, json!({})).await;
    assert_eq!(client.payload().await["op"], 9);
    let budget = sandbox.engine().session_start_limit(example::APPLICATION);
    client.identify(example::BOT_TOKEN, 0, json!({})).await;
    assert_eq!(sandbox.engine().session_start_limit(example::APPLICATION).remaining, budget.remaining - 1);
}

#[tokio::test]
async fn sockets_are_closed_asked_stalled_and_sent_away() {
    let sandbox = sandbox().await;
    let at = Occasion::Heartbeat;
    let mut client = Client::connect(&sandbox, "v=10").await;
    fault(&sandbox, FaultRule::from(FaultKind::ServerHeartbeat { at }).times(1));
    client.send(1, Value::Null).await;
    assert_eq!(client.payload().await["op"], 1);
    assert_eq!(client.payload().await["op"], 11);
    // Nothing comes during a stall, and then what was due.
    fault(&sandbox, FaultRule::from(FaultKind::Stall { ms: 600_000, at }).times(1));
    client.send(1, Value::Null).await;
    client.send(1, Value::Null).await;
    assert!(tokio::time::timeout(Duration::from_millis(200), client.hear()).await.is_err());
    sandbox.engine().clock().advance_gateway(600_000);
    assert!(matches!(client.hear().await, Heard::Closed(4000)), "a stall longer than a heartbeat's time");
    for (kind, answer) in [
        (FaultKind::Close { code: Some(4009), at: Occasion::Identify }, 4009),
        (FaultKind::Close { code: Some(4000), at: Occasion::Connect }, 4000),
    ] {
        fault(&sandbox, FaultRule::from(kind).times(1));
        let mut client = Client::open(&sandbox, "v=10").await;
        if answer == 4009 {
            client.payload().await;
            client.ask_identify(example::BOT_TOKEN, 0, json!({})).await;
        }
        assert_eq!(client.closed().await, answer);
    }
    let mut client = Client::connect(&sandbox, "v=10").await;
    fault(&sandbox, FaultRule::from(FaultKind::Reconnect { at: Occasion::Identify }).times(1));
    client.ask_identify(example::BOT_TOKEN, 0, json!({})).await;
    assert_eq!(client.payload().await["op"], 7);
}

#[tokio::test]
async fn a_slow_socket_still_delivers() {
    let sandbox = sandbox().await;
    let (mut client, _) = ready(&sandbox, "v=10").await;
    let slow = FaultKind::SlowSocket { bytes_per_second: 100 };
    fault(&sandbox, FaultRule::from(slow).on(event("MESSAGE_CREATE")).times(2));
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    say(&sandbox, general, "one");
    assert!(tokio::time::timeout(Duration::from_millis(100), client.hear()).await.is_err());
    sandbox.engine().clock().advance_gateway(30_000);
    assert_eq!(messages(&mut client, 1).await[0].1, "one");
}

#[tokio::test]
async fn a_partition_silences_sockets_and_refuses_new_ones() {
    let sandbox = sandbox().await;
    let (mut client, session) = ready(&sandbox, "v=10").await;
    let general = channel(&sandbox, example::BOOK_CLUB, "general");
    let on = Selector { application: Some(example::APPLICATION), ..Selector::default() };
    let partition = FaultKind::Partition { mode: PartitionMode::Refuse };
    let rule = fault(&sandbox, FaultRule::from(partition).on(on));
    say(&sandbox, general, "meanwhile");
    client.send(1, Value::Null).await;
    assert!(tokio::time::timeout(Duration::from_millis(200), client.hear()).await.is_err());
    // It ends in time: what waited comes.
    sandbox.engine().clear_faults(Some(rule));
    let mut waited = [client.payload().await["op"].clone(), client.payload().await["op"].clone()];
    waited.sort_by_key(Value::as_u64);
    assert_eq!(waited, [json!(0), json!(11)]);

    let seq = client.seq;
    fault(&sandbox, partition);
    sandbox.engine().clock().advance_gateway(120_000);
    assert!(matches!(client.hear().await, Heard::Gone), "no close frame comes through");
    assert!(Client::try_open(&sandbox, "v=10").await.is_none());
    sandbox.engine().clear_faults(None);
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.ask_resume(example::BOT_TOKEN, &session, seq).await;
    client.event("RESUMED").await;
}

#[tokio::test]
async fn an_outage_by_rule_begins_and_ends() {
    let sandbox = sandbox().await;
    let (mut client, _) = ready(&sandbox, "v=10").await;
    let on = Selector { guild: Some(example::BOOK_CLUB), ..Selector::default() };
    fault(&sandbox, FaultRule::from(FaultKind::GuildOutage).on(on).for_ms(600_000));
    let gone = client.event("GUILD_DELETE").await;
    assert_eq!((&gone["id"], &gone["unavailable"]), (&json!(example::BOOK_CLUB.to_string()), &json!(true)));
    sandbox.engine().clock().advance(600_000);
    assert_eq!(client.event("GUILD_CREATE").await["id"], example::BOOK_CLUB.to_string());
}

#[tokio::test]
async fn tokens_stay_out_of_the_journal_in_every_encoding() {
    let sandbox = sandbox_with(|_| {}).await;
    ready(&sandbox, "v=10").await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    client.send_raw(format!("{{\"op\":2,\"d\":{{\"token\":\"{}\"", example::BOT_TOKEN)).await;
    assert_eq!(client.closed().await, 4002);
    until("both are written down", || {
        let filter = Filter { kind: Some(Kind::GatewayIn), ..Filter::default() };
        sandbox.engine().journal().query(&filter).len() == 2
    })
    .await;
    let found = Filter { contains: Some(example::BOT_TOKEN.to_owned()), ..Filter::default() };
    assert!(sandbox.engine().journal().query(&found).is_empty());
}
