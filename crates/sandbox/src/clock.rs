//! The sandbox's clock: the machine's, plus what the control interface has added.

use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;

use crate::snowflake::Millis;

/// The machine's clock, which can be moved ahead by hand.
#[derive(Debug, Default)]
pub struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    /// A hundred years: far enough for anything, and near enough that adding to it never overflows.
    pub const FURTHEST: Millis = 100 * 366 * 86_400_000;

    /// The time now, in milliseconds since 1970.
    pub fn now(&self) -> Millis {
        let nanos = OffsetDateTime::now_utc().unix_timestamp_nanos();
        let millis = Millis::try_from(nanos / 1_000_000).unwrap_or(Millis::MAX / 2);
        millis + self.ahead.load(Ordering::Relaxed)
    }

    /// How far ahead of the machine's clock it is.
    pub fn ahead(&self) -> Millis {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Puts it so far ahead of the machine's clock; 0 is the machine's time again.
    pub fn set_ahead(&self, ahead: Millis) {
        self.ahead.store(ahead.clamp(0, Self::FURTHEST), Ordering::Relaxed);
    }

    /// Moves the clock ahead, in all by no more than [`Self::FURTHEST`].
    pub fn advance(&self, by: Millis) {
        let add = |ahead: Millis| Some(ahead.saturating_add(by.max(0)).min(Self::FURTHEST));
        // The closure always gives a value, so this cannot fail.
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
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
