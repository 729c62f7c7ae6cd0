//! The section `cluster`: how this process takes part where several run one bot.

use schemars::JsonSchema;
use serde::Deserialize;

/// How this process takes part where several run one bot. They share one PostgreSQL database and nothing else
/// that they need.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cluster {
    /// Where this process runs, by a name of your own. Shown in the status.
    pub(crate) region: Option<String>,
    /// The round-trip time to Discord in milliseconds that is wanted in this region. Shown beside the measured one,
    /// and warned of where that is higher.
    pub(crate) preferred_latency_ms: Option<u32>,
    /// How much this process is to carry in comparison with the others.
    pub(crate) weight: u32,
    /// Servers that this process carries at the most; 0 for no limit. Shards beyond it wait for another process.
    pub(crate) max_guilds: u32,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { region: None, preferred_latency_ms: None, weight: 1, max_guilds: 0 }
    }
}

impl Cluster {
    /// The setting with a value that cannot be used, and what would be right.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        (!(1..=1_000).contains(&self.weight)).then_some(("cluster.weight", "use a number from 1 to 1000"))
    }
}
