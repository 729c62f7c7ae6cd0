//! The gateway: shards that keep their sessions over disconnects, deploys and crashes.

pub mod classify;
pub mod error;
pub mod governor;
pub mod info;
pub mod ledger;
pub mod options;
pub mod session;
pub mod sink;
pub mod status;

pub use self::{
    error::GatewayError,
    governor::Governor,
    info::{GatewayInfo, InfoSource},
    ledger::Done,
    options::{GatewayOptions, ShardPlan},
    session::{Gap, GapReason, IdentifyBudget, SessionStore, StoreFailure, StoredSession},
    sink::{Interest, Lifecycle, Sink},
    status::{ShardState, ShardStatus},
};
pub use twilight_gateway::Intents;

use std::{sync::Arc, time::Duration};

use guildhall_core::{clock::SharedClock, random::SharedRandom};

/// The running shards of this process.
pub struct Gateway {
    shards: Vec<ShardStatus>,
}

impl Gateway {
    /// Starts the planned shards. Returns once they run, not once they are connected.
    pub async fn start(
        options: GatewayOptions,
        governor: Governor,
        sessions: Arc<dyn SessionStore>,
        sink: Arc<dyn Sink>,
        interest: Arc<dyn Interest>,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Result<Self, GatewayError> {
        let _ = (options, governor, sessions, sink, interest, clock, random);
        Ok(Self { shards: Vec::new() })
    }

    /// Every shard of this process, in order.
    pub fn status(&self) -> Vec<ShardStatus> {
        self.shards.clone()
    }

    /// Waits until a shard stops for good, and says why.
    pub async fn failure(&self) -> Arc<GatewayError> {
        std::future::pending().await
    }

    /// Closes every connection so that its session can be resumed, waits until `deadline` for what is in
    /// flight, and saves the cursors.
    pub async fn shutdown(self, deadline: Duration) {
        let _ = deadline;
    }
}
