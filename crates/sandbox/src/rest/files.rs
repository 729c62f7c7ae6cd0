//! Uploaded files, served from memory to those with a link that still holds, and fresh links for old ones.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::call::{Answer, Call, ok};
use super::error::ApiError;
use super::face::Face;
use super::routes::{Auth, Pace, Table};
use crate::snowflake::parse;
use crate::validate::form::{Form, Path as At};
use crate::wire::links;

/// Links that are made fresh at once.
const MOST_LINKS: usize = 50;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/attachments/refresh-urls", Auth::Bot, Pace::Ordinary, refresh);
}

/// `POST /attachments/refresh-urls`, which clients use and Discord does not document.
fn refresh(call: &Call) -> Answer {
    let body = call.object()?;
    let mut form = Form::default();
    let urls = form.list(body, "attachment_urls", At::ROOT, MOST_LINKS);
    if urls.is_empty() {
        form.required(At::ROOT.key("attachment_urls"));
    }
    form.finish()?;
    ok(call.read(|world| {
        let fresh = urls.iter().map(|url| {
            let text = url.as_str().unwrap_or_default();
            let refreshed = links::path_of(world, text).map(|_| links::sign(world, text));
            json!({ "original": url, "refreshed": refreshed })
        });
        let fresh: Vec<Value> = fresh.collect();
        Ok::<_, ApiError>(json!({ "refreshed_urls": fresh }))
    })?)
}

/// `GET /attachments/{channel}/{attachment}/{name}`
pub(crate) async fn get(
    State(face): State<Arc<Face>>,
    Path((channel, attachment, name)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let found = parse(&channel).zip(parse(&attachment)).and_then(|(channel, id)| {
        face.engine.read(|world| {
            let path = format!("/attachments/{channel}/{id}/{name}");
            if !links::opens(world, &path, query.as_deref().unwrap_or_default()) {
                return None;
            }
            let file = world.file(channel, id)?;
            Some((file.data.clone(), file.content_type.clone()))
        })
    });
    let Some((data, kind)) = found else {
        let mut response = Response::new(Body::from("This content is no longer available."));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Body::from(data));
    let kind = kind.and_then(|k| HeaderValue::from_str(&k).ok());
    // Uploads come from bots and users: never let a browser run one on this origin.
    let inline = kind.as_ref().is_some_and(|k| {
        k.to_str().is_ok_and(|k| ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&k))
    });
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    if !inline {
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    response
}
