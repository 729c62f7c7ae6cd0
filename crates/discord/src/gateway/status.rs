//! What a person may ask about the shards.

use std::time::Duration;

/// What a shard is doing.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ShardState {
    /// Not connected: starting, or waiting out a back-off.
    #[default]
    Waiting,
    /// Not connected, because too few IDENTIFYs are left today.
    Held,
    /// Connecting, or waiting for READY.
    Connecting,
    /// Discord is replaying what was missed.
    Resuming,
    /// In a session and up to date.
    Active,
    /// Stopped on request.
    Stopped,
    /// Stopped for good by a refusal.
    Failed,
}

impl ShardState {
    /// The state as a word for logs, labels and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Connecting => "connecting",
            Self::Resuming => "resuming",
            Self::Active => "active",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// One shard at one moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ShardStatus {
    /// The shard.
    pub id: u32,
    /// What it is doing.
    pub state: ShardState,
    /// The latest heartbeat's way there and back.
    pub latency: Option<Duration>,
    /// Age of the session as far as this process knows it.
    pub session_age: Option<Duration>,
    /// The highest sequence received.
    pub sequence: u64,
    /// The highest sequence up to which everything is durable.
    pub cursor: u64,
    /// Events delivered and not yet done.
    pub in_flight: usize,
    /// Guilds of the shard; those of a session resumed from an earlier run are counted as they show.
    pub guilds: usize,
    /// Connections made since the start.
    pub connects: u64,
}
