//! Acting as a person by Discord's own routes: what a person's client may do in a guild takes the same
//! path, body and permissions as a bot's request. There are no limits, and no token is needed.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;

use super::error::ControlError;
use super::extract::{At, PathId};
use super::routes::Routes;
use crate::rest::{self, face::Face};

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    let (path, says) = ("/as/{user}/api/{*path}", "One of Discord's own routes, called by a person");
    Routes::new()
        .get(path, run, says)
        .post(path, run, says)
        .put(path, run, says)
        .patch(path, run, says)
        .delete(path, run, says)
}

/// `ANY /control/as/{user}/api/{path}`, such as `/control/as/5/api/guilds/7/scheduled-events`.
async fn run(
    State(face): State<Arc<Face>>,
    At((PathId(user), path)): At<(PathId, String)>,
    request: Request,
) -> Result<Response<Body>, ControlError> {
    face.engine.read(|world| world.user(user).map(|_| ()))?;
    Ok(rest::serve_person(&face, user, &path, request).await)
}
