//! Who is sent when. A state machine without sockets, tasks or clocks: it is told what happens and at
//! what time, and says what to send and whom to answer.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use guildhall_core::{clock::Timestamp, random::SharedRandom};

use super::{
    backoff,
    breaker::Breaker,
    bucket::{Gate, MARGIN},
    call::Priority,
    coalesce,
    error::RestError,
    global::Global,
    lane::{Lanes, Rank, rank},
    outgoing::Outgoing,
    response::Response,
    route::{Class, Route},
    stats::RestStats,
    telemetry,
    verdict::{Answer, Outcome, Scope, Verdict},
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
    in_flight: usize,
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
            in_flight: 0,
            stopping: false,
            next: 0,
            counts: RestStats::default(),
            settled: Vec::new(),
        }
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

    /// Tells how a request went.
    pub(super) fn complete(&mut self, ticket: u64, outcome: Outcome, now: Timestamp) {
        let Some(mut entry) = self.entries.remove(&ticket) else { return };
        self.in_flight -= 1;
        self.global.finish(ticket, now);
        match outcome {
            Outcome::Lost { message, perhaps_done } => {
                self.lanes.get(entry.lane).bucket.answer(None, false, now);
                self.lanes.index(entry.lane, now);
                if entry.repeatable || !perhaps_done {
                    self.retry(ticket, entry, &RestError::Transport { message, perhaps_done }, "lost", now);
                } else {
                    self.finish(entry, &Err(RestError::Transport { message, perhaps_done }), now);
                }
            }
            Outcome::Answer(answer) => {
                self.learn(&mut entry, &answer, now);
                self.answer(ticket, entry, answer, now);
            }
        }
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

    /// Figures at this moment.
    pub(super) fn stats(&mut self, now: Timestamp) -> RestStats {
        let mut stats = self.counts.clone();
        for entry in self.entries.values().filter(|entry| entry.state != State::Flying) {
            let index = Priority::ALL.iter().position(|priority| *priority == entry.priority);
            stats.pending[index.unwrap_or_default()] += 1;
        }
        stats.in_flight = self.in_flight;
        stats.buckets = self.lanes.len();
        stats.paused_until = self.global.bound_paused(now);
        stats.breaker = self.breaker.state(now);
        stats.invalid_requests = self.breaker.count_now(now);
        stats
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
        if entry.state == State::Queued && worse != better {
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
            self.global.start(id, now);
        }
        self.lanes.get(lane).bucket.start();
        self.lanes.remove(lane, rank, now);
        Some(start)
    }

    /// Takes the limits out of an answer.
    fn learn(&mut self, entry: &mut Entry, answer: &Answer, now: Timestamp) {
        let lane = entry.lane;
        if answer.bucket().is_some_and(|bucket| self.lanes.learn(&entry.route, bucket)) {
            let to = self.lanes.of(&entry.route);
            self.lanes.adopt(lane, to, true);
            entry.lane = to;
            self.rehome(&entry.route, now);
        }
        // What stands in front of Discord says nothing about its buckets.
        let healthy = answer.status < 500 && !matches!(answer.verdict(), Verdict::Limited { .. });
        self.lanes.get(entry.lane).bucket.answer(answer.limits(), healthy, now);
        self.lanes.index(lane, now);
        self.lanes.index(entry.lane, now);
    }

    /// Moves the calls of a route to the lanes of the bucket that was just learned.
    fn rehome(&mut self, route: &Route, now: Timestamp) {
        for (id, entry) in &mut self.entries {
            if entry.route.template != route.template {
                continue;
            }
            let from = entry.lane;
            let to = self.lanes.of(&entry.route);
            if from == to {
                continue;
            }
            entry.lane = to;
            self.lanes.adopt(from, to, entry.state == State::Flying);
            if entry.state == State::Queued {
                self.lanes.remove(from, entry.rank, now);
                self.lanes.push(to, entry.rank, now);
            }
            debug_assert_eq!(entry.rank.1, *id, "a rank names its call");
            self.lanes.index(to, now);
        }
    }

    fn answer(&mut self, ticket: u64, entry: Entry, answer: Answer, now: Timestamp) {
        let verdict = answer.verdict();
        let shared = matches!(verdict, Verdict::Limited { scope: Scope::Shared, .. });
        if matches!(answer.status, 401 | 403) || (answer.status == 429 && !shared) {
            self.breaker.count(now);
        }
        if entry.request.authorized && answer.status != 401 && answer.status < 429 {
            self.breaker.accept_token();
        }
        let status = answer.status;
        match verdict {
            Verdict::Success => {
                let response = Response { status, body: answer.body, tries: entry.tries };
                self.finish(entry, &Ok(response), now);
            }
            Verdict::Failure { code, message } => {
                let refused = status == 401 && entry.request.authorized;
                let error = RestError::Status { status, code, message, tries: entry.tries };
                self.finish(entry, &Err(error), now);
                if refused {
                    self.refuse_token(now);
                }
            }
            Verdict::Unwell { code, message } => {
                let error = RestError::Status { status, code, message, tries: entry.tries };
                if entry.repeatable {
                    self.retry(ticket, entry, &error, "unwell", now);
                } else {
                    self.finish(entry, &Err(error), now);
                }
            }
            Verdict::Limited { scope, retry_after } => self.limited(ticket, entry, scope, retry_after, now),
        }
    }

    fn limited(
        &mut self,
        ticket: u64,
        mut entry: Entry,
        scope: Scope,
        retry_after: Duration,
        now: Timestamp,
    ) {
        self.counts.rate_limited += 1;
        telemetry::limited(scope, retry_after);
        let until = now + retry_after + MARGIN;
        match scope {
            Scope::Edge => self.global.pause_all(until),
            Scope::Global => self.global.pause_bound(until),
            Scope::User | Scope::Shared => {}
        }
        if scope != Scope::Global || !entry.route.is_bound() {
            self.lanes.get(entry.lane).bucket.block(until);
            self.lanes.index(entry.lane, now);
        }
        let late = entry.deadline.is_some_and(|deadline| deadline <= until);
        if entry.tries >= self.limits.max_tries || retry_after > self.limits.patience || late {
            self.finish(entry, &Err(RestError::RateLimited { retry_after }), now);
            return;
        }
        telemetry::retried("rate_limited");
        entry.state = State::Queued;
        self.put_back(ticket, entry, now);
    }

    /// Sends a call again after a while, or gives up.
    fn retry(
        &mut self,
        ticket: u64,
        mut entry: Entry,
        error: &RestError,
        reason: &'static str,
        now: Timestamp,
    ) {
        let at = now + backoff::delay(entry.tries, &*self.random);
        let late = entry.deadline.is_some_and(|deadline| deadline <= at);
        if entry.tries >= self.limits.max_tries || late {
            self.finish(entry, &Err(error.clone()), now);
            return;
        }
        telemetry::retried(reason);
        entry.state = State::Delayed(at);
        self.put_back(ticket, entry, now);
    }

    /// Lets a call wait again that was on the wire. A newer edit that waited behind it joins it.
    fn put_back(&mut self, id: u64, mut entry: Entry, now: Timestamp) {
        if let Some(edits) = entry.edit.as_ref().and_then(|key| self.edits.get_mut(key)) {
            edits.flying = false;
            let parked = edits.waiting.replace(id).and_then(|parked| self.entries.remove(&parked));
            if let Some(parked) = parked {
                if let Some(deadline) = parked.deadline {
                    self.deadlines.remove(&(deadline, parked.rank.1));
                }
                self.counts.coalesced += 1;
                telemetry::coalesced();
                let newer = Outgoing::clone(&parked.request);
                entry.request = Arc::new(coalesce::merge(&entry.request, newer));
                entry.deadline = entry.deadline.zip(parked.deadline).map(|(old, new)| old.max(new));
                entry.priority = entry.priority.min(parked.priority);
                for waiter in &parked.waiters {
                    self.owners.insert(*waiter, id);
                }
                entry.waiters.extend(parked.waiters);
            }
        }
        if entry.waiters.is_empty() {
            // Nobody waits any more: a call taken back on the wire is not sent again.
            if let Some(key) = &entry.edit {
                self.edits.remove(key);
            }
            return;
        }
        if let Some(deadline) = entry.deadline {
            self.deadlines.insert((deadline, id));
        }
        match entry.state {
            State::Delayed(at) => drop(self.delayed.insert((at, id))),
            _ => self.lanes.push(entry.lane, entry.rank, now),
        }
        self.entries.insert(id, entry);
    }

    /// A call that was on the wire is over.
    fn finish(&mut self, entry: Entry, result: &Result<Response, RestError>, now: Timestamp) {
        if let Some(key) = &entry.edit
            && let Some(edits) = self.edits.get_mut(key)
        {
            edits.flying = false;
            match edits.waiting {
                Some(parked) => self.enqueue(parked, now),
                None => drop(self.edits.remove(key)),
            }
        }
        self.settle(entry.waiters, result);
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

    /// Stops every authenticated call at once: a call with a refused token only adds to the count.
    fn refuse_token(&mut self, now: Timestamp) {
        telemetry::token_refused();
        self.breaker.refuse_token(now);
        if let Some(error) = self.breaker.refusal(Class::Bound, true, now) {
            self.fail(&error, now, |entry| entry.request.authorized);
        }
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
        let mut wake = [first(&self.deadlines), first(&self.delayed), self.lanes.next_timer(), None];
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
