//! The rate of requests to Discord that all processes share through Redis.

use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_cache::{Budget, Rate, Take};
use guildhall_discord::rest::{SharedRate, Taken};

/// Gives the sender a rate in Redis: hand it to [`Rest::pool`](guildhall_discord::rest::Rest::pool).
#[derive(Debug)]
pub struct RedisRate(Budget);

impl RedisRate {
    /// Through an open cache's [`budget`](guildhall_cache::Cache::budget). The cache's prefix keeps bots apart.
    pub const fn new(budget: Budget) -> Self {
        Self(budget)
    }
}

impl SharedRate for RedisRate {
    fn take<'a>(&'a self, key: &'a str, pace: Duration, burst: u32) -> BoxFuture<'a, Taken> {
        Box::pin(async move {
            match self.0.take(key, Rate { pace, burst }).await {
                Take::Granted => Taken::Granted,
                Take::Wait(time) => Taken::Wait(time),
                Take::Unavailable => Taken::Unavailable,
            }
        })
    }
}
