//! What an application asks a person for, and what becomes of it when they agree.
//! (Discord docs: OAuth2, Authorization URLs; Bot Authorization Flow.)

use serde::Deserialize;
use url::Url;

use crate::model::{Challenge, Code, Install, Scopes};
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis, parse};
use crate::world::{Dispatch, World};

/// The longest value that is carried along.
const LONGEST: usize = 2048;

/// The query of an authorisation address, as it came.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub client_id: String,
    pub response_type: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub prompt: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub permissions: Option<String>,
    pub guild_id: Option<String>,
    pub disable_guild_select: Option<String>,
    pub integration_type: Option<String>,
}

/// The same, checked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub application_id: Id,
    pub scopes: Scopes,
    /// Where the person is sent back to, and how.
    pub back: Option<Back>,
    pub state: Option<String>,
    /// Whether someone who agreed before is not asked again.
    pub quiet: bool,
    pub permissions: Permissions,
    pub guild_id: Option<Id>,
    pub guild_fixed: bool,
    pub for_user: bool,
}

/// Where the answer goes.
#[derive(Clone, Debug)]
pub(crate) struct Back {
    pub uri: Url,
    /// The address exactly as it was registered.
    pub registered: String,
    /// A token in the fragment instead of a code.
    pub implicit: bool,
    pub challenge: Option<Challenge>,
}

/// Checks what an application asks for.
pub(crate) fn check(world: &World, wish: &Wish) -> Result<Asked, ApiError> {
    let field = |key: &str, text: &str| ApiError::field(&[key], "BASE_TYPE_CHOICES", text);
    let texts = [&wish.redirect_uri, &wish.scope, &wish.state, &wish.code_challenge];
    if texts.iter().any(|text| text.as_ref().is_some_and(|t| t.len() > LONGEST)) {
        return Err(ApiError::field(&[], "BASE_TYPE_MAX_LENGTH", "Must be 2048 or fewer in length."));
    }
    let application_id = parse(&wish.client_id).ok_or(error::UNKNOWN_APPLICATION)?;
    let application = world.application(application_id)?;
    let scopes = match wish.scope.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(text) => Scopes::parse(text).ok_or_else(|| field("scope", "Invalid scope"))?,
        // Without scopes the application's own install settings count.
        None => Scopes::BOT.with(Scopes::APPLICATIONS_COMMANDS),
    };
    let for_user = match wish.integration_type.as_deref() {
        None | Some("" | "0") => false,
        Some("1") => true,
        Some(_) => return Err(field("integration_type", "Value must be one of {0, 1}.")),
    };
    if for_user && scopes.contains(Scopes::BOT) {
        return Err(field("scope", "The bot scope cannot be installed to a user"));
    }
    let installs = scopes.intersects(Scopes::BOT.with(Scopes::APPLICATIONS_COMMANDS));
    let only_installs = scopes.without(Scopes::BOT.with(Scopes::APPLICATIONS_COMMANDS)).is_empty();
    let back = match wish.redirect_uri.as_deref().filter(|uri| !uri.is_empty()) {
        Some(given) => {
            if !application.redirect_uris.iter().any(|uri| uri == given) {
                return Err(error::INVALID_REDIRECT_URI);
            }
            let uri = Url::parse(given).map_err(|_| error::INVALID_REDIRECT_URI)?;
            let implicit = match wish.response_type.as_deref() {
                Some("code") => false,
                Some("token") => true,
                None if only_installs => false,
                _ => return Err(field("response_type", "Value must be one of {'code', 'token'}.")),
            };
            Some(Back { uri, registered: given.to_owned(), implicit, challenge: challenge(wish)? })
        }
        None if only_installs && wish.response_type.is_none() && !application.require_code_grant => None,
        None => return Err(error::INVALID_REDIRECT_URI),
    };
    let quiet = match wish.prompt.as_deref() {
        None | Some("" | "consent") => false,
        Some("none") => true,
        Some(_) => return Err(field("prompt", "Value must be one of {'consent', 'none'}.")),
    };
    let bits = wish.permissions.as_deref().filter(|text| !text.is_empty()).unwrap_or("0");
    let bits = bits.parse().map_err(|_| field("permissions", "Value is not a permission set."))?;
    let guild_id = wish.guild_id.as_deref().filter(|text| !text.is_empty());
    let guild_id =
        guild_id.map(|text| parse(text).ok_or_else(|| field("guild_id", "Value is not snowflake.")));
    Ok(Asked {
        application_id,
        scopes,
        back,
        state: wish.state.clone(),
        quiet,
        permissions: Permissions(bits) & Permissions::ALL,
        guild_id: guild_id.transpose()?,
        guild_fixed: matches!(wish.disable_guild_select.as_deref(), Some("true" | "True" | "1")),
        for_user: for_user && installs,
    })
}

