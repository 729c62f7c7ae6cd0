//! Who calls: the `Authorization` header against the tokens of the world.
//! (Discord docs: Reference, Authentication.)

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::call::Caller;
use super::error::{self, ApiError};
use super::routes::Auth;
use crate::snowflake::Millis;
use crate::world::World;

/// Finds the bot or the bearer behind the header. An absent header is nobody; a wrong one is 401.
pub(crate) fn caller(world: &World, headers: &HeaderMap, now: Millis) -> Result<Option<Caller>, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| error::UNAUTHORIZED)?;
    if let Some(token) = value.strip_prefix("Bearer ") {
        let grant = world.bearer(token.trim(), now).ok_or(error::UNAUTHORIZED)?;
        return Ok(Some(Caller {
            application_id: grant.application_id,
            bot_id: grant.user_id,
            bearer: Some(grant.scopes),
        }));
    }
    let token = Some(value).filter(|v| v.starts_with("Bot ")).ok_or(error::UNAUTHORIZED)?;
    let application = world.authenticate(token.trim()).ok_or(error::UNAUTHORIZED)?;
    Ok(Some(Caller { application_id: application.id, bot_id: application.bot_id, bearer: None }))
}

/// Whether a route takes this caller.
pub(crate) fn admit(
    found: &Result<Option<Caller>, ApiError>,
    auth: Auth,
) -> Result<Option<Caller>, ApiError> {
    let caller = match found {
        Ok(Some(caller)) => *caller,
        Ok(None) | Err(_) if auth == Auth::Open => return Ok(None),
        Ok(None) | Err(_) => return Err(error::UNAUTHORIZED),
    };
    match (auth, caller.bearer) {
        (Auth::Open, _) | (Auth::Bot | Auth::Either(_), None) => Ok(Some(caller)),
        (Auth::Bearer(wanted) | Auth::Either(wanted), Some(own)) if own.intersects(wanted) => {
            Ok(Some(caller))
        }
        (Auth::Bearer(_), None) => Err(error::BOTS_NOT_ALLOWED),
        _ => Err(error::UNAUTHORIZED),
    }
}
