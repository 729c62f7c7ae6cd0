//! How long to wait before a call is tried again.

use std::time::Duration;

use guildhall_core::random::Random;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// The wait after so many tries: it doubles each time, and lies between a half and the whole of that,
/// so that calls which failed together do not come back together.
pub(super) fn delay(tries: u32, random: &dyn Random) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
    let whole = doubled.min(LONGEST);
    whole.mul_f64(0.5 + random.fraction() / 2.0)
}

#[cfg(test)]
mod tests {
    use guildhall_core::random::Seeded;

    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_differ() {
        let random = Seeded::new(1);
        for (tries, whole) in [(1, 250), (2, 500), (3, 1_000), (6, 8_000), (7, 10_000), (40, 10_000)] {
            for _ in 0..50 {
                let wait = delay(tries, &random).as_millis();
                assert!((whole / 2..=whole).contains(&wait), "{tries}: {wait}");
            }
        }
        assert_ne!(delay(5, &random), delay(5, &random));
    }
}
