//! Sends the rows of the outbox and takes away those that are done with.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    scope::GuildScope,
};
use guildhall_discord::rest::Rest;
use guildhall_framework::Unreadable;
use guildhall_store::{
    OperatorPath, Store, StoreError,
    platform::outbox::{self as table, left_to},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};

use super::{
    Entry, OutboxId, Payload,
    lanes::Lanes,
    said::Directs,
    send::{self, LaneKey, Verdict},
};
use crate::telemetry;

/// Rows that are kept in memory; further ones stay in the database until these are sent.
const IN_MEMORY: usize = 50_000;
/// Rows that are settled in one transaction.
const SETTLE_BATCH: usize = 256;
/// How long a settled row may wait for others.
const SETTLE_WAIT: Duration = Duration::from_millis(200);
/// The pause after the database refused.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A handle to the running relay; clones share it.
#[derive(Clone, Debug)]
pub struct Relay {
    commands: mpsc::UnboundedSender<Command>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Command {
    Send(Box<Entry>),
    Settle(Settle),
    Adopt,
    Drain(Instant),
}

/// What becomes of a row.
#[derive(Clone, Debug)]
enum Settle {
    Done(OutboxId),
    Retry(OutboxId, Timestamp, String),
    Failed(OutboxId, String),
}

impl Relay {
    /// Starts the relay: first with what earlier runs and other processes left to this one, which is read before this returns,
    /// so that rows of this run are not taken for those. `sending` go out at once.
    pub async fn start(
        store: Store,
        rest: Rest,
        clock: SharedClock,
        sending: usize,
    ) -> (Self, JoinHandle<()>) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut driver = Driver {
            owner: store.instance(),
            store,
            rest,
            directs: Arc::default(),
            clock,
            sending: sending.max(1),
            commands: receiver,
            waiting: Arc::clone(&waiting),
            lanes: Lanes::default(),
            known: HashSet::new(),
            sends: JoinSet::new(),
            settled: Vec::new(),
            settle_at: None,
            more_stored: false,
            drain: None,
        };
        driver.load(&[left_to(&driver.owner)]).await;
        (Self { commands, waiting }, tokio::spawn(driver.run()))
    }

    /// Sends a row that is committed.
    pub fn send(&self, entry: Entry) {
        self.command(Command::Send(Box::new(entry)));
    }

    /// Somebody else has sent this row.
    pub fn sent(&self, row: OutboxId) {
        self.command(Command::Settle(Settle::Done(row)));
    }

    /// Looks for what other processes left.
    pub fn adopt(&self) {
        self.command(Command::Adopt);
    }

    /// Sends what can be sent by then, and stops. The rest is for the next run.
    pub fn drain(&self, by: Instant) {
        self.command(Command::Drain(by));
    }

    /// Rows that wait in this process.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn command(&self, command: Command) {
        // The relay stops last; a row that comes even later is in the database.
        let _ = self.commands.send(command);
    }
}

type Attempt = (LaneKey, Entry, Verdict);

struct Driver {
    /// This process: it sends what it wrote and what it was left, and nothing of others that live.
    owner: Arc<str>,
    store: Store,
    rest: Rest,
    directs: Arc<Directs>,
    clock: SharedClock,
    sending: usize,
    commands: mpsc::UnboundedReceiver<Command>,
    waiting: Arc<AtomicUsize>,
    lanes: Lanes<LaneKey, Entry>,
    /// Rows that are in memory, or settled and not yet taken out of the database.
    known: HashSet<OutboxId>,
    sends: JoinSet<Attempt>,
    settled: Vec<Settle>,
    settle_at: Option<Instant>,
    /// Whether the database may hold rows that are not in memory.
    more_stored: bool,
    drain: Option<Instant>,
}

