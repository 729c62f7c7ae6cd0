//! What this process may use of the limits that all processes of the bot share, and what it asks for.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

/// What a process may use of the bot's limits, as it follows from what all processes tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Portion {
    /// Requests a second over all routes.
    pub per_second: u32,
    /// Processes that send, this one among them.
    pub processes: u32,
    /// Answers 401, 403 and 429 that the others had in the last ten minutes.
    pub refused_elsewhere: u32,
    /// Whether all processes find the rate that they share outside of them ([`SharedRate`](super::SharedRate)).
    pub pooled: bool,
    /// How long this holds unless it is said anew. After that the process keeps to an even part of the limits at
    /// most, because it does not know what the others do.
    pub holds: Duration,
}

/// What a sender asks for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Demand {
    /// Requests sent since the start that the limit over all routes binds.
    pub sent: u64,
    /// Calls that wait for that limit and for nothing else.
    pub waiting: u32,
    /// Answers 401, 403 and 429 of this process in the last ten minutes.
    pub refused: u32,
    /// Whether this process finds the rate that all share outside of them.
    pub pooled: bool,
}

/// A portion, and until when it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    portion: Portion,
    until: Timestamp,
}

impl Held {
    pub(super) fn new(portion: Portion, now: Timestamp) -> Self {
        Self { portion, until: now + portion.holds }
    }

    /// Requests a second of `limit`; at least one, so that a process never stands still.
    pub(super) fn per_second(&self, limit: usize, now: Timestamp) -> usize {
        let told = usize::try_from(self.portion.per_second).unwrap_or(usize::MAX).min(limit);
        let part = if now < self.until { told } else { told.min(limit / self.processes()) };
        part.max(1)
    }

    /// Processes that send.
    pub(super) fn processes(&self) -> usize {
        usize::try_from(self.portion.processes.max(1)).unwrap_or(usize::MAX)
    }

    /// Refused requests of the others.
    pub(super) fn refused_elsewhere(&self) -> usize {
        usize::try_from(self.portion.refused_elsewhere).unwrap_or(usize::MAX)
    }

    /// Whether it is too old to say what the others do.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        self.until <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portion_that_is_not_renewed_becomes_an_even_part_at_most() {
        let held = |per_second| {
            let holds = Duration::from_secs(5);
            let portion = Portion { per_second, processes: 4, refused_elsewhere: 0, pooled: false, holds };
            Held::new(portion, Timestamp(1_000))
        };
        let most = |per_second, at| held(per_second).per_second(50, Timestamp(at));
        assert_eq!((most(40, 5_999), most(40, 6_000)), (40, 12));
        assert_eq!((most(3, 5_999), most(3, 6_000)), (3, 3));
        assert_eq!((most(0, 1_000), most(90, 1_000)), (1, 50));
    }
}
