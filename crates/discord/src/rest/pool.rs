//! The limit over all routes, kept outside the processes for all of them together: who may send takes a permit first.
//! Where that cannot be asked, the sender goes by its part of the limit again.

mod buyer;

use std::{fmt, time::Duration};

use futures::future::BoxFuture;
use guildhall_core::clock::Timestamp;

pub(super) use self::buyer::buy;

/// How long a permit may be kept: later it would be counted in another second than the one it was given for.
const KEPT: Duration = Duration::from_millis(500);
/// After a loss nothing goes for so long, because permits of that time may have been used up to the limit.
const QUIET: Duration = Duration::from_millis(900);
/// How long after a return this process keeps to its part besides: others may still go by theirs.
const CAUTIOUS: Duration = Duration::from_secs(3);

/// A rate that all processes share, kept outside of them.
pub trait SharedRate: fmt::Debug + Send + Sync {
    /// Takes one call from the rate under this key: one every `pace`, and `burst` at once after a rest.
    fn take<'a>(&'a self, key: &'a str, pace: Duration, burst: u32) -> BoxFuture<'a, Taken>;
}

/// The answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It may be made, and is counted.
    Granted,
    /// Not yet, and it is not counted: ask again after this.
    Wait(Duration),
    /// There is nobody to ask.
    Unavailable,
}

/// What is to be asked for next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Errand {
    /// Whether anybody is there.
    Probe,
    /// A permit.
    Permit,
    /// Nothing.
    None,
}

/// This process at the shared rate.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Whether there is a shared rate to ask.
    exists: bool,
    available: bool,
    /// Whether the other processes find it, too.
    everybody: bool,
    on_since: Option<Timestamp>,
    quiet_until: Option<Timestamp>,
    /// Until when a permit may be used.
    permit: Option<Timestamp>,
}

impl Pool {
    /// There is a shared rate.
    pub(super) fn exists(&mut self) {
        self.exists = true;
    }

    /// Says whether the other processes find the shared rate.
    pub(super) fn everybody(&mut self, everybody: bool, now: Timestamp) {
        self.everybody = everybody;
        self.turn(now);
    }

    /// It answered.
    pub(super) fn answered(&mut self, granted: bool, now: Timestamp) {
        self.available = true;
        self.turn(now);
        if granted && self.is_on() {
            self.permit = Some(now + KEPT);
        }
    }

    /// It did not answer.
    pub(super) fn lost(&mut self, now: Timestamp) {
        if self.is_on() {
            self.quiet_until = Some(now + QUIET);
        }
        self.available = false;
        self.turn(now);
    }

    fn turn(&mut self, now: Timestamp) {
        if self.available && self.everybody {
            self.on_since.get_or_insert(now);
        } else {
            (self.on_since, self.permit) = (None, None);
        }
    }

    /// Whether requests go by permits.
    pub(super) fn is_on(&self) -> bool {
        self.on_since.is_some()
    }

    /// Whether it answers.
    pub(super) fn is_available(&self) -> bool {
        self.available
    }

    /// Requests a second that this process sends at the most, where its part would be `part` and the bot's limit is
    /// `limit`.
    pub(super) fn most(&self, part: usize, limit: usize, now: Timestamp) -> usize {
        match self.on_since {
            Some(since) if since + CAUTIOUS <= now => limit,
            _ => part,
        }
    }

    /// Until when nothing goes after a loss.
    pub(super) fn quiet(&self, now: Timestamp) -> Option<Timestamp> {
        self.quiet_until.filter(|until| now < *until)
    }

    /// Whether a request may go as far as permits say.
    pub(super) fn permits(&self, now: Timestamp) -> bool {
        !self.is_on() || self.permit.is_some_and(|until| now < until)
    }

    /// A request goes out.
    pub(super) fn use_permit(&mut self) {
        self.permit = None;
    }

    /// What is to be asked for, where requests wait for a permit or not.
    pub(super) fn errand(&self, waiting: bool) -> Errand {
        match (self.exists, self.is_on()) {
            (true, false) => Errand::Probe,
            (true, true) if waiting => Errand::Permit,
            (true, true) | (false, _) => Errand::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_used_when_everybody_finds_it_and_left_with_a_pause() {
        let mut pool = Pool::default();
        assert_eq!(pool.errand(true), Errand::None);
        pool.exists();
        assert_eq!(pool.errand(true), Errand::Probe);
        pool.answered(true, Timestamp(0));
        assert!(!pool.is_on() && pool.is_available());
        pool.everybody(true, Timestamp(1_000));
        assert_eq!((pool.errand(false), pool.errand(true)), (Errand::None, Errand::Permit));
        assert!(!pool.permits(Timestamp(1_000)));
        pool.answered(true, Timestamp(1_000));
        assert!(pool.permits(Timestamp(1_499)) && !pool.permits(Timestamp(1_500)));
        assert_eq!(pool.most(20, 50, Timestamp(3_999)), 20);
        assert_eq!(pool.most(20, 50, Timestamp(4_000)), 50);
        pool.lost(Timestamp(5_000));
        assert!(pool.permits(Timestamp(5_000)));
        assert_eq!(pool.quiet(Timestamp(5_899)), Some(Timestamp(5_900)));
        assert_eq!(pool.quiet(Timestamp(5_900)), None);
        assert_eq!(pool.most(20, 50, Timestamp(6_000)), 20);
        assert_eq!(pool.errand(true), Errand::Probe);
    }
}
