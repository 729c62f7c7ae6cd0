//! Uploaded files, served from memory.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response, StatusCode};

use super::Face;
use crate::snowflake::parse;

/// `GET /attachments/{channel}/{attachment}/{name}`
pub(crate) async fn get(
    State(face): State<Arc<Face>>,
    Path((channel, attachment, _name)): Path<(String, String, String)>,
) -> Response<Body> {
    let found = parse(&channel).zip(parse(&attachment)).and_then(|(channel, id)| {
        face.engine.read(|world| {
            let mut messages = world.messages.get(&channel).into_iter().flat_map(|all| all.values());
            let file = messages.find_map(|m| m.attachments.iter().find(|a| a.id == id));
            let file = file.or_else(|| world.kept_file(id))?;
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
