//! The order of sending: one at a time to each channel, in order; different channels side by side. Pure.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::Hash,
};

use guildhall_core::clock::Timestamp;

/// Items that wait, by lane.
#[derive(Debug)]
pub struct Lanes<K, T> {
    by_key: HashMap<K, Lane<T>>,
    /// Lanes with a first item that nobody sends yet, by when it is due and how long it has been there.
    due: BTreeSet<(Timestamp, u64, K)>,
    counter: u64,
    waiting: usize,
}

#[derive(Debug)]
struct Lane<T> {
    items: VecDeque<(Timestamp, T)>,
    busy: bool,
}

impl<K, T> Default for Lanes<K, T> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), due: BTreeSet::new(), counter: 0, waiting: 0 }
    }
}

impl<K: Copy + Eq + Hash + Ord, T> Lanes<K, T> {
    /// Adds an item at the end of its lane, not to be sent before `at`.
    pub fn push(&mut self, key: K, at: Timestamp, item: T) {
        let lane = self.by_key.entry(key).or_insert_with(|| Lane { items: VecDeque::new(), busy: false });
        lane.items.push_back((at, item));
        let first = lane.items.len() == 1 && !lane.busy;
        self.waiting += 1;
        if first {
            self.enlist(key, at);
        }
    }

    /// The next item to send; its lane waits until [`Lanes::done`] or [`Lanes::again`].
    pub fn next(&mut self, now: Timestamp) -> Option<(K, T)> {
        let (at, number, key) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.remove(&(at, number, key));
        let lane = self.by_key.get_mut(&key)?;
        let (_, item) = lane.items.pop_front()?;
        lane.busy = true;
        self.waiting -= 1;
        Some((key, item))
    }

    /// The item of this lane is done with.
    pub fn done(&mut self, key: K) {
        let Some(lane) = self.by_key.get_mut(&key) else { return };
        lane.busy = false;
        match lane.items.front() {
            Some((at, _)) => {
                let at = *at;
                self.enlist(key, at);
            }
            None => drop(self.by_key.remove(&key)),
        }
    }

    /// The item of this lane is to be sent again, before the others of its lane, not before `at`.
    pub fn again(&mut self, key: K, at: Timestamp, item: T) {
        let Some(lane) = self.by_key.get_mut(&key) else { return self.push(key, at, item) };
        lane.items.push_front((at, item));
        lane.busy = false;
        self.waiting += 1;
        self.enlist(key, at);
    }

    /// When the next item is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _, _)| *at)
    }

    /// Items that wait; those that are being sent not counted.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    fn enlist(&mut self, key: K, at: Timestamp) {
        self.counter += 1;
        self.due.insert((at, self.counter, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(100);

    #[test]
    fn a_channel_gets_its_messages_in_order_and_one_at_a_time() {
        let mut lanes = Lanes::default();
        for item in ["a1", "a2"] {
            lanes.push('a', NOW, item);
        }
        lanes.push('b', NOW, "b1");
        assert_eq!(lanes.next(NOW), Some(('a', "a1")));
        assert_eq!(lanes.next(NOW), Some(('b', "b1")));
        assert_eq!((lanes.next(NOW), lanes.waiting()), (None, 1));
        lanes.done('a');
        assert_eq!(lanes.next(NOW), Some(('a', "a2")));
    }

    #[test]
    fn what_failed_goes_again_before_what_came_later() {
        let mut lanes = Lanes::default();
        lanes.push('a', NOW, "a1");
        lanes.push('a', NOW, "a2");
        let (key, item) = lanes.next(NOW).unwrap();
        lanes.again(key, Timestamp(500), item);
        assert_eq!(lanes.next(Timestamp(499)), None);
        assert_eq!(lanes.next_at(), Some(Timestamp(500)));
        assert_eq!(lanes.next(Timestamp(500)), Some(('a', "a1")));
        lanes.done('a');
        assert_eq!(lanes.next(Timestamp(500)), Some(('a', "a2")));
        lanes.done('a');
        assert!(lanes.by_key.is_empty() && lanes.due.is_empty() && lanes.waiting() == 0);
    }

    #[test]
    fn a_lane_whose_head_waits_does_not_hold_up_others() {
        let mut lanes = Lanes::default();
        lanes.push('a', Timestamp(900), "later");
        lanes.push('b', NOW, "now");
        assert_eq!(lanes.next(NOW), Some(('b', "now")));
        assert_eq!(lanes.next(NOW), None);
        assert_eq!(lanes.next(Timestamp(900)), Some(('a', "later")));
    }
}
