//! The workers' end: reads its partitions of the stream and takes interactions, puts both into queues in memory,
//! and tells what became of each event.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use async_nats::{Message, jetstream::AckKind};
use bytes::Bytes;
use futures::StreamExt as _;
use guildhall_core::clock::SharedClock;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    AGE, BUSY, Options, TAKEN,
    held::{Every, Held, Outcome, Seen, Way},
    link::Link,
    partition::PARTITIONS,
    wire::{Name, Notice, decode},
};
use crate::{
    Ack, Delivery, Subscription,
    queue::Queue,
    telemetry::{self, Lane},
};

/// Messages of one partition that are asked for ahead.
const AHEAD: usize = 64;

/// How long a request for messages stands, and how often the server says that it still does.
const STANDS: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(5);

/// After how long one tries again to read a partition.
const AGAIN: Duration = Duration::from_millis(200);

/// After how long a message comes again that this program cannot read, and perhaps another can.
const UNREADABLE: Duration = Duration::from_secs(5);

/// How long ends are gathered before they are told, and how many at once.
const GATHER: Duration = Duration::from_millis(2);
const GATHERED: usize = 512;

/// How long interactions are taken that were on their way when the bus was closed.
const LAST: Duration = Duration::from_millis(300);

/// What the readers should be doing.
#[derive(Clone, Debug, Default)]
struct Wish {
    partitions: BTreeSet<u32>,
    /// Whether anybody works here.
    working: bool,
    closed: bool,
}

/// A task that ends when it is asked to.
#[derive(Debug)]
struct Reader {
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Reader {
    async fn end(self) {
        self.cancel.cancel();
        // A reader that panicked has ended, too.
        let _ = self.task.await;
    }
}

#[derive(Debug)]
pub(super) struct Worker {
    link: Arc<Link>,
    options: Options,
    clock: SharedClock,
    queue: Queue,
    held: Held,
    /// A permit for each KiB of effects that are held.
    room: Arc<Semaphore>,
    wish: watch::Sender<Wish>,
    /// The partitions that are being read.
    active: watch::Sender<BTreeSet<u32>>,
    /// How many outcomes were told.
    told: watch::Sender<u64>,
}

impl Worker {
    pub(super) fn new(link: Arc<Link>, options: Options, held: Held, clock: SharedClock) -> Self {
        let room = Arc::new(Semaphore::new(options.held_kib.max(1) as usize));
        let queue = Queue::new(options.capacity);
        let (wish, active, told) =
            (watch::Sender::default(), watch::Sender::default(), watch::Sender::new(0));
        Self { link, options, clock, queue, held, room, wish, active, told }
    }

    pub(super) fn subscribe(&self) -> Box<dyn Subscription> {
        self.wish.send_if_modified(|wish| !std::mem::replace(&mut wish.working, true));
        self.queue.subscribe()
    }

    pub(super) fn close(&self) {
        self.wish.send_if_modified(|wish| !std::mem::replace(&mut wish.closed, true));
    }

    pub(super) fn set_partitions(&self, partitions: BTreeSet<u32>) {
        let partitions = partitions.into_iter().filter(|partition| *partition < PARTITIONS).collect();
        self.wish.send_if_modified(|wish| {
            let changed = wish.partitions != partitions;
            wish.partitions = partitions;
            changed
        });
    }

    /// Waits until partitions that were given up are read no more, and no worker holds anything of them.
    pub(super) async fn released(&self) {
        let (mut active, mut left) = (self.active.subscribe(), self.held.left());
        loop {
            let wanted = self.wish.borrow().partitions.clone();
            left.borrow_and_update();
            let reading = active.borrow_and_update().iter().any(|partition| !wanted.contains(partition));
            if !reading && self.held.count(|partition| !wanted.contains(&partition)) == 0 {
                return;
            }
            tokio::select! {
                _ = active.changed() => {}
                _ = left.changed() => {}
            }
        }
    }

