//! The bot's own application. (Discord docs: Application resource.)

mod activities;
mod edit;
pub(crate) mod emojis;
mod role_connections;
mod upload;

use serde_json::Value;

use super::call::{Answer, Call, ok};
use super::commands::own_application;
use super::error::ApiError;
use super::routes::{Auth, Pace, Table};
use crate::model::Scopes;
use crate::snowflake::Id;
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/oauth2/applications/@me", Auth::Bot, Pace::Ordinary, me);
    table.get("/applications/@me", Auth::Bot, Pace::Ordinary, me);
    table.patch("/applications/@me", Auth::Bot, Pace::Ordinary, edit::me);
    table.asking_first(edit::ask_addresses);
    table.get("/applications/{application}", Auth::Bot, Pace::Ordinary, by_id);
    table.patch("/applications/{application}", Auth::Bot, Pace::Ordinary, edit::by_id);
    table.asking_first(edit::ask_addresses);
    table.post(
        "/applications/{application}/attachment",
        Auth::Either(Scopes::ANY),
        Pace::Ordinary,
        upload::upload,
    );
    let path = "/applications/{application}/activity-instances/{instance}";
    table.get(path, Auth::Bot, Pace::Ordinary, activities::instance);
    emojis::routes(table);
    role_connections::routes(table);
}

/// `GET /applications/@me`
fn me(call: &Call) -> Answer {
    ok(show(call, call.caller()?.application_id)?)
}

/// `GET /applications/{application}`
fn by_id(call: &Call) -> Answer {
    ok(show(call, own_application(call)?)?)
}

fn show(call: &Call, id: Id) -> Result<Value, ApiError> {
    Ok(call.read(|world| world.application(id).map(|a| wire::own_application(world, a)))?)
}
