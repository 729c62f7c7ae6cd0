//! Redis and the network fail.

use std::time::Duration;

use guildhall_cache::{Pattern, Within};
use guildhall_server_kit::{Proxy, Redis, redis::Options};
use tokio::time::{Instant, sleep};

use crate::stage::{Database, WORDS, available, guild, process, until};

async fn durable() -> Redis {
    // Everything is on the disk at once, so that nothing that was stored is forgotten by the server itself.
    let settings = vec![("appendfsync", "always".to_owned())];
    Redis::start_with(Options { durable: true, settings }).await.unwrap()
}

#[tokio::test]
async fn reads_go_on_without_redis_and_it_is_used_again_by_itself() {
    let mut server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    let database = Database::default();
    for round in 1..=3 {
        database.write(round);
        a.invalidate(&WORDS, guild(1), "x").await;
        until("both see it", async || {
            database.read(&a, guild(1), "x").await == round && database.read(&b, guild(1), "x").await == round
        })
        .await;
        server.kill();
        // From the tier in the process, and from the loader.
        let reads = database.reads();
        assert_eq!(database.read(&a, guild(1), "x").await, round);
        assert_eq!(database.reads(), reads);
        assert_eq!(database.read(&a, guild(2), &format!("{round}")).await, round);
        available(&a, false).await;
        available(&b, false).await;
        assert_eq!(a.clear(Within::Scope(guild(9)), &Pattern::new("words")).await.shared, None);
        let started = Instant::now();
        for number in 0..1_000 {
            assert_eq!(database.read(&a, guild(3), &format!("{round}.{number}")).await, round);
        }
        println!("1000 lookups without Redis after {:?}", started.elapsed());
        server.run().await.unwrap();
        available(&a, true).await;
        available(&b, true).await;
        // What one loads is there for the other again.
        assert_eq!(database.read(&a, guild(4), &format!("{round}")).await, round);
        let reads = database.reads();
        assert_eq!(database.read(&b, guild(4), &format!("{round}")).await, round);
        assert_eq!(database.reads(), reads);
    }
}

#[tokio::test]
async fn what_was_invalidated_while_redis_was_away_is_found_nowhere_when_it_is_back() {
    let mut server = durable().await;
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    let database = Database::default();
    database.write(1);
    for name in ["one", "two", "cleared", "kept"] {
        database.read(&a, guild(1), name).await;
        database.read(&b, guild(1), name).await;
    }
    server.kill();
    database.write(2);
    a.invalidate(&WORDS, guild(1), "one").await;
    available(&b, false).await;
    a.invalidate(&WORDS, guild(1), "two").await;
    a.clear(Within::Scope(guild(1)), &Pattern::new("words:clear*")).await;
    // The writer sees its own write at once; the other process cannot know yet.
    assert_eq!(database.read(&a, guild(1), "one").await, 2);
    assert_eq!(database.read(&b, guild(1), "one").await, 1);
    server.run().await.unwrap();
    available(&a, true).await;
    available(&b, true).await;
    for name in ["one", "two", "cleared"] {
        until("the other process has forgotten", async || database.read(&b, guild(1), name).await == 2).await;
        assert_eq!(database.read(&a, guild(1), name).await, 2, "{name}");
    }
    // Redis has kept the rest.
    assert_eq!(process(server.port()).await.get::<u64>(&WORDS, guild(1), "kept").await, Some(1));
}

#[tokio::test]
async fn a_network_that_drops_packets_costs_little_and_hides_nothing_for_good() {
    let server = durable().await;
    let proxies = [Proxy::start(server.port()).await.unwrap(), Proxy::start(server.port()).await.unwrap()];
    let (a, b) = (process(proxies[0].port()).await, process(proxies[1].port()).await);
    let database = Database::default();
    for round in 1..=4 {
        database.write(round * 10);
        a.invalidate(&WORDS, guild(1), "x").await;
        until("both see it", async || {
            let (one, two) = (database.read(&a, guild(1), "x").await, database.read(&b, guild(1), "x").await);
            one == round * 10 && two == round * 10
        })
        .await;
        // The writer is cut off, or the reader is.
        let cut = &proxies[usize::from(round % 2 == 0)];
        cut.stall();
        database.write(round * 10 + 1);
        a.invalidate(&WORDS, guild(1), "x").await;
        assert_eq!(database.read(&a, guild(1), "x").await, round * 10 + 1);
        available(if round % 2 == 0 { &b } else { &a }, false).await;
        let started = Instant::now();
        for number in 0..1_000 {
            database.read(&a, guild(3), &format!("{round}.{number}")).await;
            database.read(&b, guild(3), &format!("{round}.{number}")).await;
        }
        println!("2000 lookups, one side without Redis, after {:?}", started.elapsed());
        sleep(Duration::from_millis(300)).await;
        cut.forward();
        available(&a, true).await;
        available(&b, true).await;
        until("both see it", async || {
            let (one, two) = (database.read(&a, guild(1), "x").await, database.read(&b, guild(1), "x").await);
            assert!(one == round * 10 + 1, "{one}");
            two == round * 10 + 1
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_stands_still_is_given_up_and_used_again() {
    let server = Redis::start().await.unwrap();
    let a = process(server.port()).await;
    let database = Database::default();
    database.write(1);
    assert_eq!(database.read(&a, guild(1), "x").await, 1);
    server.pause();
    for number in 0..10 {
        database.read(&a, guild(2), &number.to_string()).await;
    }
    available(&a, false).await;
    database.write(2);
    a.invalidate(&WORDS, guild(1), "x").await;
    server.resume();
    available(&a, true).await;
    assert_eq!(process(server.port()).await.get::<u64>(&WORDS, guild(1), "x").await, None);
    assert_eq!(database.read(&a, guild(1), "x").await, 2);
}

/// Invalidations and reads from all sides while the network comes and goes: in the end all agree.
#[tokio::test]
async fn after_a_storm_no_process_has_an_old_value() {
    let server = durable().await;
    let mut caches = Vec::new();
    let mut proxies = Vec::new();
    for _ in 0..3 {
        let proxy = Proxy::start(server.port()).await.unwrap();
        caches.push(process(proxy.port()).await);
        proxies.push(proxy);
    }
    let database = Database::default();
    for round in 1..=120_usize {
        let now = u64::try_from(round).unwrap();
        match round % 12 {
            0 => proxies[round / 12 % 3].cut(),
            4 => proxies[round / 12 % 3].stall(),
            10 => proxies[round / 12 % 3].refuse(),
            8 | 11 => proxies.iter().for_each(Proxy::forward),
            _ => {}
        }
        database.write(now);
        let author = &caches[round % 3];
        let writes = async {
            author.invalidate(&WORDS, guild(1), "x").await;
            assert_eq!(database.read(author, guild(1), "x").await, now, "a writer sees its own write");
        };
        let reads = futures::future::join_all(caches.iter().map(|cache| database.read(cache, guild(1), "x")));
        tokio::join!(writes, reads);
        sleep(Duration::from_millis(20)).await;
    }
    proxies.iter().for_each(Proxy::forward);
    for cache in &caches {
        available(cache, true).await;
    }
    for cache in &caches {
        until("all agree", async || database.read(cache, guild(1), "x").await == 120).await;
    }
    let fresh = process(server.port()).await.get::<u64>(&WORDS, guild(1), "x").await;
    assert!(matches!(fresh, None | Some(120)), "{fresh:?}");
}
