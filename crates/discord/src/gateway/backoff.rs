//! How long to wait before connecting again.

use std::time::Duration;

use guildhall_core::random::Random;

const FIRST: Duration = Duration::from_secs(1);
/// While a session waits to be resumed: Discord keeps it for a few minutes.
const LONGEST_WITH_SESSION: Duration = Duration::from_mins(1);
/// While every try would cost an IDENTIFY: below 300 a day.
const LONGEST_WITHOUT: Duration = Duration::from_mins(5);

/// Counts connections that came to nothing, one after the other. A server that accepts and then closes
/// is as much of a failure as one that cannot be reached.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Notes that a connection ended, after a healthy life or not.
    pub(super) fn ended(&mut self, healthy: bool) {
        self.failures = if healthy { 0 } else { self.failures.saturating_add(1) };
    }

    /// The wait before the next connection: none after a healthy one, then doubling, each between half
    /// of its length and all of it, so that shards do not come back in step.
    pub(super) fn delay(&self, has_session: bool, random: &dyn Random) -> Duration {
        let Some(doublings) = self.failures.checked_sub(1) else { return Duration::ZERO };
        let longest = if has_session { LONGEST_WITH_SESSION } else { LONGEST_WITHOUT };
        let full = FIRST.saturating_mul(1 << doublings.min(16)).min(longest);
        full.mul_f64(0.5 + random.fraction() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::random::Seeded;

    use super::*;

    #[test]
    fn failures_double_the_wait_up_to_a_bound_and_health_ends_it() {
        let random = Seeded::new(1);
        let mut backoff = Backoff::default();
        assert_eq!(backoff.delay(true, &random), Duration::ZERO);
        for exponent in 0..40 {
            backoff.ended(false);
            for (session, longest) in [(true, LONGEST_WITH_SESSION), (false, LONGEST_WITHOUT)] {
                let full = FIRST.saturating_mul(1 << exponent.min(20)).min(longest);
                let delay = backoff.delay(session, &random);
                assert!(delay >= full / 2 && delay <= full, "{exponent}: {delay:?}");
            }
        }
        backoff.ended(true);
        assert_eq!(backoff.delay(false, &random), Duration::ZERO);
    }
}
