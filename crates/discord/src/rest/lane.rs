//! The calls that wait for one bucket, most urgent first.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use guildhall_core::clock::Timestamp;

use super::{
    bucket::{Bucket, Gate},
    call::Priority,
    route::Route,
};

/// Above so many lanes the idle ones are forgotten.
const SWEEP_ABOVE: usize = 4_096;

/// A place in a queue: the time from which on a call goes before fresher ones, and the call.
pub(super) type Rank = (Timestamp, u64);

/// The rank of a call that is queued now. A less urgent call ranks as if it had come later, and so it
/// still goes before a more urgent one that truly comes later: none waits for ever.
pub(super) fn rank(priority: Priority, queued: Timestamp, call: u64) -> Rank {
    let handicap = match priority {
        Priority::Interaction => Duration::ZERO,
        Priority::Command => Duration::from_secs(2),
        Priority::Event => Duration::from_secs(10),
        Priority::Background => Duration::from_mins(1),
    };
    (queued + handicap, call)
}

/// One bucket and the calls that wait for it.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) bucket: Bucket,
    pub(super) queue: BTreeSet<Rank>,
    bound: bool,
    place: Option<Place>,
}

/// Where the index holds a lane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Ready(Rank),
    Timer(Timestamp),
}

/// What names a lane: the bucket's name, or the route's template until that is known, and the id at
/// the top of the route (Discord docs: Rate Limits).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct LaneKey {
    name: Arc<str>,
    major: Arc<str>,
}

/// All lanes, indexed by who may go next.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    by_id: HashMap<u64, Lane>,
    keys: HashMap<LaneKey, u64>,
    /// Bucket names that Discord told, by route template.
    learned: HashMap<Arc<str>, Arc<str>>,
    ready_bound: BTreeSet<(Rank, u64)>,
    ready_free: BTreeSet<(Rank, u64)>,
    timers: BTreeSet<(Timestamp, u64)>,
    next: u64,
    /// Whether other processes send, too.
    company: bool,
}

impl Lanes {
    /// The lane of a route.
    pub(super) fn of(&mut self, route: &Route) -> u64 {
        let name = self.learned.get(&route.template).unwrap_or(&route.template);
        let key = LaneKey { name: Arc::clone(name), major: Arc::clone(&route.major) };
        if let Some(id) = self.keys.get(&key) {
            return *id;
        }
        self.next += 1;
        self.keys.insert(key, self.next);
        self.by_id.insert(self.next, Lane { bound: route.is_bound(), ..Lane::default() });
        self.next
    }

    /// Discord told the bucket of a route. Returns whether that is news, so that the calls of the
    /// route have to move to the lanes that [`Self::of`] now gives.
    pub(super) fn learn(&mut self, route: &Route, bucket: &str) -> bool {
        if self.learned.get(&route.template).is_some_and(|known| **known == *bucket) {
            return false;
        }
        self.learned.insert(Arc::clone(&route.template), bucket.into());
        true
    }

    /// Says whether other processes send, too.
    pub(super) fn set_company(&mut self, company: bool) {
        self.company = company;
    }

    /// Whether other processes send, too.
    pub(super) fn has_company(&self) -> bool {
        self.company
    }

    pub(super) fn get(&mut self, id: u64) -> &mut Lane {
        self.by_id.entry(id).or_default()
    }

    /// Moves what the old lane knew of blocks to the new one, and a request on the wire where asked.
    pub(super) fn adopt(&mut self, from: u64, to: u64, flight: bool) {
        let Some(mut old) = self.by_id.remove(&from) else { return };
        let new = self.get(to);
        new.bucket.adopt_block(&old.bucket);
        if flight {
            new.bucket.adopt_flight(&mut old.bucket);
        }
        self.by_id.insert(from, old);
    }

    /// Puts a call into a lane.
    pub(super) fn push(&mut self, id: u64, rank: Rank, now: Timestamp) {
        self.get(id).queue.insert(rank);
        self.index(id, now);
    }

    /// Takes a call out of a lane.
    pub(super) fn remove(&mut self, id: u64, rank: Rank, now: Timestamp) {
        self.get(id).queue.remove(&rank);
        self.index(id, now);
    }

