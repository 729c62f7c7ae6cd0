//! What a process tells the others about itself, in its row.

use guildhall_discord::gateway::ShardStatus;
use serde::{Deserialize, Serialize};

/// A process as it says itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Report {
    /// Its version.
    pub version: String,
    /// Where it runs, by the operator's own name.
    pub region: Option<String>,
    /// The round-trip time in milliseconds that the operator wants there.
    pub preferred_latency_ms: Option<u32>,
    /// How much it is to carry in comparison with others.
    pub weight: f64,
    /// Guilds that it carries at the most.
    pub max_guilds: Option<u64>,
    /// The shards that it runs and no other.
    pub only: Option<Vec<u32>>,
    /// Whether it hands its shards over and takes none.
    pub draining: bool,
    /// Its shards.
    pub shards: Vec<ShardReport>,
    /// Interactions, events and messages that wait.
    pub waiting: u64,
    /// What its REST sender asks for and uses.
    pub budget: BudgetReport,
}

/// What a process asks for and uses of the limits of Discord's REST interface.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct BudgetReport {
    /// Requests a second that it asks for.
    pub wanted: u32,
    /// Requests a second that it may be using at this moment at the most.
    pub claim: Option<u32>,
    /// Its answers 401, 403 and 429 in the last ten minutes.
    pub refused: u32,
    /// Whether it finds the rate that all processes share outside of them.
    pub pooled: bool,
}

/// A shard as its process says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct ShardReport {
    /// Its number.
    pub number: u32,
    /// Among how many.
    pub total: u32,
    /// What it is doing.
    pub state: String,
    /// The latest heartbeat's way there and back, in milliseconds.
    pub latency_ms: Option<u64>,
    /// Its guilds.
    pub guilds: u64,
    /// Events that are not done.
    pub in_flight: u64,
}

impl ShardReport {
    /// A shard among `total`.
    pub fn new(status: &ShardStatus, total: u32) -> Self {
        Self {
            number: status.id,
            total,
            state: status.state.as_str().to_owned(),
            latency_ms: status.latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
            guilds: status.guilds as u64,
            in_flight: status.in_flight as u64,
        }
    }
}

impl Report {
    /// Reads a row's text. One of another version may say less.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text for the row.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
