//! The control interface: how tests, benchmarks and the web client move the world. JSON over HTTP below
//! `/control`, without a login; [`guard`] keeps other sites' pages out.

mod acting;
mod api;
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

use crate::rest::Face;
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

/// Every route with its description. Topics with files of their own are merged, one a line.
fn routes() -> Routes {
    Routes::new()
        .merge(authorize::routes())
        .merge(api::routes())
        .merge(polls::routes())
        .merge(community::routes())
        .merge(crowds::routes())
        .merge(docs::routes())
        .merge(monetization::routes())
        .merge(invites::routes())
        .merge(presence::routes())
        .merge(reset::routes())
        .merge(scheduled_events::routes())
        .merge(voice::routes())
        .get("/state", people::state, "Applications with their tokens, people, guilds and addresses")
        .post("/users", people::create_user, "Makes a person")
        .post("/applications", people::create_application, "Makes an application with a bot")
        .post("/guilds", guilds::create, "Makes a guild with channels, roles and members")
        .post("/guilds/bulk", guilds::bulk, "Makes guilds by the ten thousand, without telling anyone")
        .delete("/guilds/{guild}", guilds::delete, "Deletes a guild")
        .post("/guilds/{guild}/outage", guilds::outage, "Lets a guild become unavailable, or available again")
        .post("/guilds/{guild}/channels", guilds::create_channel, "Makes a channel")
        .post("/guilds/{guild}/roles", guilds::create_role, "Makes a role")
        .put(
            "/guilds/{guild}/members/{user}",
            guilds::add_member,
            "Lets a person join, or gives a member roles",
        )
        .delete("/guilds/{guild}/members/{user}", guilds::remove_member, "Lets a member leave")
        .post("/guilds/{guild}/bots/{application}", guilds::add_bot, "Adds a bot to a guild")
        .delete("/guilds/{guild}/bots/{application}", guilds::remove_bot, "Removes a bot from a guild")
        .get("/as/{user}/guilds", acting::guilds, "The guilds of a person")
        .get(
            "/as/{user}/guilds/{guild}",
            acting::guild,
            "A guild as a member sees it: channels, roles, members, own permissions",
        )
        .get("/as/{user}/dms", acting::dms, "A person's direct message channels")
        .post("/as/{user}/dms", acting::open_dm, "Opens a direct message channel")
        .get(
            "/as/{user}/channels/{channel}/messages",
            acting::messages,
            "Messages of a channel as a person sees them, newest first",
        )
        .post("/as/{user}/channels/{channel}/messages", acting::send, "Says something in a channel")
        .patch(
            "/as/{user}/channels/{channel}/messages/{message}",
            acting::edit,
            "Edits a message of one's own",
        )
        .delete(
            "/as/{user}/channels/{channel}/messages/{message}",
            acting::remove,
            "Deletes a message, or dismisses an ephemeral one",
        )
        .get(
            "/as/{user}/channels/{channel}/commands",
            commands::list,
            "The commands that a person may use in a channel",
        )
        .post(
            "/as/{user}/channels/{channel}/interactions",
            interact::create,
            "Uses a command, a component or a modal, or asks for suggestions",
        )
        .get("/as/{user}/events", events::follow, "What a person's client would see, as server-sent events")
        .get(
            "/interactions/{interaction}",
            interactions::get,
            "Where an interaction stands; can wait until it is answered",
        )
        .get("/journal", journal::query, "Entries of the journal, oldest first")
        .delete("/journal", journal::clear, "Forgets every entry of the journal")
        .get("/journal/wait", journal::wait, "Waits for an entry of the journal; 408 when none came in time")
        .get("/sessions", sessions::list, "Gateway sessions")
        .post(
            "/sessions/{session}/reconnect",
            sessions::reconnect,
            "Asks sessions to reconnect (op 7); `*` means all, an application's id means its own",
        )
        .post("/sessions/{session}/invalidate", sessions::invalidate, "Invalidates sessions (op 9)")
        .post("/sessions/{session}/heartbeat", sessions::heartbeat, "Asks clients for a heartbeat (op 1)")
        .post(
            "/sessions/{session}/drop",
            sessions::drop_socket,
            "Ends the connections of sessions without a close frame",
        )
        .post(
            "/sessions/{session}/close",
            sessions::close,
            "Closes the connections of sessions with a close code",
        )
        .get("/faults", faults::list, "The faults in force")
        .post(
            "/faults",
            faults::add,
            "Puts a rule of what goes wrong in force, for a number of times or a while",
        )
        .delete("/faults", faults::clear, "Ends one fault or all")
        .get(
            "/limits/buckets",
            numbers::buckets,
            "The windows of rate limits that are open: used, left, until when",
        )
        .get("/limits/routes", numbers::paces, "How often each of Discord's routes may be called")
        .get("/limits", numbers::limits, "Every number that is enforced")
        .post(
            "/limits",
            numbers::set_limits,
            "Changes numbers that are enforced, and forgets windows that have begun",
        )
        .get("/clock", numbers::clock, "The sandbox's time, and how far ahead of the machine it is")
        .post("/clock", numbers::set_clock, "Sets the clock to a moment, or to an offset")
        .post("/clock/advance", numbers::advance, "Lets time pass")
        .get("/counters", numbers::counters, "How often what happened")
        .post("/flood", numbers::flood, "Sends many events, for benchmarks")
        .post("/series", series::run, "Runs a command many times at an even pace, for benchmarks")
}
