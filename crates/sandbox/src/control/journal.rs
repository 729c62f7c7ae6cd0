//! Looking into the journal, and waiting for an entry.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{Asked, PathId};
use super::routes::Routes;
use crate::clock::moment as read_moment;
use crate::journal::{Entry, Filter, Kind, RoutePattern};
use crate::rest::face::Face;
use crate::snowflake::Millis;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/journal", query, "Entries of the journal, oldest first")
        .delete("/journal", clear, "Forgets every entry of the journal")
        .get("/journal/wait", wait, "Waits for an entry of the journal; 408 when none came in time")
}

/// The longest wait.
const MAX_WAIT_MS: u64 = 60_000;
/// Entries in one answer.
const MAX_LIMIT: usize = 5_000;

/// Which entries.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Only those numbered higher.
    after: Option<u64>,
    /// Only those at this time or later, as an ISO 8601 text or in milliseconds since 1970.
    since: Option<String>,
    /// `rest`, `gateway_in`, `gateway_out`, `connection`, `control` or `interaction`.
    kind: Option<String>,
    application: Option<PathId>,
    shard: Option<u32>,
    /// A session's or interaction's id.
    subject: Option<String>,
    /// A gateway event such as `MESSAGE_CREATE`.
    event: Option<String>,
    /// A route such as `POST /channels/{}/messages`.
    route: Option<String>,
    status: Option<u16>,
    /// A text in the label, the subject, the body, the answer or the detail.
    contains: Option<String>,
    /// At most so many (100): the newest without `after`, else the oldest.
    limit: Option<usize>,
    /// How long `wait` waits (10000), at most a minute.
    timeout_ms: Option<u64>,
    /// How many entries `wait` waits for (1).
    count: Option<usize>,
}

impl Wanted {
    fn filter(&self) -> Result<Filter, ControlError> {
        let text = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        let kind = text(&self.kind).map(|word| {
            Kind::from_word(&word).ok_or_else(|| {
                let known: Vec<&str> = Kind::WORDS.iter().map(|(_, word)| *word).collect();
                ControlError::bad(format!("there is no kind `{word}`"))
                    .hint(format!("one of {}", known.join(", ")))
            })
        });
        let route = text(&self.route).map(|route| {
            RoutePattern::parse(&route).ok_or_else(|| {
                ControlError::bad(format!("`{route}` is no route")).hint("like POST /channels/{}/messages")
            })
        });
        Ok(Filter {
            after: self.after.unwrap_or(0),
            since: text(&self.since).map(|since| moment(&since)).transpose()?,
            kind: kind.transpose()?,
            application_id: self.application.map(|PathId(id)| id),
            shard: self.shard,
            subject: text(&self.subject),
            event: text(&self.event),
            route: route.transpose()?,
            status: self.status,
            contains: text(&self.contains),
            limit: self.limit.unwrap_or(100).max(self.count.unwrap_or(1)).clamp(1, MAX_LIMIT),
        })
    }
}

fn show(face: &Face, entries: &[Entry]) -> Json<Value> {
    let shown: Vec<Value> = entries.iter().map(Entry::to_json).collect();
    Json(json!({ "entries": shown, "last": face.engine.journal().last() }))
}

/// `GET /control/journal`
pub(crate) async fn query(
    State(face): State<Arc<Face>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, ControlError> {
    let found = face.engine.journal().query(&wanted.filter()?);
    Ok(show(&face, &found))
}

/// `GET /control/journal/wait`; 408 when nothing came in time.
pub(crate) async fn wait(
    State(face): State<Arc<Face>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, ControlError> {
    let timeout = Duration::from_millis(wanted.timeout_ms.unwrap_or(10_000).min(MAX_WAIT_MS));
    let filter = wanted.filter()?;
    let count = wanted.count.unwrap_or(1).clamp(1, filter.limit);
    let found = tokio::select! {
        found = face.engine.journal().wait_for(&filter, count, timeout) => found,
        () = face.engine.stopped().cancelled() => Vec::new(),
    };
    if found.len() < count {
        let late = ControlError::late(format!("{} of {count} such entries came in time", found.len()));
        return Err(late);
    }
    Ok(show(&face, &found))
}

fn moment(text: &str) -> Result<Millis, ControlError> {
    read_moment(text).ok_or_else(|| ControlError::bad(format!("`{text}` is no time")))
}

/// `DELETE /control/journal`
pub(crate) async fn clear(State(face): State<Arc<Face>>) -> Json<Value> {
    face.engine.journal().clear();
    Json(json!({ "last": face.engine.journal().last() }))
}
