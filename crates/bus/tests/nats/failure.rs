//! The server and the network fail while events are on their way.

use std::{sync::Arc, time::Duration};

use guildhall_bus::{Bus as _, NatsBus};
use guildhall_core::{clock::SystemClock, random::SystemRandom};
use guildhall_server_kit::{Nats, Proxy};
use tokio::time::{sleep, timeout};

use crate::stage::{BOUND, Heard, Seen, all, bus, event, interaction, options, server, stream, until, work};

const EVENTS: u64 = 2_000;

/// Publishes under a fault that `break_it` brings about a few times, and sees that everything is finished.
async fn under(ports: [u16; 2], mut break_it: impl AsyncFnMut(u64)) {
    let (gateway, worker) = (bus(ports[0]).await, bus(ports[1]).await);
    worker.set_partitions(all());
    let (heard, seen) = (Heard::default(), Seen::default());
    work(&worker, &seen);
    let published = stream(&gateway, &heard, EVENTS, Duration::from_millis(1));
    for turn in 1..=3 {
        published.reach(turn * EVENTS / 5).await;
        break_it(turn).await;
    }
    published.end().await;
    heard.all(usize::try_from(EVENTS).unwrap()).await;
    seen.is_complete(EVENTS);
    println!("{} deliveries of {EVENTS} events", seen.len());
    let recovered = async { while heard.publish(&gateway, interaction(EVENTS + 1)).await.is_err() {} };
    timeout(BOUND, recovered).await.expect("interactions find their way again");
    until("the interaction is finished", || heard.count() > usize::try_from(EVENTS).unwrap()).await;
}

async fn restart(server: &mut Nats, empty: bool) {
    server.kill();
    if empty {
        server.wipe().unwrap();
    }
    sleep(Duration::from_millis(300)).await;
    server.run().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_with_its_data_loses_nothing() {
    let mut server = server().await;
    let port = server.port();
    under([port, port], async |_| restart(&mut server, false).await).await;
}

#[tokio::test]
async fn a_server_that_comes_back_empty_loses_nothing() {
    let mut server = server().await;
    let port = server.port();
    under([port, port], async |_| restart(&mut server, true).await).await;
}

#[tokio::test]
async fn a_server_that_stands_still_for_seconds_loses_nothing() {
    let server = server().await;
    let port = server.port();
    under([port, port], async |turn| {
        server.pause();
        sleep(Duration::from_secs(2 * turn)).await;
        server.resume();
    })
    .await;
}

#[tokio::test]
async fn a_network_that_is_cut_loses_nothing() {
    let server = server().await;
    let proxies = [Proxy::start(server.port()).await.unwrap(), Proxy::start(server.port()).await.unwrap()];
    under([proxies[0].port(), proxies[1].port()], async |turn| {
        let proxy = &proxies[usize::from(turn % 2 == 0)];
        proxy.refuse();
        sleep(Duration::from_millis(500)).await;
        proxy.forward();
        proxies[0].cut();
        proxies[1].cut();
    })
    .await;
}

#[tokio::test]
async fn a_network_that_drops_packets_loses_nothing() {
    let server = server().await;
    let proxies = [Proxy::start(server.port()).await.unwrap(), Proxy::start(server.port()).await.unwrap()];
    under([proxies[0].port(), proxies[1].port()], async |turn| {
        // One side, the other, and both, for longer than it takes to give a connection up.
        let cut = &proxies[usize::from(turn == 2)..=usize::from(turn >= 2)];
        cut.iter().for_each(Proxy::stall);
        sleep(Duration::from_secs(8)).await;
        cut.iter().for_each(Proxy::forward);
    })
    .await;
}

#[tokio::test]
async fn what_is_published_while_the_server_is_away_goes_out_when_it_comes() {
    let mut server = server().await;
    let port = server.port();
    server.kill();
    let gateway = NatsBus::connect(options(port), Arc::new(SystemClock), &SystemRandom::new()).await.unwrap();
    let worker = NatsBus::connect(options(port), Arc::new(SystemClock), &SystemRandom::new()).await.unwrap();
    worker.set_partitions(all());
    let (heard, seen) = (Heard::default(), Seen::default());
    work(&worker, &seen);
    for sequence in 1..=50 {
        heard.publish(&gateway, event(1, sequence)).await.unwrap();
    }
    assert!(!gateway.connected() && !gateway.flush(Duration::from_millis(100)).await);
    server.run().await.unwrap();
    heard.all(50).await;
    assert_eq!(seen.list(), (1..=50).map(|sequence| (1, sequence)).collect::<Vec<_>>());
    server.kill();
    until("the gateway notices", || !gateway.connected()).await;
    let refused = heard.publish(&gateway, interaction(51)).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn what_lay_in_a_stream_that_is_lost_is_published_again_in_order() {
    let mut server = server().await;
    let gateway = bus(server.port()).await;
    let (heard, seen) = (Heard::default(), Seen::default());
    for sequence in 1..=200 {
        heard.publish(&gateway, event(1 + sequence % 3, sequence)).await.unwrap();
    }
    assert!(gateway.flush(BOUND).await, "the stream has everything");
    restart(&mut server, true).await;
    let worker = bus(server.port()).await;
    worker.set_partitions(all());
    work(&worker, &seen);
    heard.all(200).await;
    seen.is_complete(200);
    seen.is_ordered();
}

/// Events that lie in the stream for long, because nobody works, are not published again and again.
#[tokio::test]
async fn a_backlog_is_not_multiplied() {
    let server = server().await;
    let (gateway, worker) = (bus(server.port()).await, bus(server.port()).await);
    let (heard, seen) = (Heard::default(), Seen::default());
    for sequence in 1..=100 {
        heard.publish(&gateway, event(1, sequence)).await.unwrap();
    }
    sleep(Duration::from_secs(3)).await;
    worker.set_partitions(all());
    let mut subscription = worker.subscribe();
    for _ in 0..100 {
        let delivery = timeout(BOUND, subscription.next()).await.unwrap().unwrap();
        seen.note(&delivery);
        delivery.ack.complete();
    }
    heard.all(100).await;
    assert!(timeout(Duration::from_secs(2), subscription.next()).await.is_err(), "an event came twice");
    seen.is_ordered();
}
