//! The sandbox's clock: the machine's, plus what the control interface has added.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::snowflake::Millis;

/// The machine's clock, which can be moved ahead by hand.
#[derive(Debug, Default)]
pub struct Clock {
    ahead: AtomicI64,
    gateway_ahead: AtomicI64,
    moved: Arc<Notify>,
}

impl Clock {
    /// A hundred years: far enough for anything, and near enough that adding to it never overflows.
    pub const FURTHEST: Millis = 100 * 366 * 86_400_000;

    /// The time now, in milliseconds since 1970.
    pub fn now(&self) -> Millis {
        machine() + self.ahead.load(Ordering::Relaxed)
    }

    /// How far ahead of the machine's clock it is.
    pub fn ahead(&self) -> Millis {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Puts it so far ahead of the machine's clock; 0 is the machine's time again.
    pub fn set_ahead(&self, ahead: Millis) {
        self.ahead.store(ahead.clamp(0, Self::FURTHEST), Ordering::Relaxed);
        self.moved.notify_waiters();
    }

    /// Moves the clock ahead, in all by no more than [`Self::FURTHEST`].
    pub fn advance(&self, by: Millis) {
        let add = |ahead: Millis| Some(ahead.saturating_add(by.max(0)).min(Self::FURTHEST));
        // The closure always gives a value, so this cannot fail.
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        self.moved.notify_waiters();
    }

    /// The time by which the gateway counts heartbeats and send windows. It does not move with the rest,
    /// so that connected clients stay, unless it is moved by itself.
    pub(crate) fn gateway_now(&self) -> Millis {
        machine() + self.gateway_ahead.load(Ordering::Relaxed)
    }

    /// Moves the gateway's time ahead: heartbeats become due, and send windows end.
    pub fn advance_gateway(&self, by: Millis) {
        let add = |ahead: Millis| Some(ahead.saturating_add(by.max(0)).min(Self::FURTHEST));
        // The closure always gives a value, so this cannot fail.
        let _ = self.gateway_ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        self.moved.notify_waiters();
    }

    /// Waits until a time, which comes sooner when the clock is moved ahead.
    pub async fn sleep_until(&self, at: Millis) {
        self.sleep(|| at.saturating_sub(self.now())).await;
    }

    /// The same by the gateway's time.
    pub(crate) async fn sleep_until_gateway(&self, at: Millis) {
        self.sleep(|| at.saturating_sub(self.gateway_now())).await;
    }

    async fn sleep(&self, left: impl Fn() -> Millis) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Registered before looking, so that no move slips in between.
            moved.as_mut().enable();
            let left = u64::try_from(left()).unwrap_or(0);
            if left == 0 {
                return;
            }
            // A bound that no timer overflows at; the loop goes on behind it.
            let left = Duration::from_millis(left.min(3_600_000));
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = moved => {}
            }
        }
    }

    /// Rings when the clock is moved.
    pub(crate) fn moved(&self) -> &Arc<Notify> {
        &self.moved
    }
}

/// The machine's clock.
fn machine() -> Millis {
    let nanos = OffsetDateTime::now_utc().unix_timestamp_nanos();
    Millis::try_from(nanos / 1_000_000).unwrap_or(Millis::MAX / 2)
}

/// A time from its text, in ISO 8601 or as milliseconds since 1970.
pub fn moment(text: &str) -> Option<Millis> {
    if let Ok(millis) = text.parse::<Millis>() {
        return (0..=Millis::MAX / 4).contains(&millis).then_some(millis);
    }
    let format = &time::format_description::well_known::Iso8601::DEFAULT;
    let time = OffsetDateTime::parse(text, format).ok()?;
    Millis::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}

/// A time as Discord writes it in objects, such as `2026-11-20T18:30:00.125000+00:00`.
pub fn iso(at: Millis) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000+00:00",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_six_digits_and_an_offset() {
        assert_eq!(iso(1_420_070_400_125), "2015-01-01T00:00:00.125000+00:00");
        assert_eq!(moment("2015-01-01T00:00:00.125000+00:00"), Some(1_420_070_400_125));
        assert_eq!(moment("2015-01-01T01:00:00+01:00"), Some(1_420_070_400_000));
        assert_eq!(moment("1420070400125"), Some(1_420_070_400_125));
        assert_eq!(moment("tomorrow"), None);
    }

    #[test]
    fn the_clock_can_be_moved_ahead() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(60_000);
        assert!(clock.now() >= before + 60_000);
        clock.advance(Millis::MAX);
        clock.advance(Millis::MAX);
        assert!(clock.now() >= before + Clock::FURTHEST && clock.now() < before + 2 * Clock::FURTHEST);
    }
}