    /// Starts and ends readers as is wished, until the bus is closed.
    pub(super) async fn manage(self: Arc<Self>, cancel: CancellationToken) {
        let mut wish = self.wish.subscribe();
        let mut readers: BTreeMap<u32, Reader> = BTreeMap::new();
        let mut direct: Option<Reader> = None;
        loop {
            let now = wish.borrow_and_update().clone();
            let works = now.working && !now.closed;
            let wanted = if works { now.partitions } else { BTreeSet::new() };
            let (kept, ended): (BTreeMap<_, _>, BTreeMap<_, _>) =
                readers.into_iter().partition(|(partition, _)| wanted.contains(partition));
            readers = kept;
            for reader in ended.values() {
                reader.cancel.cancel();
            }
            for reader in ended.into_values() {
                reader.end().await;
            }
            for partition in wanted {
                readers.entry(partition).or_insert_with(|| {
                    let (worker, cancel) = (Arc::clone(&self), cancel.child_token());
                    let ended = cancel.clone();
                    let task = tokio::spawn(async move {
                        ended.run_until_cancelled(worker.read(partition)).await;
                    });
                    Reader { cancel, task }
                });
            }
            if works && direct.is_none() {
                let (worker, cancel) = (Arc::clone(&self), cancel.child_token());
                let ended = cancel.clone();
                direct =
                    Some(Reader { cancel, task: tokio::spawn(async move { worker.serve(ended).await }) });
            }
            telemetry::partitions(readers.len());
            self.active.send_replace(readers.keys().copied().collect());
            if now.closed {
                if let Some(direct) = direct.take() {
                    direct.end().await;
                }
                self.queue.close();
                return;
            }
            if wish.changed().await.is_err() {
                return;
            }
        }
    }

    /// Reads one partition, until it is cancelled.
    async fn read(&self, partition: u32) {
        let mut read_in = None;
        loop {
            let epoch = self.link.wait().await.epoch;
            // Within an epoch, a reading end that is gone was taken by another process: this one shares it then,
            // until it is told that the partition is not its own any more.
            let anew = read_in != Some(epoch);
            match self.link.reader(partition, anew).await {
                Ok(reader) => {
                    read_in = Some(epoch);
                    let messages =
                        reader.stream().max_messages_per_batch(AHEAD).expires(STANDS).heartbeat(HEARTBEAT);
                    if let Ok(mut messages) = messages.messages().await {
                        let mut status = self.link.watch();
                        loop {
                            let next = tokio::select! {
                                _ = status.wait_for(|status| status.epoch != epoch) => break,
                                next = messages.next() => next,
                            };
                            match next {
                                Some(Ok(message)) => self.take(message.message, partition, epoch).await,
                                Some(Err(error)) => {
                                    telemetry::partition_not_taken(partition, &error);
                                    break;
                                }
                                None => break,
                            }
                        }
                    }
                }
                Err(error) => telemetry::partition_not_taken(partition, &error),
            }
            sleep(AGAIN).await;
        }
    }

    /// Takes an effect in. Cancelled while it waits for room, it leaves the message to whoever reads next.
    async fn take(&self, message: Message, partition: u32, epoch: u64) {
        let Some(reply) = message.reply else { return };
        let (name, envelope) = match decode(&message.payload) {
            Ok(event) => event,
            Err(error) => {
                telemetry::unreadable(&error);
                // Where this is lost, too, the sender hears nothing and asks again.
                let _ = self.link.client.publish(reply, AckKind::Nak(Some(UNREADABLE)).into()).await;
                return;
            }
        };
        let way = Way::Stream { partition, reply, epoch };
        match self.held.look(&name, &way) {
            Seen::Held => telemetry::repeated(Lane::Effects),
            Seen::Done => {
                telemetry::repeated(Lane::Effects);
                self.held.repeat(name, way);
            }
            Seen::New => {
                let size = envelope.kib(self.options.held_kib);
                let room = Arc::clone(&self.room).acquire_many_owned(size).await.ok();
                let token = self.held.hold(name, way, room, Instant::now());
                // A closed queue drops the event, which goes back by that.
                let _ = self.queue.push(Delivery { envelope, ack: Ack::new(move || token.finish()) }).await;
            }
        }
    }

    /// Takes interactions, until it is cancelled.
    async fn serve(&self, cancel: CancellationToken) {
        let subject = self.options.direct_subject();
        loop {
            let subscribed = self.link.client.queue_subscribe(subject.clone(), "workers".to_owned()).await;
            let Ok(mut messages) = subscribed else {
                if cancel.run_until_cancelled(sleep(AGAIN)).await.is_none() {
                    return;
                }
                continue;
            };
            while let Some(next) = cancel.run_until_cancelled(messages.next()).await {
                let Some(message) = next else { break };
                self.answer(message).await;
            }
            if cancel.is_cancelled() {
                // What has been sent to this worker already would only be sent to another after a wait.
                if timeout(LAST, messages.drain()).await.is_ok_and(|drained| drained.is_ok()) {
                    let rest = async {
                        while let Some(message) = messages.next().await {
                            self.answer(message).await;
                        }
                    };
                    // What does not come by then goes back to its sender unanswered.
                    let _ = timeout(LAST, rest).await;
                }
                return;
            }
        }
    }

