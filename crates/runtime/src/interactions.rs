//! The lane of interactions and text commands: admitted by urgency and in fair turns, run side by side, dropped when
//! late.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use guildhall_bus::Delivery;
use serde::Deserialize;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    admission::{Admission, Class, Item, Next, Seat},
    dispatcher::{Dispatcher, guard},
    telemetry::{self, Unrun},
};

/// How often waiting work is looked through for what is late.
const LOOK: Duration = Duration::from_millis(100);

/// Interactions that are taken in before more are started. Under load they must be taken faster than they come, or they
/// wait unseen where nobody can tell which are over.
const TAKEN_AT_ONCE: usize = 512;

/// Users who are told at once that too much waits. Telling costs as much as many an answer does, so that beyond this
/// nobody is told.
const REFUSED_AT_ONCE: usize = 64;

/// Figures about the lane.
#[derive(Debug, Default)]
pub struct Figures {
    /// Interactions that wait.
    pub waiting: AtomicUsize,
    /// Interactions that run.
    pub running: AtomicUsize,
}

/// Runs interactions until its queue ends.
pub struct Interactions {
    dispatcher: Arc<Dispatcher>,
    queue: mpsc::UnboundedReceiver<Delivery>,
    admission: Admission<Delivery>,
    running: JoinSet<(Seat, Duration)>,
    refusing: JoinSet<()>,
    figures: Arc<Figures>,
}

impl Interactions {
    /// Runs what comes through `queue`.
    pub fn new(
        dispatcher: Arc<Dispatcher>,
        queue: mpsc::UnboundedReceiver<Delivery>,
        figures: Arc<Figures>,
    ) -> Self {
        let admission = Admission::new(dispatcher.options.limits);
        Self { dispatcher, queue, admission, running: JoinSet::new(), refusing: JoinSet::new(), figures }
    }

    /// Works until the queue is closed and everything in it has ended.
    pub async fn run(mut self) {
        let mut open = true;
        let mut taken = Vec::with_capacity(TAKEN_AT_ONCE);
        while open || self.admission.waiting() > 0 || !self.running.is_empty() {
            tokio::select! {
                count = self.queue.recv_many(&mut taken, TAKEN_AT_ONCE), if open => {
                    open = count > 0;
                    taken.drain(..).for_each(|delivery| self.admit(delivery));
                }
                Some(ended) = self.running.join_next() => self.ended(ended.ok()),
                () = sleep(LOOK), if self.admission.waiting() > 0 => {}
            }
            while let Some(ended) = self.running.try_join_next() {
                self.ended(ended.ok());
            }
            while self.refusing.try_join_next().is_some() {}
            self.start();
        }
        while self.refusing.join_next().await.is_some() {}
    }

    fn ended(&mut self, ended: Option<(Seat, Duration)>) {
        if let Some((seat, took)) = ended {
            self.admission.finish(seat, took);
        }
    }

    fn admit(&mut self, delivery: Delivery) {
        let since = delivery.envelope.received;
        let options = &self.dispatcher.options;
        let (class, within) = match delivery.envelope.interaction {
            Some(_) => (class(&delivery.envelope.payload), options.start_within),
            None => (Class::Text, options.text_within),
        };
        let deadline = Some(since + within);
        let item = Item { since, deadline, work: delivery };
        if let Err(Item { work, .. }) = self.admission.offer(item.work.envelope.guild, class, item) {
            if class == Class::Text {
                // To say so would take as many messages as there are too many.
                Unrun::Busy.emit();
                return work.ack.complete();
            }
            if self.refusing.len() >= REFUSED_AT_ONCE {
                telemetry::refused_busy();
                return work.ack.complete();
            }
            let dispatcher = Arc::clone(&self.dispatcher);
            let refuse = async move { dispatcher.busy(work.envelope, work.ack).await };
            self.refusing.spawn_on(refuse, &self.dispatcher.options.hands());
        }
    }

    fn start(&mut self) {
        let now = self.dispatcher.services.clock.now();
        loop {
            match self.admission.next(now) {
                Next::Nothing => break,
                Next::Expired(item) => {
                    match item.work.envelope.interaction {
                        Some(_) => telemetry::expired(),
                        None => Unrun::Late.emit(),
                    }
                    item.work.ack.complete();
                }
                Next::Start(seat, Item { work, since, .. }) => {
                    self.dispatcher.meter.waited(since, now);
                    let dispatcher = Arc::clone(&self.dispatcher);
                    let run = async move {
                        let started = Instant::now();
                        let run: BoxFuture<'_, ()> = match work.envelope.interaction {
                            Some(_) => Box::pin(dispatcher.interaction(work.envelope, work.ack)),
                            None => Box::pin(dispatcher.text(work.envelope, work.ack)),
                        };
                        if let Err(panic) = AssertUnwindSafe(run).catch_unwind().await {
                            tracing::error!(cause = guard::message(&*panic), "the dispatcher panicked");
                        }
                        (seat, started.elapsed())
                    };
                    self.running.spawn_on(run, &self.dispatcher.options.hands());
                }
            }
        }
        self.figures.waiting.store(self.admission.waiting(), Ordering::Relaxed);
        self.figures.running.store(self.admission.seated(), Ordering::Relaxed);
    }
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: u8,
}

/// Suggestions while typing (type 4; Discord docs: Interactions, Interaction Type) go first: they cannot
/// be deferred.
fn class(payload: &[u8]) -> Class {
    match serde_json::from_slice::<Kind>(payload) {
        Ok(Kind { kind: 4 }) => Class::Typing,
        _ => Class::Answer,
    }
}
