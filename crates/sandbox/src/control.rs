//! The control interface: how tests, benchmarks and the web client move the world. JSON over HTTP below
//! `/control`, without a login; [`guard`] keeps other sites' pages out.

mod acting;
mod activities;
mod api;
mod archive;
mod attached;
mod authorize;
mod commands;
mod community;
mod crowds;
mod docs;
mod error;
mod events;
mod extract;
mod faults;
mod files;
pub(crate) mod guard;
mod guilds;
mod interact;
mod interactions;
mod invites;
mod journal;
mod monetization;
mod named;
mod numbers;
mod openapi;
mod people;
mod polls;
mod presence;
mod reset;
mod routes;
mod scheduled_events;
mod series;
mod sessions;
mod voice;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

use crate::rest::face::Face;
use routes::Routes;

/// The largest body of a control request.
const BODY_LIMIT: usize = 40 * 1024 * 1024;

/// The interface, below `/control`.
pub(crate) fn router(face: Arc<Face>) -> Router {
    let (router, _) = routes().split();
    router
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn_with_state(Arc::clone(&face), guard::check))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(face)
}

/// The OpenAPI document of the control interface.
pub fn openapi() -> serde_json::Value {
    docs::described().clone()
}

/// The page of the control interface's routes, in Markdown.
pub fn reference() -> String {
    openapi::markdown(docs::described())
}

/// Every route with its description, one topic a line.
fn routes() -> Routes {
    Routes::new()
        .merge(acting::routes())
        .merge(activities::routes())
        .merge(api::routes())
        .merge(archive::routes())
        .merge(authorize::routes())
        .merge(commands::routes())
        .merge(community::routes())
        .merge(crowds::routes())
        .merge(docs::routes())
        .merge(events::routes())
        .merge(faults::routes())
        .merge(guilds::routes())
        .merge(interact::routes())
        .merge(interactions::routes())
        .merge(invites::routes())
        .merge(journal::routes())
        .merge(monetization::routes())
        .merge(numbers::routes())
        .merge(people::routes())
        .merge(polls::routes())
        .merge(presence::routes())
        .merge(reset::routes())
        .merge(scheduled_events::routes())
        .merge(series::routes())
        .merge(sessions::routes())
        .merge(voice::routes())
}
