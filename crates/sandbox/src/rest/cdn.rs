//! Uploaded pictures and sounds, at the paths of Discord's own file server.
//! (Discord docs: Reference, Image Formatting.)

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::get;

use super::face::Face;
use crate::model::Asset;
use crate::snowflake::parse;
use crate::world::World;

/// The paths.
pub(super) fn router() -> Router<Arc<Face>> {
    let mut router = Router::new()
        .route("/emojis/{file}", get(emoji))
        .route("/stickers/{file}", get(sticker))
        .route("/soundboard-sounds/{file}", get(sound))
        .route("/guilds/{guild}/users/{user}/{kind}/{file}", get(member_picture));
    for path in [
        "/icons/{owner}/{file}",
        "/avatars/{owner}/{file}",
        "/banners/{owner}/{file}",
        "/splashes/{owner}/{file}",
        "/discovery-splashes/{owner}/{file}",
        "/role-icons/{owner}/{file}",
        "/app-icons/{owner}/{file}",
        "/guild-events/{owner}/{file}",
    ] {
        router = router.route(path, get(picture));
    }
    router
}

/// The name without its ending; the stored format is served whatever ending is asked for.
fn stem(file: &str) -> &str {
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

fn serve(face: &Face, find: impl FnOnce(&World) -> Option<Asset>) -> Response<Body> {
    let Some(asset) = face.engine.read(find) else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Body::from(asset.data));
    let headers = response.headers_mut();
    // The kind comes from the bytes and is never one that a browser would run.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    response
}

async fn emoji(State(face): State<Arc<Face>>, Path(file): Path<String>) -> Response<Body> {
    serve(&face, |world| {
        let id = parse(stem(&file))?;
        let found = world.guild_emoji(id).map(|(_, emoji)| emoji).or_else(|| world.application_emoji(id));
        found.map(|emoji| emoji.image.clone())
    })
}

async fn sticker(State(face): State<Arc<Face>>, Path(file): Path<String>) -> Response<Body> {
    serve(&face, |world| Some(world.sticker(parse(stem(&file))?)?.image.clone()))
}

async fn sound(State(face): State<Arc<Face>>, Path(file): Path<String>) -> Response<Body> {
    serve(&face, |world| {
        let id = parse(stem(&file))?;
        let mut all = world.guilds.values().flat_map(|guild| &guild.extras().sounds);
        all.find(|sound| sound.id == id).map(|sound| sound.audio.clone())
    })
}

async fn picture(
    State(face): State<Arc<Face>>,
    Path((_owner, file)): Path<(String, String)>,
) -> Response<Body> {
    serve(&face, |world| world.assets.get(stem(&file)).cloned())
}

async fn member_picture(
    State(face): State<Arc<Face>>,
    Path((_guild, _user, _kind, file)): Path<(String, String, String, String)>,
) -> Response<Body> {
    serve(&face, |world| world.assets.get(stem(&file)).cloned())
}
