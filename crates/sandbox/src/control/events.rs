//! What a person's client would see, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::error::ControlError;
use super::extract::{At, PathId};
use super::routes::Routes;
use crate::rest::face::Face;
use crate::snowflake::{Id, Sid};
use crate::world::{Audience, Dispatch, Payload, World};

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new().get("/as/{user}/events", follow, "What a person's client would see, as server-sent events")
}

/// `GET /control/as/{user}/events`
pub(crate) async fn follow(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ControlError> {
    face.engine.read(|world| world.user(user).map(|_| ()))?;
    let events = face.engine.observe();
    let stream = futures::stream::unfold((face, events, user), |(face, mut events, user)| async move {
        let shown = next(&face, &mut events, user).await?;
        Some((Ok(Event::default().data(shown.to_string())), (face, events, user)))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// The next thing this person sees; nothing when the sandbox stops.
async fn next(face: &Face, events: &mut Receiver<Arc<Dispatch>>, user: Id) -> Option<Value> {
    loop {
        let received = tokio::select! {
            received = events.recv() => received,
            () = face.engine.stopped().cancelled() => return None,
        };
        match received {
            Ok(dispatch) => {
                if face.engine.read(|world| sees(world, &dispatch, user)) {
                    return Some(show(&dispatch));
                }
            }
            // The client fetches anew what it may have missed.
            Err(RecvError::Lagged(missed)) => return Some(json!({ "type": "lagged", "missed": missed })),
            Err(RecvError::Closed) => return None,
        }
    }
}

fn sees(world: &World, dispatch: &Dispatch, user: Id) -> bool {
    if dispatch.only_for.is_some_and(|only| only != user) || dispatch.except == Some(user) {
        return false;
    }
    match &dispatch.audience {
        Audience::Guild(guild_id) => {
            if !world.is_member(*guild_id, user) {
                return false;
            }
            let Some(gate) = dispatch.gate else { return true };
            match gate.channel_id {
                Some(channel_id) => world.channel_permissions(channel_id, user, 0).intersects(gate.any_of),
                None => world.guild_permissions(*guild_id, user, 0).intersects(gate.any_of),
            }
        }
        // With nobody named it is for every client, such as a change of the commands there are.
        Audience::Users(users) => users.is_empty() || users.contains(&user),
        Audience::Client(only) => *only == user,
        Audience::Application { .. } | Audience::Endpoint(_) => false,
    }
}

/// `{type, data}` with the event's name in lower case; messages also under `message`.
fn show(dispatch: &Dispatch) -> Value {
    let data: Value = match &dispatch.payload {
        Payload::GuildCreate(id) => json!({ "id": Sid(*id) }),
        other => other.full().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or(Value::Null),
    };
    let name = dispatch.event.to_lowercase();
    match dispatch.event {
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" => json!({ "type": name, "message": data }),
        "MESSAGE_DELETE" => {
            json!({ "type": name, "message_id": data["id"], "channel_id": data["channel_id"] })
        }
        _ => json!({ "type": name, "data": data }),
    }
}
