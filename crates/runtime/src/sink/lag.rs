//! How long ago Discord made an interaction, although its clock and ours may differ.
//!
//! An interaction's id says when it was made, by Discord's clock. The least that lay between that and its arrival in the
//! last minutes is taken for the difference of the clocks and the way here; what is beyond it, the interaction has spent
//! waiting: at Discord, in a socket that was read too slowly, or for a session that was resumed.

use std::time::Duration;

use guildhall_core::clock::Timestamp;
use tokio::time::Instant;

/// How long a least lag counts: for so long at least, and for twice as long at the most.
const WINDOW: Duration = Duration::from_mins(5);

/// When our clock was set anew, by more than it drifts, nothing of before counts.
const STEP_MS: i64 = 250;

/// The least lag lately.
#[derive(Debug)]
pub(super) struct Lag {
    started: Instant,
    /// Our clock, less the time since `started`, when it was looked at last.
    clock: Option<i64>,
    since: Instant,
    /// In this window and in the one before.
    least: [Option<i64>; 2],
}

impl Lag {
    pub(super) fn new(now: Instant) -> Self {
        Self { started: now, clock: None, since: now, least: [None; 2] }
    }

    /// Since when an interaction has been waiting that was made then and received now. What is replayed says nothing
    /// about the clocks; as long as nothing else does, Discord's is believed.
    pub(super) fn waiting_since(
        &mut self,
        created: Timestamp,
        received: Timestamp,
        now: Instant,
        live: bool,
    ) -> Timestamp {
        self.turn(received, now);
        let lag = received.as_millis() - created.as_millis();
        if live {
            self.least[0] = Some(self.least[0].map_or(lag, |least| least.min(lag)));
        }
        let least = self.least.iter().flatten().min().copied().unwrap_or(0);
        Timestamp(received.as_millis() - (lag - least).max(0))
    }

    fn turn(&mut self, received: Timestamp, now: Instant) {
        let passed = now.saturating_duration_since(self.started).as_millis();
        let clock = received.as_millis() - i64::try_from(passed).unwrap_or(i64::MAX);
        let stepped = self.clock.replace(clock).is_some_and(|before| (clock - before).abs() > STEP_MS);
        if stepped {
            self.least = [None; 2];
        } else if now.saturating_duration_since(self.since) >= WINDOW {
            self.least = [None, self.least[0]];
        } else {
            return;
        }
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A world in which our clock is ahead of Discord's.
    struct World {
        lag: Lag,
        start: Instant,
        ahead: i64,
    }

    impl World {
        fn new(ahead: i64) -> Self {
            let start = Instant::now();
            Self { lag: Lag::new(start), start, ahead }
        }

        /// How long one has been waiting that was made at `made` and received at `at`, in true milliseconds.
        fn waited(&mut self, made: i64, at: i64, live: bool) -> i64 {
            let now = self.start + Duration::from_millis(at.unsigned_abs());
            let received = Timestamp(1_000_000 + at + self.ahead);
            let since = self.lag.waiting_since(Timestamp(1_000_000 + made), received, now, live);
            received.as_millis() - since.as_millis()
        }
    }

    #[test]
    fn what_lay_in_a_socket_has_waited_whatever_the_clocks_say() {
        for ahead in [0, 40_000, -40_000] {
            let mut world = World::new(ahead);
            assert_eq!(world.waited(0, 60, true), 0, "the first one sets the measure");
            assert_eq!(world.waited(1_000, 1_050, true), 0);
            assert_eq!(world.waited(2_000, 2_080, true), 30);
            assert_eq!(world.waited(3_000, 7_050, true), 4_000);
            assert_eq!(world.waited(7_000, 9_050, false), 2_000, "a replayed one too");
        }
    }

    #[test]
    fn a_replay_at_the_start_is_as_old_as_discord_says() {
        let mut world = World::new(0);
        assert_eq!(world.waited(0, 9_000, false), 9_000);
        assert_eq!(world.waited(8_990, 9_040, true), 0, "and sets no measure");
    }

    #[test]
    fn a_clock_that_was_set_makes_nobody_old() {
        let mut world = World::new(0);
        assert_eq!(world.waited(0, 50, true), 0);
        world.ahead = 5_000;
        assert_eq!(world.waited(1_000, 1_050, true), 0);
        assert_eq!(world.waited(2_000, 2_150, true), 100);
        world.ahead = -5_000;
        assert_eq!(world.waited(3_000, 3_080, true), 0);
    }

    #[test]
    fn a_longer_way_is_the_measure_after_a_while() {
        let mut world = World::new(0);
        assert_eq!(world.waited(0, 50, true), 0);
        let minutes = |count: i64| count * 60_000;
        assert_eq!(world.waited(minutes(4), minutes(4) + 500, true), 450);
        assert_eq!(world.waited(minutes(6), minutes(6) + 500, true), 450);
        assert_eq!(world.waited(minutes(12), minutes(12) + 500, true), 0);
    }
}
