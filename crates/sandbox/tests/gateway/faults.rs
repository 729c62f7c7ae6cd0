//! What goes wrong on demand.

use guildhall_sandbox::{
    Sandbox,
    engine::{Counter, FaultKind, FaultRule, Selector},
    example,
};
use serde_json::{Value, json};

use crate::{
    client::{Client, Heard},
    sandbox,
};

/// Puts a rule in force.
fn fault(sandbox: &Sandbox, rule: impl Into<FaultRule>) {
    sandbox.engine().add_fault(rule).unwrap();
}

#[tokio::test]
async fn sockets_can_be_accepted_and_closed() {
    let sandbox = sandbox().await;
    for code in [Some(4000), None] {
        fault(&sandbox, FaultRule::from(FaultKind::AcceptThenClose { code }).times(1));
    }
    assert_eq!(Client::open(&sandbox, "v=10").await.closed().await, 4000);
    assert!(matches!(Client::open(&sandbox, "v=10").await.hear().await, Heard::Gone));
    Client::connect(&sandbox, "v=10").await;
    assert_eq!(sandbox.engine().counters().get(Counter::Connects, None), 3);
}

#[tokio::test]
async fn reconnect_can_come_in_place_of_hello() {
    let sandbox = sandbox().await;
    fault(&sandbox, FaultRule::from(FaultKind::ReconnectAtHello).times(1));
    assert_eq!(Client::open(&sandbox, "v=10").await.payload().await["op"], 7);
}

#[tokio::test]
async fn heartbeats_can_go_unanswered() {
    let sandbox = sandbox().await;
    let mut client = Client::connect(&sandbox, "v=10").await;
    let ready = client.identify(example::BOT_TOKEN, 0, json!({})).await;
    let session = ready["session_id"].as_str().map(str::to_owned);
    let on = Selector { session, ..Selector::default() };
    fault(&sandbox, FaultRule::from(FaultKind::HeartbeatSilence).on(on).times(1));
    client.send(1, Value::Null).await;
    client.send(1, json!(7)).await;
    assert_eq!(client.payload().await["op"], 11);
    client.send(8, json!({ "guild_id": "1", "query": "a", "limit": 1 })).await;
    client.send(1, Value::Null).await;
    assert_eq!(client.payload().await["op"], 11, "the first beat alone was swallowed");
}
