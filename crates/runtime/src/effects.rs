//! Events with effects: many in one transaction.
//!
//! Where one of them fails, nothing is committed, and the batch is done again with care: each event in a savepoint of its
//! own. The one that fails is then rolled back alone, tried again alone, and in the end written down as a dead
//! letter and acknowledged, so that it never holds the cursor of its shard. A database that refuses is
//! nobody's fault: the batch is then tried again for as long as it takes.
//!
//! Failures are rare, and without savepoints events of one guild cost the database a fraction: it need not begin and end
//! a part for each, and what they add to the same counts is added once.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use guildhall_bus::Delivery;
use guildhall_core::reference::RefId;
use guildhall_framework::{Failure, Tallies, ctx::Work};
use guildhall_store::{StoreError, WriteTx};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    admission::{Admission, Class, Item, Limits, Next, Seat},
    dispatcher::{Dispatcher, event::Unit},
    outbox::{self, Entry},
    store::dead_letter,
    telemetry::{self, InternalFailure},
};

/// Failed events that are tried again between two batches.
const AGAIN_AT_ONCE: usize = 8;
/// The first pause after the database refused; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Handles events until its queue ends.
pub struct Effects {
    dispatcher: Arc<Dispatcher>,
    queue: mpsc::UnboundedReceiver<Delivery>,
    admission: Admission<Unit>,
    again: VecDeque<Unit>,
    waiting: Arc<AtomicUsize>,
    closed: bool,
}

/// What a batch came to.
enum Batch {
    /// Committed. Some units may have failed for themselves, and some may have been left for the next.
    Committed { failed: Vec<(Unit, Failure)>, rest: Vec<Unit> },
    /// Nothing is committed. The unit that broke the transaction, and those that did nothing wrong.
    Broken { culprit: (Unit, Failure), others: Vec<Unit> },
    /// Nothing is committed, and no unit is to blame.
    Refused { error: StoreError, units: Vec<Unit> },
    /// Nothing is committed, because one of these failed.
    Failed(Vec<Unit>),
}

impl Effects {
    /// Handles what comes through `queue`, which the sink bounds.
    pub fn new(
        dispatcher: Arc<Dispatcher>,
        queue: mpsc::UnboundedReceiver<Delivery>,
        waiting: Arc<AtomicUsize>,
    ) -> Self {
        // Events are bounded where they come in, and run one after the other.
        let limits = Limits {
            seats: usize::MAX,
            seats_per_guild: usize::MAX,
            waiting_per_guild: usize::MAX,
            ..dispatcher.options.limits
        };
        Self {
            dispatcher,
            queue,
            admission: Admission::new(limits),
            again: VecDeque::new(),
            waiting,
            closed: false,
        }
    }

    /// Works until the queue is closed and empty.
    pub async fn run(mut self) {
        loop {
            self.fill().await;
            if self.closed && self.admission.waiting() == 0 && self.again.is_empty() {
                return;
            }
            for _ in 0..AGAIN_AT_ONCE.min(self.again.len()) {
                if let Some(unit) = self.again.pop_front() {
                    self.work(vec![unit]).await;
                }
            }
            let mut units = Vec::new();
            let mut seats: Vec<Seat> = Vec::new();
            let now = self.dispatcher.services.clock.now();
            let mut oldest = now;
            while units.len() < self.dispatcher.options.batch
                && let Next::Start(seat, item) = self.admission.next(now)
            {
                // Each event costs the same here: what it takes is mostly the shared commit.
                seats.push(seat);
                oldest = oldest.min(item.since);
                units.push(item.work);
            }
            self.dispatcher.meter.begin(oldest);
            self.work(units).await;
            self.dispatcher.meter.end(self.dispatcher.services.clock.now());
            for seat in seats {
                self.admission.finish(seat, Duration::from_millis(1));
            }
        }
    }

