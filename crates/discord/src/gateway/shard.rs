//! One shard for as long as the process lives: from connection to connection, keeping its session.
//!
//! A connection ends and is gone; how soon the next one comes, and with which session, is decided here.

mod connection;
mod delivery;
mod dispatch;
mod inflate;
mod link;
mod monitor;

use std::sync::Arc;

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    random::SharedRandom,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_websockets::Connector;

pub(super) use self::{delivery::Lanes, monitor::Monitor};
use super::{
    address,
    backoff::Backoff,
    error::{GatewayError, Refusal},
    governor::Governor,
    keeper::Keeper,
    options::GatewayOptions,
    session::{Gap, GapReason, StoredSession},
    sink::{Interest, Lifecycle, Sink},
    status::ShardState,
    telemetry,
};

/// What all shards of a gateway share.
pub(super) struct Common {
    pub(super) options: GatewayOptions,
    pub(super) total: u32,
    pub(super) identity: String,
    /// The address of the first connection and of every IDENTIFY.
    pub(super) base: String,
    pub(super) tls: Connector,
    pub(super) governor: Governor,
    pub(super) sink: Arc<dyn Sink>,
    pub(super) interest: Arc<dyn Interest>,
    pub(super) clock: SharedClock,
    pub(super) random: SharedRandom,
}

/// How one connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// We were asked to stop and have closed so that the session lives on.
    Stopped,
    /// It ended in a way after which the session can be resumed.
    Closed { code: Option<u16>, why: &'static str },
    /// Discord no longer has the session.
    Lost { code: Option<u16> },
    /// Discord refuses this bot or configuration.
    Refused(u16, Refusal),
    /// No connection came about.
    Unreachable,
}

/// One shard's state between connections.
pub(super) struct ShardTask {
    common: Arc<Common>,
    id: u32,
    /// Asks this shard to close.
    stop: CancellationToken,
    keeper: Arc<Keeper>,
    monitor: Arc<Monitor>,
    backoff: Backoff,
    lanes: Lanes,
    /// Whether the resume address led nowhere, so that the first address is tried.
    avoid_resume_url: bool,
    /// Whether a session was lost before the current one.
    lost_before: bool,
    /// When a session was last given up because it brought guilds of other shards.
    healed: Option<Instant>,
}

impl ShardTask {
    pub(super) fn new(
        common: Arc<Common>,
        stop: CancellationToken,
        keeper: Arc<Keeper>,
        monitor: Arc<Monitor>,
        lanes: Lanes,
    ) -> Self {
        let id = monitor.id();
        let backoff = Backoff::default();
        Self {
            common,
            id,
            stop,
            keeper,
            monitor,
            backoff,
            lanes,
            avoid_resume_url: false,
            lost_before: false,
            healed: None,
        }
    }

    /// Takes up the session of an earlier run, where it fits.
    pub(super) fn adopt(&mut self, stored: &StoredSession) {
        if stored.identity != self.common.identity {
            tracing::info!(shard = self.id, "the stored session belongs to another bot and is left");
            self.keeper.forget();
            return;
        }
        self.monitor.session(self.keeper.continue_with(stored));
        if stored.intents != self.common.options.intents.bits() {
            self.lose(GapReason::IntentsChanged);
        }
    }

    /// Tells that what came before this shard's first session is lost.
    pub(super) fn begin_after(&mut self, gap: Gap) {
        telemetry::gap(&gap);
        self.lost_before = true;
        self.common.sink.lifecycle(Lifecycle::Gap(gap));
    }

    /// Runs until stopped or refused.
    pub(super) async fn run(mut self) -> Result<(), GatewayError> {
        let stop = self.stop.clone();
        let result = loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(()),
                () = self.prepare() => {}
            }
            match self.connection().await {
                End::Stopped => break Ok(()),
                End::Refused(code, reason) => {
                    break Err(GatewayError::Refused { shard: self.id, code, reason });
                }
                End::Unreachable => {}
                End::Closed { code, .. } => self.announce_disconnect(code),
                End::Lost { code } => {
                    self.announce_disconnect(code);
                    self.lose(GapReason::SessionLost);
                }
            }
        };
        if result.is_err() {
            self.monitor.state(ShardState::Failed);
            self.common.sink.lifecycle(Lifecycle::Stopped { shard: self.id });
        } else {
            self.monitor.state(ShardState::Stopped);
        }
        result
    }

    /// Waits until the next connection is in order.
    async fn prepare(&self) {
        self.monitor.state(ShardState::Waiting);
        let has_session = self.keeper.live().is_some();
        tokio::time::sleep(self.backoff.delay(has_session, &*self.common.random)).await;
        if !has_session {
            // Connecting without being allowed to IDENTIFY would only be closed again.
            while let Err(error) = self.common.governor.may_identify().await {
                self.monitor.state(ShardState::Held);
                tracing::error!(shard = self.id, %error, hint = error.hint(), "the shard is held back");
                tokio::time::sleep(super::governor::RETRY).await;
            }
        }
        self.common.governor.connect_slot().await;
    }

    /// Where to connect: where the session is to be resumed, unless that led nowhere last time.
    fn address(&self) -> String {
        let base = &self.common.base;
        let resume = self.keeper.live().filter(|_| !self.avoid_resume_url);
        resume.and_then(|live| address::resume(&live.resume_url, base)).unwrap_or_else(|| base.clone())
    }

    fn lose(&mut self, reason: GapReason) {
        if let Some(gap) = self.keeper.lose(reason) {
            telemetry::gap(&gap);
            self.lost_before = true;
            self.monitor.no_session();
            self.common.sink.lifecycle(Lifecycle::Gap(gap));
        }
    }

    fn announce_disconnect(&self, code: Option<u16>) {
        self.common.sink.lifecycle(Lifecycle::Disconnected { shard: self.id, code });
    }

    fn now(&self) -> Timestamp {
        self.common.clock.now()
    }
}
