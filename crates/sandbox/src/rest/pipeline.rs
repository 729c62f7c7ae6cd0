//! The pipeline that every request passes, in the order in which Discord checks things:
//! version, ban, route, token, faults, global limit, bucket, body, handler, journal.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;

use super::call::{Call, Caller, Reply};
use super::error;
use super::face::Face;
use super::finish::{Outcome, finish, refuse, too_many};
use super::gate::{Refused, gate};
use super::limits::Limited;
use super::limits::further::{self, Further};
use super::routes::{Found, Route};
use super::{answer, body, cut_off, faults, record, version};
use crate::engine::FaultKind;
use crate::snowflake::Id;

/// Serves one request of an application.
pub(super) async fn serve(State(face): State<Arc<Face>>, request: Request) -> Response<Body> {
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