    /// Brings the index up to date after a lane changed.
    pub(super) fn index(&mut self, id: u64, now: Timestamp) {
        let Some(lane) = self.by_id.get_mut(&id) else { return };
        let place = match lane.queue.first() {
            None => None,
            Some(head) => match lane.bucket.gate(now, !self.company) {
                Gate::Open => Some(Place::Ready(*head)),
                Gate::Until(at) => Some(Place::Timer(at)),
                Gate::Answer => None,
            },
        };
        if lane.place == place {
            return;
        }
        let ready = if lane.bound { &mut self.ready_bound } else { &mut self.ready_free };
        match lane.place {
            Some(Place::Ready(head)) => drop(ready.remove(&(head, id))),
            Some(Place::Timer(at)) => drop(self.timers.remove(&(at, id))),
            None => {}
        }
        match place {
            Some(Place::Ready(head)) => drop(ready.insert((head, id))),
            Some(Place::Timer(at)) => drop(self.timers.insert((at, id))),
            None => {}
        }
        lane.place = place;
    }

    /// Opens the lanes whose time has come.
    pub(super) fn wake(&mut self, now: Timestamp) {
        while let Some(&(at, id)) = self.timers.first()
            && at <= now
        {
            self.index(id, now);
            // The gate is open at the time it named; should it name another, that lies ahead.
            self.timers.remove(&(at, id));
        }
    }

    /// The call that goes next: bound ones only if `bound`.
    pub(super) fn next(&self, bound: bool) -> Option<(Rank, u64)> {
        let free = self.ready_free.first();
        let held = self.ready_bound.first().filter(|_| bound);
        free.into_iter().chain(held).min().copied()
    }

    /// Whether a call waits for nothing but limits over all routes.
    pub(super) fn any_ready(&self, bound: bool) -> bool {
        !(if bound { &self.ready_bound } else { &self.ready_free }).is_empty()
    }

    /// Calls that wait for nothing but the limit over all routes.
    pub(super) fn held_back(&self) -> usize {
        let lanes = self.ready_bound.iter().filter_map(|(_, id)| self.by_id.get(id));
        lanes.map(|lane| lane.queue.len().min(lane.bucket.room())).sum()
    }

    /// When the next lane opens.
    pub(super) fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Forgets idle lanes when there are many: each interaction brings a lane of its own.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        if self.by_id.len() <= SWEEP_ABOVE {
            return;
        }
        self.by_id.retain(|_, lane| !lane.queue.is_empty() || !lane.bucket.is_idle(now));
        self.keys.retain(|_, id| self.by_id.contains_key(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urgent_calls_go_first_but_none_waits_for_ever() {
        let background = rank(Priority::Background, Timestamp(0), 1);
        assert!(rank(Priority::Interaction, Timestamp(30_000), 2) < background);
        assert!(background < rank(Priority::Interaction, Timestamp(61_000), 3));
        let mut ranks: Vec<Rank> =
            (0_u64..).zip(Priority::ALL.iter().rev()).map(|(call, p)| rank(*p, Timestamp(0), call)).collect();
        ranks.sort_unstable();
        assert_eq!(ranks.iter().map(|(_, call)| *call).collect::<Vec<_>>(), [3, 2, 1, 0]);
    }

    #[test]
    fn a_learned_bucket_joins_routes_of_one_channel_only() {
        let mut lanes = Lanes::default();
        let route = |method, path| Route::of(method, path, Timestamp(0));
        let post = route("POST", "channels/1/messages");
        let patch = route("PATCH", "channels/1/messages/2");
        let other = route("POST", "channels/9/messages");
        assert_ne!(lanes.of(&post), lanes.of(&patch));
        assert!(lanes.learn(&post, "abc"));
        assert!(!lanes.learn(&post, "abc"));
        assert!(lanes.learn(&patch, "abc"));
        assert_eq!(lanes.of(&post), lanes.of(&patch));
        assert_ne!(lanes.of(&post), lanes.of(&other));
    }

    #[test]
    fn many_idle_lanes_are_forgotten_and_busy_ones_kept() {
        let mut lanes = Lanes::default();
        for number in 0..=SWEEP_ABOVE {
            lanes.of(&Route::of("POST", &format!("interactions/{number}/t/callback"), Timestamp(0)));
        }
        let busy = lanes.of(&Route::of("POST", "channels/1/messages", Timestamp(0)));
        lanes.push(busy, (Timestamp(0), 1), Timestamp(0));
        lanes.sweep(Timestamp(0));
        assert_eq!(lanes.len(), 1);
        assert_eq!(lanes.next(true), Some(((Timestamp(0), 1), busy)));
    }
}
