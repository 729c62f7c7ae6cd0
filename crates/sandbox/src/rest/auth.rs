//! Who calls: the `Authorization` header against the tokens of the world.
//! (Discord docs: Reference, Authentication.)

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::call::Caller;
use super::error::{self, ApiError};
use crate::world::World;

/// Finds the bot behind the header. An absent header is nobody; a wrong one is 401.
pub(crate) fn caller(world: &World, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().ok().filter(|v| v.starts_with("Bot ")).ok_or(error::UNAUTHORIZED)?;
    let application = world.authenticate(value.trim()).ok_or(error::UNAUTHORIZED)?;
    Ok(Some(Caller { application_id: application.id, bot_id: application.bot_id }))
}
