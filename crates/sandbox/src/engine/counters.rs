//! How often what happened, as a whole and per application.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use crate::snowflake::Id;

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Counter {
    /// Sockets opened.
    Connects,
    /// Identifies answered by READY.
    Identifies,
    /// Identifies refused for coming too fast.
    IdentifiesLimited,
    /// Resumes asked for.
    Resumes,
    /// Resumes answered by RESUMED.
    Resumed,
    /// Invalid Session sent.
    InvalidSessions,
    /// Reconnect sent.
    Reconnects,
    /// Sockets closed by the sandbox with a code.
    Closes,
    /// Heartbeats received.
    Heartbeats,
    /// Dispatches sent.
    Dispatches,
    /// REST requests.
    RestRequests,
    /// REST answers of 429.
    Rest429,
    /// REST answers of 401, 403 or 429.
    RestInvalid,
    /// Interactions sent to applications.
    Interactions,
    /// First answers that came after the deadline.
    LateAnswers,
}

const NAMES: [(Counter, &str); 15] = [
    (Counter::Connects, "connects"),
    (Counter::Identifies, "identifies"),
    (Counter::IdentifiesLimited, "identifies_limited"),
    (Counter::Resumes, "resumes"),
    (Counter::Resumed, "resumed"),
    (Counter::InvalidSessions, "invalid_sessions"),
    (Counter::Reconnects, "reconnects"),
    (Counter::Closes, "closes"),
    (Counter::Heartbeats, "heartbeats"),
    (Counter::Dispatches, "dispatches"),
    (Counter::RestRequests, "rest_requests"),
    (Counter::Rest429, "rest_429"),
    (Counter::RestInvalid, "rest_invalid"),
    (Counter::Interactions, "interactions"),
    (Counter::LateAnswers, "late_answers"),
];

/// All counts. Those of no application known yet are kept in the total alone.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<BTreeMap<(Option<Id>, Counter), u64>>,
}

impl Counters {
    /// Counts once.
    pub fn count(&self, counter: Counter, application_id: Option<Id>) {
        self.add(counter, application_id, 1);
    }

    /// Counts several at once.
    pub fn add(&self, counter: Counter, application_id: Option<Id>, by: u64) {
        let mut counts = self.counts.lock();
        *counts.entry((None, counter)).or_default() += by;
        if application_id.is_some() {
            *counts.entry((application_id, counter)).or_default() += by;
        }
    }

    /// Counts from 0 again.
    pub(super) fn clear(&self) {
        self.counts.lock().clear();
    }

    /// One count; the total when no application is named.
    pub fn get(&self, counter: Counter, application_id: Option<Id>) -> u64 {
        self.counts.lock().get(&(application_id, counter)).copied().unwrap_or(0)
    }

    /// All counts: totals by name, and the same per application under `applications`.
    pub fn to_json(&self) -> Value {
        let counts = self.counts.lock();
        let of = |id: Option<Id>| -> Map<String, Value> {
            let count = |counter| counts.get(&(id, counter)).copied().unwrap_or(0);
            NAMES.iter().map(|(counter, name)| ((*name).to_owned(), json!(count(*counter)))).collect()
        };
        let mut ids: Vec<Id> = counts.keys().filter_map(|(id, _)| *id).collect();
        ids.dedup();
        let mut all = of(None);
        let applications: Map<String, Value> =
            ids.into_iter().map(|id| (id.to_string(), Value::Object(of(Some(id))))).collect();
        all.insert("applications".to_owned(), Value::Object(applications));
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_in_total_and_per_application() {
        let counters = Counters::default();
        counters.count(Counter::Connects, None);
        counters.add(Counter::Dispatches, Some(5), 3);
        counters.add(Counter::Dispatches, Some(6), 1);
        let all = counters.to_json();
        assert_eq!(all["connects"], 1);
        assert_eq!(all["dispatches"], 4);
        assert_eq!(all["applications"]["5"]["dispatches"], 3);
    }
}
