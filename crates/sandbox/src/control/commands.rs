//! Which commands a person may use in a channel, of every application.
//! (Discord docs: Application Commands, Permissions and Contexts.)

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::error::ControlError;
use super::extract::{At, PathId};
use super::routes::Routes;
use crate::rest::access;
use crate::rest::face::Face;
use crate::wire;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new().get(
        "/as/{user}/channels/{channel}/commands",
        list,
        "The commands that a person may use in a channel",
    )
}

/// `GET /control/as/{user}/channels/{channel}/commands`
pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    let now = face.engine.now();
    face.engine.read(|world| {
        let seen = access::channel(world, user, channel, now)?;
        let usable = world
            .commands
            .values()
            .filter(|command| world.may_use(command, seen.channel, user, now).is_some());
        let locale = world.users.get(&user).map(|user| user.locale.as_str());
        let shown = usable.map(|command| {
            // What a person reads is in their language; what is sent stays as it was registered.
            let mut all = wire::command::command(command);
            let own = wire::command::command_localized(command, locale);
            for key in ["name_localized", "description_localized"] {
                if let Some(text) = own.get(key) {
                    all[key] = text.clone();
                }
            }
            all
        });
        Ok(Json(shown.collect()))
    })
}
