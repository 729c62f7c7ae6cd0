//! What a request must pass before its body is read: token, global limit, bucket.

use std::net::IpAddr;

use axum::http::HeaderMap;

use super::auth;
use super::call::Caller;
use super::error::ApiError;
use super::face::Face;
use super::limits::{self, BucketState, Limited, further};
use super::routes::Route;

/// Why a request got no further than the gate.
pub(super) enum Refused {
    Error(ApiError),
    Limited(Limited),
}

/// Looks at the token, then takes a place in the global limit and in the route's bucket.
#[expect(clippy::type_complexity, reason = "both arms carry the caller for the journal")]
pub(super) fn gate(
    face: &Face,
    route: &Route,
    headers: &HeaderMap,
    below: &str,
    params: &[String],
    from: IpAddr,
) -> Result<(Option<Caller>, Option<BucketState>), (Option<Caller>, Refused)> {
    let stamp = face.stamp();
    let limits = face.engine.limits();
    let now = face.engine.now();
    let found = face.engine.read(|world| auth::caller(world, headers, now));
    let caller = auth::admit(&found, route.auth).map_err(|error| (None, Refused::Error(error)))?;
    // What a token in the path authorises is counted for that token alone.
    let own = caller.filter(|_| !route.exempt());
    let identity = own.map_or_else(|| limits::anonymous(from), Caller::identity);
    if !route.exempt() {
        let taken = face.limits.take_global(stamp, identity, limits.global_requests);
        taken.map_err(|limited| (caller, Refused::Limited(limited)))?;
    }
    if let (Some("webhooks"), Some(hook)) = (below.trim_start_matches('/').split('/').next(), params.first())
    {
        let key = (further::DEAD_WEBHOOK, 0, crate::snowflake::parse(hook).unwrap_or(0));
        if let Some(retry_after_ms) = face.limits.reached(stamp, key, limits.dead_webhook_requests) {
            let limited = Limited { scope: limits::Scope::User, retry_after_ms, bucket: None };
            return Err((caller, Refused::Limited(limited)));
        }
    }
    let Some(rule) = further::rule_for(route, params, stamp, &limits) else { return Ok((caller, None)) };
    let taken = face.limits.take_route(stamp, identity, rule, major(below, params));
    taken.map(|state| (caller, Some(state))).map_err(|limited| (caller, Refused::Limited(limited)))
}

/// The top-level resource: the channel, the guild, or the webhook with its token.
/// (Discord docs: Rate Limits, Top-Level Resources.)
fn major(below: &str, params: &[String]) -> u64 {
    let number = |index: usize| params.get(index).and_then(|p| p.parse::<u64>().ok()).unwrap_or(0);
    match below.trim_start_matches('/').split('/').next() {
        Some("channels" | "guilds") => number(0),
        Some("webhooks") => {
            let token = params.get(1).map_or("", String::as_str);
            token
                .bytes()
                .fold(number(0), |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        }
        _ => 0,
    }
}
