//! The section `sandbox`: whether it is used, and where it listens.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::Deserialize;

/// The local stand-in for Discord.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sandbox {
    /// Whether the bot talks to the embedded sandbox. By default it does when there is no token.
    pub(crate) enabled: Option<bool>,
    /// The address that the sandbox listens on. It has no passwords, so it must be a loopback address.
    #[schemars(with = "String")]
    pub(crate) listen: SocketAddr,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { enabled: None, listen: (Ipv4Addr::LOCALHOST, 7300).into() }
    }
}
