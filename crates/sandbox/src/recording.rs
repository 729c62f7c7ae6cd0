//! A session written down as JSON lines, and played again: what people did, what went wrong, and what the bot
//! called. Tokens are never written.

mod compare;
pub(crate) mod redact;
mod replay;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use replay::{Difference, Replay, ReplayError, ReplayReport};

use crate::{
    Engine,
    journal::{Entry, Filter, Kind},
    options::Seed,
    snowflake::{Millis, parse},
};

/// The form of the file.
const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Header {
    /// The form of the file.
    pub recording: u32,
    /// What the world held at the start: `example` or `empty`.
    pub seed: String,
}

/// Any other line: something that was done through the control interface, a call of a bot, or a session it got.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Line {
    /// Its place in the order of events; lines are written when their answer is there.
    pub order: u64,
    /// Milliseconds since the recording began.
    pub at: Millis,
    /// A route of the control interface, such as `POST /control/users`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// A route that a bot called, such as `POST /api/v10/channels/1/messages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// A session that a bot got: `READY` when it was opened, `RESUMED` when it went on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The application that called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// What was sent.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The status of the answer.
    #[serde(default)]
    pub status: u16,
    /// The answer.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub answer: Value,
    /// The message that an interaction was answered with, which the answer itself does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Writes a session down while it happens.
#[derive(Debug)]
pub struct Recorder {
    engine: Arc<Engine>,
    began: Millis,
    last: u64,
}

impl Recorder {
    /// Begins with what happens from now on; the world should be as it was at the start. Bodies that the journal
    /// has cut are lost, so [`Options::journal_body`](crate::Options) should be large.
    pub fn begin(engine: &Arc<Engine>) -> Self {
        Self { engine: Arc::clone(engine), began: real(engine, engine.now()), last: engine.journal().last() }
    }

    /// The first line of the file.
    pub fn header(&self) -> String {
        let seed = if self.engine.seed() == Seed::Example { "example" } else { "empty" };
        to_line(&Header { recording: VERSION, seed: seed.to_owned() })
    }

    /// The lines of what happened since the last time.
    pub fn take(&mut self) -> Vec<String> {
        let filter = Filter { after: self.last, limit: usize::MAX, ..Filter::default() };
        let entries = self.engine.journal().query(&filter);
        let lines = entries.iter().filter_map(|entry| self.line(entry)).collect();
        self.last = entries.last().map_or(self.last, |entry| entry.seq.max(self.last));
        lines
    }

    /// Waits until something happens.
    pub async fn changed(&self) {
        self.engine.journal().grown_since(self.last).await;
    }

    fn line(&self, entry: &Entry) -> Option<String> {
        let at = (real(&self.engine, entry.at) - self.began).max(0);
        let line = line_of(&self.engine, entry, at)?;
        Some(to_line(&line))
    }
}

/// A time without what the sandbox's clock was moved ahead.
fn real(engine: &Engine, at: Millis) -> Millis {
    at - engine.clock().ahead()
}

fn to_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What is recorded of an entry; nothing of entries that are neither done nor called.
pub(crate) fn line_of(engine: &Engine, entry: &Entry, at: Millis) -> Option<Line> {
    let json = |bytes: &[u8]| redact::body(serde_json::from_slice(bytes).unwrap_or(Value::Null));
    let label = redact::route(&entry.label);
    let (done, call, order) = match entry.kind {
        // It stands behind what it caused; it began before.
        Kind::Control => {
            let began = entry.detail.as_ref().and_then(|detail| detail["began"].as_u64());
            (Some(label), None, began.unwrap_or(entry.seq) * 2 + 1)
        }
        Kind::Rest => (None, Some(label), entry.seq * 2),
        Kind::GatewayOut if matches!(&*entry.label, "READY" | "RESUMED") => {
            return Some(Line {
                order: entry.seq * 2,
                at,
                session: Some(label),
                application: entry.application_id.map(|id| id.to_string()),
                ..Line::default()
            });
        }
        _ => return None,
    };
    Some(Line {
        order,
        at,
        done,
        call,
        session: None,
        application: entry.application_id.map(|id| id.to_string()),
        body: json(&entry.body),
        status: entry.status.unwrap_or(0),
        answer: json(&entry.answer),
        message: answered_with(engine, &entry.label),
    })
}

fn answered_with(engine: &Engine, label: &str) -> Option<String> {
    let (_, rest) = label.split_once("/interactions/")?;
    let id = rest.split('/').next().and_then(parse)?;
    engine.read(|world| world.interactions.get(&id)?.response_message_id).map(|id| id.to_string())
}
