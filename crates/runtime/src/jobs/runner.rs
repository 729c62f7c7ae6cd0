//! Takes jobs in fair turns and runs them, as many as there are seats.
//!
//! A party is known to have something to run because a handler of this process has said so after its commit,
//! because its time has come, or because somebody looked into the database. Which jobs it has, the database
//! alone knows: the runner only says whose turn it is.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use guildhall_core::clock::Timestamp;
use guildhall_store::{
    OperatorPath, StoreError,
    platform::job::{
        Held, JobId, Party, Priority, State,
        work::{self, Claim, Head, Heavy, Orphan},
    },
};
use parking_lot::Mutex;
use tokio::{
    task::{AbortHandle, Id, JoinError, JoinSet},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    Shared,
    ring::Ring,
    run::{self, Outcome},
};
use crate::telemetry;

/// How long a job is held without a sign of life.
pub(super) const LEASE: Duration = Duration::from_mins(1);
/// How often leases are extended, and how often where that failed.
const BEAT: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(3));
/// How often one looks for jobs that others have put, and where there is a file for each guild: this process
/// has put all of them.
const LOOK: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));
/// How often one looks for leases that ran out.
const SWEEP: (Duration, Duration) = (Duration::from_secs(10), Duration::from_hours(1));
/// A look into the database takes at most one part in so many of the time.
const SHARE: u32 = 20;
/// How long nothing happens at the most, and after the database refused.
const PAUSE: Duration = Duration::from_secs(1);
/// How many parties' next jobs are looked up in one transaction.
const HEADS: usize = 500;
/// As long as so many parties wait for a seat, nobody looks for more.
const ENOUGH: usize = 5_000;
/// Heavy jobs of a party that run at once, in all processes: what takes hours leaves others their turns.
const HAND: u32 = 2;
/// One part in so many of a process's seats is for heavy jobs.
const HEAVY_SHARE: usize = 2;
/// Tries to put back what was cut short, before it is left to its lease.
const PUT_BACK: u32 = 3;

/// Jobs of this process, their tokens, and how they are cut short.
type Holding = Arc<Mutex<BTreeMap<JobId, Hold>>>;

struct Hold {
    epoch: i64,
    label: &'static str,
    task: AbortHandle,
}

pub(super) struct Runner {
    shared: Arc<Shared>,
    stop: CancellationToken,
    ring: Ring,
    /// Parties about which is not known whether they have something to run.
    unsure: BTreeSet<Party>,
    /// Parties that may have something to run then.
    later: BTreeSet<(Timestamp, Party)>,
    /// Parties that have nothing but jobs that run alone, while one such runs.
    parked: BTreeSet<Party>,
    /// Parties that have nothing but heavy jobs, while as many of those run as may in this process.
    behind: BTreeSet<Party>,
    heavy: Heavy,
    running: JoinSet<Outcome>,
    tasks: HashMap<Id, Held>,
    seats: HashMap<Party, u32>,
    holding: Holding,
    look_at: Instant,
    sweep_at: Instant,
    /// Whether this is the first look: whatever a process left behind is then found.
    first: bool,
}

impl Runner {
    pub(super) fn new(shared: Arc<Shared>, stop: CancellationToken) -> Self {
        let heavy = Heavy::new(shared.services().registry.heavy_jobs(), HAND);
        Self {
            heavy,
            behind: BTreeSet::new(),
            shared,
            stop,
            ring: Ring::default(),
            unsure: BTreeSet::new(),
            later: BTreeSet::new(),
            parked: BTreeSet::new(),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            seats: HashMap::new(),
            holding: Holding::default(),
            look_at: Instant::now(),
            sweep_at: Instant::now(),
            first: true,
        }
    }

