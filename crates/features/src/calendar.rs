//! Days, in UTC: counts per day and limits per day mean these.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

/// One day.
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// The first millisecond of the day that a time lies in.
pub(crate) fn day(time: Timestamp) -> Timestamp {
    Timestamp(time.0 - time.0.rem_euclid(86_400_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        let midnight = Timestamp(1_795_132_800_000);
        for (time, start) in [
            (midnight, midnight),
            (midnight + Duration::from_hours(12), midnight),
            (midnight + DAY, midnight + DAY),
            (midnight - Duration::from_millis(1), midnight - DAY),
        ] {
            assert_eq!(day(time), start);
        }
    }
}
