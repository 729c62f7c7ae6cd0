//! Files that an application's activity shows, which no message holds.
//! (Discord docs: Application, Upload Application Attachment.)

use serde_json::json;

use crate::rest::call::{Answer, Call, ok};
use crate::rest::commands::own_application;
use crate::rest::error::ApiError;
use crate::wire;

/// `POST /applications/{application}/attachment`
pub(super) fn upload(call: &Call) -> Answer {
    let id = own_application(call)?;
    let Some(file) = call.files.first() else {
        return Err(ApiError::field(&["file"], "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let attachment = world.keep_file(id, file, &base, now);
        Ok((json!({ "attachment": wire::message::attachment(world, &attachment) }), Vec::new()))
    })?)
}
