//! What the shards hand over: events to the bus, facts to the guild cache, news to the reconciler.

mod lag;

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_bus::{Ack, Bus, BusError, Delivery};
use guildhall_core::{
    clock::Timestamp,
    event::{Envelope, EventKind},
    id::{GuildId, InteractionId},
};
use guildhall_discord::gateway::{self, Done, Lifecycle};
use parking_lot::{Mutex, RwLock};
use tokio::{
    sync::{Semaphore, mpsc},
    time::Instant,
};

use self::lag::Lag;
use crate::{directory::Guilds, dispatcher::Dispatcher, reconcile::News, telemetry, transport::Transport};

/// Interactions that are being handed to other processes at once. Each takes a few milliseconds, or half a second
/// where no worker answers.
const HANDED_OVER_AT_ONCE: usize = 1_024;

/// Until what age an interaction is offered to workers again; after that its user is told.
const OFFERED: Duration = Duration::from_millis(1_800);

/// The gateway's way into the runtime.
#[derive(Debug)]
pub struct Sink {
    bus: Arc<dyn Bus>,
    /// Where workers are in other processes: room for what is being handed to them.
    handing_over: Option<Arc<Semaphore>>,
    /// Tells users where nobody else can.
    dispatcher: Arc<Dispatcher>,
    guilds: Arc<Guilds>,
    /// A permit for each KiB of events on their way; interactions pass without.
    room: Arc<Semaphore>,
    capacity: u32,
    /// The number of shards that its shards are among, where that is not the bot's own number.
    total: Option<u32>,
    /// Whether a shard is up to date; what comes before that may be a replay.
    live: RwLock<HashMap<u32, bool>>,
    lag: Arc<Mutex<Lag>>,
    news: mpsc::UnboundedSender<News>,
}

impl Sink {
    /// A sink that lets `kib_in_flight` KiB of events in at once; each event counts as one at least.
    pub fn new(
        transport: &Transport,
        dispatcher: Arc<Dispatcher>,
        guilds: Arc<Guilds>,
        news: mpsc::UnboundedSender<News>,
    ) -> Self {
        let capacity = dispatcher.options.kib_in_flight.max(1);
        let room = Arc::new(Semaphore::new(capacity as usize));
        let between = transport.nats().is_some();
        Self {
            bus: transport.bus(),
            handing_over: between.then(|| Arc::new(Semaphore::new(HANDED_OVER_AT_ONCE))),
            dispatcher,
            guilds,
            room,
            capacity,
            total: None,
            live: RwLock::default(),
            lag: Arc::new(Mutex::new(Lag::new(Instant::now()))),
            news,
        }
    }

    /// Another one beside it, for the shards of another number of them.
    pub fn beside(&self, total: u32) -> Self {
        Self {
            bus: Arc::clone(&self.bus),
            handing_over: self.handing_over.clone(),
            dispatcher: Arc::clone(&self.dispatcher),
            guilds: Arc::clone(&self.guilds),
            room: Arc::clone(&self.room),
            capacity: self.capacity,
            total: Some(total),
            live: RwLock::default(),
            lag: Arc::clone(&self.lag),
            news: self.news.clone(),
        }
    }

    /// Since when the user of an interaction has been waiting.
    fn waiting_since(&self, shard: u32, interaction: InteractionId, received: Timestamp) -> Timestamp {
        let live = self.live.read().get(&shard).copied().unwrap_or(false);
        let created = Timestamp(interaction.created_at_ms());
        self.lag.lock().waiting_since(created, received, Instant::now(), live)
    }

    fn set_live(&self, shard: u32, live: bool) {
        self.live.write().insert(shard, live);
    }

    fn tell(&self, news: News) {
        // Nobody listens any more while the program stops.
        let _ = self.news.send(news);
    }
}

impl gateway::Sink for Sink {
    fn deliver(&self, mut envelope: Envelope<Bytes>, done: Done) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let room = if let Some(interaction) = envelope.interaction {
                let shard = envelope.origin.shard;
                envelope.received = self.waiting_since(shard, interaction, envelope.received);
                None
            } else {
                let size = envelope.kib(self.capacity);
                Arc::clone(&self.room).acquire_many_owned(size).await.ok()
            };
            let ack = Ack::new(move || {
                done.complete();
                drop(room);
            });
            let (bus, dispatcher) = (Arc::clone(&self.bus), Arc::clone(&self.dispatcher));
            match &self.handing_over {
                // Those behind it do not wait until a worker has answered.
                Some(room) if envelope.interaction.is_some() => {
                    let room = Arc::clone(room).acquire_owned().await;
                    tokio::spawn(async move {
                        publish(&*bus, &dispatcher, Delivery { envelope, ack }).await;
                        drop(room);
                    });
                }
                _ => publish(&*bus, &dispatcher, Delivery { envelope, ack }).await,
            }
        })
    }

    fn cache(&self, kind: EventKind, guild: Option<GuildId>, payload: &[u8]) {
        if let Err(error) = self.guilds.apply(kind, guild, payload) {
            telemetry::unreadable(kind.name(), &error);
        }
    }

    fn lifecycle(&self, event: Lifecycle) {
        match event {
            Lifecycle::Ready { shard, guilds, user_id, .. } => {
                self.guilds.set_me(user_id);
                self.set_live(shard, true);
                self.tell(News::Ready { shard, total: self.total, guilds });
            }
            Lifecycle::Resumed { shard } => self.set_live(shard, true),
            Lifecycle::Disconnected { shard, .. } | Lifecycle::Stopped { shard } => {
                self.set_live(shard, false);
            }
            Lifecycle::Gap(gap) => {
                telemetry::gap(gap.shard, gap.reason.as_str());
                self.tell(News::Gap);
            }
        }
    }
}

/// Hands an event over; what the bus gives back is answered, or written down.
async fn publish(bus: &dyn Bus, dispatcher: &Dispatcher, mut event: Delivery) {
    loop {
        let Delivery { envelope, ack } = event;
        match bus.publish(envelope, ack).await {
            Ok(()) => return,
            Err(BusError::Unavailable { delivery, .. }) => {
                event = *delivery;
                if dispatcher.services.clock.now().since(event.envelope.received) >= OFFERED {
                    return dispatcher.unavailable(event.envelope, event.ack).await;
                }
            }
            Err(error @ BusError::TooLarge { .. }) => {
                let cause = error.to_string();
                let BusError::TooLarge { delivery, .. } = error else { return };
                return dispatcher.undeliverable(*delivery, &cause).await;
            }
            Err(_) => {
                tracing::debug!("an event came while the bus was closing; Discord will replay it");
                return;
            }
        }
    }
}
