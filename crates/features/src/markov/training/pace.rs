//! How often the message that shows progress is edited: at a pace over all the runs of a training. Discord lets through
//! few edits of a channel, and whoever edits more often waits for that instead of reading on.

use std::{collections::HashMap, time::Duration};

use guildhall_core::{clock::Timestamp, id::GuildId};
use parking_lot::Mutex;

/// The least time between two edits.
pub(super) const PACE: Duration = Duration::from_secs(5);

/// When trainings were shown last, in this process.
#[derive(Debug, Default)]
pub(in crate::markov) struct Pace(Mutex<HashMap<(GuildId, i64), Timestamp>>);

impl Pace {
    /// Whether this training may be shown now; it then counts as shown.
    pub(super) fn is_due(&self, guild: GuildId, training: i64, now: Timestamp) -> bool {
        let mut shown = self.0.lock();
        let is_due = shown.get(&(guild, training)).is_none_or(|last| now.since(*last) >= PACE);
        if is_due {
            shown.insert((guild, training), now);
        }
        is_due
    }

    /// The training is over.
    pub(super) fn forget(&self, guild: GuildId, training: i64) {
        self.0.lock().remove(&(guild, training));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_training_is_shown_at_a_pace() {
        let (pace, guild) = (Pace::default(), GuildId::new(1).unwrap());
        assert!(pace.is_due(guild, 1, Timestamp(10_000)));
        assert!(!pace.is_due(guild, 1, Timestamp(14_999)));
        assert!(pace.is_due(guild, 2, Timestamp(14_999)), "another one has its own");
        assert!(pace.is_due(guild, 1, Timestamp(15_000)));
        assert!(!pace.is_due(guild, 1, Timestamp(16_000)));
        pace.forget(guild, 1);
        assert!(pace.is_due(guild, 1, Timestamp(16_000)));
    }
}
