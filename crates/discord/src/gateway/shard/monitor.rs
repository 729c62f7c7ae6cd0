//! What a shard shows of itself while it runs.

use std::{collections::HashSet, sync::Arc, time::Duration};

use guildhall_core::id::GuildId;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::gateway::{
    ledger::Ledger,
    status::{ShardState, ShardStatus},
    telemetry,
};

/// Written by the shard's task, read by anyone.
pub(crate) struct Monitor {
    id: u32,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    state: ShardState,
    latency: Option<Duration>,
    ledger: Option<Arc<Ledger>>,
    since: Option<Instant>,
    guilds: HashSet<GuildId>,
    connects: u64,
}

impl Monitor {
    pub(crate) fn new(id: u32) -> Arc<Self> {
        Arc::new(Self { id, inner: Mutex::default() })
    }

    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn state(&self, state: ShardState) {
        let before = std::mem::replace(&mut self.inner.lock().state, state);
        if before != state {
            telemetry::state(self.id, state);
        }
    }

    pub(super) fn connecting(&self) {
        self.inner.lock().connects += 1;
        self.state(ShardState::Connecting);
    }

    pub(super) fn latency(&self, latency: Duration) {
        self.inner.lock().latency = Some(latency);
        telemetry::latency(self.id, latency);
    }

    pub(super) fn session(&self, ledger: Arc<Ledger>) {
        let mut inner = self.inner.lock();
        inner.ledger = Some(ledger);
        inner.since = Some(Instant::now());
    }

    pub(super) fn no_session(&self) {
        let mut inner = self.inner.lock();
        inner.ledger = None;
        inner.since = None;
        inner.guilds.clear();
    }

    pub(crate) fn guilds(&self, guilds: &[GuildId]) {
        self.inner.lock().guilds = guilds.iter().copied().collect();
    }

    pub(super) fn guild(&self, guild: GuildId, present: bool) {
        let mut inner = self.inner.lock();
        if present {
            inner.guilds.insert(guild);
        } else {
            inner.guilds.remove(&guild);
        }
    }

    pub(crate) fn status(&self) -> ShardStatus {
        let inner = self.inner.lock();
        ShardStatus {
            id: self.id,
            state: inner.state,
            latency: inner.latency,
            session_age: inner.since.map(|since| since.elapsed()),
            sequence: inner.ledger.as_ref().map_or(0, |ledger| ledger.received()),
            cursor: inner.ledger.as_ref().map_or(0, |ledger| ledger.cursor()),
            in_flight: inner.ledger.as_ref().map_or(0, |ledger| ledger.in_flight()),
            guilds: inner.guilds.len(),
            connects: inner.connects,
        }
    }
}
