//! Dispatches that a fault keeps back before they are numbered.

use std::collections::BTreeMap;

use super::Queued;
use crate::{
    engine::{Dice, FaultKind, Played},
    snowflake::Millis,
};

/// How many dispatches one session keeps back; beyond it they go at once.
const MOST: usize = 10_000;

/// Dispatches that wait for their time, or for others.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// By time, and by their coming.
    delayed: BTreeMap<(Millis, u64), Queued>,
    /// One group for each rule that mixes.
    groups: Vec<Group>,
    came: u64,
}

#[derive(Debug)]
struct Group {
    rule: u64,
    window: usize,
    until: Millis,
    dice: Dice,
    gathered: Vec<Queued>,
}

impl Held {
    /// Keeps a dispatch back, and returns what is to be queued now.
    pub(super) fn keep(&mut self, queued: Queued, now: Millis, played: Played) -> Vec<Queued> {
        let after = |ms: u64| now.saturating_add(Millis::try_from(ms).unwrap_or(Millis::MAX));
        match played.kind {
            FaultKind::Delay { ms } if self.delayed.len() < MOST => {
                self.came += 1;
                self.delayed.insert((after(ms), self.came), queued);
                Vec::new()
            }
            FaultKind::Duplicate { times, .. } => {
                let copies = usize::try_from(times).unwrap_or(1).saturating_add(1);
                std::iter::repeat_n(queued, copies).collect()
            }
            FaultKind::Reorder { window, ms } => {
                let window = usize::try_from(window).unwrap_or(usize::MAX);
                let index = self.groups.iter().position(|group| group.rule == played.rule);
                let index = index.unwrap_or_else(|| {
                    let dice = Dice(played.chance);
                    let gathered = Vec::with_capacity(window.min(MOST));
                    self.groups.push(Group { rule: played.rule, window, until: after(ms), dice, gathered });
                    self.groups.len() - 1
                });
                let group = &mut self.groups[index];
                group.gathered.push(queued);
                if group.gathered.len() < group.window {
                    Vec::new()
                } else {
                    self.groups.remove(index).mixed()
                }
            }
            _ => vec![queued],
        }
    }

    /// What need not wait any longer.
    pub(super) fn release(&mut self, now: Millis) -> Vec<Queued> {
        let later = self.delayed.split_off(&(now.saturating_add(1), 0));
        let mut ready: Vec<Queued> = std::mem::replace(&mut self.delayed, later).into_values().collect();
        for group in self.groups.extract_if(.., |group| group.until <= now) {
            ready.extend(group.mixed());
        }
        ready
    }

    /// When the next need not wait any longer; nothing when none waits.
    pub(super) fn next(&self) -> Option<Millis> {
        let delayed = self.delayed.keys().next().map(|(at, _)| *at);
        let mixed = self.groups.iter().map(|group| group.until).min();
        delayed.into_iter().chain(mixed).min()
    }
}

impl Group {
    /// In another order than they came, if there is one.
    fn mixed(mut self) -> Vec<Queued> {
        let all = &mut self.gathered;
        for last in (1..all.len()).rev() {
            // Never with itself, so that a window never comes out as it went in.
            let other = usize::try_from(self.dice.next() % last as u64).unwrap_or(0);
            all.swap(last, other);
        }
        self.gathered
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::gateway::session::Data;

    fn queued(event: &'static str) -> Queued {
        Queued { event, guild_id: None, data: Data::Bytes(Bytes::from_static(b"{}")) }
    }

    fn names(all: Vec<Queued>) -> Vec<&'static str> {
        all.into_iter().map(|queued| queued.event).collect()
    }

    #[test]
    fn delayed_dispatches_come_at_their_time() {
        let mut held = Held::default();
        let delay = |ms| Played { rule: 1, kind: FaultKind::Delay { ms }, chance: 1 };
        assert!(held.keep(queued("LATE"), 0, delay(100)).is_empty());
        assert!(held.keep(queued("SOON"), 0, delay(50)).is_empty());
        assert_eq!(held.next(), Some(50));
        assert_eq!(names(held.release(50)), ["SOON"]);
        assert_eq!(names(held.release(99)), [""; 0]);
        assert_eq!(names(held.release(100)), ["LATE"]);
        assert_eq!(held.next(), None);
    }

    #[test]
    fn a_window_comes_out_in_another_order_and_does_not_wait_for_ever() {
        let played = |chance| Played { rule: 1, kind: FaultKind::Reorder { window: 3, ms: 100 }, chance };
        for chance in 0..50 {
            let mut held = Held::default();
            assert!(held.keep(queued("A"), 0, played(chance)).is_empty());
            assert!(held.keep(queued("B"), 10, played(chance)).is_empty());
            let mut all = names(held.keep(queued("C"), 20, played(chance)));
            assert_ne!(all, ["A", "B", "C"]);
            all.sort_unstable();
            assert_eq!(all, ["A", "B", "C"]);
        }
        let mut held = Held::default();
        assert!(held.keep(queued("A"), 0, played(1)).is_empty());
        assert_eq!(names(held.release(100)), ["A"]);
    }

    #[test]
    fn copies_have_their_own_place() {
        let played = Played { rule: 1, kind: FaultKind::Duplicate { times: 2, same_seq: false }, chance: 1 };
        assert_eq!(names(Held::default().keep(queued("A"), 0, played)), ["A", "A", "A"]);
    }
}
