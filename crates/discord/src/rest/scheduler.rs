//! Who is sent when. A state machine without sockets, tasks or clocks: it is told what happens and at
//! what time, and says what to send and whom to answer.

mod answer;
mod figures;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use guildhall_core::{clock::Timestamp, random::SharedRandom};

use super::{
    breaker::Breaker,
    bucket::Gate,
    call::Priority,
    coalesce,
    error::RestError,
    global::Global,
    lane::{Lanes, Rank, rank},
    outgoing::Outgoing,
    pool::Errand,
    portion::{Demand, Held, Portion},
    response::Response,
    route::{Class, Route},
    spacing::Spacing,
    stats::RestStats,
    telemetry,
};

/// Requests on the wire at once, over all routes.
const MOST_IN_FLIGHT: usize = 256;

/// One caller that waits for an answer.
pub(super) type Waiter = u64;

/// A call as the scheduler takes it.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) request: Outgoing,
    pub(super) priority: Priority,
    pub(super) deadline: Option<Timestamp>,
    pub(super) coalesce: bool,
    pub(super) repeatable: bool,
}

/// A request that is to be sent now.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// Names it when its outcome is told.
    pub(super) ticket: u64,
    pub(super) request: Arc<Outgoing>,
}

/// Callers and their answers.
pub(super) type Settled = Vec<(Waiter, Result<Response, RestError>)>;

/// What to do now.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) start: Vec<Start>,
    pub(super) settled: Settled,
    /// When to ask again, if nothing happens before.
    pub(super) wake: Option<Timestamp>,
}

/// The limits of a scheduler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) global_per_second: u32,
    pub(super) max_pending: usize,
    pub(super) max_tries: u32,
    pub(super) patience: Duration,
}

#[derive(Debug)]
struct Entry {
    request: Arc<Outgoing>,
    route: Route,
    lane: u64,
    rank: Rank,
    priority: Priority,
    queued: Timestamp,
    deadline: Option<Timestamp>,
    tries: u32,
    repeatable: bool,
    edit: Option<Arc<str>>,
    waiters: Vec<Waiter>,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// In the queue of its lane.
    Queued,
    /// Waits before its next try.
    Delayed(Timestamp),
    /// Background work that waits for the pause after the request before.
    Spaced,
    /// An edit that waits until an older edit of the same message is answered.
    Parked,
    /// On the wire.
    Flying,
}

/// The edits of one message: at most one on the wire and one that waits, so that they cannot overtake
/// one another.
#[derive(Debug, Default)]
struct Edits {
    flying: bool,
    waiting: Option<u64>,
}

/// The state machine.
#[derive(Debug)]
pub(super) struct Scheduler {
    limits: Limits,
    random: SharedRandom,
    entries: HashMap<u64, Entry>,
    owners: HashMap<Waiter, u64>,
    edits: HashMap<Arc<str>, Edits>,
    lanes: Lanes,
    delayed: BTreeSet<(Timestamp, u64)>,
    deadlines: BTreeSet<(Timestamp, u64)>,
    global: Global,
    breaker: Breaker,
    spacing: Spacing,
    in_flight: usize,
    /// Requests sent that the limit over all routes binds.
    bound_sent: u64,
    stopping: bool,
    next: u64,
    counts: RestStats,
    settled: Settled,
}

impl Scheduler {
    pub(super) fn new(limits: Limits, random: SharedRandom) -> Self {
        Self {
            global: Global::new(limits.global_per_second),
            limits,
            random,
            entries: HashMap::new(),
            owners: HashMap::new(),
            edits: HashMap::new(),
            lanes: Lanes::default(),
            delayed: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            breaker: Breaker::default(),
            spacing: Spacing::default(),
            in_flight: 0,
            bound_sent: 0,
            stopping: false,
            next: 0,
            counts: RestStats::default(),
            settled: Vec::new(),
        }
    }

    /// Keeps to a part of what all processes share.
    pub(super) fn keep_to(&mut self, portion: Portion, now: Timestamp) {
        let held = Held::new(portion, now);
        self.global.keep_to(held);
        self.global.pool.everybody(portion.pooled, now);
        self.breaker.keep_to(held);
        self.lanes.set_company(portion.processes > 1);
    }

    /// What this sender asks for.
    pub(super) fn demand(&mut self, now: Timestamp) -> Demand {
        let bounded = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Demand {
            sent: self.bound_sent,
            waiting: bounded(self.lanes.held_back()),
            refused: bounded(self.breaker.count_now(now)),
            pooled: self.global.pool.is_available(),
        }
    }

    /// There is a rate outside the processes that they share.
    pub(super) fn pool(&mut self) {
        self.global.pool.exists();
    }

    /// What is to be asked of the shared rate now.
    pub(super) fn errand(&mut self, now: Timestamp) -> Errand {
        let slow = self.is_slow(now);
        let waiting = self.global.all_paused(now).is_none()
            && self.in_flight < MOST_IN_FLIGHT
            && self.lanes.any_ready(true)
            && self.global.lacks_permit(now, slow);
        self.global.pool.errand(waiting)
    }

