//! Running activities, as the application asks for them to know that a session is genuine.
//! (Discord docs: Application, Get Application Activity Instance.)

use serde_json::json;

use crate::rest::call::{Answer, Call, ok};
use crate::rest::commands::own_application;
use crate::rest::error;
use crate::snowflake::Sid;

/// `GET /applications/{application}/activity-instances/{instance}`
pub(super) fn instance(call: &Call) -> Answer {
    let id = own_application(call)?;
    ok(call.read(|world| {
        let activity = world.activity(id, call.text(1)).ok_or(error::NOT_FOUND)?;
        let mut location = json!({
            "id": activity.location(),
            "kind": if activity.guild_id.is_some() { "gc" } else { "pc" },
            "channel_id": Sid(activity.channel_id),
        });
        if let Some(guild_id) = activity.guild_id {
            location["guild_id"] = json!(Sid(guild_id));
        }
        Ok::<_, error::ApiError>(json!({
            "application_id": Sid(id),
            "instance_id": activity.instance_id,
            "launch_id": Sid(activity.launch_id),
            "location": location,
            "users": activity.users.iter().copied().map(Sid).collect::<Vec<_>>(),
        }))
    })?)
}
