//! The REST face: one pipeline that every request passes, in the order in which Discord checks things.
//! version, ban, route, token, faults, global limit, bucket, body, handler, journal.

pub(crate) mod access;
mod announcements;
pub(crate) mod answer;
mod applications;
mod audit_log;
mod auth;
mod automod;
mod bans;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod catalogue;
mod cdn;
mod channels;
mod commands;
mod community;
mod emojis;
pub(crate) mod error;
mod expressions;
mod faults;
mod files;
mod gateway;
mod guilds;
mod incoming;
pub(crate) mod interactions;
mod invites;
pub(crate) mod limits;
mod members;
pub(crate) mod mentions;
pub(crate) mod messages;
mod monetization;
pub(crate) mod oauth2;
mod overwrites;
pub(crate) mod pins;
pub(crate) mod polls;
mod prune;
mod reactions;
mod record;
mod roles;
pub(crate) mod routes;
mod scheduled_events;
mod search;
mod soundboard;
mod stages;
pub(crate) mod stickers;
pub(crate) mod threads;
mod users;
mod version;
mod voice;
mod webhooks;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Response};
use axum::routing::any;

use call::{Call, Caller, Reply};
use error::ApiError;
use limits::further::{self, Further};
use limits::{BucketState, Limited, RateLimits};
use routes::{Found, Route, Routes};

pub(crate) use faults::cut_off;

use crate::engine::{Engine, FaultKind};
use crate::snowflake::Id;

/// Everything the REST face holds beside the world.
pub(crate) struct Face {
    /// The engine behind it.
    pub engine: Arc<Engine>,
    /// The windows of all rate limits.
    pub limits: RateLimits,
    /// The route table.
    pub routes: Routes,
}

impl Face {
    /// The face of an engine.
    pub(crate) fn new(engine: Arc<Engine>) -> Arc<Self> {
        Arc::new(Self { engine, limits: RateLimits::default(), routes: routes::table() })
    }

    /// Where files are served: scheme and authority.
    pub(crate) fn base_url(&self) -> String {
        self.engine.gateway_url().replacen("ws", "http", 1)
    }

    /// The time for the windows of the limits.
    pub(crate) fn stamp(&self) -> u64 {
        u64::try_from(self.engine.now()).unwrap_or(0)
    }
}

/// The routes of the REST face.
pub(crate) fn router(face: Arc<Face>) -> Router {
    Router::new()
        .route("/api", any(serve))
        .route("/api/{*path}", any(serve))
        .merge(oauth2::page::router())
        .route("/attachments/{channel}/{attachment}/{name}", axum::routing::get(files::get))
        .merge(cdn::router())
        .layer(DefaultBodyLimit::disable())
        .with_state(face)
}

/// What a finished request leaves behind: the answer and what the journal and the limits need of it.
struct Outcome {
    reply: Result<Reply, ApiError>,
    bucket: Option<BucketState>,
    /// A limit beside the bucket, which was met before the route was run.
    limited: Option<Limited>,
    caller: Option<Caller>,
    body: serde_json::Value,
}

/// Why a request got no further than the gate.
enum Refused {
    Error(ApiError),
    Limited(Limited),
}

