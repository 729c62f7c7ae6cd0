//! What the web port shows: the last look at the runtime.

use std::time::Duration;

use guildhall_core::clock::{SharedClock, Timestamp};
use guildhall_discord::gateway::ShardState;
use guildhall_runtime::{
    Runtime, Snapshot as Running,
    cluster::{Peer, Role},
};
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
    role: Role,
    watch: Watch,
    links: Vec<Link>,
    last: RwLock<Option<Look>>,
}

/// What a look at the runtime found.
struct Look {
    running: Running,
    peers: Vec<Peer>,
}

impl Board {
    pub(super) fn new(
        world: &World,
        store: &Store,
        role: Role,
        warn_megabytes: u32,
        sandbox: Option<&Sandbox>,
    ) -> Self {
        let link = sandbox.map(|sandbox| Link {
            label: "Sandbox web client".to_owned(),
            address: format!("http://{}/", sandbox.addr()),
        });
        Self {
            started: world.clock.now(),
            clock: world.clock.clone(),
            engine: store.engine(),
            role,
            watch: Watch::start(store.clone(), warn_megabytes),
            links: link.into_iter().collect(),
            last: RwLock::new(None),
        }
    }

    pub(super) fn update(&self, runtime: &Runtime) {
        *self.last.write() = Some(Look { running: runtime.snapshot(), peers: runtime.peers() });
    }

    fn checks(&self, last: Option<&Look>, shards: &[ShardView]) -> Vec<Check> {
        let mut checks =
            vec![Check::new("runtime", last.is_some(), if last.is_some() { "running" } else { "starting" })];
        let Some(Look { running, peers }) = last else { return checks };
        if self.role.runs_shards() {
            let active = shards.iter().filter(|shard| shard.state == ShardState::Active.as_str()).count();
            let up = format!("{active} of {} shards are up", shards.len());
            checks.push(Check::new("gateway", running.ready, up));
        } else {
            let processes = format!("{} processes of the bot live", peers.len());
            checks.push(Check::new(self.role.as_str(), running.ready, processes));
        }
        if let Some(connected) = running.bus {
            let word = if connected { "connected" } else { "cannot be reached" };
            checks.push(Check::new("bus", connected, word));
        }
        // Work may come all the same: background work goes on, and members are told.
        let closed = if running.maintenance { "members' commands are answered with a notice" } else { "off" };
        checks.push(Check::new("maintenance", true, closed));
        checks
    }

    /// The shards of this process; those of all where it has none by design.
    fn shards(&self, Look { running, peers }: &Look) -> Vec<ShardView> {
        if self.role.runs_shards() {
            let own = running.shards.iter().map(|shard| ShardView {
                id: shard.id,
                state: shard.state.as_str().to_owned(),
                latency: shard.latency,
                guilds: shard.guilds as u64,
            });
            return own.collect();
        }
        let reported = peers.iter().flat_map(|peer| &peer.report.shards);
        let mut all: Vec<ShardView> = reported
            .map(|shard| ShardView {
                id: shard.number,
                state: shard.state.clone(),
                latency: shard.latency_ms.map(Duration::from_millis),
                guilds: shard.guilds,
            })
            .collect();
        all.sort_by_key(|shard| shard.id);
        all
    }
}

impl Status for Board {
    fn snapshot(&self) -> Snapshot {
        let last = self.last.read();
        let shards = last.as_ref().map(|look| self.shards(look)).unwrap_or_default();
        let counts = last.as_ref().map(|Look { running, .. }| {
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
            checks: self.checks(last.as_ref(), &shards),
            guilds: if self.role.runs_shards() {
                last.as_ref().map_or(0, |look| look.running.guilds as u64)
            } else {
                shards.iter().map(|shard| shard.guilds).sum()
            },
            shards,
            database: DatabaseView {
                kind: self.engine.to_owned(),
                bytes: self.watch.bytes(),
                counts: counts.unwrap_or_default(),
            },
            links: self.links.clone(),
        }
    }
}
