//! Rate limits: buckets per route and top-level resource, the global limit, and the ban that follows
//! too many invalid requests. (Discord docs: Rate Limits.)

pub(crate) mod further;
mod shown;

use std::collections::HashMap;
use std::net::IpAddr;

use parking_lot::Mutex;

/// How often one route may be called. Routes with the same `bucket` share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Method and route (or no method and a shared name); its hash goes into `X-RateLimit-Bucket`.
    pub bucket: (&'static str, &'static str),
    /// Requests in a window.
    pub limit: u32,
    /// Length of a window.
    pub window_ms: u64,
}

/// What a response says about its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BucketState {
    /// The rule of the bucket.
    pub rule: Rule,
    /// Requests left in this window.
    pub remaining: u32,
    /// When the window ends, in unix milliseconds.
    pub reset_at: u64,
}

/// Who is limited by a 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The caller's own bucket.
    User,
    /// The resource, for everyone.
    Shared,
    /// The caller, everywhere.
    Global,
}

impl Scope {
    /// The value of `X-RateLimit-Scope`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Global => "global",
        }
    }
}

/// A refusal with 429.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limited {
    /// Who is limited.
    pub scope: Scope,
    /// How long to wait.
    pub retry_after_ms: u64,
    /// The bucket, unless the limit is global.
    pub bucket: Option<BucketState>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    used: u32,
    limit: u32,
    ends_at: u64,
}

impl Window {
    /// Takes one of `limit`; a window starts with its first request.
    fn take(&mut self, now: u64, limit: u32, length_ms: u64) -> Result<u32, u64> {
        if now >= self.ends_at {
            *self = Self { used: 0, limit, ends_at: now + length_ms };
        }
        self.limit = limit;
        if self.used >= limit {
            return Err(self.ends_at - now);
        }
        self.used += 1;
        Ok(limit - self.used)
    }
}

const EMPTY: Window = Window { used: 0, limit: 0, ends_at: 0 };

/// All windows of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    inner: Mutex<Inner>,
}

/// Marks the identity of an address without a token.
const ANONYMOUS: u64 = 1 << 63;