    /// The shared rate answered, perhaps with a permit, or did not.
    pub(super) fn taken(&mut self, granted: bool, answered: bool, now: Timestamp) {
        let was_on = self.global.pool.is_on();
        if answered {
            self.global.pool.answered(granted, now);
        } else {
            self.global.pool.lost(now);
        }
        if was_on != self.global.pool.is_on() {
            telemetry::pooled(!was_on);
        }
    }

    /// Leaves at least so long between two requests of background work.
    pub(super) fn space_out(&mut self, gap: Duration, now: Timestamp) {
        self.spacing.set(gap, now);
    }

    /// Takes a call. What becomes of it is told by [`Self::poll`].
    pub(super) fn submit(&mut self, call: Submission, now: Timestamp) -> Result<Waiter, RestError> {
        if self.stopping {
            return Err(RestError::Stopping);
        }
        if call.deadline.is_some_and(|deadline| deadline <= now) {
            self.count_expired(call.priority);
            return Err(RestError::Expired);
        }
        // Somebody waits for an interaction: those are taken until twice the bound.
        let spare = if call.priority == Priority::Interaction { 2 } else { 1 };
        if self.entries.len() >= self.limits.max_pending.saturating_mul(spare) {
            return Err(RestError::QueueFull);
        }
        let route = Route::of(call.request.method.as_str(), &call.request.path, now);
        if let Some(error) = self.breaker.refusal(route.class, call.request.authorized, now) {
            return Err(error);
        }
        self.next += 1;
        let waiter = self.next;
        let edit: Option<Arc<str>> =
            if call.coalesce { coalesce::key(&call.request).map(Arc::from) } else { None };
        if let Some(id) = edit.as_ref().and_then(|key| self.edits.get(key)?.waiting) {
            self.join(id, call, waiter, now);
            return Ok(waiter);
        }
        let id = waiter;
        let mut entry = Entry {
            lane: self.lanes.of(&route),
            rank: rank(call.priority, now, id),
            priority: call.priority,
            queued: now,
            deadline: call.deadline,
            tries: 0,
            repeatable: call.repeatable || call.request.is_repeatable(),
            request: Arc::new(call.request),
            route,
            edit,
            waiters: vec![waiter],
            state: State::Queued,
        };
        if let Some(key) = &entry.edit {
            let edits = self.edits.entry(Arc::clone(key)).or_default();
            edits.waiting = Some(id);
            if edits.flying {
                entry.state = State::Parked;
            }
        }
        if entry.state == State::Queued {
            self.lanes.push(entry.lane, entry.rank, now);
        }
        if let Some(deadline) = entry.deadline {
            self.deadlines.insert((deadline, id));
        }
        self.owners.insert(waiter, id);
        self.entries.insert(id, entry);
        Ok(waiter)
    }

    /// A caller no longer waits; a call that nobody waits for is not sent.
    pub(super) fn cancel(&mut self, waiter: Waiter, now: Timestamp) {
        let Some(id) = self.owners.remove(&waiter) else { return };
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.waiters.retain(|other| *other != waiter);
        if entry.waiters.is_empty() && entry.state != State::Flying {
            self.take(id, now);
        }
    }

    /// What to do at this moment.
    pub(super) fn poll(&mut self, now: Timestamp) -> Step {
        while let Some(&(at, id)) = self.deadlines.first()
            && at <= now
        {
            self.deadlines.pop_first();
            if let Some(entry) = self.take(id, now) {
                self.count_expired(entry.priority);
                self.settle(entry.waiters, &Err(RestError::Expired));
            }
        }
        while let Some(&(at, id)) = self.delayed.first()
            && at <= now
        {
            self.delayed.pop_first();
            self.enqueue(id, now);
        }
        while let Some(id) = self.spacing.due(now) {
            self.enqueue(id, now);
        }
        self.lanes.wake(now);
        let mut step = Step::default();
        let slow = self.is_slow(now);
        let mut gate = self.global.gate(now, slow);
        if self.global.all_paused(now).is_none() {
            while self.in_flight < MOST_IN_FLIGHT
                && let Some(((_, id), lane)) = self.lanes.next(gate == Gate::Open)
            {
                if let Some(start) = self.start(id, lane, now) {
                    step.start.push(start);
                }
                gate = self.global.gate(now, slow);
            }
        }
        step.wake = self.next_wake(gate, now);
        step.settled = std::mem::take(&mut self.settled);
        self.lanes.sweep(now);
        step
    }

