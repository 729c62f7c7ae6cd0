//! What every request of the REST face has at hand.

use std::sync::Arc;

use super::limits::RateLimits;
use super::routes::Routes;
use crate::engine::Engine;

/// Everything the REST face holds beside the world.
pub(crate) struct Face {
    /// The engine behind it.
    pub engine: Arc<Engine>,
    /// The windows of all rate limits.
    pub limits: RateLimits,
    /// The route table.
    pub routes: Routes,
}

impl Face {
    /// The face of an engine, with these routes.
    pub(crate) fn new(engine: Arc<Engine>, routes: Routes) -> Arc<Self> {
        Arc::new(Self { engine, limits: RateLimits::default(), routes })
    }

    /// Where files are served: scheme and authority.
    pub(crate) fn base_url(&self) -> String {
        self.engine.gateway_url().replacen("ws", "http", 1)
    }

    /// The time for the windows of the limits.
    pub(crate) fn stamp(&self) -> u64 {
        u64::try_from(self.engine.now()).unwrap_or(0)
    }
}
