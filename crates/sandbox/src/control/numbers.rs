//! Limits, the clock, counters, and floods for benchmarks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ControlError;
use super::extract::{AnyId, Given};
use super::routes::Routes;
use crate::clock::Clock;
use crate::engine::Flood;
use crate::options::Limits;
use crate::rest::face::Face;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/limits/buckets", buckets, "The windows of rate limits that are open: used, left, until when")
        .get("/limits/routes", paces, "How often each of Discord's routes may be called")
        .get("/limits", limits, "Every number that is enforced")
        .post("/limits", set_limits, "Changes numbers that are enforced, and forgets windows that have begun")
        .get("/clock", clock, "The sandbox's time, and how far ahead of the machine it is")
        .post("/clock", set_clock, "Sets the clock to a moment, or to an offset")
        .post("/clock/advance", advance, "Lets time pass")
        .get("/counters", counters, "How often what happened")
        .post("/flood", flood, "Sends many events, for benchmarks")
}

/// The largest limit that can be set: milliseconds of it can be added to any moment.
const LARGEST: u64 = 1 << 50;

/// `GET /control/limits`
pub(crate) async fn limits(State(face): State<Arc<Face>>) -> Json<Limits> {
    Json(face.engine.limits())
}

/// `GET /control/limits/buckets`
pub(crate) async fn buckets(State(face): State<Arc<Face>>) -> Json<Value> {
    Json(face.limits.shown(face.stamp()))
}

/// `GET /control/limits/routes`
pub(crate) async fn paces(State(face): State<Arc<Face>>) -> Json<Value> {
    let limits = face.engine.limits();
    let shown = face.routes.list().map(|route| {
        let rule = route.rule(&limits);
        json!({
            "method": route.method.as_str(),
            "path": route.path,
            "bucket": rule.map(crate::rest::limits::Rule::hash),
            "requests": rule.map(|rule| rule.limit),
            "window_ms": rule.map(|rule| rule.window_ms),
            "counts_globally": !route.exempt(),
        })
    });
    Json(shown.collect())
}

/// `POST /control/limits`: the given fields change, and windows that have begun are forgotten.
pub(crate) async fn set_limits(
    State(face): State<Arc<Face>>,
    Given(changes): Given<Map<String, Value>>,
) -> Result<Json<Limits>, ControlError> {
    if let Some((key, _)) = changes.iter().find(|(_, value)| value.as_u64().is_some_and(|n| n > LARGEST)) {
        return Err(ControlError::bad(format!("`{key}` is too large")).hint(format!("at most {LARGEST}")));
    }
    let mut all = serde_json::to_value(face.engine.limits()).map_err(|e| ControlError::bad(e.to_string()))?;
    if let Value::Object(all) = &mut all {
        all.extend(changes);
    }
    let limits: Limits = serde_json::from_value(all).map_err(|error| ControlError::bad(error.to_string()))?;
    face.engine.set_limits(limits.clone());
    face.limits.reset();
    Ok(Json(limits))
}

/// How far.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Advance {
    ms: i64,
    #[serde(default)]
    gateway: bool,
}

/// `POST /control/clock/advance`: with `gateway` the heartbeats and send windows of sockets move along.
pub(crate) async fn advance(
    State(face): State<Arc<Face>>,
    Given(by): Given<Advance>,
) -> Result<Json<Value>, ControlError> {
    if !(0..=Clock::FURTHEST).contains(&by.ms) {
        return Err(ControlError::bad("`ms` goes forward, and at most a hundred years"));
    }
    face.engine.clock().advance(by.ms);
    if by.gateway {
        face.engine.clock().advance_gateway(by.ms);
    }
    face.engine.run_due();
    Ok(Json(json!({ "now": crate::clock::iso(face.engine.now()) })))
}

/// `GET /control/clock`
pub(crate) async fn clock(State(face): State<Arc<Face>>) -> Json<Value> {
    Json(told(&face))
}

fn told(face: &Face) -> Value {
    json!({
        "now": crate::clock::iso(face.engine.now()),
        "ms": face.engine.now(),
        "ahead_ms": face.engine.clock().ahead(),
        "started_at": crate::clock::iso(face.engine.started_at()),
    })
}

/// The clock, one way or the other.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockBody {
    /// The moment it shall be, later than now: ISO 8601 text, or milliseconds since 1970.
    now: Option<String>,
    /// How far ahead of the machine's clock it shall be; 0 is the machine's own time.
    ahead_ms: Option<i64>,
}

/// `POST /control/clock`
pub(crate) async fn set_clock(
    State(face): State<Arc<Face>>,
    Given(body): Given<ClockBody>,
) -> Result<Json<Value>, ControlError> {
    let clock = face.engine.clock();
    match (body.now, body.ahead_ms) {
        (Some(text), None) => {
            let moment = crate::clock::moment(&text);
            let moment = moment.ok_or_else(|| ControlError::bad(format!("`{text}` is no time")))?;
            let by = moment.saturating_sub(clock.now());
            if !(0..=Clock::FURTHEST).contains(&by) {
                return Err(ControlError::bad("`now` lies ahead, and at most a hundred years"));
            }
            clock.advance(by);
        }
        (None, Some(ahead)) if (0..=Clock::FURTHEST).contains(&ahead) => clock.set_ahead(ahead),
        _ => return Err(ControlError::bad("give either `now` or `ahead_ms`, which is never negative")),
    }
    Ok(Json(told(&face)))
}

/// `GET /control/counters`
pub(crate) async fn counters(State(face): State<Arc<Face>>) -> Json<Value> {
    Json(face.engine.counters().to_json())
}

/// A flood to be sent.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FloodBody {
    application_id: Option<AnyId>,
    guild_id: Option<AnyId>,
    channel_id: Option<AnyId>,
    event: Option<String>,
    count: u64,
    #[serde(default)]
    size_bytes: usize,
    rate: Option<u64>,
}

/// `POST /control/flood`
pub(crate) async fn flood(
    State(face): State<Arc<Face>>,
    Given(body): Given<FloodBody>,
) -> Result<Json<Value>, ControlError> {
    if body.event.as_deref().is_some_and(|event| event != "MESSAGE_CREATE") {
        return Err(ControlError::bad("only MESSAGE_CREATE can be flooded"));
    }
    let id = |field: Option<AnyId>| field.map(|AnyId(id)| id);
    let flood = Flood {
        application_id: id(body.application_id),
        channel_id: id(body.channel_id),
        guild_id: id(body.guild_id),
        count: body.count,
        size_bytes: body.size_bytes.min(64 * 1024),
        rate: body.rate,
    };
    let report = face.engine.flood(&flood).await;
    Ok(Json(json!({ "sent": report.sent, "seconds": report.seconds, "sessions": report.sessions })))
}