    /// Takes no more calls.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
    }

    /// Gives up every call that is not on the wire.
    pub(super) fn abandon(&mut self, now: Timestamp) {
        self.fail(&RestError::Stopping, now, |_| true);
    }

    /// Whether no call is left.
    pub(super) fn is_idle(&self) -> bool {
        self.entries.is_empty()
    }

    fn is_slow(&mut self, now: Timestamp) -> bool {
        use super::stats::BreakerState::{Open, Slow};
        matches!(self.breaker.state(now), Slow | Open)
    }

    /// Merges a newer edit into one that waits.
    fn join(&mut self, id: u64, call: Submission, waiter: Waiter, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        self.counts.coalesced += 1;
        telemetry::coalesced();
        entry.request = Arc::new(coalesce::merge(&entry.request, call.request));
        entry.waiters.push(waiter);
        self.owners.insert(waiter, id);
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        entry.deadline = entry.deadline.zip(call.deadline).map(|(old, new)| old.max(new));
        if let Some(deadline) = entry.deadline {
            self.deadlines.insert((deadline, id));
        }
        entry.priority = entry.priority.min(call.priority);
        let better = rank(call.priority, now, id).min(entry.rank);
        let worse = std::mem::replace(&mut entry.rank, better);
        if entry.state == State::Spaced && entry.priority != Priority::Background {
            self.spacing.remove(worse);
            self.enqueue(id, now);
        } else if entry.state == State::Queued && worse != better {
            let lane = entry.lane;
            self.lanes.remove(lane, worse, now);
            self.lanes.push(lane, better, now);
        }
    }

    /// Puts a call that waited elsewhere into its lane.
    fn enqueue(&mut self, id: u64, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.state = State::Queued;
        entry.lane = self.lanes.of(&entry.route);
        self.lanes.push(entry.lane, entry.rank, now);
    }

    /// Sends the first call of a lane, unless the breaker forbids it.
    fn start(&mut self, id: u64, lane: u64, now: Timestamp) -> Option<Start> {
        let Some(entry) = self.entries.get_mut(&id) else {
            self.lanes.get(lane).queue.retain(|(_, other)| *other != id);
            self.lanes.index(lane, now);
            return None;
        };
        if entry.priority == Priority::Background && !self.spacing.may_start(now) {
            entry.state = State::Spaced;
            self.spacing.hold(entry.rank);
            let rank = entry.rank;
            self.lanes.remove(lane, rank, now);
            return None;
        }
        let (class, authorized) = (entry.route.class, entry.request.authorized);
        if let Err(error) = self.breaker.admit(class, authorized, now) {
            self.fail_one(id, &error, now);
            return None;
        }
        entry.state = State::Flying;
        entry.tries += 1;
        telemetry::started(entry.priority, now.since(entry.queued));
        let start = Start { ticket: id, request: Arc::clone(&entry.request) };
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        if let Some(edits) = entry.edit.as_ref().and_then(|key| self.edits.get_mut(key)) {
            edits.flying = true;
            edits.waiting = None;
        }
        let rank = entry.rank;
        self.counts.retries += u64::from(entry.tries > 1);
        self.counts.sent += 1;
        self.in_flight += 1;
        if class == Class::Bound {
            self.bound_sent += 1;
            self.global.start(id, now);
        }
        self.lanes.get(lane).bucket.start();
        self.lanes.remove(lane, rank, now);
        Some(start)
    }

    /// Takes out a call that is not on the wire.
    fn take(&mut self, id: u64, now: Timestamp) -> Option<Entry> {
        if self.entries.get(&id)?.state == State::Flying {
            return None;
        }
        let entry = self.entries.remove(&id)?;
        match entry.state {
            State::Queued => self.lanes.remove(entry.lane, entry.rank, now),
            State::Delayed(at) => drop(self.delayed.remove(&(at, id))),
            State::Spaced => self.spacing.remove(entry.rank),
            State::Parked | State::Flying => {}
        }
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        if let Some(key) = &entry.edit
            && let Some(edits) = self.edits.get_mut(key)
        {
            edits.waiting = None;
            if !edits.flying {
                self.edits.remove(key);
            }
        }
        Some(entry)
    }

    fn fail(&mut self, error: &RestError, now: Timestamp, which: impl Fn(&Entry) -> bool) {
        let ids: Vec<u64> =
            self.entries.iter().filter(|(_, entry)| which(entry)).map(|(id, _)| *id).collect();
        for id in ids {
            self.fail_one(id, error, now);
        }
    }

    fn fail_one(&mut self, id: u64, error: &RestError, now: Timestamp) {
        if let Some(entry) = self.take(id, now) {
            self.settle(entry.waiters, &Err(error.clone()));
        }
    }

    fn settle(&mut self, waiters: Vec<Waiter>, result: &Result<Response, RestError>) {
        for waiter in waiters {
            self.owners.remove(&waiter);
            self.settled.push((waiter, result.clone()));
        }
    }

    fn count_expired(&mut self, priority: Priority) {
        self.counts.expired += 1;
        telemetry::expired(priority);
    }

    fn next_wake(&self, gate: Gate, now: Timestamp) -> Option<Timestamp> {
        let first = |set: &BTreeSet<(Timestamp, u64)>| set.first().map(|(at, _)| *at);
        let (timer, spaced) = (self.lanes.next_timer(), self.spacing.wake());
        let mut wake = [first(&self.deadlines), first(&self.delayed), timer, None, spaced];
        if let Some(until) = self.global.all_paused(now) {
            if self.lanes.any_ready(true) || self.lanes.any_ready(false) {
                wake[3] = Some(until);
            }
        } else if let Gate::Until(at) = gate
            && self.lanes.any_ready(true)
        {
            wake[3] = Some(at);
        }
        wake.into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests;
