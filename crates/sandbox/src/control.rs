//! The control interface: how tests, benchmarks and the web client move the world. JSON over HTTP below
//! `/control`, without a login; [`guard`] keeps other sites' pages out.

mod acting;
mod commands;
mod error;
mod events;
mod extract;
mod faults;
mod guard;
mod guilds;
mod interact;
mod interactions;
mod journal;
mod numbers;
mod people;
mod series;
mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post, put};

use crate::rest::Face;

/// The largest body of a control request.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The routes, below `/control`.
pub(crate) fn router(face: Arc<Face>) -> Router {
    Router::new()
        .route("/state", get(people::state))
        .route("/users", post(people::create_user))
        .route("/applications", post(people::create_application))
        .route("/guilds", post(guilds::create))
        .route("/guilds/bulk", post(guilds::bulk))
        .route("/guilds/{guild}", delete(guilds::delete))
        .route("/guilds/{guild}/outage", post(guilds::outage))
        .route("/guilds/{guild}/channels", post(guilds::create_channel))
        .route("/guilds/{guild}/roles", post(guilds::create_role))
        .route("/guilds/{guild}/members/{user}", put(guilds::add_member).delete(guilds::remove_member))
        .route("/guilds/{guild}/bots/{application}", post(guilds::add_bot).delete(guilds::remove_bot))
        .route("/as/{user}/guilds", get(acting::guilds))
        .route("/as/{user}/guilds/{guild}", get(acting::guild))
        .route("/as/{user}/dms", get(acting::dms).post(acting::open_dm))
        .route("/as/{user}/channels/{channel}/messages", get(acting::messages).post(acting::send))
        .route("/as/{user}/channels/{channel}/messages/{message}", patch(acting::edit).delete(acting::remove))
        .route("/as/{user}/channels/{channel}/commands", get(commands::list))
        .route("/as/{user}/channels/{channel}/interactions", post(interact::create))
        .route("/as/{user}/events", get(events::follow))
        .route("/interactions/{interaction}", get(interactions::get))
        .route("/journal", get(journal::query))
        .route("/journal/wait", get(journal::wait))
        .route("/sessions", get(sessions::list))
        .route("/sessions/{session}/reconnect", post(sessions::reconnect))
        .route("/sessions/{session}/invalidate", post(sessions::invalidate))
        .route("/sessions/{session}/drop", post(sessions::drop_socket))
        .route("/sessions/{session}/close", post(sessions::close))
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/limits", get(numbers::limits).post(numbers::set_limits))
        .route("/clock/advance", post(numbers::advance))
        .route("/counters", get(numbers::counters))
        .route("/flood", post(numbers::flood))
        .route("/series", post(series::run))
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn_with_state(Arc::clone(&face), guard::check))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(face)
}