    async fn answer(&self, message: Message) {
        let Some(reply) = message.reply else { return };
        let (name, mut envelope) = match decode(&message.payload) {
            Ok(event) => event,
            // Without an answer, the publisher asks another worker.
            Err(error) => return telemetry::unreadable(&error),
        };
        let age = message.headers.as_ref().and_then(|headers| headers.get(AGE)?.as_str().parse().ok());
        if let Some(age) = age {
            envelope.received = self.clock.now() - Duration::from_millis(age);
        }
        let mut answer = TAKEN;
        match self.held.look(&name, &Way::Direct) {
            Seen::Held => telemetry::repeated(Lane::Direct),
            Seen::Done => {
                telemetry::repeated(Lane::Direct);
                self.held.repeat(name, Way::Direct);
            }
            Seen::New if self.queue.has_room(Lane::Direct) => {
                let token = self.held.hold(name, Way::Direct, None, Instant::now());
                // A closed queue drops the event, which goes back by that.
                let _ = self.queue.push(Delivery { envelope, ack: Ack::new(move || token.finish()) }).await;
            }
            Seen::New => answer = BUSY,
        }
        // Who gets no answer asks again.
        let _ = self.link.client.publish(reply, Bytes::from_static(answer)).await;
    }

    /// Tells what becomes of events, for ever.
    pub(super) async fn tell(&self, mut outcomes: mpsc::UnboundedReceiver<Outcome>) {
        let every = Every {
            direct: self.options.direct_silence / 4,
            effects: self.options.effects_silence / 4,
            progress: self.options.ack_wait / 3,
        };
        let mut beat = interval(every.direct.min(every.effects).min(every.progress).max(GATHER));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut gathered = Vec::with_capacity(GATHERED);
        loop {
            tokio::select! {
                count = outcomes.recv_many(&mut gathered, GATHERED) => {
                    if count == 0 {
                        return;
                    }
                    self.ends(gathered.drain(..)).await;
                    self.told.send_modify(|told| *told += u64::try_from(count).unwrap_or(0));
                    sleep(GATHER).await;
                }
                _ = beat.tick() => self.beat(&every).await,
            }
        }
    }

    async fn ends(&self, outcomes: impl Iterator<Item = Outcome> + Send) {
        // A word sent into a broken connection would be lost.
        let epoch = self.link.wait().await.epoch;
        let mut notices: HashMap<Arc<str>, Notice> = HashMap::new();
        for outcome in outcomes {
            let (name, way, kind) = match outcome {
                Outcome::Done(name, way) => {
                    notices.entry(name.instance).or_default().done.push(name.number);
                    (name.number, way, AckKind::Ack)
                }
                Outcome::Back(name, way) => {
                    notices.entry(name.instance).or_default().back.push(name.number);
                    (name.number, way, AckKind::Nak(Some(self.options.give_back)))
                }
            };
            if let Way::Stream { reply, epoch: came, partition } = way {
                // In a new epoch the message has come again or will. One that is given up in a partition that
                // another process reads now has come to that one.
                let ours = matches!(kind, AckKind::Ack) || self.active.borrow().contains(&partition);
                if came == epoch && ours && self.link.client.publish(reply, kind.into()).await.is_err() {
                    tracing::debug!("the end of event {name} could not be told to NATS");
                }
            }
        }
        self.notify(notices).await;
    }

    async fn beat(&self, every: &Every) {
        let status = self.link.status();
        if !status.ready {
            return;
        }
        let beat = self.held.beat(Instant::now(), every);
        for (reply, epoch) in beat.progress {
            if epoch == status.epoch {
                let _ = self.link.client.publish(reply, AckKind::Progress.into()).await;
            }
        }
        let mut notices: HashMap<Arc<str>, Notice> = HashMap::new();
        for Name { instance, number } in beat.names {
            notices.entry(instance).or_default().held.push(number);
        }
        self.notify(notices).await;
    }

    async fn notify(&self, notices: HashMap<Arc<str>, Notice>) {
        for (instance, notice) in notices {
            let text = serde_json::to_vec(&notice).expect("numbers are JSON");
            // A publisher that hears nothing sends the event again, and then hears of its end.
            let _ = self.link.client.publish(self.options.notices_subject(&instance), text.into()).await;
        }
    }

    /// Waits until the end of everything that has ended is told.
    pub(super) async fn told(&self) {
        let target = *self.held.left().borrow();
        // The sender is in `self`, so the wait does not fail.
        let _ = self.told.subscribe().wait_for(|told| *told >= target).await;
    }
}
