//! A server that misbehaves meets patience, never a flood; a refusal ends the shard.

use std::time::Duration;

use guildhall_discord::gateway::{GatewayError, IdentifyBudget, ShardState, error::Refusal};
use guildhall_sandbox::{
    Limits,
    engine::{Counter, FaultKind, Target},
};

use crate::harness::{World, active, until};

const SOON: Duration = Duration::from_secs(5);

/// Lets a fault play for a while and returns how many connections it drew.
async fn connects_under(fault: FaultKind) -> u64 {
    let mut world = World::new().await;
    world.healthy_after = Duration::from_secs(30);
    world.sandbox.engine().add_fault(fault).unwrap();
    let (gateway, _) = world.try_start().await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let connects = world.count(Counter::Connects);
    // It still tries, and it finds back once the server is well.
    world.sandbox.engine().clear_faults(None);
    active(&gateway).await;
    gateway.shutdown(SOON).await;
    assert_eq!(world.count(Counter::Identifies), 1);
    connects
}

#[tokio::test]
async fn accept_then_close_draws_a_handful_of_connects() {
    let connects = connects_under(FaultKind::AcceptThenClose { code: None }).await;
    assert!((2..=6).contains(&connects), "{connects}");
}

#[tokio::test]
async fn accept_then_close_with_a_code_draws_a_handful_of_connects() {
    let connects = connects_under(FaultKind::AcceptThenClose { code: Some(4000) }).await;
    assert!((2..=6).contains(&connects), "{connects}");
}

#[tokio::test]
async fn reconnect_instead_of_hello_draws_a_handful_of_connects() {
    let connects = connects_under(FaultKind::ReconnectAtHello).await;
    assert!((2..=6).contains(&connects), "{connects}");
}

#[tokio::test]
async fn a_server_out_of_reach_is_tried_a_handful_of_times() {
    let mut world = World::new().await;
    world.healthy_after = Duration::from_secs(30);
    let (gateway, _) = world.start().await;
    world.sandbox.engine().stopped().cancel();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let status = gateway.status()[0].clone();
    assert!((2..=6).contains(&status.connects), "{status:?}");
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn a_wrong_token_stops_the_shard_with_a_hint() {
    let mut world = World::new().await;
    world.token = "MTAwMDAwMDAwMDAwMDAxMDAx.wrong.token".to_owned();
    let (gateway, _) = world.try_start().await.unwrap();
    let error = tokio::time::timeout(Duration::from_secs(20), gateway.failure()).await.unwrap();
    assert!(matches!(
        *error,
        GatewayError::Refused { shard: 0, code: 4004, reason: Refusal::AuthenticationFailed }
    ));
    assert!(error.hint().is_some_and(|hint| hint.contains("token")));
    let connects = world.count(Counter::Connects);
    assert_eq!(gateway.status()[0].state, ShardState::Failed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((world.count(Counter::Connects), connects), (1, 1));
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn each_refusal_in_a_session_stops_the_shard_for_good() {
    for code in [4004, 4010, 4011, 4012, 4013, 4014] {
        let world = World::new().await;
        let (gateway, recorder) = world.start().await;
        world.sandbox.engine().close(&Target::All, code);
        let error = tokio::time::timeout(Duration::from_secs(20), gateway.failure()).await.unwrap();
        assert!(matches!(*error, GatewayError::Refused { code: told, .. } if told == code), "{error}");
        assert_eq!(world.count(Counter::Connects), 1);
        assert_eq!(recorder.lifecycle.lock().len(), 2);
        gateway.shutdown(SOON).await;
    }
}

#[tokio::test]
async fn a_silent_server_is_left_and_the_session_resumed() {
    let limits = Limits { heartbeat_interval: 300, ..Limits::default() };
    let world = World::with(limits).await;
    let (gateway, recorder) = world.start().await;
    until("a heartbeat", || world.count(Counter::Heartbeats) >= 1).await;
    until("a latency", || gateway.status()[0].latency.is_some()).await;
    world.sandbox.engine().add_fault(FaultKind::HeartbeatSilence).unwrap();
    until("a new connection", || world.count(Counter::Connects) >= 2).await;
    world.sandbox.engine().clear_faults(None);
    until("a resume", || world.count(Counter::Resumed) >= 1).await;
    assert_eq!(world.count(Counter::Identifies), 1);
    assert_eq!(recorder.gaps(), 0);
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn a_low_budget_refuses_the_start_but_not_a_resume() {
    let world = World::with(Limits { identify_total: 2, ..Limits::default() }).await;
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    // One is left, and two are held in reserve; the session needs none.
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    assert_eq!(world.count(Counter::Resumed), 1);
    world.store.sessions.lock().clear();
    let refused = world.try_start().await.map(|_| ());
    assert!(matches!(refused, Err(GatewayError::BudgetLow { remaining: 1, needed: 2, .. })), "{refused:?}");
    assert_eq!(world.count(Counter::Connects), 2);
    let spent = world.store.budget.lock().unwrap();
    assert!(matches!(spent, IdentifyBudget { used: 1, .. }));
}
