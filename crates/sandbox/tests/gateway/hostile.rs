//! Random frames: each is answered or closed with a code, and the sandbox goes on.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use guildhall_sandbox::example;
use guildhall_testkit::fuzz::inputs;
use serde_json::{Value, json};

use crate::{
    client::{Client, Heard},
    sandbox_with,
};

/// Values that a reader may not expect, in the place of what it does.
fn odd(dice: &mut impl FnMut(usize) -> usize) -> Value {
    match dice(11) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(u64::MAX),
        3 => json!(1e300),
        4 => json!(""),
        5 => json!("x".repeat(dice(3000))),
        6 => json!([[], [1, 2], [u64::MAX, 0], "a"]),
        7 => json!({ "guild_id": { "guild_id": [] } }),
        8 => json!(true),
        9 => json!(example::BOOK_CLUB.to_string()),
        _ => json!([example::BOOK_CLUB, example::ADA.to_string()]),
    }
}

/// An operation of which one or two parts are wrong.
fn frame(dice: &mut impl FnMut(usize) -> usize, seq: u64) -> Vec<u8> {
    let guild = example::BOOK_CLUB.to_string();
    let right = [
        json!({ "op": 1, "d": seq }),
        json!({ "op": 2, "d": { "token": example::BOT_TOKEN, "intents": 513, "properties": {}, "shard": [0, 1],
            "presence": { "status": "online", "activities": [], "since": null, "afk": false } } }),
        json!({ "op": 3, "d": { "status": "idle", "activities": [{ "name": "x", "type": 0 }], "since": 1, "afk": true } }),
        json!({ "op": 4, "d": { "guild_id": guild, "channel_id": null, "self_mute": false, "self_deaf": true } }),
        json!({ "op": 6, "d": { "token": example::BOT_TOKEN, "session_id": "x", "seq": 1 } }),
        json!({ "op": 8, "d": { "guild_id": guild, "query": "a", "limit": 3, "presences": true, "nonce": "n" } }),
        json!({ "op": 8, "d": { "guild_id": guild, "user_ids": [example::ADA.to_string()] } }),
        json!({ "op": 31, "d": { "guild_ids": [guild] } }),
        json!({ "op": 43, "d": { "guild_id": guild, "fields": ["status"] } }),
    ];
    let mut frame = right[dice(right.len())].clone();
    for _ in 0..=dice(2) {
        match (dice(8), frame["d"].as_object_mut()) {
            (0, _) => frame["op"] = odd(dice),
            (1, _) => frame["d"] = odd(dice),
            (2, _) => frame = odd(dice),
            (_, Some(keys)) if !keys.is_empty() => {
                let index = dice(keys.len());
                if let Some(value) = keys.values_mut().nth(index) {
                    *value = odd(dice);
                }
            }
            _ => {}
        }
        if !frame.is_object() {
            break;
        }
    }
    match dice(30) {
        0 => vec![0xff; dice(100)],
        1 => format!("{}{}", "[".repeat(2000), "]".repeat(2000)).into_bytes(),
        _ => frame.to_string().into_bytes(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_frames_end_nothing_but_their_connection() {
    let panics = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&panics);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.location().is_some_and(|place| place.file().contains("sandbox/src")) {
            seen.fetch_add(1, Ordering::Relaxed);
        }
        before(info);
    }));
    let sandbox = sandbox_with(|limits| {
        limits.identify_total = u32::MAX;
        limits.gateway_sends = u32::MAX;
    })
    .await;
    let mut state: u64 = 43;
    let mut dice = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % bound as u64).unwrap()
    };
    let mut sent = 0;
    while sent < inputs(15) {
        let mut client = Client::connect(&sandbox, "").await;
        if dice(3) > 0 {
            client.identify(example::BOT_TOKEN, 513, json!({})).await;
        }
        // Frames after the one that ended the connection go nowhere, so few are sent on each.
        for _ in 0..=dice(20) {
            let seq = client.seq;
            sent += 1;
            if !client.try_send_bytes(frame(&mut dice, seq)).await {
                break;
            }
        }
        // The end of the stream: a close code or a broken line, but never a silent one.
        if client.try_send_bytes(b"{\"op\":99}".to_vec()).await {
            while let Heard::Payload(_) = client.hear().await {}
        }
    }
    assert_eq!(panics.load(Ordering::Relaxed), 0, "the sandbox panicked");
    let mut client = Client::connect(&sandbox, "").await;
    client.identify(example::BOT_TOKEN, 513, json!({})).await;
    sandbox.shutdown().await;
}
