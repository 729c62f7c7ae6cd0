//! The past of a channel by the million, made when it is read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::routes::Routes;
use crate::rest::face::Face;
use crate::snowflake::Sid;
use crate::world::NewArchive;

/// Messages of one past.
const MOST: u64 = 1_000_000_000;

pub(super) fn routes() -> Routes {
    Routes::new().post(
        "/channels/{channel}/archive",
        set,
        "Gives a channel a past of up to a billion messages that are made when they are listed, and takes no memory",
    )
}

/// The past. It is spread evenly from when the channel was made until now.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Past {
    count: u64,
    /// Another one is another talk.
    #[serde(default)]
    seed: u64,
    /// Who talks.
    author_ids: Vec<AnyId>,
}

async fn set(
    State(face): State<Arc<Face>>,
    At(PathId(channel)): At<PathId>,
    Given(past): Given<Past>,
) -> Result<Json<Value>, ControlError> {
    if past.count > MOST {
        return Err(ControlError::bad(format!("at most {MOST} messages")));
    }
    let author_ids = past.author_ids.iter().map(|AnyId(id)| *id).collect();
    let new = NewArchive { count: past.count, seed: past.seed, author_ids };
    let made = face
        .engine
        .try_apply(|world, now| Ok::<_, ControlError>((world.set_archive(channel, new, now)?, Vec::new())))?;
    let (first, last) = made
        .ok_or_else(|| ControlError::bad("the channel is too young for so many messages, or nobody talks"))?;
    Ok(Json(json!({ "first_id": Sid(first), "last_id": Sid(last), "count": past.count })))
}
