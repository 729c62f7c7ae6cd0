//! What processes share while all is well.

use std::{sync::Arc, time::Duration};

use guildhall_cache::{Cache, CacheError, Options, Pattern, Scope, Within};
use guildhall_core::{
    id::{GuildId, UserId},
    random::{SharedRandom, SystemRandom},
};
use guildhall_server_kit::Redis;

use crate::stage::{Database, OWN, TEMP, WORDS, guild, process, until};

#[tokio::test]
async fn one_process_loads_for_all_and_each_scope_has_its_own() {
    let server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    let database = Database::default();
    database.write(1);
    assert_eq!(database.read(&a, guild(1), "x").await, 1);
    database.write(2);
    assert_eq!(database.read(&b, guild(1), "x").await, 1);
    assert_eq!(database.read(&a, guild(2), "x").await, 2);
    let member = Scope::Member(GuildId::new(1).unwrap(), UserId::new(1).unwrap());
    for scope in [member, Scope::User(UserId::new(1).unwrap()), Scope::Global] {
        assert_eq!(database.read(&b, scope, "x").await, 2);
    }
    assert_eq!(database.reads(), 5);
    assert_eq!(b.get::<u64>(&WORDS, guild(2), "x").await, Some(2));
    assert_eq!(b.get::<u64>(&TEMP, guild(2), "x").await, None);
    let stats = b.stats().into_iter().find(|stats| stats.category == "words").unwrap();
    assert_eq!((stats.shared_hits, stats.shared_misses, stats.errors), (2, 3, 0));
}

#[tokio::test]
async fn an_invalidation_reaches_every_process() {
    let server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    let database = Database::default();
    for round in 1..=50 {
        database.write(round);
        a.invalidate(&WORDS, guild(1), "x").await;
        assert_eq!(database.read(&a, guild(1), "x").await, round);
        until("the other process forgets", async || database.read(&b, guild(1), "x").await == round).await;
    }
    assert!(database.reads() <= 100, "{} reads", database.reads());
}

#[tokio::test]
async fn a_value_that_was_read_before_an_invalidation_is_kept_nowhere() {
    let server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    let database = Arc::new(Database::default());
    let (begun, go) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    for round in 1..=5 {
        // B has read the old value and is slow; A writes meanwhile.
        let slow = tokio::spawn({
            let (b, begun, go) = (b.clone(), Arc::clone(&begun), Arc::clone(&go));
            async move {
                let load = || async {
                    begun.notify_one();
                    go.notified().await;
                    Ok::<_, ()>(round - 1)
                };
                b.get_or_load(&WORDS, guild(1), "x", load).await.unwrap()
            }
        });
        begun.notified().await;
        database.write(round);
        if round % 2 == 0 {
            a.clear(Within::Scope(guild(1)), &Pattern::new("words:*")).await;
        } else {
            a.invalidate(&WORDS, guild(1), "x").await;
        }
        go.notify_one();
        assert_eq!(slow.await.unwrap(), round - 1);
        // Redis did not take it, so a third process cannot find it there.
        assert_eq!(process(server.port()).await.get::<u64>(&WORDS, guild(1), "x").await, None);
        until("b has forgotten it", async || b.get::<u64>(&WORDS, guild(1), "x").await.is_none()).await;
        a.clear(Within::Everything, &Pattern::everything()).await;
    }
}

#[tokio::test]
async fn a_value_that_is_put_replaces_every_older_one() {
    let server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    a.put(&TEMP, guild(1), "x", &vec!["one"]).await;
    assert_eq!(b.get::<Vec<String>>(&TEMP, guild(1), "x").await.unwrap(), ["one"]);
    a.put(&TEMP, guild(1), "x", &vec!["two"]).await;
    until("b sees it", async || b.get::<Vec<String>>(&TEMP, guild(1), "x").await.unwrap() == ["two"]).await;
    // Another version of the program has another type: its value is no value, and no failure.
    assert_eq!(b.get::<u64>(&TEMP, guild(1), "x").await, None);
    a.put(&OWN, guild(1), "x", &1).await;
    assert_eq!(b.get::<u64>(&OWN, guild(1), "x").await, None);
    assert_eq!(a.get::<u64>(&OWN, guild(1), "x").await, Some(1));
}

#[tokio::test]
async fn a_pattern_clears_both_tiers_in_its_scope_or_in_all() {
    let server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await, process(server.port()).await);
    let member = Scope::Member(GuildId::new(1).unwrap(), UserId::new(5).unwrap());
    for scope in [guild(1), guild(2), member] {
        for number in 0..700 {
            a.put(&TEMP, scope, &format!("[{number}]*"), &number).await;
        }
        a.put(&WORDS, scope, "x", &1).await;
    }
    assert_eq!(b.get::<u64>(&TEMP, guild(1), "[1]*").await, Some(1));
    let cleared = a.clear(Within::Scope(guild(1)), &Pattern::new("temp:[*")).await;
    assert_eq!((cleared.process, cleared.shared), (1_400, Some(1_400)));
    until("b forgets", async || b.get::<u64>(&TEMP, guild(1), "[1]*").await.is_none()).await;
    assert_eq!(b.get::<u64>(&TEMP, guild(2), "[1]*").await, Some(1));
    assert_eq!(b.get::<u64>(&WORDS, member, "x").await, Some(1));
    let cleared = a.clear(Within::Everything, &Pattern::new("temp")).await;
    assert_eq!((cleared.process, cleared.shared), (700, Some(700)));
    assert_eq!(a.clear(Within::Everything, &Pattern::everything()).await.shared, Some(3));
    assert!(b.available());
}

#[tokio::test]
async fn those_who_share_a_server_do_not_see_each_other() {
    let server = Redis::start().await.unwrap();
    let a = process(server.port()).await;
    let random: SharedRandom = Arc::new(SystemRandom::new());
    let other = Options { prefix: "test-2".to_owned(), ..crate::stage::options(server.port()) };
    let b = Cache::shared(&[&WORDS], other, Arc::clone(&random)).unwrap();
    crate::stage::available(&b, true).await;
    a.put(&WORDS, Scope::Global, "x", &1).await;
    b.put(&WORDS, Scope::Global, "x", &2).await;
    b.clear(Within::Everything, &Pattern::everything()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(process(server.port()).await.get::<u64>(&WORDS, Scope::Global, "x").await, Some(1));
    for (url, prefix) in [("redis://127.0.0.1", "a:b"), ("no address: secret", "a")] {
        let error = Cache::shared(&[&WORDS], Options::new(url, prefix), Arc::clone(&random)).unwrap_err();
        assert!(matches!(error, CacheError::Prefix(_) | CacheError::Address));
        assert!(!error.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn a_failed_load_fails_for_all_who_waited_and_is_not_kept() {
    let server = Redis::start().await.unwrap();
    let a = process(server.port()).await;
    let fail = || async {
        tokio::task::yield_now().await;
        Err::<u64, _>("no database".to_owned())
    };
    let ask = || a.get_or_load::<u64, String, _>(&WORDS, guild(1), "x", fail);
    let (one, two) = tokio::join!(ask(), ask());
    for failed in [one, two] {
        assert_eq!(failed.unwrap_err().as_str(), "no database");
    }
    let good = a.get_or_load(&WORDS, guild(1), "x", || async { Ok::<u64, String>(7) }).await;
    assert_eq!(good.unwrap(), 7);
}
