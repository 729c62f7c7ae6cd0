//! Activities: launched by an entry point, and left.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{At, PathId};
use super::routes::Routes;
use crate::rest::face::Face;
use crate::rest::interactions::EMBEDDED;
use crate::validate::form::parse_snowflake;
use crate::world::interactions::NewInteraction;

/// The type of commands that open an activity.
pub(super) const ENTRY_POINT: u8 = 4;
/// The handler by which Discord launches it without asking the application.
const DISCORD_LAUNCH_ACTIVITY: u64 = 2;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    let path = "/as/{user}/channels/{channel}/activities/{application}";
    Routes::new().delete(path, leave, "Leaves an activity, which ends with the last who is in it")
}

/// Launches the activity of an entry point that leaves it to Discord; nothing for all else.
/// (Discord docs: Application Commands, Entry Point Command Handler Types.)
pub(super) fn by_itself(face: &Face, new: &NewInteraction) -> Result<Option<Value>, ControlError> {
    let engine = &face.engine;
    let id = parse_snowflake(&new.data["id"]).filter(|_| new.kind == 2);
    let launches = engine.read(|world| {
        let command = id.and_then(|id| world.commands.get(&id))?;
        let by_discord = command.body.get("handler").and_then(Value::as_u64) == Some(DISCORD_LAUNCH_ACTIVITY);
        let application = world.applications.get(&command.application_id)?;
        (command.kind == ENTRY_POINT && by_discord).then_some(application.own_flags & EMBEDDED != 0)
    });
    match launches {
        None => Ok(None),
        Some(false) => Err(ControlError::bad("the application has no activity")),
        Some(true) => {
            let instance = engine.try_apply(|world, now| {
                let instance = world.launch_activity(new.application_id, new.channel_id, new.user_id, now)?;
                Ok::<_, ControlError>((instance, Vec::new()))
            })?;
            Ok(Some(json!({ "interaction_id": null, "state": "launched", "activity_instance_id": instance })))
        }
    }
}

/// `DELETE /control/as/{user}/channels/{channel}/activities/{application}`
async fn leave(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel), PathId(application))): At<(PathId, PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    let left = face.engine.apply(|world, _| (world.leave_activity(application, channel, user), Vec::new()));
    if left { Ok(Json(json!({}))) } else { Err(ControlError::missing("this person is in no such activity")) }
}
