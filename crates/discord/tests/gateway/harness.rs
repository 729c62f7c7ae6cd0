//! A sandbox, a gateway connected to it, and a sink that remembers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_core::{
    clock::SystemClock,
    event::{Envelope, EventKind, EventSet},
    id::GuildId,
    random::Seeded,
    secret::SecretString,
};
use guildhall_discord::gateway::{
    Done, Gateway, GatewayError, GatewayInfo, GatewayOptions, GatewayParts, Governor, Intents, Interest,
    Lifecycle, SessionStore, ShardPlan, ShardState, Sink,
};
use guildhall_sandbox::{
    Limits, Options, Sandbox, engine::Counter, example, model::Message, world::Dispatch,
};
use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::Instant};

use crate::store::MemoryStore;

/// How long anything may take.
const BOUND: Duration = Duration::from_secs(30);

/// Waits until something holds, and fails when it does not come to hold.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + BOUND;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not come true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Remembers what it takes. Completes each delivery at once, unless told to hold them.
pub(crate) struct Recorder {
    pub(crate) taken: Mutex<Vec<Envelope<Bytes>>>,
    pub(crate) held: Mutex<Vec<(u64, Done)>>,
    pub(crate) hold: AtomicBool,
    pub(crate) lifecycle: Mutex<Vec<Lifecycle>>,
    pub(crate) cached: Mutex<Vec<EventKind>>,
    /// Deliveries of these kinds never end.
    pub(crate) stuck: EventSet,
    /// Deliveries wait here for a permit.
    pub(crate) gate: Semaphore,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            taken: Mutex::default(),
            held: Mutex::default(),
            hold: AtomicBool::default(),
            lifecycle: Mutex::default(),
            cached: Mutex::default(),
            stuck: EventSet::EMPTY,
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }
}

impl Recorder {
    /// The texts of the messages taken, in order.
    pub(crate) fn contents(&self) -> Vec<String> {
        let taken = self.taken.lock();
        taken
            .iter()
            .map(|envelope| {
                let message: serde_json::Value = serde_json::from_slice(&envelope.payload).unwrap();
                message["content"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    pub(crate) fn gaps(&self) -> usize {
        self.lifecycle.lock().iter().filter(|event| matches!(event, Lifecycle::Gap(_))).count()
    }
}

impl Sink for Recorder {
    fn deliver(&self, envelope: Envelope<Bytes>, done: Done) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if self.stuck.contains(envelope.kind) {
                std::future::pending::<()>().await;
            }
            self.gate.acquire().await.unwrap().forget();
            let sequence = envelope.origin.sequence;
            self.taken.lock().push(envelope);
            if self.hold.load(Ordering::SeqCst) {
                self.held.lock().push((sequence, done));
            } else {
                done.complete();
            }
        })
    }

    fn cache(&self, kind: EventKind, _guild: Option<GuildId>, _payload: &[u8]) {
        self.cached.lock().push(kind);
    }

    fn lifecycle(&self, event: Lifecycle) {
        self.lifecycle.lock().push(event);
    }
}

/// Messages of one guild are wanted, and nothing else.
pub(crate) struct BookClubMessages;

impl Interest for BookClubMessages {
    fn any(&self) -> EventSet {
        EventSet::of(&[EventKind::MessageCreate])
    }

    fn guild(&self, guild: GuildId) -> EventSet {
        if guild.get() == example::BOOK_CLUB { self.any() } else { EventSet::EMPTY }
    }
}

/// A sandbox and what outlives a gateway.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) token: String,
    pub(crate) healthy_after: Duration,
    pub(crate) queue: usize,
    pub(crate) compress: Option<bool>,
    pub(crate) shards: u32,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let sandbox = Sandbox::start(Options { limits, ..Options::default() }).await.unwrap();
        Self {
            sandbox,
            store: Arc::default(),
            token: example::BOT_TOKEN.to_owned(),
            healthy_after: Duration::ZERO,
            queue: 4096,
            compress: None,
            shards: 1,
        }
    }

    pub(crate) async fn try_start(&self) -> Result<(Gateway, Arc<Recorder>), GatewayError> {
        let recorder = Arc::new(Recorder::default());
        let gateway = self.start_with(&recorder).await?;
        Ok((gateway, recorder))
    }

    pub(crate) async fn start_with(&self, recorder: &Arc<Recorder>) -> Result<Gateway, GatewayError> {
        let limit = self.sandbox.engine().session_start_limit(example::APPLICATION);
        let info = GatewayInfo {
            url: self.sandbox.gateway_url(),
            shards: 1,
            total: limit.total,
            remaining: limit.remaining,
            reset_after: Duration::from_millis(limit.reset_after),
            max_concurrency: self.shards,
        };
        let clock = Arc::new(SystemClock);
        let store: Arc<dyn SessionStore> = Arc::<MemoryStore>::clone(&self.store);
        let governor = Governor::new(Arc::new(info), Arc::clone(&store), clock.clone(), false).await?;
        let mut options = GatewayOptions::new(
            SecretString::from(self.token.clone()),
            Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT,
        );
        options.shards = ShardPlan::Count(self.shards);
        options.healthy_after = self.healthy_after;
        options.queue = self.queue;
        options.compress = self.compress;
        let sink: Arc<dyn Sink> = Arc::<Recorder>::clone(recorder);
        let random = Arc::new(Seeded::new(1));
        let interest = Arc::new(BookClubMessages);
        let parts = GatewayParts { governor, sessions: store, sink, interest, clock, random };
        Gateway::start(options, parts).await
    }

    /// A gateway that is in its session.
    pub(crate) async fn start(&self) -> (Gateway, Arc<Recorder>) {
        let (gateway, recorder) = self.try_start().await.unwrap();
        active(&gateway).await;
        (gateway, recorder)
    }

    /// A channel where a message may be written.
    fn channel(&self, guild: u64) -> u64 {
        self.sandbox.engine().read(|world| {
            let channels = &world.guild(guild).unwrap().channels;
            channels.iter().find(|channel| channel.kind.has_messages()).unwrap().id
        })
    }

    /// Has somebody write numbered messages in a guild.
    pub(crate) fn write(&self, guild: u64, numbers: std::ops::Range<u32>) {
        let channel_id = self.channel(guild);
        for number in numbers {
            let message = Message {
                channel_id,
                author_id: example::ADA,
                content: number.to_string(),
                ..Message::default()
            };
            self.sandbox.engine().try_apply(|world, now| world.create_message(message, now)).unwrap();
        }
    }

    /// Has the application receive an interaction.
    pub(crate) fn interact(&self) {
        let data = serde_json::json!({ "id": "1430000000000000000", "type": 2, "token": "t" });
        let guild = Some(example::BOOK_CLUB);
        let told = Dispatch::application("INTERACTION_CREATE", example::APPLICATION, guild, &data);
        self.sandbox.engine().apply(|_, _| ((), vec![told]));
    }

    pub(crate) fn count(&self, counter: Counter) -> u64 {
        self.sandbox.engine().counters().get(counter, None)
    }
}

pub(crate) async fn active(gateway: &Gateway) {
    let deadline = Instant::now() + BOUND;
    while gateway.status().iter().any(|shard| shard.state != ShardState::Active) {
        assert!(Instant::now() < deadline, "{:?}", gateway.status());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The texts of the numbered messages.
pub(crate) fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}
