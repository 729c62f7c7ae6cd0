//! The publisher's end: effects go to the stream in order and stay in memory until a worker has finished them;
//! interactions go straight to a worker.

use std::{
    collections::BTreeMap,
    future::IntoFuture as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::{
    Client, HeaderMap,
    jetstream::context::{PublishAckFuture, PublishError},
    jetstream::message::PublishMessage,
};
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, FuturesUnordered},
};
use guildhall_core::{
    clock::{SharedClock, Timestamp},
    event::Envelope,
};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, sleep, timeout_at},
};

use super::{
    AGE, BUSY, Options, TAKEN,
    link::Link,
    outbox::{Outbox, Overdue, Sendable, Stored},
    partition::partition,
    wire::{Name, Notice, decode, encode},
};
use crate::{
    Ack, BusError, Delivery,
    telemetry::{self, Lane},
};

/// Effects on their way to the server at once, and their KiB.
const WINDOW: usize = 256;
const WINDOW_KIB: usize = 8 * 1024;

/// What is added to a message: its id, its subject and the like.
const ENVELOPE: usize = 1024;

/// After how long one tries again what the server refused.
const AGAIN: Duration = Duration::from_millis(100);

/// How long one worker may take to say that it takes an interaction, before another is asked.
const ANSWER: Duration = Duration::from_millis(200);

/// How often one looks for what is overdue, how many one looks after then, and how many at once.
const CHASE: Duration = Duration::from_millis(250);
const CHASED: usize = 256;
const CHASED_AT_ONCE: usize = 16;

#[derive(Debug)]
pub(super) struct Publisher {
    link: Arc<Link>,
    instance: Arc<str>,
    options: Options,
    clock: SharedClock,
    outbox: Mutex<Outbox>,
    /// A permit for each KiB of unfinished effects.
    room: Arc<Semaphore>,
    wake: Notify,
    closed: AtomicBool,
}

impl Publisher {
    pub(super) fn new(link: Arc<Link>, instance: Arc<str>, options: Options, clock: SharedClock) -> Self {
        let room = Arc::new(Semaphore::new(options.unfinished_kib.max(1) as usize));
        let outbox = Mutex::new(Outbox::new(options.clone()));
        Self {
            link,
            instance,
            options,
            clock,
            outbox,
            room,
            wake: Notify::new(),
            closed: AtomicBool::new(false),
        }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.room.close();
    }

