//! A series of the same command at an even pace, and how long each first answer took. For benchmarks: the
//! times are taken in this process, from just before the event is sent to the callback's effect.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::Instant;

use super::error::ControlError;
use super::extract::{AnyId, Given};
use super::interact::{Ran, command, send};
use super::routes::Routes;
use crate::engine::Engine;
use crate::rest::face::Face;
use crate::snowflake::Id;
use crate::world::interactions::STATE_EVENT;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new().post("/series", run, "Runs a command many times at an even pace, for benchmarks")
}

/// The most commands in one series.
const MOST: u32 = 1_000_000;

/// The series that is asked for. Texts in the options may hold `{n}`, which is the number of the command.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    user_id: AnyId,
    /// Where; or `channel_ids`.
    channel_id: Option<AnyId>,
    /// Where one after the other, from the beginning again after the last.
    #[serde(default)]
    channel_ids: Vec<AnyId>,
    application_id: AnyId,
    command: String,
    #[serde(default)]
    options: Value,
    count: u32,
    /// Commands a second.
    rate: u32,
}

/// `POST /control/series`
pub(crate) async fn run(
    State(face): State<Arc<Face>>,
    Given(series): Given<Series>,
) -> Result<Json<Value>, ControlError> {
    if series.count > MOST || series.rate == 0 {
        return Err(ControlError::bad(format!("`count` is at most {MOST} and `rate` at least 1")));
    }
    let channels: Vec<Id> =
        series.channel_id.iter().chain(&series.channel_ids).map(|AnyId(channel)| *channel).collect();
    let mut places = channels.iter().copied().cycle();
    let mut watch = Watch::begin(&face.engine);
    let pause = Duration::from_secs(1) / series.rate;
    let begin = Instant::now();
    for number in 0..series.count {
        watch.until(begin + pause * number).await;
        let ran = Ran::named(series.application_id.0, &series.command, numbered(&series.options, number));
        let now = face.engine.now();
        let channel =
            places.next().ok_or_else(|| ControlError::bad("`channel_id` or `channel_ids` is needed"))?;
        let user = series.user_id.0;
        let new = face.engine.read(|world| command(world, user, channel, &ran, false, now))?;
        let sent = Instant::now();
        watch.sent.insert(send(&face, new)?, sent);
    }
    watch.until(begin + pause * series.count).await;
    let (took, meanwhile) = (begin.elapsed(), json!([watch.answered_us.len(), watch.hidden]));
    let deadline = Duration::from_millis(face.engine.limits().interaction_deadline);
    watch.all_answered(Instant::now() + deadline).await;
    Ok(Json(json!({
        "answered_us": watch.answered_us, "hidden": watch.hidden, "unanswered": watch.sent.len(),
        "missed": watch.missed, "meanwhile": meanwhile, "took_us": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    })))
}

/// The options with `{n}` in their texts replaced.
fn numbered(options: &Value, number: u32) -> Vec<Value> {
    let mut options = options.as_array().cloned().unwrap_or_default();
    for option in &mut options {
        if let Some(text) = option["value"].as_str() {
            option["value"] = json!(text.replace("{n}", &number.to_string()));
        }
    }
    options
}

/// Sees answers as they come.
struct Watch {
    events: tokio::sync::broadcast::Receiver<Arc<crate::world::Dispatch>>,
    sent: HashMap<Id, Instant>,
    answered_us: Vec<u64>,
    /// Answers for the caller alone.
    hidden: u64,
    /// Events that came faster than they were looked at. Answers may be among them.
    missed: u64,
}

impl Watch {
    fn begin(engine: &Engine) -> Self {
        Self { events: engine.observe(), sent: HashMap::new(), answered_us: Vec::new(), hidden: 0, missed: 0 }
    }

    /// Notes answers until this moment, and those that are there already in any case.
    async fn until(&mut self, moment: Instant) {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.note(&event),
                Err(TryRecvError::Lagged(missed)) => self.missed += missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        while let Ok(event) = tokio::time::timeout_at(moment, self.events.recv()).await {
            self.heard(event);
        }
    }

    /// Notes answers until none is missing, or until this moment.
    async fn all_answered(&mut self, moment: Instant) {
        while !self.sent.is_empty() {
            let Ok(event) = tokio::time::timeout_at(moment, self.events.recv()).await else { return };
            self.heard(event);
        }
    }

    fn heard(&mut self, event: Result<Arc<crate::world::Dispatch>, RecvError>) {
        match event {
            Ok(event) => self.note(&event),
            Err(RecvError::Lagged(missed)) => self.missed += missed,
            Err(RecvError::Closed) => {}
        }
    }

    fn note(&mut self, event: &crate::world::Dispatch) {
        if event.event != STATE_EVENT {
            return;
        }
        let now = Instant::now();
        let Some(Ok(state)) = event.payload.full().map(|bytes| serde_json::from_slice::<Value>(bytes)) else {
            return;
        };
        let answered =
            matches!(state["state"].as_str(), Some("responded" | "deferred" | "acknowledged" | "modal"));
        let id = state["interaction_id"].as_str().and_then(|id| id.parse::<Id>().ok());
        if answered && let Some(sent) = id.and_then(|id| self.sent.remove(&id)) {
            self.answered_us.push(u64::try_from((now - sent).as_micros()).unwrap_or(u64::MAX));
            self.hidden += u64::from(state["ephemeral"] == true);
        }
    }
}
