//! The bot's own application. (Discord docs: Application resource.)

use serde_json::Value;

use super::call::{Answer, Call, ok};
use super::error;
use super::routes::{Auth, Pace, Table};
use crate::validate::form::{Form, Path};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/oauth2/applications/@me", Auth::Bot, Pace::Ordinary, oauth2_me);
    table.get("/applications/@me", Auth::Bot, Pace::Ordinary, me);
    table.patch("/applications/@me", Auth::Bot, Pace::Ordinary, edit_me);
}

/// `GET /applications/@me`
pub(crate) fn me(call: &Call) -> Answer {
    let id = call.caller()?.application_id;
    ok(call.read(|world| world.application(id).map(|a| wire::own_application(world, a)))?)
}

/// `GET /oauth2/applications/@me`
pub(crate) fn oauth2_me(call: &Call) -> Answer {
    me(call)
}

/// `PATCH /applications/@me`
pub(crate) fn edit_me(call: &Call) -> Answer {
    let id = call.caller()?.application_id;
    let body = call.object()?;
    let mut form = Form::default();
    let description = form.string(body, "description", Path::ROOT, (0, 400));
    let tags = form.list(body, "tags", Path::ROOT, 5);
    form.url(body, "interactions_endpoint_url", Path::ROOT, false, 512);
    form.finish()?;
    ok(call.change(|world, _| {
        let application = world.applications.get_mut(&id).ok_or(error::UNKNOWN_APPLICATION)?;
        if let Some(text) = description {
            text.clone_into(&mut application.description);
        }
        if body.contains_key("tags") {
            application.tags = tags.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        if let Some(Value::String(_)) = body.get("interactions_endpoint_url") {
            // Discord probes the address before it takes it; the sandbox delivers by gateway only.
            return Err(error::ApiError::field(
                &["interactions_endpoint_url"],
                "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID",
                "The specified interactions endpoint url could not be verified.",
            ));
        }
        Ok((wire::own_application(world, &world.applications[&id]), Vec::new()))
    })?)
}
