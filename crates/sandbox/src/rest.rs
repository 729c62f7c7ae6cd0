//! The REST face: [`pipeline`] is the way of a request, [`routes`] the table, and each of Discord's resources
//! has a module with its routes.

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
pub(crate) mod face;
mod faults;
mod files;
mod finish;
mod gate;
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
#[cfg(test)]
mod permission_audit;
pub(crate) mod pins;
mod pipeline;
pub(crate) mod polls;
mod prune;
mod reactions;
mod record;
pub(crate) mod resources;
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

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get};

pub(crate) use faults::cut_off;
pub(crate) use pipeline::serve_person;

use crate::engine::Engine;
use face::Face;

/// The face of an engine.
pub(crate) fn face(engine: Arc<Engine>) -> Arc<Face> {
    Face::new(engine, resources::table())
}

/// The routes of the REST face.
pub(crate) fn router(face: Arc<Face>) -> Router {
    Router::new()
        .route("/api", any(pipeline::serve))
        .route("/api/{*path}", any(pipeline::serve))
        .merge(oauth2::page::router())
        .route("/attachments/{channel}/{attachment}/{name}", get(files::get))
        .merge(cdn::router())
        .layer(DefaultBodyLimit::disable())
        .with_state(face)
}