    /// Works until the end, and then puts back what does not end by itself.
    pub(super) async fn run(mut self) {
        let mut beside = JoinSet::new();
        beside.spawn(beat(Arc::clone(&self.shared), Arc::clone(&self.holding)));
        let stop = self.stop.clone();
        while !stop.is_cancelled() {
            let mut wait = match self.step().await {
                Ok(()) => self.wait(),
                Err(error) => {
                    telemetry::background_write_failed("jobs", &error);
                    PAUSE
                }
            };
            if self.unsure.len() >= HEADS {
                wait = Duration::ZERO;
            }
            let shared = Arc::clone(&self.shared);
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.ended(ended).await,
                () = shared.services().tasks.woken() => {}
                () = sleep(wait) => {}
                () = stop.cancelled() => {}
            }
            while let Some(ended) = self.running.try_join_next_with_id() {
                self.ended(ended).await;
            }
        }
        self.finish().await;
    }

    /// How long nothing is to be done, but for what others say.
    fn wait(&self) -> Duration {
        let now = self.shared.services().clock.now();
        let next = self.later.first().map_or(PAUSE, |(at, _)| at.since(now));
        let look = self.look_at.min(self.sweep_at).saturating_duration_since(Instant::now());
        next.min(look).clamp(Duration::from_millis(1), PAUSE)
    }

    async fn step(&mut self) -> Result<(), StoreError> {
        let now = self.shared.services().clock.now();
        for due in self.shared.services().tasks.take_due() {
            self.later.insert((due.at, due.party));
        }
        if self.sweep_at <= Instant::now() {
            self.sweep(now).await?;
        }
        if self.look_at <= Instant::now() {
            self.look(now).await?;
        }
        self.first = false;
        while let Some((at, _)) = self.later.first()
            && *at <= now
            && let Some((_, party)) = self.later.pop_first()
        {
            self.unsure.insert(party);
        }
        self.sort(now).await?;
        while self.claim(now).await? {}
        Ok(())
    }

    /// Counts the crashes of those whose lease ran out. On a database that belongs to one process, whatever is
    /// held when it starts is held by one that is no more.
    async fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let services = Arc::clone(self.shared.services());
        let before = if self.first && self.shared.is_alone() { Timestamp(i64::MAX) } else { now };
        let orphans = {
            let mut read = services.store.read().await?;
            work::orphans(&mut read.operator(OperatorPath::Jobs), before).await?
        };
        for orphan in orphans {
            let mut write = services.store.write().await?;
            let mut tx = write.operator(OperatorPath::Jobs);
            let state = work::crashed(&mut tx, &orphan, before, now).await?;
            write.commit().await?;
            self.rescued(orphan, state);
        }
        self.sweep_at = Instant::now() + self.shared.every(SWEEP.0, SWEEP.1);
        Ok(())
    }

    fn rescued(&mut self, orphan: Orphan, state: Option<State>) {
        let label = self.shared.label(&orphan.kind);
        match state {
            Some(State::Quarantined) => {
                telemetry::job(label, "crashed");
                telemetry::job_given_up(label, "quarantined", &orphan.id.to_string());
            }
            Some(_) => {
                telemetry::job(label, "crashed");
                self.unsure.insert(orphan.id.party);
            }
            None => {}
        }
    }

    /// Looks for parties with something to run.
    async fn look(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let begun = Instant::now();
        if self.ring.len() + self.unsure.len() < ENOUGH {
            // Where nobody looks again for long, what is to come is remembered.
            let usual = self.shared.every(LOOK.0, LOOK.1);
            let until = if usual == LOOK.0 { now } else { Timestamp(i64::MAX) };
            let mut read = self.shared.services().store.read().await?;
            for (party, at) in work::parties(&mut read.operator(OperatorPath::Jobs), until).await? {
                // Whoever is in the ring is looked at when it is their turn.
                if !self.ring.contains(&party) {
                    self.later.insert((at, party));
                }
            }
        }
        let usual = self.shared.every(LOOK.0, LOOK.1);
        self.look_at = Instant::now() + usual.max(begun.elapsed() * SHARE);
        Ok(())
    }

    /// Finds out what the parties have to run that are said to have something.
    async fn sort(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let some: Vec<_> = self.unsure.iter().take(HEADS).cloned().collect();
        if some.is_empty() {
            return Ok(());
        }
        let mut read = self.shared.services().store.read().await?;
        let mut tx = read.operator(OperatorPath::Jobs);
        let heavy = self.heavy_now(self.heavy_seats());
        for party in some {
            let head = work::head(&mut tx, &party, &heavy, now).await?;
            self.unsure.remove(&party);
            self.behind.remove(&party);
            match head {
                Head::Due(priority) if !self.parked.contains(&party) => self.ring.insert(party, priority),
                Head::Later(at) if self.shared.is_alone() => {
                    self.ring.remove(&party);
                    self.later.insert((at, party));
                }
                Head::Due(_) => {}
                Head::Heavy => self.heavy_waits(party, now),
                Head::Later(_) | Head::Nothing => self.ring.remove(&party),
            }
        }
        Ok(())
    }

    /// How many more heavy jobs may run in this process.
    fn heavy_seats(&self) -> usize {
        let all = self.shared.dispatcher.options.jobs.running.div_ceil(HEAVY_SHARE);
        all.saturating_sub(self.tasks.values().filter(|held| self.shared.is_heavy(&held.kind)).count())
    }

    /// What is to be said of heavy jobs as long as there are so many seats for them.
    fn heavy_now(&self, seats: usize) -> Heavy {
        if seats == 0 { self.heavy.left() } else { self.heavy.clone() }
    }

    /// All that a party has to run is heavy, and too much of that runs.
    fn heavy_waits(&mut self, party: Party, now: Timestamp) {
        self.ring.remove(&party);
        if self.heavy_seats() == 0 {
            self.behind.insert(party);
        } else {
            // As much of the party's own, maybe in another process.
            self.later.insert((now + PAUSE, party));
        }
    }

    /// Claims as many jobs as there are seats, in one transaction. Whether it is worth while to try again.
    async fn claim(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let limits = self.shared.dispatcher.options.jobs;
        let free = limits.running.saturating_sub(self.running.len());
        let mut asked: Vec<(Party, Priority)> = Vec::new();
        let mut seats = self.seats.clone();
        while asked.len() < free
            && let Some((party, priority)) =
                self.ring.next(|party| seats.get(party).copied().unwrap_or(0) < limits.running_per_party)
        {
            *seats.entry(party.clone()).or_default() += 1;
            asked.push((party, priority));
        }
        if asked.is_empty() {
            return Ok(false);
        }
        let mut heavy_seats = self.heavy_seats();
        let mut suspects = !self.tasks.values().any(|held| held.crashes > 0);
        let mut missed: Vec<(Party, Priority, Head)> = Vec::new();
        let mut taken = Vec::new();
        let mut write = self.shared.services().store.write().await?;
        let mut tx = write.operator(OperatorPath::Jobs);
        for (party, priority) in asked {
            if missed.iter().any(|(other, ..)| *other == party) {
                continue;
            }
            let heavy = self.heavy_now(heavy_seats);
            let how = Claim {
                now,
                until: now + LEASE,
                holder: &self.shared.holder,
                priority,
                suspects,
                most: limits.running_per_party,
                heavy: &heavy,
            };
            if let Some(held) = work::claim(&mut tx, &party, &how).await? {
                suspects &= held.crashes == 0;
                heavy_seats -= usize::from(self.shared.is_heavy(&held.kind));
                taken.push(held);
            } else {
                let head = work::head(&mut tx, &party, &heavy, now).await?;
                missed.push((party, priority, head));
            }
        }
        write.commit().await?;
        for held in taken {
            self.start(held);
        }
        let mut again = false;
        for (party, priority, head) in missed {
            again |= self.missed(party, priority, head, now);
        }
        Ok(again)
    }

    /// A party had nothing to take. Whether its turn may come at once, with something less urgent.
    fn missed(&mut self, party: Party, asked: Priority, head: Head, now: Timestamp) -> bool {
        match head {
            Head::Due(found) if found > asked => {
                self.ring.insert(party, found);
                return true;
            }
            Head::Due(_) if self.tasks.values().any(|held| held.crashes > 0) => {
                self.ring.remove(&party);
                self.parked.insert(party);
            }
            Head::Due(_) => {
                // Another process takes of it right now, or runs as many of it as may be.
                self.ring.remove(&party);
                self.later.insert((now + PAUSE, party));
            }
            Head::Later(at) => {
                self.ring.remove(&party);
                if self.shared.is_alone() {
                    self.later.insert((at, party));
                }
            }
            Head::Heavy => self.heavy_waits(party, now),
            Head::Nothing => self.ring.remove(&party),
        }
        false
    }

    fn start(&mut self, held: Held) {
        *self.seats.entry(held.id.party.clone()).or_default() += 1;
        let task = self.running.spawn(run::run(Arc::clone(&self.shared), held.clone()));
        let label = self.shared.label(&held.kind);
        let entry = Hold { epoch: held.epoch, label, task: task.clone() };
        self.holding.lock().insert(held.id.clone(), entry);
        self.tasks.insert(task.id(), held);
    }

    /// A run is over; what it held is let go.
    fn let_go(&mut self, task: Id) -> Option<Held> {
        let held = self.tasks.remove(&task)?;
        self.holding.lock().remove(&held.id);
        if let Some(seats) = self.seats.get_mut(&held.id.party) {
            *seats = seats.saturating_sub(1);
            if *seats == 0 {
                self.seats.remove(&held.id.party);
            }
        }
        if held.crashes > 0 {
            self.unsure.append(&mut self.parked);
        }
        if self.shared.is_heavy(&held.kind) {
            self.unsure.append(&mut self.behind);
        }
        Some(held)
    }

    async fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        match ended {
            Ok((task, outcome)) => {
                let Some(held) = self.let_go(task) else { return };
                if let Outcome::At(at) = outcome {
                    self.later.insert((at, held.id.party));
                }
            }
            // Its lease was lost: it is another's by now.
            Err(error) if error.is_cancelled() => {
                self.let_go(error.id());
            }
            Err(error) => {
                let Some(held) = self.let_go(error.id()) else { return };
                tracing::error!(job = %held.id, kind = held.kind, "the run of a job broke off");
                self.put_back(vec![held]).await;
            }
        }
    }

    /// Lets runs come to their end as long as there is time, and puts the others back: no try is counted.
    async fn finish(mut self) {
        let by = self.shared.end_by();
        for (id, Hold { task, .. }) in self.holding.lock().iter() {
            let Party::Lane(lane) = &id.party else { continue };
            if self.shared.schedule(lane).is_some_and(|schedule| schedule.cut) {
                task.abort();
            }
        }
        let mut cut = Vec::new();
        loop {
            match timeout_at(by, self.running.join_next_with_id()).await {
                Ok(Some(Err(error))) => cut.extend(self.let_go(error.id())),
                Ok(Some(Ok((task, _)))) => drop(self.let_go(task)),
                Ok(None) => break,
                Err(_) => {
                    self.running.abort_all();
                    while let Some(ended) = self.running.join_next_with_id().await {
                        match ended {
                            Ok((task, _)) => drop(self.let_go(task)),
                            Err(error) => cut.extend(self.let_go(error.id())),
                        }
                    }
                    break;
                }
            }
        }
        self.put_back(cut).await;
    }

    async fn put_back(&mut self, mut cut: Vec<Held>) {
        let services = Arc::clone(self.shared.services());
        for _ in 0..PUT_BACK {
            let now = services.clock.now();
            while let Some(held) = cut.last() {
                match run::put_back(&services, held, now, now).await {
                    Ok(back) => {
                        if back {
                            telemetry::job(self.shared.label(&held.kind), "interrupted");
                            self.later.insert((now, held.id.party.clone()));
                        }
                        cut.pop();
                    }
                    Err(error) => {
                        telemetry::background_write_failed("jobs", &error);
                        break;
                    }
                }
            }
        }
    }
}