async fn serve(State(face): State<Arc<Face>>, request: Request) -> Response<Body> {
    if cut_off(&face.engine, None).await {
        return answer::lost();
    }
    let stamp = face.stamp();
    let limits = face.engine.limits();
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = from.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(from)| from.ip());
    if let Some(left) = face.limits.banned_for(stamp, from, limits.invalid_requests) {
        return answer::banned(left);
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut started = record::Started::new(&face, &method, &path, &query, from);

    let below = match version::strip(&path) {
        Ok(below) => below,
        Err(error) => return refuse(&face, started, None, error),
    };
    let (route, params) = match face.routes.find(&method, below) {
        Found::Route(route, params) => (route, params),
        Found::WrongMethod => return refuse(&face, started, None, error::METHOD_NOT_ALLOWED),
        Found::Nothing => return refuse(&face, started, None, error::NOT_FOUND),
    };
    let (caller, bucket) = match gate(&face, route, request.headers(), below, &params, from) {
        Ok(passed) => passed,
        Err((caller, Refused::Error(error))) => return refuse(&face, started, caller, error),
        Err((caller, Refused::Limited(limited))) => return too_many(&face, started, caller, &limited),
    };
    if caller.is_some() && cut_off(&face.engine, caller.map(|caller| caller.application_id)).await {
        return answer::lost();
    }
    let mut spoilt = None;
    match faults::play(&face, &method, below, route.exempt(), caller, bucket) {
        Some(faults::Hit::Error(error)) => return refuse(&face, started, caller, error),
        Some(faults::Hit::Limited(limited)) => return too_many(&face, started, caller, &limited),
        Some(faults::Hit::Blocked(left)) => return answer::banned(left),
        Some(faults::Hit::Page(status)) => return answer::page(status),
        Some(faults::Hit::Reset) => return answer::lost(),
        Some(faults::Hit::Answer(played)) => {
            started.lost = matches!(played.kind, FaultKind::AnswerLost);
            spoilt = Some(played);
        }
        None => {}
    }
    let outcome = handle(&face, route, params, &query, request, caller).await;
    if let Some(limited) = outcome.limited {
        return too_many(&face, started, caller, &Limited { bucket, ..limited });
    }
    let outcome = Outcome { bucket, ..outcome };
    let response = finish(&face, started, &outcome);
    match spoilt {
        Some(played) => faults::spoil(&face, response, played).await,
        None => response,
    }
}

/// Runs a route for a person, as the control interface lets people act: no token, limits or faults.
pub(crate) async fn serve_person(
    face: &Arc<Face>,
    user_id: Id,
    path: &str,
    request: Request,
) -> Response<Body> {
    let (route, params) = match face.routes.find(request.method(), path) {
        Found::Route(route, params) => (route, params),
        Found::WrongMethod => return answer::error(&error::METHOD_NOT_ALLOWED),
        Found::Nothing => return answer::error(&error::NOT_FOUND),
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    // A person is no application; routes that need one refuse.
    let caller = Caller { application_id: 0, bot_id: user_id, bearer: None };
    let outcome = handle(face, route, params, &query, request, Some(caller)).await;
    match &outcome.reply {
        Ok(Reply::Json(status, body)) => answer::json(*status, body),
        Ok(Reply::Raw(kind, bytes)) => answer::raw(kind, bytes.clone()),
        Ok(Reply::Empty) => answer::empty(),
        Err(error) => answer::error(error),
    }
}

/// Token, global limit, bucket.
#[expect(clippy::type_complexity, reason = "both arms carry the caller for the journal")]
fn gate(
    face: &Face,
    route: &Route,
    headers: &HeaderMap,
    below: &str,
    params: &[String],
    from: IpAddr,
) -> Result<(Option<Caller>, Option<BucketState>), (Option<Caller>, Refused)> {
    let stamp = face.stamp();
    let limits = face.engine.limits();
    let now = face.engine.now();
    let found = face.engine.read(|world| auth::caller(world, headers, now));
    let caller = auth::admit(&found, route.auth).map_err(|error| (None, Refused::Error(error)))?;
    // What a token in the path authorises is counted for that token alone.
    let own = caller.filter(|_| !route.exempt());
    let identity = own.map_or_else(|| limits::anonymous(from), Caller::identity);
    if !route.exempt() {
        let taken = face.limits.take_global(stamp, identity, limits.global_requests);
        taken.map_err(|limited| (caller, Refused::Limited(limited)))?;
    }
    if let (Some("webhooks"), Some(hook)) = (below.trim_start_matches('/').split('/').next(), params.first())
    {
        let key = (further::DEAD_WEBHOOK, 0, crate::snowflake::parse(hook).unwrap_or(0));
        if let Some(retry_after_ms) = face.limits.reached(stamp, key, limits.dead_webhook_requests) {
            let limited = Limited { scope: limits::Scope::User, retry_after_ms, bucket: None };
            return Err((caller, Refused::Limited(limited)));
        }
    }
    let Some(rule) = further::rule_for(route, params, stamp, &limits) else { return Ok((caller, None)) };
    let taken = face.limits.take_route(stamp, identity, rule, major(below, params));
    taken.map(|state| (caller, Some(state))).map_err(|limited| (caller, Refused::Limited(limited)))
}

/// The top-level resource: the channel, the guild, or the webhook with its token.
/// (Discord docs: Rate Limits, Top-Level Resources.)
fn major(below: &str, params: &[String]) -> u64 {
    let number = |index: usize| params.get(index).and_then(|p| p.parse::<u64>().ok()).unwrap_or(0);
    match below.trim_start_matches('/').split('/').next() {
        Some("channels" | "guilds") => number(0),
        Some("webhooks") => {
            let token = params.get(1).map_or("", String::as_str);
            token
                .bytes()
                .fold(number(0), |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        }
        _ => 0,
    }
}

async fn handle(
    face: &Arc<Face>,
    route: &Route,
    params: Vec<String>,
    query: &str,
    request: Request,
    caller: Option<Caller>,
) -> Outcome {
    let limits = face.engine.limits();
    let sizes = body::Sizes { request: limits.request_bytes, file: limits.attachment_bytes };
    let (parts, raw) = request.into_parts();
    let reason = record::reason(&parts.headers);
    let locale = record::locale(&parts.headers);
    let headers = parts.headers.clone();
    let read = match body::read(parts, raw, sizes).await {
        Ok(read) => read,
        Err(error) => {
            let body = serde_json::Value::Null;
            return Outcome { reply: Err(error), bucket: None, limited: None, caller, body };
        }
    };
    let query = url::form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned()));
    let call = Call {
        face: Arc::clone(face),
        now: face.engine.now(),
        caller,
        params,
        query: query.collect(),
        body: read.json,
        files: read.files,
        reason,
        locale,
        headers,
    };
    let (reply, limited) = match further::check(&call, route, &limits) {
        Ok(()) => {
            let asked = match route.before {
                Some(before) => before(&call).await,
                None => Ok(()),
            };
            (asked.and_then(|()| (route.run)(&call)), None)
        }
        Err(Further::Error(error)) => (Err(error), None),
        Err(Further::Limited(limited)) => (Ok(Reply::Empty), Some(limited)),
    };
    Outcome { reply, bucket: None, limited, caller, body: call.body }
}

