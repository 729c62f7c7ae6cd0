//! A misbehaving Discord is met with patience: a handful of connects and requests, never a flood.

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::stage::{BOUND, Stage};

/// Connects in ten seconds that a patient bot needs at most.
const HANDFUL: u64 = 8;

async fn accepted_then_closed(code: Value) {
    let mut stage = Stage::open().await;
    let before = stage.counter("connects").await;
    let fault = json!({ "kind": "accept_then_close", "code": code, "for_ms": 10_000 });
    stage.control.post("/faults", fault).await.unwrap();
    stage.control.post("/sessions/*/drop", json!({})).await.unwrap();
    stage.counted("resumed", 1).await;
    let connects = stage.counter("connects").await - before;
    assert!((2..=HANDFUL).contains(&connects), "{connects} connects in ten seconds");
    assert_eq!(stage.counter("identifies").await, 1, "the session outlived it");
    let answer = stage.seat(example::ADA, example::BOOK_CLUB).await.run("ping", json!({})).await;
    assert_eq!(answer.record["state"], "responded");
    stage.close().await;
}

#[tokio::test]
async fn a_gateway_that_drops_each_connection_is_not_flooded() {
    accepted_then_closed(Value::Null).await;
}

#[tokio::test]
async fn a_gateway_that_closes_each_connection_is_not_flooded() {
    accepted_then_closed(json!(4000)).await;
}

#[tokio::test]
async fn a_global_limit_is_waited_out_while_commands_are_answered() {
    const SERVERS: u64 = 30;
    let stage = Stage::open().await;
    let mut seats = Vec::new();
    for number in 0..SERVERS {
        let guild = stage.found(&format!("Harbour {number}")).await;
        seats.push((guild, stage.seat(example::ADA, guild).await));
    }
    let before = stage.counter("rest_429").await;
    let fault = json!({ "kind": "global_429", "retry_after": 5, "for_ms": 6_000 });
    stage.control.post("/faults", fault).await.unwrap();
    // Each new server is to be welcomed. The first request meets the limit; the others must not try it.
    stage.invite(seats[0].0).await;
    let met = wait::until(BOUND, || async { (stage.counter("rest_429").await > before).then_some(()) });
    met.await.expect("a request met the limit");
    for (guild, _) in &seats[1..] {
        stage.invite(*guild).await;
    }
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    for _ in 0..5 {
        assert_eq!(ada.run("ping", json!({})).await.record["state"], "responded");
    }
    for (_, seat) in &seats {
        seat.welcomed().await;
    }
    let refused = stage.counter("rest_429").await - before;
    assert!(refused <= HANDFUL, "{refused} requests met the limit");
    for (guild, seat) in &seats {
        assert_eq!(seat.welcomes().await.len(), 1, "server {guild}");
    }
    stage.close().await;
}
