//! What the web port shows: the last look at the runtime.

use guildhall_core::clock::{SharedClock, Timestamp};
use guildhall_discord::gateway::ShardState;
use guildhall_runtime::Snapshot as Running;
use guildhall_sandbox::Sandbox;
use guildhall_store::Store;
use guildhall_web::{Check, DatabaseView, Link, ShardView, Snapshot, Status};
use parking_lot::RwLock;

use super::watch::Watch;
use crate::parts::World;

/// The last look, and what does not change.
pub(super) struct Board {
    clock: SharedClock,
    started: Timestamp,
    engine: &'static str,
    watch: Watch,
    links: Vec<Link>,
    last: RwLock<Option<Running>>,
}

impl Board {
    pub(super) fn new(world: &World, store: &Store, warn_megabytes: u32, sandbox: Option<&Sandbox>) -> Self {
        let link = sandbox.map(|sandbox| Link {
            label: "Sandbox web client".to_owned(),
            address: format!("http://{}/", sandbox.addr()),
        });
        Self {
            started: world.clock.now(),
            clock: world.clock.clone(),
            engine: store.engine(),
            watch: Watch::start(store.clone(), warn_megabytes),
            links: link.into_iter().collect(),
            last: RwLock::new(None),
        }
    }

    pub(super) fn update(&self, running: &Running) {
        *self.last.write() = Some(running.clone());
    }
}

impl Status for Board {
    fn snapshot(&self) -> Snapshot {
        let last = self.last.read();
        let shards = last.as_ref().map(|running| running.shards.as_slice()).unwrap_or_default();
        let active = shards.iter().filter(|shard| shard.state == ShardState::Active).count();
        let ready = last.as_ref().is_some_and(|running| running.ready);
        let maintenance = last.as_ref().is_some_and(|running| running.maintenance);
        let closed = if maintenance { "members' commands are answered with a notice" } else { "off" };
        let counts = last.as_ref().map(|running| {
            [
                ("waiting messages", running.outbox_waiting),
                ("waiting events", running.events_waiting),
                ("open gaps", running.gaps),
            ]
            .map(|(name, count)| (name.to_owned(), count as u64))
            .to_vec()
        });
        Snapshot {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            now: self.clock.now(),
            checks: vec![
                Check::new("runtime", last.is_some(), if last.is_some() { "running" } else { "starting" }),
                Check::new("gateway", ready, format!("{active} of {} shards are up", shards.len())),
                // Work may come all the same: background work goes on, and members are told.
                Check::new("maintenance", true, closed),
            ],
            shards: shards
                .iter()
                .map(|shard| ShardView {
                    id: shard.id,
                    state: shard.state.as_str().to_owned(),
                    latency: shard.latency,
                    guilds: shard.guilds as u64,
                })
                .collect(),
            guilds: last.as_ref().map_or(0, |running| running.guilds as u64),
            database: DatabaseView {
                kind: self.engine.to_owned(),
                bytes: self.watch.bytes(),
                counts: counts.unwrap_or_default(),
            },
            links: self.links.clone(),
        }
    }
}
