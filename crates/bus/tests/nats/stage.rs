//! A server, publishers that count what they hear of, and workers that note what they were given.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use guildhall_bus::{
    Ack, Bus, BusError, Delivery, NatsBus,
    nats::{Options, PARTITIONS},
};
use guildhall_core::{
    clock::{SystemClock, Timestamp},
    event::{Envelope, EventKind, Origin},
    id::{GuildId, InteractionId},
    random::SystemRandom,
};
use guildhall_server_kit::Nats;
use parking_lot::Mutex;
use tokio::{task::JoinHandle, time::timeout};

/// How long anything may take before a test gives up on it.
pub(crate) const BOUND: Duration = Duration::from_mins(1);

pub(crate) fn event(guild: u64, sequence: u64) -> Envelope<Bytes> {
    Envelope {
        kind: EventKind::MessageCreate,
        guild: GuildId::new(guild),
        interaction: None,
        origin: Origin { shard: 0, session: "session".into(), sequence },
        received: Timestamp(0),
        payload: Bytes::from(format!("{{\"sequence\":{sequence}}}")),
    }
}

pub(crate) fn interaction(sequence: u64) -> Envelope<Bytes> {
    Envelope {
        kind: EventKind::InteractionCreate,
        interaction: InteractionId::new(sequence),
        ..event(1, sequence)
    }
}

/// Set-up for a server at this port; silence is noticed soon, so that tests need not wait for long.
pub(crate) fn options(port: u16) -> Options {
    Options {
        effects_silence: Duration::from_secs(1),
        effects_silence_most: Duration::from_secs(4),
        give_back: Duration::from_millis(100),
        ack_wait: Duration::from_secs(5),
        ..Options::new(format!("nats://127.0.0.1:{port}"), "test")
    }
}

/// A bus that is connected.
pub(crate) async fn bus(port: u16) -> NatsBus {
    bus_with(options(port)).await
}

pub(crate) async fn bus_with(options: Options) -> NatsBus {
    let bus = NatsBus::connect(options, Arc::new(SystemClock), &SystemRandom::new()).await.unwrap();
    timeout(BOUND, bus.wait_connected()).await.expect("no connection");
    bus
}

pub(crate) fn all() -> BTreeSet<u32> {
    (0..PARTITIONS).collect()
}

pub(crate) async fn server() -> Nats {
    Nats::start().await.unwrap()
}

/// Counts how often the token of each published event was completed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<BTreeMap<u64, u32>>>);

impl Heard {
    pub(crate) fn ack(&self, sequence: u64) -> Ack {
        let heard = Arc::clone(&self.0);
        Ack::new(move || *heard.lock().entry(sequence).or_default() += 1)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().len()
    }

    /// Publishes an event, waiting while the bus is full.
    pub(crate) async fn publish(&self, bus: &NatsBus, envelope: Envelope<Bytes>) -> Result<(), BusError> {
        let ack = self.ack(envelope.origin.sequence);
        timeout(BOUND, bus.publish(envelope, ack)).await.expect("publishing hangs")
    }

    /// Waits until each of so many events is finished, once.
    pub(crate) async fn all(&self, events: usize) {
        until(&format!("all of {events} events are finished"), || self.count() >= events).await;
        assert!(self.0.lock().values().all(|count| *count == 1), "a token was completed twice");
        assert_eq!(self.count(), events);
    }
}

/// Waits for a level with a bound.
pub(crate) async fn until(what: &str, level: impl Fn() -> bool) {
    let wait = async {
        while !level() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(BOUND, wait).await.is_ok(), "not in time: {what}");
}

/// What workers were given: guild and sequence, in the order in which it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<(u64, u64)>>>);

impl Seen {
    pub(crate) fn list(&self) -> Vec<(u64, u64)> {
        self.0.lock().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    pub(crate) fn note(&self, delivery: &Delivery) {
        let guild = delivery.envelope.guild.map_or(0, GuildId::get);
        self.0.lock().push((guild, delivery.envelope.origin.sequence));
    }

    /// The sequences of each guild, in the order in which they came.
    pub(crate) fn by_guild(&self) -> BTreeMap<u64, Vec<u64>> {
        let mut guilds: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (guild, sequence) in self.list() {
            guilds.entry(guild).or_default().push(sequence);
        }
        guilds
    }

    /// Every event came, and those of a guild the first time in their order.
    pub(crate) fn is_complete(&self, events: u64) {
        let distinct: BTreeSet<u64> = self.list().into_iter().map(|(_, sequence)| sequence).collect();
        let missing: Vec<u64> = (1..=events).filter(|sequence| !distinct.contains(sequence)).collect();
        assert!(missing.is_empty(), "{missing:?} never came");
    }

    /// The events of each guild came in their order, each once.
    pub(crate) fn is_ordered(&self) {
        for (guild, sequences) in self.by_guild() {
            assert!(sequences.is_sorted_by(|a, b| a < b), "of guild {guild} came {sequences:?}");
        }
    }
}

/// A worker that finishes everything.
pub(crate) fn work(bus: &NatsBus, seen: &Seen) -> JoinHandle<()> {
    let (mut subscription, seen) = (bus.subscribe(), seen.clone());
    tokio::spawn(async move {
        while let Some(delivery) = subscription.next().await {
            seen.note(&delivery);
            delivery.ack.complete();
        }
    })
}

/// Publishes events 1 to `events` of some guilds, one every now and then, in a task of its own.
pub(crate) fn stream(bus: &NatsBus, heard: &Heard, events: u64, pause: Duration) -> Stream {
    let (bus, heard, published) = (bus.clone(), heard.clone(), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&published);
    let task = tokio::spawn(async move {
        for sequence in 1..=events {
            heard.publish(&bus, event(1 + sequence % 20, sequence)).await.unwrap();
            count.store(sequence, Ordering::SeqCst);
            tokio::time::sleep(pause).await;
        }
    });
    Stream { published, task }
}

#[derive(Debug)]
pub(crate) struct Stream {
    published: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Stream {
    /// Waits until so many are published.
    pub(crate) async fn reach(&self, events: u64) {
        until(&format!("{events} events are published"), || self.published.load(Ordering::SeqCst) >= events)
            .await;
    }

    pub(crate) async fn end(self) {
        timeout(BOUND, self.task).await.expect("publishing hangs").unwrap();
    }
}
