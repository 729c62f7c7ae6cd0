//! Figures about the sender, for the queue view and the metrics.

use guildhall_core::clock::Timestamp;

use super::call::Priority;

/// What the breaker does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BreakerState {
    /// All calls pass.
    #[default]
    Closed,
    /// Many refused requests: calls pass slowly.
    Slow,
    /// Too many refused requests: only interaction callbacks pass.
    Open,
    /// Discord refuses the bot token: no authenticated call passes.
    TokenRefused,
}

/// Figures about the sender at one moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RestStats {
    /// Calls that wait, per priority in the order of [`Priority::ALL`].
    pub pending: [usize; Priority::ALL.len()],
    /// Requests on the wire.
    pub in_flight: usize,
    /// Rate limit buckets that are known.
    pub buckets: usize,
    /// Everything waits until then.
    pub paused_until: Option<Timestamp>,
    /// What the breaker does.
    pub breaker: BreakerState,
    /// Refused requests (401, 403, 429 but shared ones) in the last ten minutes.
    pub invalid_requests: usize,
    /// The same of the bot's other processes, as they last said.
    pub invalid_elsewhere: usize,
    /// Requests a second over all routes that this process may send, as its part of the bot's.
    pub part_per_second: usize,
    /// Requests sent since the start.
    pub sent: u64,
    /// Whether requests go by permits of a rate that all processes share outside of them.
    pub pooled: bool,
    /// Buckets that turned out to be used by others, too, since the start.
    pub contended: u64,
    /// Answers 429 since the start.
    pub rate_limited: u64,
    /// Second and later tries since the start.
    pub retries: u64,
    /// Calls dropped because their deadline had passed.
    pub expired: u64,
    /// Edits that a newer one replaced.
    pub coalesced: u64,
}
