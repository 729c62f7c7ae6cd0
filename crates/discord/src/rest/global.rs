//! The limit over all routes (Discord docs: Rate Limits, Global Rate Limit), and the pauses that
//! Discord asks for.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use guildhall_core::clock::Timestamp;

use super::{
    bucket::{Gate, MARGIN},
    pool::Pool,
    portion::Held,
};

const SECOND: Duration = Duration::from_secs(1);
/// A request that takes longer than this on the wire was surely counted before.
const COUNTED_BY: Duration = Duration::from_millis(500);

/// So many requests in any second. A place is free again a second after the answer and not after the
/// sending: however Discord cuts its seconds, it then never counts one too many.
#[derive(Debug)]
pub(super) struct Global {
    per_second: usize,
    /// This process's part of the rate, where others send, too.
    held: Option<Held>,
    /// The rate that all processes share, where there is one.
    pub(super) pool: Pool,
    taken: BTreeSet<(Timestamp, u64)>,
    frees: HashMap<u64, Timestamp>,
    bound_until: Option<Timestamp>,
    all_until: Option<Timestamp>,
    probe: Probe,
}

/// After a global 429 or a block one request finds out whether the limit is over, before everything that waited goes:
/// else all of it would be refused once more, and each refusal counts as an invalid request.
#[derive(Debug, Default)]
enum Probe {
    /// Nothing is in doubt.
    #[default]
    None,
    /// The next request is the probe.
    Due,
    /// It is on the wire.
    Flying(u64),
}

