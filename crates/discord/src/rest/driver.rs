//! Gives the scheduler its sockets, its clock and its callers.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use guildhall_core::{clock::Timestamp, random::SharedRandom};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

use super::{
    RestOptions,
    error::RestError,
    pool::{Errand, SharedRate, buy},
    portion::{Demand, Portion},
    response::Response,
    scheduler::{Limits, Scheduler, Start, Submission, Waiter},
    stats::RestStats,
    telemetry,
    transport::Transport,
};

/// How often the levels in the metrics are renewed.
const LEVELS_EVERY: Duration = Duration::from_secs(5);

type Reply = oneshot::Sender<Result<Response, RestError>>;

/// The scheduler at work.
pub(super) struct Driver {
    transport: Transport,
    started: Instant,
    epoch: Timestamp,
    state: Mutex<State>,
    /// Tells the timer that the next moment changed.
    changed: Arc<Notify>,
    /// Tells who takes permits that there is something to ask for.
    wanted: Arc<Notify>,
    idle: watch::Sender<bool>,
}

struct State {
    scheduler: Scheduler,
    replies: HashMap<Waiter, Reply>,
    wake: Option<Timestamp>,
}

impl Driver {
    /// Starts the timer task; it ends when the last handle is dropped.
    pub(super) fn start(
        options: &RestOptions,
        transport: Transport,
        epoch: Timestamp,
        random: SharedRandom,
    ) -> Arc<Self> {
        telemetry::describe();
        let limits = Limits {
            global_per_second: options.global_per_second,
            max_pending: options.max_pending,
            max_tries: options.max_tries,
            patience: options.patience,
        };
        let changed = Arc::new(Notify::new());
        let driver = Arc::new(Self {
            transport,
            started: Instant::now(),
            epoch,
            state: Mutex::new(State {
                scheduler: Scheduler::new(limits, random),
                replies: HashMap::new(),
                wake: None,
            }),
            changed: Arc::clone(&changed),
            wanted: Arc::default(),
            idle: watch::Sender::new(true),
        });
        tokio::spawn(timer(Arc::downgrade(&driver), changed));
        driver
    }

    /// The time since 1970 as it was at the start, plus what has passed since.
    pub(super) fn now(&self) -> Timestamp {
        self.epoch + self.started.elapsed()
    }

    pub(super) async fn send(self: &Arc<Self>, call: Submission) -> Result<Response, RestError> {
        let (reply, answer) = oneshot::channel();
        let waiter = {
            let mut state = self.state.lock();
            let waiter = state.scheduler.submit(call, self.now())?;
            state.replies.insert(waiter, reply);
            waiter
        };
        let guard = TakeBack { driver: self, waiter };
        self.pump();
        let result = answer.await.unwrap_or(Err(RestError::Stopping));
        std::mem::forget(guard);
        result
    }

    pub(super) fn keep_to(self: &Arc<Self>, portion: Portion) {
        self.state.lock().scheduler.keep_to(portion, self.now());
        self.pump();
    }

    /// Goes by permits of a shared rate while it is there.
    pub(super) fn pool(self: &Arc<Self>, rate: Arc<dyn SharedRate>, limit: u32) {
        self.state.lock().scheduler.pool();
        tokio::spawn(buy(Arc::downgrade(self), rate, Arc::clone(&self.wanted), limit));
    }

    /// What is to be asked of the shared rate now.
    pub(super) fn errand(&self) -> Errand {
        self.state.lock().scheduler.errand(self.now())
    }

    /// What the shared rate said.
    pub(super) fn taken(self: &Arc<Self>, granted: bool, answered: bool) {
        self.state.lock().scheduler.taken(granted, answered, self.now());
        self.pump();
    }

    pub(super) fn demand(&self) -> Demand {
        self.state.lock().scheduler.demand(self.now())
    }

    pub(super) fn space_out(self: &Arc<Self>, gap: Duration) {
        self.state.lock().scheduler.space_out(gap, self.now());
        self.pump();
    }

    pub(super) fn stats(&self) -> RestStats {
        self.state.lock().scheduler.stats(self.now())
    }

    pub(super) async fn drain(self: &Arc<Self>, deadline: Timestamp) {
        let mut idle = self.idle.subscribe();
        self.state.lock().scheduler.stop();
        self.pump();
        let patience = deadline.since(self.now());
        if tokio::time::timeout(patience, idle.wait_for(|idle| *idle)).await.is_err() {
            self.state.lock().scheduler.abandon(self.now());
            self.pump();
        }
    }

    /// Does what the scheduler says is to be done now.
    fn pump(self: &Arc<Self>) {
        let (starts, replies) = {
            let mut state = self.state.lock();
            let step = state.scheduler.poll(self.now());
            if step.wake != state.wake {
                state.wake = step.wake;
                self.changed.notify_one();
            }
            if state.scheduler.errand(self.now()) != Errand::None {
                self.wanted.notify_one();
            }
            let idle = state.scheduler.is_idle();
            self.idle.send_if_modified(|known| std::mem::replace(known, idle) != idle);
            let replies: Vec<_> = step
                .settled
                .into_iter()
                .filter_map(|(waiter, result)| Some((state.replies.remove(&waiter)?, result)))
                .collect();
            (step.start, replies)
        };
        for (reply, result) in replies {
            // A caller that has gone needs no answer.
            drop(reply.send(result));
        }
        for start in starts {
            // A task of its own: the limits must learn of the answer even when the caller goes away.
            tokio::spawn(Arc::clone(self).fly(start));
        }
    }

    async fn fly(self: Arc<Self>, start: Start) {
        let sent = Instant::now();
        let outcome = self.transport.send(&start.request).await;
        let status = match &outcome {
            super::verdict::Outcome::Answer(answer) => answer.status,
            super::verdict::Outcome::Lost { .. } => 0,
        };
        telemetry::answered(&start.request.method, status, sent.elapsed());
        self.state.lock().scheduler.complete(start.ticket, outcome, self.now());
        self.pump();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.wanted.notify_one();
        self.changed.notify_one();
    }
}

/// Takes a call back when its caller goes away.
struct TakeBack<'a> {
    driver: &'a Driver,
    waiter: Waiter,
}

impl Drop for TakeBack<'_> {
    fn drop(&mut self) {
        let mut state = self.driver.state.lock();
        state.replies.remove(&self.waiter);
        state.scheduler.cancel(self.waiter, self.driver.now());
        let idle = state.scheduler.is_idle();
        self.driver.idle.send_if_modified(|known| std::mem::replace(known, idle) != idle);
    }
}

/// Asks the scheduler again when the time it named has come, and renews the levels.
async fn timer(driver: Weak<Driver>, changed: Arc<Notify>) {
    let mut levels = tokio::time::interval(LEVELS_EVERY);
    loop {
        let wake = {
            let Some(driver) = driver.upgrade() else { return };
            let wake = driver.state.lock().wake;
            wake.map(|at| driver.started + at.since(driver.epoch))
        };
        let sleep = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep => {
                let Some(driver) = driver.upgrade() else { return };
                driver.state.lock().wake = None;
                driver.pump();
            }
            () = changed.notified() => {}
            _ = levels.tick() => {
                let Some(driver) = driver.upgrade() else { return };
                telemetry::levels(&driver.stats());
            }
        }
    }
}
