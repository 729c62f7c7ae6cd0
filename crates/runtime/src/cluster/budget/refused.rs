//! Requests that Discord refused to the other processes. It counts them for ten minutes, also those of a process that
//! is gone by then.

use std::{collections::HashMap, time::Duration};

/// How long Discord counts (Discord docs: Rate Limits, Invalid Request Limit).
const WINDOW: Duration = Duration::from_mins(10);

/// What the others had.
#[derive(Debug, Default)]
pub(super) struct Refused {
    by_process: HashMap<String, (u32, Duration)>,
}

impl Refused {
    /// Takes in what the others tell, and says what they had together.
    pub(super) fn heard<'a>(&mut self, told: impl Iterator<Item = (&'a str, u32)>, now: Duration) -> u32 {
        for (process, refused) in told {
            self.by_process.insert(process.to_owned(), (refused, now));
        }
        self.by_process.retain(|_, (refused, heard)| *refused > 0 && now.saturating_sub(*heard) < WINDOW);
        self.by_process.values().fold(0, |sum, (refused, _)| sum.saturating_add(*refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_gone_counts_for_ten_minutes_more() {
        let mut refused = Refused::default();
        let at = Duration::from_secs;
        assert_eq!(refused.heard([("a", 300), ("b", 20)].into_iter(), at(0)), 320);
        assert_eq!(refused.heard([("b", 15)].into_iter(), at(300)), 315);
        assert_eq!(refused.heard([("b", 0)].into_iter(), at(599)), 300);
        assert_eq!(refused.heard(std::iter::empty(), at(600)), 0);
    }
}
