//! What a token says about itself and the person behind it.
//! (Discord docs: OAuth2, Get Current Authorization Information.)

use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::clock::iso;
use crate::model::Scopes;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error;
use crate::snowflake::Sid;
use crate::wire;

/// `GET /oauth2/@me`
pub(super) fn authorization(call: &Call) -> Answer {
    let caller = call.caller()?;
    let Some(scopes) = caller.bearer else { return Err(error::UNAUTHORIZED) };
    let header = call.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().trim();
    let shown = call.read(|world| {
        let application = world.application(caller.application_id).ok()?;
        let mut all = json!({
            "application": wire::application(application),
            "scopes": scopes.names().collect::<Vec<_>>(),
            "expires": iso(world.bearer(token, call.now)?.expires_at),
        });
        if scopes.contains(Scopes::IDENTIFY) {
            all["user"] = world.users.get(&caller.bot_id).map_or(Value::Null, wire::user);
        }
        Some(all)
    });
    ok(shown.ok_or(error::UNAUTHORIZED)?)
}

/// `GET /oauth2/userinfo`
pub(super) fn userinfo(call: &Call) -> Answer {
    let caller = call.caller()?;
    ok(call.read(|world| {
        let user = world.user(caller.bot_id)?;
        let mut all = json!({ "sub": Sid(user.id) });
        if caller.may(Scopes::IDENTIFY) {
            all["preferred_username"] = json!(user.username);
            all["nickname"] = json!(user.global_name);
            all["locale"] = json!(user.locale);
        }
        if caller.may(Scopes::EMAIL) {
            all["email"] = json!(wire::user::email(user));
            all["email_verified"] = json!(true);
        }
        Ok::<_, error::ApiError>(all)
    })?)
}

/// `GET /oauth2/keys`. The sandbox signs no identity tokens, so there is no key to check them with.
pub(super) fn keys(_call: &Call) -> Answer {
    ok(json!({ "keys": [] }))
}