impl Driver {
    async fn run(mut self) {
        loop {
            if self.more_stored && self.idle() && self.drain.is_none() {
                self.more_stored = false;
                self.load(&[self.owner.to_string(), left_to(&self.owner)]).await;
            }
            self.start_sends();
            self.waiting.store(self.lanes.waiting() + self.sends.len(), Ordering::Relaxed);
            if self.finished() {
                break;
            }
            let due = self.due();
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Adopt) if self.drain.is_none() => self.load(&[left_to(&self.owner)]).await,
                    Some(command) => self.take(command),
                    None => self.drain = self.drain.or_else(|| Some(Instant::now())),
                },
                Some(attempt) = self.sends.join_next() => {
                    if let Ok(attempt) = attempt {
                        self.judge(attempt);
                    }
                }
                () = sleep_until(due) => {}
            }
            if self.settle_at.is_some_and(|at| at <= Instant::now()) || self.settled.len() >= SETTLE_BATCH {
                self.settle().await;
            }
        }
        self.settle().await;
    }

    fn idle(&self) -> bool {
        self.lanes.waiting() == 0 && self.sends.is_empty() && self.settled.is_empty()
    }

    fn finished(&self) -> bool {
        self.drain
            .is_some_and(|by| by <= Instant::now() || (self.lanes.waiting() == 0 && self.sends.is_empty()))
    }

    /// When there is something to do without anybody saying so.
    fn due(&self) -> Instant {
        let free = self.sends.len() < self.sending;
        let next =
            self.lanes.next_at().filter(|_| free).map(|at| Instant::now() + at.since(self.clock.now()));
        let far = Instant::now() + Duration::from_secs(30);
        [next, self.settle_at, self.drain].into_iter().flatten().fold(far, Instant::min)
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Send(entry) => self.push(*entry),
            Command::Settle(settle) => self.note(settle),
            Command::Adopt => {}
            Command::Drain(by) => self.drain = Some(by),
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.lanes.waiting() >= IN_MEMORY {
            self.more_stored = true;
        } else if self.known.insert(entry.row.id) {
            self.lanes.push(LaneKey::from(&entry.payload), entry.row.not_before, entry);
        }
    }

    fn start_sends(&mut self) {
        let now = self.clock.now();
        while self.sends.len() < self.sending
            && let Some((key, entry)) = self.lanes.next(now)
        {
            let (rest, clock, directs) =
                (self.rest.clone(), Arc::clone(&self.clock), Arc::clone(&self.directs));
            self.sends.spawn(async move {
                let verdict = send::send(&rest, &clock, &directs, &entry).await;
                (key, entry, verdict)
            });
        }
    }

    fn judge(&mut self, (key, mut entry, verdict): Attempt) {
        let id = entry.row.id;
        match verdict {
            Verdict::Sent => {
                telemetry::outbox("sent");
                self.lanes.done(key);
                self.note(Settle::Done(id));
            }
            Verdict::Later { at, reason, perhaps_sent } => {
                telemetry::outbox("later");
                entry.row.attempts += 1;
                entry.perhaps_sent |= perhaps_sent;
                self.lanes.again(key, at, entry);
                self.note(Settle::Retry(id, at, reason));
            }
            Verdict::Never { outcome, reason } => {
                telemetry::outbox_given_up(&entry.row.kind, outcome, &reason);
                self.lanes.done(key);
                // A dead answer concerns nobody any more; everything else stays for operators to see.
                let expired = outcome == "expired" && !matches!(entry.payload, Payload::Message(_));
                self.note(if expired { Settle::Done(id) } else { Settle::Failed(id, reason) });
            }
        }
    }

    fn note(&mut self, settle: Settle) {
        if let Settle::Done(id) | Settle::Failed(id, _) = &settle {
            self.known.insert(*id);
        }
        self.settled.push(settle);
        self.settle_at.get_or_insert_with(|| Instant::now() + SETTLE_WAIT);
    }

    /// Writes down what became of rows; what cannot be written stays for the next time.
    async fn settle(&mut self) {
        self.settle_at = None;
        if self.settled.is_empty() {
            return;
        }
        match write(&self.store, &self.settled).await {
            Ok(()) => {
                for settle in self.settled.drain(..) {
                    if let Settle::Done(id) | Settle::Failed(id, _) = settle {
                        self.known.remove(&id);
                    }
                }
            }
            Err(error) => {
                telemetry::background_write_failed("outbox", &error);
                self.settle_at = Some(Instant::now() + STORE_PAUSE);
            }
        }
    }

    /// Takes rows from the database that are not in memory: what another run left, or what was too much.
    async fn load(&mut self, owners: &[String]) {
        match read(&self.store, owners).await {
            Ok(rows) => {
                self.more_stored |= rows.len() >= IN_MEMORY;
                for row in rows {
                    match Payload::read(&row) {
                        Ok(payload) => self.push(Entry { row, payload, perhaps_sent: true }),
                        Err(error) => {
                            let error = Unreadable::from(&error);
                            telemetry::outbox_given_up(&row.kind, "failed", &error.to_string());
                            self.note(Settle::Failed(row.id, format!("it cannot be read: {error}")));
                        }
                    }
                }
            }
            Err(error) => {
                telemetry::background_write_failed("outbox", &error);
                self.more_stored = true;
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }
}

async fn read(store: &Store, owners: &[String]) -> Result<Vec<table::OutboxRow>, StoreError> {
    let limit = u32::try_from(IN_MEMORY).unwrap_or(u32::MAX);
    let mut tx = store.read().await?;
    let mut rows = Vec::new();
    for owner in owners {
        // Also those that are not due yet: they wait here.
        let mut tx = tx.operator(OperatorPath::Outbox);
        rows.extend(table::due(&mut tx, Timestamp(i64::MAX), limit, owner).await?);
    }
    Ok(rows)
}

async fn write(store: &Store, settled: &[Settle]) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    // In the order in which everybody writes for several guilds; what concerns one row keeps its order.
    let mut settled: Vec<&Settle> = settled.iter().collect();
    settled.sort_by_key(|settle| match settle {
        Settle::Done(row) | Settle::Retry(row, ..) | Settle::Failed(row, _) => row.guild,
    });
    for settle in settled {
        match settle {
            Settle::Done(row) => table::done(&mut tx.guild(GuildScope(row.guild)), row.id).await?,
            Settle::Retry(row, at, reason) => {
                table::retry(&mut tx.guild(GuildScope(row.guild)), row.id, *at, reason).await?;
            }
            Settle::Failed(row, reason) => {
                table::failed(&mut tx.guild(GuildScope(row.guild)), row.id, reason).await?;
            }
        }
    }
    tx.commit().await
}
