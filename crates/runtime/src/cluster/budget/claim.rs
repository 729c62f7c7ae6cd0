//! The part that a process uses, and the one that it tells the others of.
//!
//! A process uses no more than it has told, and lowers what it uses before it tells so. It uses more only when it has told
//! so for long enough and has seen, after that was known to be written, that it fits beside what the others tell. Of two
//! that raise their parts at the same time, the one whose row was written later reads the other's and gives way. So the
//! parts in use never come to more than the limit, however differently the processes see one another.

use std::time::Duration;

use super::parts::RESERVE;

/// How long a higher part is told before it is used. Whoever had it before made its last requests under it longer ago than
/// Discord's second.
pub(super) const SETTLE: Duration = Duration::from_millis(1_600);

/// A process's part of the limit over all routes.
#[derive(Debug)]
pub(super) struct Claim {
    used: u32,
    told: u32,
    /// Since when a higher part is surely written; by this process's own clock.
    since: Option<Duration>,
}

impl Default for Claim {
    /// What one that has just started uses.
    fn default() -> Self {
        Self { used: RESERVE, told: RESERVE, since: None }
    }
}

impl Claim {
    /// What the row is to say.
    pub(super) fn told(&self) -> u32 {
        self.told
    }

    /// When to beat next for a higher part, if one is under way.
    pub(super) fn due(&self, now: Duration) -> Option<Duration> {
        (self.told > self.used).then(|| self.since.map_or(now, |since| since + SETTLE).saturating_sub(now))
    }

