//! The waiting work of one guild in one class.

use std::{collections::VecDeque, time::Duration};

use guildhall_core::clock::Timestamp;

use super::Item;

/// Waiting work, the oldest first.
#[derive(Debug)]
pub(super) struct Line<T>(VecDeque<Item<T>>);

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Line<T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, item: Item<T>) {
        self.0.push_back(item);
    }

    /// The oldest, if it is past its deadline.
    pub(super) fn expired(&mut self, now: Timestamp) -> Option<Item<T>> {
        self.0.pop_front_if(|item| item.deadline.is_some_and(|deadline| deadline <= now))
    }

    /// The one to start: the oldest, or the newest once the oldest has waited for too long and can
    /// expire.
    pub(super) fn take(&mut self, now: Timestamp, newest_first_after: Duration) -> Option<Item<T>> {
        let late = |item: &Item<T>| item.deadline.is_some() && now.since(item.since) > newest_first_after;
        if self.0.front().is_some_and(late) { self.0.pop_back() } else { self.0.pop_front() }
    }
}
