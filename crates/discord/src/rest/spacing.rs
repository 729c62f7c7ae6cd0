//! The pause that operators may put between two requests of background work, beside every limit of Discord's.

use std::{collections::BTreeSet, time::Duration};

use guildhall_core::clock::Timestamp;

use super::lane::Rank;

/// Background calls that could go, but for the pause.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    gap: Duration,
    /// From when on the next request may go.
    next: Timestamp,
    /// From when on one more is let back into its lane. Several may be there, since lanes have waits of their own;
    /// [`Self::may_start`] lets one go.
    release: Timestamp,
    waiting: BTreeSet<Rank>,
}

impl Spacing {
    /// The pause.
    pub(super) const fn gap(&self) -> Duration {
        self.gap
    }

    /// Another pause from now on.
    pub(super) fn set(&mut self, gap: Duration, now: Timestamp) {
        self.gap = gap;
        self.next = self.next.min(now + gap);
        self.release = self.release.min(now + gap);
    }

    /// Whether a request may go now; the next may not before the pause is over then.
    pub(super) fn may_start(&mut self, now: Timestamp) -> bool {
        if now < self.next {
            return false;
        }
        self.next = now + self.gap;
        true
    }

    /// Has a call wait here.
    pub(super) fn hold(&mut self, rank: Rank) {
        self.waiting.insert(rank);
    }

    /// A call waits no longer.
    pub(super) fn remove(&mut self, rank: Rank) {
        self.waiting.remove(&rank);
    }

    /// A call whose turn it is to be let back into its lane.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<u64> {
        if self.wake()? > now {
            return None;
        }
        self.release = now + self.gap;
        self.waiting.pop_first().map(|(_, id)| id)
    }

    /// When the next is due.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        (!self.waiting.is_empty()).then(|| self.next.max(self.release))
    }
}
