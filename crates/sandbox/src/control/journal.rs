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
use crate::journal::{Entry, Filter, Kind};
use crate::rest::Face;

/// The longest wait.
const MAX_WAIT_MS: u64 = 60_000;
/// Entries in one answer.
const MAX_LIMIT: usize = 5_000;

/// Which entries.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Wanted {
    after: Option<u64>,
    kind: Option<String>,
    application: Option<PathId>,
    contains: Option<String>,
    limit: Option<usize>,
    timeout_ms: Option<u64>,
}

impl Wanted {
    fn filter(&self) -> Result<Filter, ControlError> {
        let kind = match self.kind.as_deref().filter(|word| !word.is_empty()) {
            None => None,
            Some(word) => Some(Kind::from_word(word).ok_or_else(|| {
                let known: Vec<&str> = Kind::WORDS.iter().map(|(_, word)| *word).collect();
                ControlError::bad(format!("there is no kind `{word}`"))
                    .hint(format!("one of {}", known.join(", ")))
            })?),
        };
        Ok(Filter {
            after: self.after.unwrap_or(0),
            kind,
            application_id: self.application.map(|PathId(id)| id),
            contains: self.contains.clone().filter(|text| !text.is_empty()),
            limit: self.limit.unwrap_or(100).clamp(1, MAX_LIMIT),
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
    let found = tokio::select! {
        found = face.engine.journal().wait(&filter, timeout) => found,
        () = face.engine.stopped().cancelled() => Vec::new(),
    };
    if found.is_empty() {
        return Err(ControlError::late("no such entry came in time"));
    }
    Ok(show(&face, &found))
}
