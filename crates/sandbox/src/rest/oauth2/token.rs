//! The token routes, which take forms alone and answer errors in OAuth2's own shape.
//! (Discord docs: OAuth2, Access Token Exchange; Token Revocation.)

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use serde_json::{Value, json};

use crate::model::{Application, Install, Scopes};
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::ApiError;
use crate::snowflake::{Id, parse};
use crate::wire;
use crate::world::World;
use crate::world::oauth::Issued;

/// An error in the words of OAuth2. (RFC 6749, section 5.2.)
#[derive(Debug)]
struct Failed(u16, &'static str, &'static str);

const INVALID_CLIENT: Failed = Failed(401, "invalid_client", "");
const INVALID_CODE: Failed = Failed(400, "invalid_grant", "Invalid \"code\" in request.");
const INVALID_REDIRECT: Failed = Failed(400, "invalid_grant", "Invalid \"redirect_uri\" in request.");
const INVALID_VERIFIER: Failed = Failed(400, "invalid_grant", "Invalid \"code_verifier\" in request.");
const INVALID_REFRESH: Failed = Failed(400, "invalid_grant", "Invalid \"refresh_token\" in request.");
const INVALID_SCOPE: Failed =
    Failed(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.");
const UNSUPPORTED_GRANT: Failed = Failed(400, "unsupported_grant_type", "Grant type None is not supported");

impl Failed {
    fn answer(&self) -> Reply {
        let mut body = json!({ "error": self.1 });
        if !self.2.is_empty() {
            body["error_description"] = json!(self.2);
        }
        Reply::Json(self.0, body)
    }
}

/// `POST /oauth2/token`
pub(super) fn exchange(call: &Call) -> Answer {
    only_forms(call)?;
    let done = call.read(|world| client(world, call).map(|a| (a.id, a.owner_id)));
    let done = done.and_then(|(application_id, owner_id)| match field(call, "grant_type") {
        "authorization_code" => by_code(call, application_id),
        "refresh_token" => {
            let issued = apply(call, |world, now| {
                world.refresh_token(application_id, field(call, "refresh_token"), now)
            });
            issued.map(|issued| shown(call, &issued)).ok_or(INVALID_REFRESH)
        }
        "client_credentials" => {
            let scopes =
                Scopes::parse(field(call, "scope")).filter(|s| !s.is_empty()).ok_or(INVALID_SCOPE)?;
            // What adds something to a guild needs a person who chooses the guild.
            if scopes.intersects(Scopes::BOT.with(Scopes::WEBHOOK_INCOMING)) {
                return Err(INVALID_SCOPE);
            }
            let issued = apply(call, |world, now| {
                world.issue_token(application_id, owner_id, scopes, false, now).ok()
            });
            issued.map(|issued| shown(call, &issued)).ok_or(INVALID_CLIENT)
        }
        _ => Err(UNSUPPORTED_GRANT),
    });
    match done {
        Ok(body) => ok(body),
        Err(failed) => Ok(failed.answer()),
    }
}

fn by_code(call: &Call, application_id: Id) -> Result<Value, Failed> {
    // The lock is held throughout, so that of two exchanges of one code only one gets through.
    let done = call.face.engine.apply(|world, now| {
        let done = (|| {
            let code = world.take_code(field(call, "code"), now).ok_or(INVALID_CODE)?;
            if code.application_id != application_id {
                return Err(INVALID_CODE);
            }
            if code.redirect_uri != field(call, "redirect_uri") {
                return Err(INVALID_REDIRECT);
            }
            if code.challenge.as_ref().is_some_and(|asked| !asked.is_met(field(call, "code_verifier"))) {
                return Err(INVALID_VERIFIER);
            }
            let mut told = Vec::new();
            if code.pending != Install::None {
                let installed = world.authorize(application_id, code.user_id, code.scopes, code.pending, now);
                told = installed.map_err(|_| INVALID_CODE)?.1;
            }
            let issued = world.issue_token(application_id, code.user_id, code.scopes, true, now);
            Ok(((issued.map_err(|_| INVALID_CODE)?, code.guild_id), told))
        })();
        match done {
            Ok((value, told)) => (Ok(value), told),
            Err(failed) => (Err(failed), Vec::new()),
        }
    });
    let (issued, guild_id) = done?;
    let mut body = shown(call, &issued);
    if let Some(id) = guild_id
        && let Some(guild) = call.read(|world| world.guilds.get(&id).map(|guild| wire::guild(guild, false)))
    {
        body["guild"] = guild;
    }
    Ok(body)
}

/// `POST /oauth2/token/revoke`
pub(super) fn revoke(call: &Call) -> Answer {
    only_forms(call)?;
    match call.read(|world| client(world, call).map(|a| a.id)) {
        Ok(application_id) => {
            let token = field(call, "token");
            call.face.engine.apply(|world, _| (world.revoke_token(application_id, token), Vec::new()));
            // What is not a token is no error either. (RFC 7009, section 2.2.)
            ok(json!({}))
        }
        Err(failed) => Ok(failed.answer()),
    }
}

fn apply<T>(call: &Call, change: impl FnOnce(&mut World, i64) -> T) -> T {
    call.face.engine.apply(|world, now| (change(world, now), Vec::new()))
}

fn shown(call: &Call, issued: &Issued) -> Value {
    let left = issued.grant.expires_at.saturating_sub(call.face.engine.now());
    let mut body = json!({
        "token_type": "Bearer",
        "access_token": issued.access,
        // Between issuing and telling a millisecond may pass.
        "expires_in": left.saturating_add(999) / 1000,
        "scope": issued.grant.scopes.text(),
    });
    if let Some(refresh) = &issued.grant.refresh {
        body["refresh_token"] = json!(refresh);
    }
    body
}

fn field<'c>(call: &'c Call, key: &str) -> &'c str {
    call.body.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn only_forms(call: &Call) -> Result<(), ApiError> {
    let kind = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    let text = "Expected \"Content-Type\" header to be one of {'application/x-www-form-urlencoded'}.";
    Err(ApiError::field(&[], "CONTENT_TYPE_INVALID", text))
}

/// The application that proves itself by Basic authentication or in the form.
fn client<'w>(world: &'w World, call: &Call) -> Result<&'w Application, Failed> {
    let (id, secret) = match basic(call) {
        Some(pair) => pair,
        None => (field(call, "client_id").to_owned(), field(call, "client_secret").to_owned()),
    };
    let application = parse(&id).and_then(|id| world.applications.get(&id)).ok_or(INVALID_CLIENT)?;
    let fits = equal(application.client_secret.as_bytes(), secret.as_bytes());
    if fits { Ok(application) } else { Err(INVALID_CLIENT) }
}

fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn basic(call: &Call) -> Option<(String, String)> {
    let value = call.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
