//! Decides when a shard may connect and when it may IDENTIFY.

use std::sync::Arc;

use guildhall_core::{clock::SharedClock, random::SharedRandom};

use super::{error::GatewayError, info::InfoSource, session::SessionStore};

/// The one gate for connects and IDENTIFYs of a process. A handle: clones share the gate.
#[derive(Clone)]
pub struct Governor {
    #[expect(dead_code, reason = "read by the next slice")]
    info: Arc<dyn InfoSource>,
}

impl Governor {
    /// A governor over the budget kept in `sessions`. `force` spends IDENTIFYs that the reserve holds back.
    pub async fn new(
        info: Arc<dyn InfoSource>,
        sessions: Arc<dyn SessionStore>,
        clock: SharedClock,
        random: SharedRandom,
        force: bool,
    ) -> Result<Self, GatewayError> {
        let _ = (clock, random, force);
        sessions.load_budget().await.map_err(GatewayError::Sessions)?;
        Ok(Self { info })
    }
}
