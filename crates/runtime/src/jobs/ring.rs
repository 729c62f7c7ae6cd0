//! Whose turn it is: parties that have something to run, by urgency, each once before any twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use guildhall_store::platform::job::{Party, Priority};

/// Parties that are known to have something to run.
#[derive(Debug, Default)]
pub(super) struct Ring {
    known: BTreeMap<Party, Priority>,
    turns: BTreeMap<Priority, Turns>,
}

/// The parties of one urgency, and who was last.
#[derive(Debug, Default)]
struct Turns {
    parties: BTreeSet<Party>,
    last: Option<Party>,
}

impl Ring {
    /// Takes note that the party has something of this urgency to run, and nothing more urgent.
    pub(super) fn insert(&mut self, party: Party, priority: Priority) {
        if self.known.get(&party) != Some(&priority) {
            self.remove(&party);
            self.turns.entry(priority).or_default().parties.insert(party.clone());
            self.known.insert(party, priority);
        }
    }

    /// The party has nothing to run for now.
    pub(super) fn remove(&mut self, party: &Party) {
        if let Some(turns) = self.known.remove(party).and_then(|priority| self.turns.get_mut(&priority)) {
            turns.parties.remove(party);
        }
    }

    /// Whether the party is known to have something to run.
    pub(super) fn contains(&self, party: &Party) -> bool {
        self.known.contains_key(party)
    }

    /// How many parties are known to have something to run.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whose turn is next among those that `may` run more, the most urgent first.
    pub(super) fn next(&mut self, may: impl Fn(&Party) -> bool) -> Option<(Party, Priority)> {
        for (priority, turns) in &mut self.turns {
            let after = turns.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let rest = turns.parties.range::<Party, _>((after, Bound::Unbounded));
            if let Some(party) = rest.chain(&turns.parties).find(|party| may(party)).cloned() {
                turns.last = Some(party.clone());
                return Some((party, *priority));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::id::GuildId;

    use super::*;

    fn party(number: u64) -> Party {
        Party::Guild(GuildId::new(number).unwrap())
    }

    fn turns(ring: &mut Ring, count: usize) -> Vec<Party> {
        (0..count).map_while(|_| ring.next(|_| true)).map(|(party, _)| party).collect()
    }

    #[test]
    fn parties_take_turns_and_urgent_ones_go_first() {
        let mut ring = Ring::default();
        assert_eq!(ring.next(|_| true), None);
        for number in [3, 1, 2] {
            ring.insert(party(number), Priority::Normal);
        }
        assert_eq!(turns(&mut ring, 4), [party(1), party(2), party(3), party(1)]);
        // Who comes later is not put behind those who have had many turns.
        ring.insert(party(4), Priority::Normal);
        assert_eq!(turns(&mut ring, 4), [party(2), party(3), party(4), party(1)]);
        ring.insert(party(2), Priority::High);
        assert_eq!(turns(&mut ring, 2), [party(2), party(2)]);
        ring.remove(&party(2));
        assert_eq!(turns(&mut ring, 3), [party(3), party(4), party(1)]);
        assert_eq!(ring.len(), 3);
    }

    #[test]
    fn who_may_not_is_passed_over_and_keeps_nobody_waiting() {
        let mut ring = Ring::default();
        ring.insert(party(1), Priority::High);
        ring.insert(party(2), Priority::Low);
        assert_eq!(ring.next(|one| *one != party(1)), Some((party(2), Priority::Low)));
        assert_eq!(ring.next(|_| false), None);
        assert_eq!(ring.next(|_| true), Some((party(1), Priority::High)));
    }
}
