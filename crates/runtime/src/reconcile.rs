//! After a new session: compares the guilds that Discord names with those that are known. One that
//! vanished meanwhile has the same effect as if its `GUILD_DELETE` had come; new ones come by themselves.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use guildhall_bus::{Ack, Bus};
use guildhall_core::{
    clock::SharedClock,
    event::{Envelope, EventKind, Origin},
    id::GuildId,
};
use guildhall_discord::gateway::Interest as _;
use guildhall_store::{OperatorPath, Store, StoreError, platform::gap};
use tokio::sync::{mpsc, watch};

use crate::{directory::Guilds, interest::Interest, telemetry};

/// Gaps that are looked at in one go.
const GAPS: u32 = 1_000;
/// The pause after the database refused.
const PAUSE: Duration = Duration::from_secs(1);

/// What the sink tells.
#[derive(Debug)]
pub enum News {
    /// A new session began with these guilds.
    Ready {
        /// The shard.
        shard: u32,
        /// Among how many, where that is not the bot's own number.
        total: Option<u32>,
        /// Its guilds.
        guilds: Vec<GuildId>,
    },
    /// Events were lost.
    Gap,
}

/// Compares after each new session.
pub struct Reconciler {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: SharedClock,
    /// What is known.
    pub guilds: Arc<Guilds>,
    /// Whether anybody wants to hear of vanished guilds.
    pub interest: Arc<Interest>,
    /// Where the effect goes.
    pub bus: Arc<dyn Bus>,
    /// The number of shards of the bot, once it is known.
    pub total: watch::Receiver<Option<u32>>,
    /// Gaps that are not reconciled, for the health page.
    pub gaps: Arc<AtomicUsize>,
}

impl Reconciler {
    /// Works until nobody tells any more.
    pub async fn run(mut self, mut news: mpsc::UnboundedReceiver<News>) {
        self.count_gaps().await;
        while let Some(event) = news.recv().await {
            match event {
                News::Gap => self.count_gaps().await,
                News::Ready { shard, total: Some(total), guilds } => self.ready(shard, total, guilds).await,
                News::Ready { shard, total: None, guilds } => {
                    let total = match self.total.wait_for(Option::is_some).await {
                        Ok(total) => total.unwrap_or(1),
                        Err(_) => return,
                    };
                    self.ready(shard, total, guilds).await;
                }
            }
        }
    }

    async fn ready(&self, shard: u32, total: u32, guilds: Vec<GuildId>) {
        let present: HashSet<GuildId> = guilds.into_iter().collect();
        let known = self.guilds.of_shard(shard, total);
        let vanished: Vec<GuildId> = known.into_iter().filter(|guild| !present.contains(guild)).collect();
        for guild in &vanished {
            self.left(shard, *guild).await;
        }
        let gaps = loop {
            match self.close_gaps(shard).await {
                Ok(gaps) => break gaps,
                Err(error) => {
                    telemetry::background_write_failed("gap", &error);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        telemetry::reconciled(shard, present.len(), vanished.len(), gaps);
        self.count_gaps().await;
    }

    /// The bot is no longer in the guild. It is forgotten once the effect is durable, so that a crash in
    /// between finds it vanished again.
    async fn left(&self, shard: u32, guild: GuildId) {
        if !self.interest.guild(guild).contains(EventKind::GuildDelete) {
            self.guilds.remove(guild);
            return;
        }
        let now = self.clock.now();
        let envelope = Envelope {
            kind: EventKind::GuildDelete,
            guild: Some(guild),
            interaction: None,
            origin: Origin { shard, session: format!("reconcile-{now}").into(), sequence: 0 },
            received: now,
            payload: Bytes::from(format!("{{\"id\":\"{guild}\"}}")),
        };
        let guilds = Arc::clone(&self.guilds);
        let ack = Ack::new(move || guilds.remove(guild));
        if self.bus.publish(envelope, ack).await.is_err() {
            tracing::debug!("the bus is closing; the guild is found vanished again at the next start");
        }
    }

    async fn close_gaps(&self, shard: u32) -> Result<usize, StoreError> {
        let mut write = self.store.write().await?;
        let mut tx = write.operator(OperatorPath::Reconcile);
        let open = gap::open(&mut tx, GAPS).await?;
        let mut closed = 0;
        for gap in open.iter().filter(|gap| gap.shard == shard) {
            if gap::reconciled(&mut tx, &gap.id(), self.clock.now()).await? {
                closed += 1;
            }
        }
        write.commit().await?;
        Ok(closed)
    }

    async fn count_gaps(&self) {
        let count = async {
            let mut read = self.store.read().await?;
            gap::open(&mut read.operator(OperatorPath::Reconcile), GAPS).await.map(|open| open.len())
        };
        match count.await {
            Ok(count) => self.gaps.store(count, Ordering::Relaxed),
            Err(error) => telemetry::background_write_failed("gap", &error),
        }
    }
}
