//! What each process of the bot tells the others about itself, in its row, and what the operators' commands read
//! from it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use guildhall_core::clock::Clock;
use guildhall_store::{Store, StoreError, platform::instance};
use parking_lot::RwLock;
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
    /// Its servers, and their members as Discord last counted them.
    pub guilds: u64,
    /// See `guilds`.
    pub members: u64,
    /// Interactions that it has answered since it started.
    pub commands: u64,
    /// Events whose effects it has committed since it started.
    pub events: u64,
    /// What waits where.
    pub queues: Queues,
    /// How its REST sender fares.
    pub rest: RestReport,
    /// What its REST sender asks for and uses.
    pub budget: BudgetReport,
    /// What it has to do.
    pub load: Load,
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

/// What a process has to do, over the last minute or so.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Load {
    /// Processors that it may use.
    pub cores: u32,
    /// Processors that it used.
    pub cpu: f64,
    /// Events that came over its shards, in a second.
    pub events_per_second: f64,
    /// How long the longest waiting event waited for its turn, in milliseconds.
    pub queue_age_ms: f64,
}

/// What waits in a process.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Queues {
    /// Interactions that wait to be admitted.
    pub interactions: u64,
    /// Interactions that run.
    pub running: u64,
    /// How many may run at once.
    pub seats: u64,
    /// How many of one server may run at once.
    pub seats_per_guild: u64,
    /// Events that wait for a transaction.
    pub events: u64,
    /// Messages that wait to be sent.
    pub outbox: u64,
}

/// A REST sender as its process says.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct RestReport {
    /// Calls that wait, each priority by its name, the most urgent first.
    pub pending: Vec<(String, u64)>,
    /// The routes for which most calls wait, without ids.
    pub routes: Vec<(String, u64)>,
    /// Requests on the wire.
    pub in_flight: u64,
    /// Rate limit buckets that it knows.
    pub buckets: u64,
    /// Requests a second that it may send, as its part of the bot's.
    pub per_second: u64,
    /// Milliseconds until Discord's pause over all routes ends, where there is one.
    pub paused_ms: Option<u64>,
    /// What its breaker does: `closed`, `slow`, `open` or `token_refused`.
    pub breaker: String,
    /// Refused requests in the last ten minutes.
    pub invalid: u64,
    /// Requests sent since it started.
    pub sent: u64,
    /// Answers 429 since it started.
    pub rate_limited: u64,
    /// Second and later tries since it started.
    pub retries: u64,
    /// Milliseconds that it leaves between two requests of background work.
    pub delay_ms: u64,
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

/// The processes of the bot as handlers see them.
#[derive(Debug, Default)]
pub struct Processes {
    own: RwLock<Option<(Arc<str>, Report)>>,
    commands: AtomicU64,
    events: AtomicU64,
}

impl Processes {
    /// Takes note of what this process would say of itself now: its row is older.
    pub fn note(&self, id: &Arc<str>, report: Report) {
        *self.own.write() = Some((Arc::clone(id), report));
    }

    /// Counts an interaction that was answered.
    pub fn count_command(&self) {
        self.commands.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts events whose effects are committed.
    pub fn count_events(&self, events: usize) {
        self.events.fetch_add(events as u64, Ordering::Relaxed);
    }

    /// Interactions and events of this process since it started.
    pub fn counted(&self) -> (u64, u64) {
        (self.commands.load(Ordering::Relaxed), self.events.load(Ordering::Relaxed))
    }

    /// Every process that lives, with its name. The others are as they were a second or two ago.
    pub async fn alive(&self, store: &Store, clock: &dyn Clock) -> Result<Vec<(String, Report)>, StoreError> {
        let rows = instance::alive(store, clock).await?;
        let own = self.own.read().clone();
        let mut all: Vec<_> = rows.iter().map(|row| (row.id.clone(), Report::read(&row.report))).collect();
        if let Some((id, report)) = own {
            all.retain(|(other, _)| *other != *id);
            all.push((id.to_string(), report));
        }
        all.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_another_version_is_read_as_far_as_it_goes() {
        let older = r#"{"version":"0.1.0","weight":1.0,"shards":[{"number":3,"total":4}],"unknown":[1]}"#;
        let report = Report::read(older);
        assert_eq!((report.version.as_str(), report.shards[0].number, report.members), ("0.1.0", 3, 0));
        assert_eq!(Report::read(&report.text()), report);
        assert_eq!(Report::read("no JSON"), Report::default());
    }
}