impl Global {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second: usize::try_from(per_second.max(1)).unwrap_or(usize::MAX),
            held: None,
            pool: Pool::default(),
            taken: BTreeSet::new(),
            frees: HashMap::new(),
            bound_until: None,
            all_until: None,
            probe: Probe::None,
        }
    }

    /// Keeps to a part of the rate from now on.
    pub(super) fn keep_to(&mut self, held: Held) {
        self.held = Some(held);
    }

    /// This process's part of the rate.
    pub(super) fn part(&self, now: Timestamp) -> usize {
        let part = self.held.map_or(self.per_second, |held| held.per_second(self.per_second, now));
        self.pool.most(part, self.per_second, now)
    }

    /// Whether requests wait for nothing but a permit, if any wait.
    pub(super) fn lacks_permit(&mut self, now: Timestamp, slow: bool) -> bool {
        !self.pool.permits(now)
            && self.gate(now, slow) == Gate::Answer
            && !matches!(self.probe, Probe::Flying(_))
    }

    /// Whether a request may go that the limit binds. When `slow`, a tenth of the rate is given.
    pub(super) fn gate(&mut self, now: Timestamp, slow: bool) -> Gate {
        if let Some(until) = self.bound_until.filter(|until| now < *until) {
            return Gate::Until(until);
        }
        if let Some(until) = self.pool.quiet(now) {
            return Gate::Until(until);
        }
        if matches!(self.probe, Probe::Flying(_)) {
            return Gate::Answer;
        }
        while let Some(&(frees, id)) = self.taken.first()
            && frees <= now
        {
            self.taken.pop_first();
            self.frees.remove(&id);
        }
        let part = self.part(now);
        let allowed = if slow { (part / 10).max(1) } else { part };
        if self.taken.len() < allowed {
            return if self.pool.permits(now) { Gate::Open } else { Gate::Answer };
        }
        self.taken.iter().nth(self.taken.len() - allowed).map_or(Gate::Open, |&(frees, _)| Gate::Until(frees))
    }

    /// A bound request goes out.
    pub(super) fn start(&mut self, id: u64, now: Timestamp) {
        if matches!(self.probe, Probe::Due) {
            self.probe = Probe::Flying(id);
        }
        self.pool.use_permit();
        self.place(id, now + COUNTED_BY + SECOND + MARGIN);
    }

    /// Its answer came. One that says that the limit goes on is told by [`Self::pause_bound`] besides.
    pub(super) fn finish(&mut self, id: u64, now: Timestamp) {
        if matches!(self.probe, Probe::Flying(probe) if probe == id) {
            self.probe = Probe::None;
        }
        let frees = now + SECOND + MARGIN;
        if let Some(&known) = self.frees.get(&id)
            && frees < known
        {
            self.taken.remove(&(known, id));
            self.place(id, frees);
        }
    }

    fn place(&mut self, id: u64, frees: Timestamp) {
        self.taken.insert((frees, id));
        self.frees.insert(id, frees);
    }

    /// Discord's global 429: nothing goes that the limit binds.
    pub(super) fn pause_bound(&mut self, until: Timestamp) {
        self.bound_until = self.bound_until.max(Some(until));
        self.probe = Probe::Due;
    }

    /// A block in front of Discord: nothing goes at all.
    pub(super) fn pause_all(&mut self, until: Timestamp) {
        self.all_until = self.all_until.max(Some(until));
        self.probe = Probe::Due;
    }

    /// Until when nothing goes at all.
    pub(super) fn all_paused(&self, now: Timestamp) -> Option<Timestamp> {
        self.all_until.filter(|until| now < *until)
    }

    /// Until when nothing goes that the limit binds.
    pub(super) fn bound_paused(&self, now: Timestamp) -> Option<Timestamp> {
        self.all_until.max(self.bound_until).filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rest::portion::Portion;

    #[test]
    fn a_global_429_stops_what_it_binds_until_its_end() {
        let mut global = Global::new(50);
        global.pause_bound(Timestamp(5_000));
        global.pause_bound(Timestamp(2_000));
        assert_eq!(global.gate(Timestamp(4_999), false), Gate::Until(Timestamp(5_000)));
        assert_eq!(global.gate(Timestamp(5_000), false), Gate::Open);
        assert_eq!(global.all_paused(Timestamp(0)), None);
    }

    #[test]
    fn after_a_global_429_one_request_probes_before_the_others_go() {
        let mut global = Global::new(50);
        global.start(1, Timestamp(0));
        global.start(2, Timestamp(0));
        for id in [1, 2] {
            global.finish(id, Timestamp(10));
            global.pause_bound(Timestamp(5_000));
        }
        for (now, id) in [(5_000, 3), (10_000, 4)] {
            let now = Timestamp(now);
            assert_eq!(global.gate(now, false), Gate::Open);
            global.start(id, now);
            assert_eq!(global.gate(now, false), Gate::Answer, "one at a time");
            global.finish(id, now);
            if id == 3 {
                global.pause_bound(Timestamp(10_000));
                assert_eq!(global.gate(now, false), Gate::Until(Timestamp(10_000)));
            }
        }
        for id in 5..50 {
            assert_eq!(global.gate(Timestamp(10_001), false), Gate::Open, "{id}");
            global.start(id, Timestamp(10_001));
        }
    }

    #[test]
    fn a_slow_sender_gets_a_tenth() {
        let mut global = Global::new(50);
        for id in 0..5 {
            assert_eq!(global.gate(Timestamp(0), true), Gate::Open);
            global.start(id, Timestamp(0));
            global.finish(id, Timestamp(0));
        }
        assert_eq!(global.gate(Timestamp(0), true), Gate::Until(Timestamp(1_005)));
        assert_eq!(global.gate(Timestamp(0), false), Gate::Open);
    }

    #[test]
    fn a_part_that_becomes_smaller_holds_at_once() {
        let mut global = Global::new(50);
        let keep_to = |global: &mut Global, per_second| {
            let portion = Portion {
                per_second,
                processes: 2,
                refused_elsewhere: 0,
                pooled: false,
                holds: Duration::from_secs(5),
            };
            global.keep_to(Held::new(portion, Timestamp(0)));
        };
        keep_to(&mut global, 40);
        for id in 0..30 {
            assert_eq!(global.gate(Timestamp(0), false), Gate::Open);
            global.start(id, Timestamp(0));
            global.finish(id, Timestamp(i64::try_from(id).unwrap()));
        }
        keep_to(&mut global, 10);
        // The twenty-first answer, of which ten are still counted a second later.
        assert_eq!(global.gate(Timestamp(100), false), Gate::Until(Timestamp(20 + 1_005)));
        keep_to(&mut global, 31);
        assert_eq!(global.gate(Timestamp(100), false), Gate::Open);
    }

    proptest! {
        /// Whenever within its time on the wire Discord counts a request, no second has too many.
        #[test]
        fn no_second_counts_too_many(
            waits in prop::collection::vec((0_i64..400, 0_i64..490, 0_i64..=100), 1..200),
        ) {
            let limit = 10;
            let mut global = Global::new(limit);
            let mut now = Timestamp(0);
            let mut wire: Vec<(Timestamp, u64)> = Vec::new();
            let mut counted = Vec::new();
            for (id, (pause, flight, share)) in (0_u64..).zip(waits) {
                now.0 += pause / 20;
                loop {
                    wire.sort_unstable();
                    while let Some(&(end, id)) = wire.first() && end <= now {
                        global.finish(id, end);
                        wire.remove(0);
                    }
                    match global.gate(now, false) {
                        Gate::Open => break,
                        Gate::Until(at) => now = wire.first().map_or(at, |(end, _)| at.min(*end)),
                        Gate::Answer => unreachable!("the global limit never waits for an answer alone"),
                    }
                }
                global.start(id, now);
                counted.push(now.0 + flight * share / 100);
                wire.push((Timestamp(now.0 + flight), id));
            }
            counted.sort_unstable();
            for window in counted.windows(usize::try_from(limit).unwrap() + 1) {
                prop_assert!(window[window.len() - 1] - window[0] >= 1_000, "{window:?}");
            }
        }
    }
}