    pub(super) async fn publish(&self, envelope: Envelope<Bytes>, ack: Ack) -> Result<(), BusError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(BusError::Closed);
        }
        let lane = Lane::of(&envelope);
        match lane {
            Lane::Direct => self.direct(envelope, ack).await?,
            Lane::Effects => self.effect(envelope, ack).await?,
        }
        telemetry::published(lane);
        Ok(())
    }

    /// The event as a message, if the server takes messages of that size.
    fn message(&self, number: u64, envelope: &Envelope<Bytes>) -> Result<Bytes, (usize, usize)> {
        let body = encode(envelope, &Name { instance: Arc::clone(&self.instance), number });
        let most = self.link.client.max_payload().saturating_sub(ENVELOPE);
        if body.len() > most { Err((body.len(), most)) } else { Ok(body) }
    }

    async fn effect(&self, envelope: Envelope<Bytes>, ack: Ack) -> Result<(), BusError> {
        let size = envelope.kib(self.options.unfinished_kib);
        let room = Arc::clone(&self.room).acquire_many_owned(size).await.map_err(|_| BusError::Closed)?;
        // From here on nothing waits, so whoever is cancelled has either handed the event over or not.
        let number = self.outbox.lock().number();
        match self.message(number, &envelope) {
            Ok(body) => {
                let partition = partition(&envelope);
                let mut outbox = self.outbox.lock();
                outbox.insert_effect(number, partition, body, ack, Some(room), Instant::now());
                drop(outbox);
                self.wake.notify_one();
                Ok(())
            }
            Err((size, most)) => {
                Err(BusError::TooLarge { size, most, delivery: Box::new(Delivery { envelope, ack }) })
            }
        }
    }

    async fn direct(&self, envelope: Envelope<Bytes>, ack: Ack) -> Result<(), BusError> {
        let number = self.outbox.lock().number();
        let body = match self.message(number, &envelope) {
            Ok(body) => body,
            Err((size, most)) => {
                let delivery = Box::new(Delivery { envelope, ack });
                return Err(BusError::TooLarge { size, most, delivery });
            }
        };
        self.outbox.lock().insert_direct(number, body.clone(), ack, Instant::now());
        let offer = Offer { publisher: self, number, open: true };
        let taken = self.hand_over(&body, envelope.received, Instant::now() + self.options.take_within).await;
        let Err(reason) = taken else {
            offer.taken();
            return Ok(());
        };
        // A worker that has finished it all the same has completed the token.
        let Some(ack) = offer.withdraw() else { return Ok(()) };
        telemetry::refused(&reason);
        Err(BusError::Unavailable { reason, delivery: Box::new(Delivery { envelope, ack }) })
    }

    /// Asks workers to take an interaction until one says that it does.
    async fn hand_over(&self, body: &Bytes, received: Timestamp, until: Instant) -> Result<(), String> {
        let client = &self.link.client;
        let mut reason = "NATS cannot be used".to_owned();
        while self.link.ready() {
            let mut headers = HeaderMap::new();
            headers.insert(AGE, self.clock.now().since(received).as_millis().to_string());
            let ask = client.request_with_headers(self.options.direct_subject(), headers, body.clone());
            match timeout_at(until.min(Instant::now() + ANSWER), ask).await {
                Ok(Ok(answer)) if answer.payload == TAKEN => return Ok(()),
                Ok(Ok(answer)) if answer.payload == BUSY => "the workers are busy".clone_into(&mut reason),
                Ok(Ok(_)) => "a worker gave an answer that makes no sense".clone_into(&mut reason),
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => "no worker answered".clone_into(&mut reason),
            }
            let next = Instant::now() + Duration::from_millis(25);
            if next >= until {
                break;
            }
            tokio::time::sleep_until(next).await;
        }
        Err(reason)
    }

    /// Sends effects in the order of publication, for ever. When one is not stored, those after it wait until
    /// all that are on their way are known of, and then all that are missing are sent again, in order.
    pub(super) async fn send(&self) {
        let mut flying = FuturesUnordered::new();
        let mut kib = 0;
        let mut trouble = false;
        let mut status = self.link.watch();
        let mut before = *status.borrow_and_update();
        loop {
            let now = *status.borrow_and_update();
            if now.streams != before.streams {
                self.outbox.lock().all_again();
            } else if now.epoch != before.epoch {
                self.outbox.lock().doubt(Instant::now());
            }
            before = now;
            if trouble && flying.is_empty() && now.ready {
                sleep(AGAIN).await;
                trouble = false;
            }
            while now.ready && !trouble && flying.len() < WINDOW && kib < WINDOW_KIB {
                let Some(event) = self.outbox.lock().next() else { break };
                let (number, size) = (event.number, event.body.len().div_ceil(1024));
                match self.store(event).await {
                    Ok(stored) => {
                        kib += size;
                        flying.push(async move { (number, size, stored.into_future().await) });
                    }
                    Err(error) => {
                        telemetry::not_stored(&error);
                        self.outbox.lock().not_stored(number);
                        trouble = true;
                    }
                }
            }
            tokio::select! {
                Some((number, size, stored)) = flying.next(), if !flying.is_empty() => {
                    kib -= size;
                    match stored {
                        Ok(stored) => self.outbox.lock().stored(number, stored.sequence, Instant::now()),
                        Err(error) => {
                            if !trouble {
                                telemetry::not_stored(&error);
                                self.link.look();
                            }
                            trouble = true;
                            self.outbox.lock().not_stored(number);
                        }
                    }
                }
                () = self.wake.notified() => {}
                changed = status.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }

    async fn store(&self, event: Sendable) -> Result<PublishAckFuture, PublishError> {
        let message =
            PublishMessage::build().payload(event.body).message_id(self.id(event.number, event.attempt));
        self.link.jetstream.send_publish(self.options.effects_subject(event.partition), message).await
    }

    /// The id by which the server knows a message again.
    fn id(&self, number: u64, attempt: u32) -> String {
        format!("{}-{number}-{attempt}", self.instance)
    }

    /// Hears what workers say, for ever.
    pub(super) async fn listen(&self) {
        let client: &Client = &self.link.client;
        loop {
            if let Ok(mut notices) = client.subscribe(self.options.notices_subject(&self.instance)).await {
                while let Some(message) = notices.next().await {
                    match serde_json::from_slice::<Notice>(&message.payload) {
                        Ok(notice) => {
                            let acks = self.outbox.lock().heard(&notice, Instant::now());
                            acks.into_iter().for_each(Ack::complete);
                        }
                        Err(error) => telemetry::unreadable(&error),
                    }
                }
            }
            sleep(AGAIN).await;
        }
    }

    /// Looks after what nothing is heard of in a lane, for ever.
    pub(super) async fn chase(&self, lane: Lane) {
        loop {
            sleep(CHASE).await;
            if !self.link.ready() {
                continue;
            }
            let overdue = self.outbox.lock().overdue(lane, Instant::now(), CHASED);
            let mut partitions: BTreeMap<u32, Vec<Stored>> = BTreeMap::new();
            let mut direct = Vec::new();
            for event in overdue {
                match event {
                    Overdue::Direct { number, body } => direct.push((number, body)),
                    Overdue::Stored(stored) => partitions.entry(stored.partition).or_default().push(stored),
                }
            }
            stream::iter(direct)
                .for_each_concurrent(CHASED_AT_ONCE, |(number, body)| self.hand_over_again(number, body))
                .await;
            stream::iter(partitions.into_values())
                .for_each_concurrent(CHASED_AT_ONCE, |events| self.look_for(events))
                .await;
        }
    }

    async fn hand_over_again(&self, number: u64, body: Bytes) {
        self.outbox.lock().spare(number, Instant::now());
        telemetry::republished(Lane::Direct);
        let Ok((_, envelope)) = decode(&body) else { return };
        let until = Instant::now() + self.options.take_within;
        // Who fails here tries again after the next silence.
        let _ = self.hand_over(&body, envelope.received, until).await;
    }

    /// Looks for effects of one partition in the stream. While one of them waits there, the later ones wait behind
    /// it: they are only looked for where the server may have lost them.
    async fn look_for(&self, events: Vec<Stored>) {
        let mut behind = false;
        for Stored { number, sequence, attempt, sure, .. } in events {
            if behind && sure {
                self.outbox.lock().spare(number, Instant::now());
                continue;
            }
            match self.link.has(sequence, &self.id(number, attempt)).await {
                Ok(true) => {
                    behind = true;
                    self.outbox.lock().found(number, Instant::now());
                }
                Ok(false) => {
                    self.outbox.lock().again(number);
                    self.wake.notify_one();
                }
                // Not known, so not spared: it is looked for again soon.
                Err(error) => {
                    tracing::debug!("NATS does not say whether it has an event: {error}");
                    self.link.look();
                    return;
                }
            }
        }
    }

    /// Waits until the server has everything that was published.
    pub(super) async fn sent(&self) {
        while self.outbox.lock().unsent() {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// An interaction that is being handed over. Dropped before that has succeeded, it is withdrawn.
struct Offer<'a> {
    publisher: &'a Publisher,
    number: u64,
    open: bool,
}

impl Offer<'_> {
    fn taken(mut self) {
        self.open = false;
        self.publisher.outbox.lock().taken(self.number, Instant::now());
    }

    fn withdraw(mut self) -> Option<Ack> {
        self.open = false;
        self.publisher.outbox.lock().withdraw(self.number)
    }
}

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        if self.open {
            let ack = self.publisher.outbox.lock().withdraw(self.number);
            drop(ack);
        }
    }
}