fn challenge(wish: &Wish) -> Result<Option<Challenge>, ApiError> {
    let Some(text) = wish.code_challenge.clone().filter(|text| !text.is_empty()) else { return Ok(None) };
    match wish.code_challenge_method.as_deref() {
        None | Some("plain") => Ok(Some(Challenge::Plain(text))),
        Some("S256") => Ok(Some(Challenge::S256(text))),
        Some(_) => {
            let text = "Value must be one of {'plain', 'S256'}.";
            Err(ApiError::field(&["code_challenge_method"], "BASE_TYPE_CHOICES", text))
        }
    }
}

impl Asked {
    /// Whether a guild must be chosen.
    pub(crate) fn wants_guild(&self) -> bool {
        !self.for_user && self.scopes.intersects(Scopes::BOT.with(Scopes::APPLICATIONS_COMMANDS))
    }

    /// Whether a person agreed to all of it before, so that they need not be asked. What installs something
    /// is always asked.
    pub(crate) fn agreed_before(&self, world: &World, user_id: Id) -> bool {
        let known = world.oauth.authorizations.get(&(self.application_id, user_id));
        !self.wants_guild() && known.is_some_and(|known| known.scopes.contains(self.scopes))
    }

    /// Where a person is sent who does not agree.
    pub(crate) fn denied(&self) -> Option<Url> {
        let text = "The resource owner or authorization server denied the request";
        let told = [("error", "access_denied"), ("error_description", text)];
        let back = self.back.as_ref()?;
        Some(self.address(back, told.map(|(k, v)| (k, v.to_owned())).to_vec()))
    }

    fn address(&self, back: &Back, mut told: Vec<(&str, String)>) -> Url {
        told.extend(self.state.clone().map(|state| ("state", state)));
        let mut uri = back.uri.clone();
        if back.implicit {
            let fragment = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
            uri.set_fragment(Some(&fragment));
        } else {
            uri.query_pairs_mut().extend_pairs(told);
        }
        uri
    }

    /// A person agrees, for the guild they chose. Gives the address to which they are sent back.
    pub(crate) fn agree(
        &self,
        world: &mut World,
        user_id: Id,
        chosen: Option<Id>,
        now: Millis,
    ) -> Result<(Option<Url>, Vec<Dispatch>), ApiError> {
        let user = world.user(user_id)?;
        if user.bot {
            return Err(error::BOTS_NOT_ALLOWED);
        }
        let application = world.application(self.application_id)?;
        let (owner, public, by_code) =
            (application.owner_id, application.public, application.require_code_grant);
        let guild_id = if self.guild_fixed { self.guild_id } else { chosen.or(self.guild_id) };
        let mut install = if self.for_user { Install::User } else { Install::None };
        if self.wants_guild() {
            let Some(guild_id) = guild_id else {
                return Err(ApiError::field(&["guild_id"], "BASE_TYPE_REQUIRED", "This field is required"));
            };
            if !public && owner != user_id {
                return Err(error::BOT_NOT_PUBLIC);
            }
            let guild = access::guild(world, user_id, guild_id)?;
            let own = crate::permissions::in_guild(guild, user_id, now);
            access::need(own, Permissions::MANAGE_GUILD)?;
            // Nobody gives a bot what they do not have themselves.
            install = Install::Guild(guild_id, self.permissions & own);
        }
        let (mut told, mut pending) = (Vec::new(), Install::None);
        if by_code && install != Install::None {
            pending = install;
        } else {
            told = world.authorize(self.application_id, user_id, self.scopes, install, now)?.1;
        }
        let Some(back) = &self.back else { return Ok((None, told)) };
        let guild_id = guild_id.filter(|_| self.wants_guild());
        let mut answer = Vec::new();
        if back.implicit {
            let issued = world.issue_token(self.application_id, user_id, self.scopes, false, now)?;
            let left = (issued.grant.expires_at - now) / 1000;
            answer.extend([
                ("token_type", "Bearer".to_owned()),
                ("access_token", issued.access),
                ("expires_in", left.to_string()),
                ("scope", self.scopes.text()),
            ]);
        } else {
            let lifetime = Millis::try_from(world.limits.oauth_code_lifetime).unwrap_or(Millis::MAX / 2);
            let code = Code {
                application_id: self.application_id,
                user_id,
                scopes: self.scopes,
                redirect_uri: back.registered.clone(),
                challenge: back.challenge.clone(),
                expires_at: now + lifetime,
                guild_id,
                pending,
            };
            answer.push(("code", world.keep_code(code, now)));
        }
        if let Some(id) = guild_id {
            answer.push(("guild_id", id.to_string()));
            answer.push(("permissions", self.permissions.0.to_string()));
        }
        Ok((Some(self.address(back, answer)), told))
    }
}