/// Extends the leases of what runs. What has become another's is cut short.
async fn beat(shared: Arc<Shared>, holding: Holding) {
    let mut wait = BEAT.0;
    // A job that has just come to its end is no longer there, either; what is lost for good stays so.
    let mut lost_before = Vec::new();
    loop {
        sleep(wait).await;
        let held: Vec<_> = holding.lock().iter().map(|(id, hold)| (id.clone(), hold.epoch)).collect();
        wait = match extend(&shared, held).await {
            Ok(lost) => {
                for (id, epoch) in lost.iter().filter(|job| lost_before.contains(*job)) {
                    let holding = holding.lock();
                    if let Some(hold) = holding.get(id).filter(|hold| hold.epoch == *epoch) {
                        telemetry::job_fenced(hold.label, &id.to_string());
                        hold.task.abort();
                    }
                }
                lost_before = lost;
                BEAT.0
            }
            Err(error) => {
                telemetry::background_write_failed("leases of jobs", &error);
                BEAT.1
            }
        };
    }
}

/// Those whose lease could not be extended.
async fn extend(shared: &Shared, held: Vec<(JobId, i64)>) -> Result<Vec<(JobId, i64)>, StoreError> {
    let mut lost = Vec::new();
    if held.is_empty() {
        return Ok(lost);
    }
    let services = shared.services();
    let until = services.clock.now() + LEASE;
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Jobs);
    for (id, epoch) in held {
        if !work::beat(&mut tx, &id, epoch, until).await? {
            lost.push((id, epoch));
        }
    }
    write.commit().await?;
    Ok(lost)
}
