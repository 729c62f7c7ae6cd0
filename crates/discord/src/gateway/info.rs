//! What `GET /gateway/bot` tells. The REST half asks; tests and the sandbox may know it beforehand.

use std::time::Duration;

use futures::future::BoxFuture;

use super::session::StoreFailure;

/// The gateway's address, the advised number of shards and the session start limit
/// (Discord docs: Gateway, Get Gateway Bot).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GatewayInfo {
    /// Address, such as `wss://gateway.discord.gg`.
    pub url: String,
    /// Recommended number of shards.
    pub shards: u32,
    /// IDENTIFYs allowed in 24 hours.
    pub total: u32,
    /// IDENTIFYs left.
    pub remaining: u32,
    /// Time until `remaining` is `total` again.
    pub reset_after: Duration,
    /// IDENTIFYs allowed within five seconds.
    pub max_concurrency: u32,
}

/// Asks for the current [`GatewayInfo`].
pub trait InfoSource: Send + Sync {
    /// Asks now; the answer is not to be kept for long.
    fn gateway_info(&self) -> BoxFuture<'_, Result<GatewayInfo, StoreFailure>>;
}

/// An answer that is known beforehand.
impl InfoSource for GatewayInfo {
    fn gateway_info(&self) -> BoxFuture<'_, Result<GatewayInfo, StoreFailure>> {
        let info = self.clone();
        Box::pin(async move { Ok(info) })
    }
}