fn finish(face: &Face, started: record::Started, outcome: &Outcome) -> Response<Body> {
    let (mut response, shown) = match &outcome.reply {
        Ok(Reply::Json(status, body)) => (answer::json(*status, body), body.clone()),
        Ok(Reply::Raw(kind, bytes)) => (answer::raw(kind, bytes.clone()), serde_json::Value::Null),
        Ok(Reply::Empty) => (answer::empty(), serde_json::Value::Null),
        Err(error) => (answer::error(error), error.body()),
    };
    if let Some(bucket) = &outcome.bucket {
        answer::add_bucket(response.headers_mut(), bucket, face.stamp());
    }
    let status = response.status().as_u16();
    count_invalid(face, started.from, status);
    // An application's id stands there as well, with the tokens of interactions; those are no webhooks.
    let is_hook = |id: &Id| !face.engine.read(|world| world.applications.contains_key(id));
    let dead = outcome.reply.as_ref().err().and_then(|error| started.dead_webhook(error));
    if let Some(hook) = dead.filter(is_hook) {
        let (limits, key) = (face.engine.limits(), (further::DEAD_WEBHOOK, 0, hook));
        // The count is only compared, never refused here.
        let _counted = face.limits.take_further(face.stamp(), key, u32::MAX, limits.invalid_window);
    }
    started.finish(face, outcome.caller, &outcome.body, status, &shown);
    response
}

fn refuse(face: &Face, started: record::Started, caller: Option<Caller>, error: ApiError) -> Response<Body> {
    let body = serde_json::Value::Null;
    finish(face, started, &Outcome { reply: Err(error), bucket: None, limited: None, caller, body })
}

fn too_many(
    face: &Face,
    started: record::Started,
    caller: Option<Caller>,
    limited: &Limited,
) -> Response<Body> {
    let mut response = answer::limited(limited);
    if let Some(bucket) = &limited.bucket {
        answer::add_bucket(response.headers_mut(), bucket, face.stamp());
    }
    // Shared limits are nobody's fault (Discord docs: Rate Limits, Invalid Request Limit).
    if limited.scope != limits::Scope::Shared {
        count_invalid(face, started.from, 429);
    }
    started.finish(face, caller, &serde_json::Value::Null, 429, &answer::limited_body(limited));
    response
}

fn count_invalid(face: &Face, from: IpAddr, status: u16) {
    if matches!(status, 401 | 403 | 429) {
        face.limits.count_invalid(face.stamp(), from, face.engine.limits().invalid_window);
    }
}
