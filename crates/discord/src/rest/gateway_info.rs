//! Where the gateway is and how many sessions may still be started.

use serde::Deserialize;
use twilight_http::{request::Request, routing::Route};
use twilight_model::gateway::SessionStartLimit;

use super::{Call, Priority, Rest, RestError};

/// The answer of `GET /gateway/bot` (Discord docs: Gateway, Get Gateway Bot).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct GatewayInfo {
    /// Where to connect.
    pub url: String,
    /// How many shards Discord recommends.
    pub shards: u32,
    /// The identify budget.
    pub session_start_limit: SessionStartLimit,
}

impl GatewayInfo {
    /// Asks Discord.
    pub async fn fetch(rest: &Rest) -> Result<Self, RestError> {
        let request = Request::from_route(&Route::GetGatewayBot);
        rest.send(Call::new(request, Priority::Command)).await?.model()
    }
}