    /// A beat wrote what is [told](Self::told) and read what the others tell: `room` is what they leave. Changes to what is
    /// told take effect with the next beat, so it must be called before any other beat starts.
    pub(super) fn heard(&mut self, room: u32, target: u32, started: Duration, ended: Duration) -> u32 {
        if self.told > self.used {
            if self.told > room {
                // Somebody was quicker.
                self.told = self.used;
            } else if self.since.is_some_and(|since| since + SETTLE <= started) {
                self.used = self.told;
            } else {
                self.since.get_or_insert(ended);
            }
        }
        if target < self.used {
            self.used = target;
        }
        if target < self.told {
            self.told = target;
        } else if self.told == self.used {
            self.told = target.min(room).max(self.used);
            self.since = None;
        }
        self.used
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use proptest::prelude::*;

    use super::{
        super::parts::{Need, parts},
        *,
    };

    const LIMIT: u32 = 50;
    const SECOND: Duration = Duration::from_secs(1);

    /// A beat under way.
    enum Beat {
        Begun { told: u32, started: Duration },
        Read { told: u32, started: Duration, rows: BTreeMap<usize, (u32, u32)> },
        Written { started: Duration, rows: BTreeMap<usize, (u32, u32)> },
    }

    /// Processes over rows that hold what each wants and tells; a beat has its steps apart, as a transaction does.
    struct House {
        rows: BTreeMap<usize, (u32, u32)>,
        claims: Vec<Claim>,
        wanted: Vec<u32>,
        beats: Vec<Option<Beat>>,
        /// What each used, since when.
        used: Vec<VecDeque<(Duration, u32)>>,
        now: Duration,
    }

    impl House {
        fn new(count: usize) -> Self {
            Self {
                rows: BTreeMap::new(),
                claims: (0..count).map(|_| Claim::default()).collect(),
                wanted: vec![0; count],
                beats: (0..count).map(|_| None).collect(),
                used: vec![VecDeque::new(); count],
                now: Duration::ZERO,
            }
        }

        fn join(&mut self, at: usize) {
            self.rows.insert(at, (0, self.claims[at].told()));
            self.used[at].push_back((self.now, self.claims[at].used));
        }

        fn step(&mut self, at: usize, fails: bool) {
            let wanted = self.wanted[at];
            self.beats[at] = match self.beats[at].take() {
                None => Some(Beat::Begun { told: self.claims[at].told(), started: self.now }),
                // Nobody learns whether it was written.
                Some(Beat::Begun { .. } | Beat::Written { .. }) if fails => None,
                Some(Beat::Begun { told, started }) => {
                    let mut rows = self.rows.clone();
                    rows.insert(at, (wanted, told));
                    Some(Beat::Read { told, started, rows })
                }
                Some(Beat::Read { told, started, rows }) => {
                    self.rows.insert(at, (wanted, told));
                    Some(Beat::Written { started, rows })
                }
                Some(Beat::Written { started, rows }) => {
                    self.hear(at, started, &rows);
                    None
                }
            };
        }

        fn hear(&mut self, at: usize, started: Duration, rows: &BTreeMap<usize, (u32, u32)>) {
            let need = |(id, (wanted, told)): (&usize, &(u32, u32))| Need {
                id: format!("{id:02}"),
                works: true,
                wanted: *wanted,
                claim: Some(*told),
            };
            let needs: Vec<Need> = rows.iter().map(need).collect();
            let own = rows.keys().position(|id| *id == at).unwrap();
            let others: u32 = rows.iter().filter(|(id, _)| **id != at).map(|(_, (_, told))| *told).sum();
            let room = (LIMIT - RESERVE).saturating_sub(others);
            let used = self.claims[at].heard(room, parts(LIMIT, &needs)[own], started, self.now);
            self.used[at].push_back((self.now, used));
        }

        /// What all of them may have sent in the last second: the highest part of each that held in it.
        fn sent(&mut self) -> u32 {
            let before = self.now.saturating_sub(SECOND);
            let mut sent = 0;
            for used in &mut self.used {
                while used.get(1).is_some_and(|(since, _)| *since <= before) {
                    used.pop_front();
                }
                sent += used.iter().map(|(_, used)| *used).max().unwrap_or_default();
            }
            sent
        }

        fn beat(&mut self, at: usize) {
            (0..4).for_each(|_| self.step(at, false));
        }
    }

    #[test]
    fn a_part_moves_to_who_wants_it_and_back() {
        let mut house = House::new(3);
        (0..3).for_each(|at| house.join(at));
        for wanted in [[50, 0, 0], [0, 0, 50], [50, 50, 50], [0, 0, 0]] {
            house.wanted = wanted.to_vec();
            for _ in 0..8 {
                house.now += SECOND;
                (0..3).for_each(|at| house.beat(at));
                assert!(house.sent() <= LIMIT);
            }
            let all: Vec<u32> = house.claims.iter().map(|claim| claim.used).collect();
            assert_eq!(all.iter().sum::<u32>(), LIMIT - RESERVE, "{wanted:?}: {all:?}");
            let most = all.iter().max().unwrap();
            assert!(all.iter().zip(wanted).all(|(used, wanted)| wanted == 0 || used + 1 >= *most), "{all:?}");
        }
    }

    #[test]
    fn of_two_that_raise_at_once_none_uses_what_does_not_fit() {
        let (mut one, mut other) = (Claim::default(), Claim::default());
        let at = Duration::from_secs;
        for claim in [&mut one, &mut other] {
            claim.heard(48, 40, at(0), at(0));
            assert_eq!(claim.told(), 40);
        }
        // Each reads the other's forty.
        assert_eq!((one.heard(9, 40, at(1), at(1)), other.heard(9, 40, at(1), at(1))), (1, 1));
        assert_eq!((one.told(), other.told()), (9, 9));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_second_has_more_than_the_limit_whatever_the_processes_see(
            steps in prop::collection::vec(
                (0_usize..5, 0_u64..400, prop::bool::weighted(0.05), prop::option::weighted(0.1, 0_u32..60)),
                100..600,
            ),
            newcomer in 50_usize..90,
        ) {
            let mut house = House::new(5);
            (0..4).for_each(|at| house.join(at));
            for (number, (at, pause, fails, wanted)) in steps.into_iter().enumerate() {
                if number == newcomer {
                    house.join(4);
                }
                if at == 4 && number <= newcomer {
                    continue;
                }
                house.now += Duration::from_millis(pause);
                house.wanted[at] = wanted.unwrap_or(house.wanted[at]);
                house.step(at, fails);
                let sent = house.sent();
                prop_assert!(sent <= LIMIT, "{sent} at {:?}", house.now);
            }
        }
    }
}
