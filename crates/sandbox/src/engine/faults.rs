//! Faults to be played: each for a number of times or a while.

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::snowflake::Millis;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// A gateway socket is accepted and then closed at once.
    AcceptThenClose {
        /// With this close code; without one the TCP connection just ends.
        code: Option<u16>,
    },
    /// A gateway socket gets Reconnect in place of Hello.
    ReconnectAtHello,
    /// Heartbeats are not acknowledged.
    HeartbeatSilence {
        /// Only for this session.
        session: Option<String>,
    },
    /// Every request meets the global limit.
    Global429 {
        /// Seconds to wait.
        retry_after: f64,
    },
    /// A route meets a limit.
    Route429 {
        /// The HTTP method; any when none.
        method: Option<String>,
        /// A part of the path.
        route: String,
        /// `user` or `shared`.
        scope: String,
        /// Seconds to wait.
        retry_after: f64,
    },
    /// A blocked address: a plain 429 as from the edge, without Discord's headers.
    EdgeBlock {
        /// Seconds to wait.
        retry_after: f64,
    },
    /// Requests fail on the server's side.
    ServerError {
        /// With this status.
        status: u16,
        /// A part of the path; any when none.
        route: Option<String>,
    },
    /// A request is carried out, and then the connection ends without an answer.
    AnswerLost {
        /// The HTTP method; any when none.
        method: Option<String>,
        /// A part of the path; any when none.
        route: Option<String>,
    },
}

/// A fault and how long it lasts.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its number.
    pub id: u64,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many more times; without end when none.
    pub count: Option<u64>,
    /// Until when; without end when none.
    pub until: Option<Millis>,
    /// How often it was played.
    pub played: u64,
}

impl Fault {
    /// The fault as the control interface shows it.
    pub fn to_json(&self) -> Value {
        let (kind, detail) = match &self.kind {
            FaultKind::AcceptThenClose { code } => ("accept_then_close", json!({ "code": code })),
            FaultKind::ReconnectAtHello => ("reconnect_at_hello", json!({})),
            FaultKind::HeartbeatSilence { session } => ("heartbeat_silence", json!({ "session": session })),
            FaultKind::Global429 { retry_after } => ("global_429", json!({ "retry_after": retry_after })),
            FaultKind::Route429 { method, route, scope, retry_after } => (
                "route_429",
                json!({ "method": method, "route": route, "scope": scope, "retry_after": retry_after }),
            ),
            FaultKind::EdgeBlock { retry_after } => ("edge_block", json!({ "retry_after": retry_after })),
            FaultKind::ServerError { status, route } => {
                ("server_error", json!({ "status": status, "route": route }))
            }
            FaultKind::AnswerLost { method, route } => {
                ("answer_lost", json!({ "method": method, "route": route }))
            }
        };
        json!({
            "id": self.id,
            "kind": kind,
            "detail": detail,
            "count": self.count,
            "until": self.until,
            "played": self.played,
        })
    }
}

/// The faults to be played.
#[derive(Debug, Default)]
pub struct Faults {
    list: Mutex<(u64, Vec<Fault>)>,
}

impl Faults {
    /// Adds a fault for so many times, or until then, or until it is removed. Returns its number.
    pub fn add(&self, kind: FaultKind, count: Option<u64>, until: Option<Millis>) -> u64 {
        let mut list = self.list.lock();
        list.0 += 1;
        let id = list.0;
        list.1.push(Fault { id, kind, count, until, played: 0 });
        id
    }

    /// Removes one fault, or all.
    pub fn clear(&self, id: Option<u64>) {
        self.list.lock().1.retain(|fault| id.is_some_and(|id| fault.id != id));
    }

    /// The faults that are still to be played.
    pub fn list(&self) -> Vec<Fault> {
        self.list.lock().1.clone()
    }

    /// Plays the first fault that fits: it is counted, and dropped when its time is over.
    pub fn play(&self, now: Millis, fits: impl Fn(&FaultKind) -> bool) -> Option<FaultKind> {
        let mut list = self.list.lock();
        let over = |fault: &Fault| fault.count == Some(0) || fault.until.is_some_and(|until| until <= now);
        list.1.retain(|fault| !over(fault));
        let fault = list.1.iter_mut().find(|fault| fits(&fault.kind))?;
        fault.played += 1;
        fault.count = fault.count.map(|count| count.saturating_sub(1));
        Some(fault.kind.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_after_its_count_or_its_time() {
        let faults = Faults::default();
        let fits = |kind: &FaultKind| matches!(kind, FaultKind::AcceptThenClose { .. });
        faults.add(FaultKind::AcceptThenClose { code: Some(4000) }, Some(2), None);
        assert!(faults.play(0, fits).is_some());
        assert!(faults.play(0, |kind| matches!(kind, FaultKind::Global429 { .. })).is_none());
        assert!(faults.play(0, fits).is_some());
        assert!(faults.play(0, fits).is_none());
        faults.add(FaultKind::AcceptThenClose { code: None }, None, Some(100));
        assert!(faults.play(99, fits).is_some());
        assert!(faults.play(100, fits).is_none());
        assert!(faults.list().is_empty());
    }
}
