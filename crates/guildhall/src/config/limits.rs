//! The section `limits`: how much work is done at once.

use schemars::JsonSchema;
use serde::Deserialize;

/// How much work is done at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Commands of one server that run at the same time; the rest of its commands wait their turn.
    pub(crate) commands_per_guild: u32,
    /// Commands of all servers that run at the same time.
    pub(crate) commands: u32,
    /// Background jobs of one server that run at the same time, in all processes together.
    pub(crate) jobs_per_guild: u32,
    /// Background jobs of all servers that run at the same time in this process.
    pub(crate) jobs: u32,
    /// Requests a second to Discord's REST interface, interactions aside. Discord allows 50.
    pub(crate) requests_per_second: u32,
    /// Seconds to finish what is under way when the program is asked to stop.
    pub(crate) drain_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            commands_per_guild: 8,
            commands: 256,
            jobs_per_guild: 3,
            jobs: 16,
            requests_per_second: 50,
            drain_seconds: 20,
        }
    }
}
