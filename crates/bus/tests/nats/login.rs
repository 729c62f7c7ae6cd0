//! A server that asks who comes.

use std::sync::Arc;

use guildhall_bus::{NatsBus, nats::Options};
use guildhall_core::{clock::SystemClock, random::SystemRandom};
use guildhall_server_kit::nats::{self, Nats};

use crate::stage::{bus_with, options, until};

/// Set-up that logs in with this at a server's port.
fn with(login: &str, port: u16) -> Options {
    Options { servers: format!("nats://{login}@127.0.0.1:{port}").into(), ..options(port) }
}

async fn asking(authorization: &str) -> Nats {
    let settings = vec![format!("authorization {{ {authorization} }}")];
    Nats::start_with(nats::Options { settings, ..nats::Options::default() }).await.unwrap()
}

#[tokio::test]
async fn the_user_and_the_password_in_the_address_are_used() {
    let server = asking("user: bot, password: \"p@ss word\"").await;
    let connected = bus_with(with("bot:p%40ss%20word", server.port())).await;
    assert!(connected.connected());
    let wrong = with("bot:other", server.port());
    let refused = NatsBus::connect(wrong, Arc::new(SystemClock), &SystemRandom::new()).await.unwrap();
    until("it is refused", || server.output().contains("authentication error")).await;
    assert!(!refused.connected());
}

#[tokio::test]
async fn a_token_in_the_address_is_used() {
    let server = asking("token: \"a/token\"").await;
    assert!(bus_with(with("a%2Ftoken", server.port())).await.connected());
}
