//! The section `web`: the port for health, readiness, metrics and the status page.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::Deserialize;

/// The web port: health, readiness, metrics, status page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    /// The address to listen on. Port 0 takes any free port.
    #[schemars(with = "String")]
    pub(crate) listen: SocketAddr,
}

impl Default for Web {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 7301).into() }
    }
}
