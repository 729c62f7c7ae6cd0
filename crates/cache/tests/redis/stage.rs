//! A server and processes that cache through it, and the database that they cache.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use guildhall_cache::{Cache, Category, Options, Scope};
use guildhall_core::{id::GuildId, random::SystemRandom};
use tokio::time::timeout;

/// How long anything may take before a test gives up on it.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

pub(crate) static WORDS: Category =
    Category { name: "words", ttl: Duration::from_mins(10), weight: 1 << 20, shared: true };
pub(crate) static TEMP: Category =
    Category { name: "temp", ttl: Duration::from_mins(10), weight: 1 << 20, shared: true };
pub(crate) static OWN: Category =
    Category { name: "own", ttl: Duration::from_mins(10), weight: 1 << 20, shared: false };

pub(crate) fn options(port: u16) -> Options {
    Options {
        retry: Duration::from_millis(50),
        beat: Duration::from_millis(200),
        ..Options::new(format!("redis://127.0.0.1:{port}"), "test")
    }
}

/// A process that is connected.
pub(crate) async fn process(port: u16) -> Cache {
    let cache = Cache::shared(&[&WORDS, &TEMP, &OWN], options(port), Arc::new(SystemRandom::new())).unwrap();
    available(&cache, true).await;
    cache
}

pub(crate) async fn available(cache: &Cache, wanted: bool) {
    until("Redis is noticed", async || cache.available() == wanted).await;
}

/// Waits for a level with a bound.
pub(crate) async fn until(what: &str, level: impl AsyncFn() -> bool) {
    let wait = async {
        while !level().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(BOUND, wait).await.is_ok(), "not in time: {what}");
}

pub(crate) fn guild(number: u64) -> Scope {
    Scope::Guild(GuildId::new(number).unwrap())
}

/// What is cached: one number, and how often it was read.
#[derive(Debug, Default)]
pub(crate) struct Database {
    value: AtomicU64,
    reads: AtomicU64,
}

impl Database {
    pub(crate) fn write(&self, value: u64) {
        self.value.store(value, Ordering::SeqCst);
    }

    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// Reads it through a cache.
    pub(crate) async fn read(&self, cache: &Cache, scope: Scope, name: &str) -> u64 {
        let load = || async {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Ok::<_, ()>(self.value.load(Ordering::SeqCst))
        };
        timeout(BOUND, cache.get_or_load(&WORDS, scope, name, load)).await.expect("a lookup hangs").unwrap()
    }
}
