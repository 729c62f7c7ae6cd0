//! The sets of shards that this process runs: one, and a second while the bot changes their number.

use std::sync::Arc;

use guildhall_discord::gateway::{Gateway, GatewayError, GatewayOptions, GatewayParts, ShardStatus};
use guildhall_framework::{ctx::Services, report::ShardReport};
use parking_lot::RwLock;

use super::{Member, Shards};
use crate::{directory::Guilds, interest::Interest, sink::Sink, store::guilds::Saver};

/// The sets, as they are now.
#[derive(Default)]
pub struct Sets(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    factory: Option<Arc<Factory>>,
    current: Option<Arc<Shards>>,
    next: Option<Arc<Shards>>,
}

/// What it takes to run a set of another number of shards.
pub struct Factory {
    /// How to connect.
    pub options: GatewayOptions,
    /// What gateways are made of; each set has a sink of its own.
    pub parts: GatewayParts,
    /// Where events go.
    pub sink: Arc<Sink>,
    /// Whose sessions they are.
    pub identity: String,
    /// This process.
    pub member: Arc<Member>,
    /// What handlers share.
    pub services: Arc<Services>,
    /// The guild cache.
    pub guilds: Arc<Guilds>,
    /// Writes the guild cache behind.
    pub saver: Arc<Saver>,
    /// Which events anybody wants.
    pub interest: Arc<Interest>,
}

impl Factory {
    /// A set of `total` shards that runs none of them yet.
    pub async fn set(&self, total: u32) -> Result<Arc<Shards>, GatewayError> {
        let sink = Arc::new(self.sink.beside(total));
        let parts = GatewayParts { sink, ..self.parts.clone() };
        let gateway = Gateway::open(self.options.clone(), total, parts).await?;
        Ok(Arc::new(Shards {
            member: Arc::clone(&self.member),
            services: Arc::clone(&self.services),
            guilds: Arc::clone(&self.guilds),
            saver: Arc::clone(&self.saver),
            interest: Arc::clone(&self.interest),
            gateway: Arc::new(gateway),
            settled: false.into(),
            turn: false.into(),
        }))
    }
}

impl Sets {
    /// Begins with this set.
    pub fn begin(&self, factory: Arc<Factory>, current: Arc<Shards>) {
        *self.0.write() = Inner { factory: Some(factory), current: Some(current), next: None };
    }

    /// What makes further sets, once shards run.
    pub fn factory(&self) -> Option<Arc<Factory>> {
        self.0.read().factory.clone()
    }

    /// The set that the bot runs.
    pub fn current(&self) -> Option<Arc<Shards>> {
        self.0.read().current.clone()
    }

    /// The set that the bot changes to.
    pub fn next(&self) -> Option<Arc<Shards>> {
        self.0.read().next.clone()
    }

    /// Has a second set come up, or gives it up.
    pub fn set_next(&self, next: Option<Arc<Shards>>) {
        self.0.write().next = next;
    }

    /// Makes the second set the first; the old one.
    pub fn promote(&self) -> Option<Arc<Shards>> {
        let mut inner = self.0.write();
        let next = inner.next.take()?;
        inner.current.replace(next)
    }

    /// Both sets.
    pub fn all(&self) -> Vec<Arc<Shards>> {
        let inner = self.0.read();
        inner.current.iter().chain(&inner.next).map(Arc::clone).collect()
    }

    /// The shards of the set that the bot runs.
    pub fn status(&self) -> Vec<ShardStatus> {
        self.current().map(|shards| shards.gateway.status()).unwrap_or_default()
    }

    /// The shards of both sets, for the row of this process.
    pub fn report(&self) -> Vec<ShardReport> {
        self.all().iter().flat_map(|shards| shards.report()).collect()
    }
}
