//! What a training said about its end, against when it ended.

use guildhall_core::clock::Timestamp;
use serde::Serialize;

use crate::commands::bench::table::percentile;

/// What was said, and when.
#[derive(Debug, Default)]
pub(super) struct Estimates {
    last: String,
    /// Seconds from the beginning, and seconds that were said to be left.
    said: Vec<(f64, f64)>,
}

/// How right it was: by which part of the time that was left it was wrong.
#[derive(Debug, Serialize)]
pub(super) struct Right {
    pub(super) estimates: usize,
    pub(super) median: f64,
    pub(super) worst: f64,
}

impl Estimates {
    /// Notes what a message says about the end, if it says something new. `spent` are the seconds since the beginning.
    pub(super) fn hear(&mut self, message: &str, spent: f64, now: Timestamp) {
        let Some(until) = moment(message).filter(|_| message != self.last) else { return };
        message.clone_into(&mut self.last);
        self.note(spent, until - now.0 as f64 / 1_000.0);
    }

    fn note(&mut self, spent: f64, left: f64) {
        self.said.push((spent, left));
    }

    /// Looks back from the end. What is said in the last tenth is left out: a second is too much there.
    pub(super) fn judged(&self, seconds: f64) -> Option<Right> {
        let counted = self.said.iter().filter(|(spent, _)| seconds - spent >= seconds / 10.0);
        let mut wrong: Vec<f64> = counted
            .map(|(spent, left)| {
                let really = seconds - spent;
                (left - really).abs() / really
            })
            .collect();
        wrong.sort_by(f64::total_cmp);
        let worst = *wrong.last()?;
        Some(Right { estimates: wrong.len(), median: percentile(&wrong, 0.5), worst })
    }
}

/// The moment in a mark such as `<t:1600000000:R>`, in seconds since 1970.
fn moment(message: &str) -> Option<f64> {
    let (_, rest) = message.split_once("<t:")?;
    rest.split(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_held_against_what_was_really_left() {
        assert_eq!(moment("All done about <t:1600000000:R>."), Some(1.6e9));
        assert_eq!(moment("nothing of it <t:soon>"), None);
        let mut estimates = Estimates::default();
        assert!(estimates.judged(100.0).is_none());
        estimates.note(20.0, 88.0);
        estimates.note(50.0, 50.0);
        estimates.note(95.0, 50.0);
        let right = estimates.judged(100.0).unwrap();
        assert_eq!(right.estimates, 2);
        assert!((right.worst - 0.1).abs() < 1e-9 && right.median.abs() < 1e-9, "{right:?}");
    }
}
