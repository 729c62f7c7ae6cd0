//! Figures about the sender, for the queue view and the metrics.

use std::time::Duration;

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

impl BreakerState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Slow => "slow",
            Self::Open => "open",
            Self::TokenRefused => "token_refused",
        }
    }
}

/// Figures about the sender at one moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RestStats {
    /// Calls that wait, per priority in the order of [`Priority::ALL`].
    pub pending: [usize; Priority::ALL.len()],
    /// The routes for which most calls wait, without ids; a few of them.
    pub routes: Vec<(String, usize)>,
    /// Requests on the wire.
    pub in_flight: usize,
    /// Rate limit buckets that are known.
    pub buckets: usize,
    /// Requests a second that this process may send: its part of the bot's.
    pub per_second: usize,
    /// The pause that operators want between two requests of background priority.
    pub background_gap: Duration,
    /// Everything waits until then.
    pub paused_until: Option<Timestamp>,
    /// So long does everything wait.
    pub paused_for: Option<Duration>,
    /// What the breaker does.
    pub breaker: BreakerState,
    /// Refused requests (401, 403, 429 but shared ones) in the last ten minutes.
    pub invalid_requests: usize,
    /// The same of the bot's other processes, as they last said.
    pub invalid_elsewhere: usize,
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