    /// Waits for the first event, then a moment for others to share its transaction.
    async fn fill(&mut self) {
        let batch = self.dispatcher.options.batch;
        self.count();
        if !self.closed && self.admission.waiting() == 0 && self.again.is_empty() {
            let first = self.queue.recv().await;
            self.enter(first);
            let full = Instant::now() + self.dispatcher.options.batch_wait;
            while !self.closed && self.admission.waiting() < batch {
                let Ok(next) = timeout_at(full, self.queue.recv()).await else { break };
                self.enter(next);
            }
        }
        // What is there already, so that guilds take turns; but not for as long as more comes, or a long replay
        // would keep the first batch from its commit.
        let enough = Instant::now() + self.dispatcher.options.batch_wait;
        while self.admission.waiting() < batch || Instant::now() < enough {
            match self.queue.try_recv() {
                Ok(delivery) => self.enter(Some(delivery)),
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    self.closed = true;
                    break;
                }
                Err(mpsc::error::TryRecvError::Empty) => break,
            }
        }
        self.count();
    }

    fn enter(&mut self, delivery: Option<Delivery>) {
        let Some(delivery) = delivery else {
            self.closed = true;
            return;
        };
        let since = delivery.envelope.received;
        for unit in Unit::split(&self.dispatcher, delivery) {
            let (party, item) = (Some(unit.guild()), Item { work: unit, since, deadline: None });
            if let Err(item) = self.admission.offer(party, Class::Effect, item) {
                self.again.push_back(item.work);
            }
        }
    }

    fn count(&self) {
        self.waiting.store(self.admission.waiting() + self.again.len(), Ordering::Relaxed);
    }

    /// Brings units to an end: committed, put aside for another try, or buried.
    async fn work(&mut self, mut units: Vec<Unit>) {
        let mut pause = FIRST_PAUSE;
        let mut with_care = units.len() == 1;
        while !units.is_empty() {
            match self.batch(units, with_care).await {
                Batch::Committed { failed, rest } => {
                    for (unit, failure) in failed {
                        self.failed(unit, failure).await;
                    }
                    units = rest;
                    pause = FIRST_PAUSE;
                }
                Batch::Broken { culprit: (unit, failure), others } => {
                    self.failed(unit, failure).await;
                    units = others;
                }
                Batch::Refused { error, units: all } => {
                    telemetry::batch_failed(&error);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    units = all;
                }
                Batch::Failed(all) => {
                    with_care = true;
                    units = all;
                }
            }
        }
    }

    async fn batch(&self, units: Vec<Unit>, with_care: bool) -> Batch {
        for unit in &units {
            if let Err(error) = unit.know(&self.dispatcher).await {
                return Batch::Refused { error, units };
            }
        }
        let mut write = match self.dispatcher.services.store.write().await {
            Ok(write) => write,
            Err(error) => return Batch::Refused { error, units },
        };
        let mut done: Vec<Unit> = Vec::with_capacity(units.len());
        let mut failed: Vec<(Unit, Failure)> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        let mut tallies = Tallies::default();
        let (mut changes, mut enqueued, mut stale) = (Vec::new(), Vec::new(), Vec::new());
        // Everybody who writes for several guilds goes by their numbers, so that no two wait for each other.
        let mut units = units;
        units.sort_by_key(Unit::guild);
        let mut units = units.into_iter();
        let begun = Instant::now();
        while let Some(unit) = units.next() {
            let ended =
                if with_care { self.one(&unit, write).await } else { self.together(&unit, write).await };
            match ended {
                (Some(back), Ok(kept)) => {
                    write = back;
                    entries.extend(kept.entries);
                    changes.extend(kept.changes);
                    enqueued.extend(kept.enqueued);
                    stale.extend(kept.stale);
                    tallies.extend(kept.tallies);
                    done.push(unit);
                }
                (Some(back), Err(failure)) if !failure.is_outage() => {
                    write = back;
                    failed.push((unit, failure));
                }
                (_, Err(Failure::Store(error))) if error.is_outage() => {
                    let others =
                        done.into_iter().chain(failed.into_iter().map(|(unit, _)| unit)).chain(units);
                    return Batch::Refused { error, units: std::iter::once(unit).chain(others).collect() };
                }
                (_, Err(failure)) if !with_care => {
                    tracing::debug!(cause = %failure, "an event failed; its batch is done again with care");
                    return Batch::Failed(done.into_iter().chain([unit]).chain(units).collect());
                }
                (_, result) => {
                    let lost = || Failure::internal("the handler broke the transaction");
                    let failure = result.err().unwrap_or_else(lost);
                    let others =
                        done.into_iter().chain(failed.into_iter().map(|(unit, _)| unit)).chain(units);
                    return Batch::Broken { culprit: (unit, failure), others: others.collect() };
                }
            }
            // The writer goes to who waits for it; the rest queues up behind.
            let (held, options) = (begun.elapsed(), &self.dispatcher.options);
            let wanted = held >= options.batch_hold && self.dispatcher.services.store.writer_wanted();
            if wanted || held >= options.batch_longest {
                break;
            }
        }
        let ended = match tallies.write(&mut write).await {
            Ok(()) => write.commit().await,
            Err(error) if !error.is_outage() => {
                return Batch::Failed(done.into_iter().chain(units).collect());
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            let units = done.into_iter().chain(failed.into_iter().map(|(unit, _)| unit)).chain(units);
            return Batch::Refused { error, units: units.collect() };
        }
        telemetry::batch(done.len() + failed.len());
        self.dispatcher.services.forget_cached(&stale).await;
        self.dispatcher.changed(changes);
        self.dispatcher.enqueued(enqueued);
        for entry in entries {
            self.dispatcher.relay.send(entry);
        }
        telemetry::events("done", done.len());
        self.dispatcher.services.processes.count_events(done.len());
        done.into_iter().for_each(Unit::done);
        Batch::Committed { failed, rest: units.collect() }
    }

    /// One unit without a savepoint. Whatever fails breaks the transaction, but for an event that was done before: that
    /// was found before anything was written.
    async fn together(&self, unit: &Unit, write: WriteTx) -> (Option<WriteTx>, Result<Kept, Failure>) {
        let (write, result) = self.dispatcher.event(unit, write, true).await;
        match (write, result) {
            (Some(mut write), Ok(work)) => match self.keep(&mut write, work).await {
                Ok(kept) => (Some(write), Ok(kept)),
                Err(failure) => (None, Err(failure)),
            },
            (Some(write), Err(Failure::DoneBefore)) => {
                telemetry::replayed();
                (Some(write), Ok(Kept::default()))
            }
            (None, Ok(_)) => (None, Err(Failure::internal("the handler broke the transaction"))),
            (_, Err(failure)) => (None, Err(failure)),
        }
    }

    /// What a handler left behind, with its messages stored.
    async fn keep(&self, write: &mut WriteTx, work: Work) -> Result<Kept, Failure> {
        let now = self.dispatcher.services.clock.now();
        let Work { outgoing, changes, enqueued, stale, tallies, .. } = work;
        let entries = outbox::store_messages(write, outgoing, None, now).await?;
        Ok(Kept { entries, changes, enqueued, stale, tallies })
    }

    /// One unit in a savepoint. Without a transaction given back, that is broken.
    async fn one(&self, unit: &Unit, mut write: WriteTx) -> (Option<WriteTx>, Result<Kept, Failure>) {
        if let Err(error) = write.savepoint().await {
            return (None, Err(error.into()));
        }
        let (write, result) = self.dispatcher.event(unit, write, false).await;
        let Some(mut write) = write else { return (None, result.map(|_| Kept::default())) };
        let kept = match result {
            Ok(work) => self.keep(&mut write, work).await,
            Err(failure) => Err(failure),
        };
        let ended = match &kept {
            Ok(_) => write.release().await,
            Err(_) => write.rollback_to_savepoint().await,
        };
        match (ended, kept) {
            (Ok(()), Ok(kept)) => (Some(write), Ok(kept)),
            (Ok(()), Err(Failure::DoneBefore)) => {
                telemetry::replayed();
                (Some(write), Ok(Kept::default()))
            }
            (Ok(()), Err(failure)) => (Some(write), Err(failure)),
            (Err(error), kept) => (None, Err(kept.err().unwrap_or_else(|| error.into()))),
        }
    }

    /// A unit that failed for itself: once more, or never again.
    async fn failed(&mut self, mut unit: Unit, failure: Failure) {
        unit.tries += 1;
        if unit.tries < self.dispatcher.options.event_tries {
            telemetry::events("retried", 1);
            self.again.push_back(unit);
            return;
        }
        telemetry::events("dead", 1);
        let services = &self.dispatcher.services;
        let reference = RefId::draw(&*services.random);
        let cause = guildhall_core::error::chain(&failure);
        let feature = unit.feature(&self.dispatcher);
        let name = feature.map_or("unknown", |feature| feature.name);
        InternalFailure { reference, place: "event", name, guild: Some(unit.guild()), cause: &cause }.emit();
        let letter = dead_letter::DeadLetter {
            key: feature.map(|feature| unit.key(feature)).unwrap_or_default(),
            feature: name,
            kind: unit.kind().name(),
            reference: reference.as_str(),
            cause: &cause,
        };
        dead_letter::insist(services, unit.guild(), &letter).await;
        unit.done();
    }
}

/// What a unit leaves for after the commit.
#[derive(Default)]
struct Kept {
    entries: Vec<Entry>,
    changes: Vec<(guildhall_core::id::GuildId, guildhall_framework::change::Change)>,
    enqueued: Vec<guildhall_framework::tasks::Due>,
    stale: Vec<(guildhall_core::id::GuildId, &'static guildhall_cache::Category)>,
    tallies: Tallies,
}