/// Who is counted when there is no token: the address.
pub(crate) fn anonymous(from: IpAddr) -> u64 {
    let bits = match from {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => {
            let bits = address.to_bits().to_be_bytes();
            bits.iter().fold(0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
        }
    };
    bits | ANONYMOUS
}

/// Who calls, bucket, top-level resource.
type BucketKey = (u64, (&'static str, &'static str), u64);

#[derive(Debug, Default)]
struct Inner {
    buckets: HashMap<BucketKey, Window>,
    global: HashMap<u64, Window>,
    /// Limits beside the buckets: by their name, who is counted, and the resource.
    further: HashMap<(&'static str, u64, u64), Window>,
    invalid: HashMap<IpAddr, Window>,
    swept_at: u64,
}

impl RateLimits {
    /// Counts a request against the global limit of `identity` (an application id, or the address of a caller without a token).
    pub(crate) fn take_global(&self, now: u64, identity: u64, per_second: u32) -> Result<(), Limited> {
        let mut inner = self.inner.lock();
        let window = inner.global.entry(identity).or_insert(EMPTY);
        window.take(now, per_second, 1000).map(|_| ()).map_err(|retry_after_ms| Limited {
            scope: Scope::Global,
            retry_after_ms,
            bucket: None,
        })
    }

    /// Counts a request against its bucket. `major` is the top-level resource (channel, guild, webhook).
    pub(crate) fn take_route(
        &self,
        now: u64,
        identity: u64,
        rule: Rule,
        major: u64,
    ) -> Result<BucketState, Limited> {
        let mut inner = self.inner.lock();
        inner.sweep(now);
        let window = inner.buckets.entry((identity, rule.bucket, major)).or_insert(EMPTY);
        let taken = window.take(now, rule.limit, rule.window_ms);
        let state = BucketState { rule, remaining: taken.unwrap_or(0), reset_at: window.ends_at };
        match taken {
            Ok(_) => Ok(state),
            Err(retry_after_ms) => Err(Limited { scope: Scope::User, retry_after_ms, bucket: Some(state) }),
        }
    }

    /// Counts a request against a limit beside the buckets; when it is refused, how long to wait.
    pub(crate) fn take_further(
        &self,
        now: u64,
        key: (&'static str, u64, u64),
        limit: u32,
        window_ms: u64,
    ) -> Result<(), u64> {
        let mut inner = self.inner.lock();
        inner.sweep(now);
        inner.further.entry(key).or_insert(EMPTY).take(now, limit, window_ms).map(|_| ())
    }

    /// Milliseconds until so many were not counted any more; nothing when there were fewer.
    pub(crate) fn reached(&self, now: u64, key: (&'static str, u64, u64), count: u32) -> Option<u64> {
        let inner = self.inner.lock();
        let window = inner.further.get(&key).filter(|w| now < w.ends_at && w.used >= count)?;
        Some(window.ends_at - now)
    }

    /// Counts an answer of 401, 403 or 429 (but not a shared one) to an address.
    pub(crate) fn count_invalid(&self, now: u64, from: IpAddr, window_ms: u64) {
        let mut inner = self.inner.lock();
        let window = inner.invalid.entry(from).or_insert(EMPTY);
        // The count is only compared, never refused here.
        let _ = window.take(now, u32::MAX, window_ms);
    }

    /// Milliseconds until the ban of an address ends, when `max` invalid answers were reached.
    pub(crate) fn banned_for(&self, now: u64, from: IpAddr, max: u32) -> Option<u64> {
        let inner = self.inner.lock();
        let window = inner.invalid.get(&from).filter(|w| now < w.ends_at && w.used >= max)?;
        Some(window.ends_at - now)
    }

    /// Forgets every window, as a fresh start would.
    pub(crate) fn reset(&self) {
        *self.inner.lock() = Inner::default();
    }
}

impl Inner {
    /// Drops windows that are over, at most once a second, so that the table stays as large as its use.
    fn sweep(&mut self, now: u64) {
        if now >= self.swept_at + 1000 && self.buckets.len() + self.further.len() > 1024 {
            self.buckets.retain(|_, window| window.ends_at > now);
            self.further.retain(|_, window| window.ends_at > now);
            self.invalid.retain(|_, window| window.ends_at > now);
            self.global.retain(|_, window| window.ends_at > now);
            self.swept_at = now;
        }
    }
}

impl Rule {
    /// The opaque name of the bucket: stable, and without the top-level resource.
    pub(crate) fn hash(self) -> String {
        // FNV-1a, twice with different offsets: 32 hexadecimal digits as Discord has.
        let fnv = |seed: u64| {
            let bytes = self.bucket.0.bytes().chain(self.bucket.1.bytes());
            bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        };
        format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x8422_2325_cbf2_9ce4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const RULE: Rule = Rule { bucket: ("GET", "messages"), limit: 2, window_ms: 5000 };

    #[test]
    fn a_bucket_empties_and_refills() {
        let limits = RateLimits::default();
        assert_eq!(limits.take_route(1000, 1, RULE, 7).expect("first").remaining, 1);
        assert_eq!(limits.take_route(1500, 1, RULE, 7).expect("second").remaining, 0);
        let refused = limits.take_route(2000, 1, RULE, 7).expect_err("third");
        assert_eq!(refused.retry_after_ms, 4000);
        assert_eq!(refused.scope, Scope::User);
        assert!(limits.take_route(6000, 1, RULE, 7).is_ok());
    }

    #[test]
    fn channels_and_applications_have_their_own_bucket() {
        let limits = RateLimits::default();
        for _ in 0..2 {
            limits.take_route(0, 1, RULE, 7).expect("in the limit");
        }
        assert!(limits.take_route(0, 1, RULE, 7).is_err());
        assert!(limits.take_route(0, 1, RULE, 8).is_ok());
        assert!(limits.take_route(0, 2, RULE, 7).is_ok());
    }

    #[test]
    fn the_global_limit_is_per_application_and_second() {
        let limits = RateLimits::default();
        for _ in 0..50 {
            limits.take_global(10, 1, 50).expect("in the limit");
        }
        let refused = limits.take_global(510, 1, 50).expect_err("the 51st");
        assert_eq!((refused.scope, refused.retry_after_ms), (Scope::Global, 500));
        assert!(limits.take_global(510, 2, 50).is_ok());
        assert!(limits.take_global(1010, 1, 50).is_ok());
    }

    #[test]
    fn invalid_answers_add_up_to_a_ban_that_ends() {
        let limits = RateLimits::default();
        for n in 0..10 {
            assert_eq!(limits.banned_for(n, HERE, 10), None);
            limits.count_invalid(n, HERE, 600_000);
        }
        assert_eq!(limits.banned_for(10, HERE, 10), Some(599_990));
        assert_eq!(limits.banned_for(10, [127, 0, 0, 2].into(), 10), None, "other addresses go on");
        assert_eq!(limits.banned_for(600_000, HERE, 10), None);
    }

    #[test]
    fn bucket_names_are_32_hexadecimal_digits() {
        let hash = RULE.hash();
        assert_eq!(hash.len(), 32);
        assert!(hash.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_ne!(hash, Rule { bucket: ("POST", "messages"), ..RULE }.hash());
    }
}
