//! What becomes of a call once its request is answered, or lost.

use std::{sync::Arc, time::Duration};

use guildhall_core::clock::Timestamp;

use super::{
    super::{
        backoff,
        bucket::MARGIN,
        coalesce,
        error::RestError,
        outgoing::Outgoing,
        response::Response,
        route::{Class, Route},
        telemetry,
        verdict::{Answer, Outcome, Scope, Verdict},
    },
    Entry, Scheduler, State,
};

impl Scheduler {
    /// Tells how a request went.
    pub(in crate::rest) fn complete(&mut self, ticket: u64, outcome: Outcome, now: Timestamp) {
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
        if self.lanes.get(entry.lane).bucket.answer(answer.limits(), healthy, now) && self.lanes.has_company()
        {
            self.counts.contended += 1;
            telemetry::contended();
        }
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
            let bucket = &mut self.lanes.get(entry.lane).bucket;
            bucket.block(until);
            if scope == Scope::User {
                bucket.refuse();
            }
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

    /// Stops every authenticated call at once: a call with a refused token only adds to the count.
    fn refuse_token(&mut self, now: Timestamp) {
        telemetry::token_refused();
        self.breaker.refuse_token(now);
        if let Some(error) = self.breaker.refusal(Class::Bound, true, now) {
            self.fail(&error, now, |entry| entry.request.authorized);
        }
    }
}
