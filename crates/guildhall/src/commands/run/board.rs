//! What the web port shows: the last look at the runtime.

use std::path::Path;

use guildhall_core::clock::{SharedClock, Timestamp};
use guildhall_discord::gateway::ShardState;
use guildhall_runtime::Snapshot as Running;
use guildhall_sandbox::Sandbox;
use guildhall_store::Place;
use guildhall_web::{Check, DatabaseView, Link, ShardView, Snapshot, Status};
use parking_lot::RwLock;

use crate::parts::World;

/// The last look, and what does not change.
pub(super) struct Board {
    clock: SharedClock,
    started: Timestamp,
    database: Place,
    links: Vec<Link>,
    last: RwLock<Option<Running>>,
}

impl Board {
    pub(super) fn new(world: &World, database: Place, sandbox: Option<&Sandbox>) -> Self {
        let link = sandbox.map(|sandbox| Link {
            label: "Sandbox web client".to_owned(),
            address: format!("http://{}/", sandbox.addr()),
        });
        Self {
            started: world.clock.now(),
            clock: world.clock.clone(),
            database,
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
                kind: kind(&self.database).to_owned(),
                bytes: bytes(&self.database),
                counts: counts.unwrap_or_default(),
            },
            links: self.links.clone(),
        }
    }
}

const fn kind(place: &Place) -> &'static str {
    match place {
        Place::File(_) => "SQLite",
        Place::Folder { .. } => "SQLite, a file for each server",
        Place::Postgres(_) => "PostgreSQL",
    }
}

/// Its size in our own folder; what a server keeps, its operators see there.
fn bytes(place: &Place) -> Option<u64> {
    let size = |path: &Path| path.metadata().ok().map(|found| found.len());
    match place {
        Place::File(path) => size(path),
        Place::Folder { path, .. } => {
            let files = std::fs::read_dir(path).ok()?.filter_map(Result::ok);
            Some(files.filter_map(|file| size(&file.path())).sum())
        }
        Place::Postgres(_) => None,
    }
}
