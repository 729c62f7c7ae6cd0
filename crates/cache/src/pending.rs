//! Changes that Redis has not heard of, because it was away. They are made there before it is used again.

use std::collections::HashSet;

use crate::message::Change;

/// So many changes are kept one by one; beyond, everything in Redis counts as changed.
const MOST: usize = 10_000;

/// The changes, and whether Redis may be used.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    changes: HashSet<Change>,
    everything: bool,
    open: bool,
}

impl Pending {
    /// Whether a change may be made in Redis now. If not, it is kept.
    pub(crate) fn admit(&mut self, change: &Change) -> bool {
        if !self.open {
            self.keep(change.clone());
        }
        self.open
    }

    /// Keeps a change for later.
    pub(crate) fn keep(&mut self, change: Change) {
        if self.everything {
            return;
        }
        self.changes.insert(change);
        if self.changes.len() > MOST {
            self.changes.clear();
            self.everything = true;
        }
    }

    /// Redis is not used from now on.
    pub(crate) const fn close(&mut self) {
        self.open = false;
    }

    /// What is to be made up for. When that is nothing, Redis is used from now on.
    pub(crate) fn catch_up(&mut self) -> Vec<Change> {
        if std::mem::take(&mut self.everything) {
            return vec![Change::everything()];
        }
        let changes: Vec<Change> = self.changes.drain().collect();
        self.open = changes.is_empty();
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;

    fn change(number: usize) -> Change {
        Change::key("temp", Scope::Global, &number.to_string())
    }

    #[test]
    fn redis_is_used_only_when_there_is_nothing_left_to_make_up_for() {
        let mut pending = Pending::default();
        assert!(!pending.admit(&change(1)) && !pending.admit(&change(1)));
        assert_eq!(pending.catch_up(), [change(1)]);
        // Another while the first is being made up for, and the first again because that failed.
        assert!(!pending.admit(&change(2)));
        pending.keep(change(1));
        assert_eq!(pending.catch_up().len(), 2);
        assert!(pending.catch_up().is_empty());
        assert!(pending.admit(&change(3)));
        pending.close();
        assert!(!pending.admit(&change(4)));
        assert_eq!(pending.catch_up(), [change(4)]);
    }

    #[test]
    fn too_many_changes_are_one_that_means_all() {
        let mut pending = Pending::default();
        for number in 0..=MOST {
            pending.admit(&change(number));
        }
        pending.admit(&change(MOST + 1));
        assert!(pending.changes.is_empty());
        assert_eq!(pending.catch_up(), [Change::everything()]);
        assert!(pending.catch_up().is_empty());
        assert!(pending.admit(&change(0)));
    }
}
