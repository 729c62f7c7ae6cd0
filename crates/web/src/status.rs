//! What the program tells about itself.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

/// What the web port asks the program.
pub trait Status: Send + Sync {
    /// The state at this moment. It is asked on every request, so it must be cheap.
    fn snapshot(&self) -> Snapshot;
}

/// The state of the program at one moment. Everybody who reaches the web port sees it: no ids, no
/// names of servers, no secrets.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Snapshot {
    /// The version of the program.
    pub version: String,
    /// When the program started.
    pub started: Timestamp,
    /// The time now.
    pub now: Timestamp,
    /// What must be true before work may come; all must be, and there must be at least one.
    pub checks: Vec<Check>,
    /// The shards in this process.
    pub shards: Vec<ShardView>,
    /// Servers that the bot is in.
    pub guilds: u64,
    /// The database.
    pub database: DatabaseView,
    /// Where else to look.
    pub links: Vec<Link>,
}

impl Snapshot {
    /// Whether every check is true.
    pub fn is_ready(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.ready)
    }

    /// Time since the start.
    pub fn uptime(&self) -> Duration {
        self.now.since(self.started)
    }
}

/// One thing that must be true before work may come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// A short name in lower case, such as `database`.
    pub name: String,
    /// Whether it is true.
    pub ready: bool,
    /// What is missing, or what is there.
    pub detail: String,
}

impl Check {
    /// A check with its outcome.
    pub fn new(name: impl Into<String>, ready: bool, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ready, detail: detail.into() }
    }
}

/// One shard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShardView {
    /// Its number.
    pub id: u32,
    /// What it does, in one or two words.
    pub state: String,
    /// Time from a heartbeat to its answer.
    pub latency: Option<Duration>,
    /// Servers on it.
    pub guilds: u64,
}

/// The database.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DatabaseView {
    /// Which kind, such as `SQLite`.
    pub kind: String,
    /// Its size on disk.
    pub bytes: Option<u64>,
    /// Counts worth watching, such as waiting jobs.
    pub counts: Vec<(String, u64)>,
}

/// A link on the status page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// What is there.
    pub label: String,
    /// Where it is.
    pub address: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_that_every_check_is_true_and_that_there_is_one() {
        let with = |ready: &[bool]| Snapshot {
            checks: ready.iter().map(|ready| Check::new("x", *ready, "")).collect(),
            ..Snapshot::default()
        };
        assert!(with(&[true, true]).is_ready());
        assert!(!with(&[true, false]).is_ready());
        assert!(!with(&[]).is_ready());
    }
}
