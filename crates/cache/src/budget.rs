//! A rate that all processes share, by the generic cell rate algorithm on Redis, with Redis's clock.

use std::{sync::Arc, time::Duration};

use redis::Script;

use crate::{link::Link, telemetry};

/// Keeps, in microseconds, when the next call would come if all calls so far had kept the exact pace. Numbers are
/// written out in full: Lua would round them to 14 digits.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local pace = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or now)
if due < now then due = now end
local next = due + pace
local wait = next - pace * burst - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1)
return 0";

/// A rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// The time in which one call becomes possible.
    pub pace: Duration,
    /// How many are possible at once after a rest.
    pub burst: u32,
}

impl Rate {
    /// So many calls in so much time, and no more than that in any such time after a rest than twice.
    pub fn per(calls: u32, time: Duration) -> Self {
        Self { pace: time / calls.max(1), burst: calls.max(1) }
    }
}

/// The answer to a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Take {
    /// It may be made, and is counted.
    Granted,
    /// Not yet, and it is not counted: ask again after this.
    Wait(Duration),
    /// Redis cannot be asked. The caller keeps to a share of its own.
    Unavailable,
}

/// Rates that all processes share.
#[derive(Clone, Debug)]
pub struct Budget {
    link: Option<Arc<Link>>,
    take: Arc<Script>,
}

impl Budget {
    pub(crate) fn new(link: Option<Arc<Link>>) -> Self {
        Self { link, take: Arc::new(Script::new(TAKE)) }
    }

    /// Takes one call from the rate under this key. Keys that share a rate must be asked with the same one.
    pub async fn take(&self, key: &str, rate: Rate) -> Take {
        let taken = self.ask(key, rate).await;
        telemetry::budget(match taken {
            Take::Granted => "granted",
            Take::Wait(_) => "wait",
            Take::Unavailable => "unavailable",
        });
        taken
    }

    async fn ask(&self, key: &str, rate: Rate) -> Take {
        let Some(link) = &self.link else { return Take::Unavailable };
        let pace = u64::try_from(rate.pace.as_micros()).unwrap_or(u64::MAX).clamp(1, 1 << 50);
        let mut script = self.take.key(link.rate_key(key));
        script.arg(pace).arg(rate.burst.max(1));
        let wait: Option<u64> =
            link.run(|mut connection| async move { script.invoke_async(&mut connection).await }).await;
        match wait {
            None => Take::Unavailable,
            Some(0) => Take::Granted,
            Some(micros) => Take::Wait(Duration::from_micros(micros)),
        }
    }
}
