//! OAuth2: people allow applications things, and applications get tokens for it. (Discord docs: OAuth2.)

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ring::digest;
use serde_json::json;

use crate::{
    model::{Authorization, Challenge, Code, Grant, Install, Scopes},
    snowflake::{Id, Millis},
    wire,
    world::{Changed, Dispatch, World, WorldError},
};

/// Access tokens that one authorisation may have at once; the oldest go first.
const TOKENS_EACH: usize = 50;
/// Codes that may wait to be exchanged.
const CODES: usize = 10_000;

/// What people allowed applications to do, and the tokens for it.
#[derive(Debug, Default)]
pub struct OAuth {
    /// By application and person.
    pub authorizations: BTreeMap<(Id, Id), Authorization>,
    /// Guilds that took an application's commands without its bot.
    pub command_guilds: BTreeSet<(Id, Id)>,
    codes: HashMap<String, Code>,
    grants: HashMap<String, Grant>,
    refreshes: HashMap<String, String>,
}

/// A token as the token route answers it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The access token.
    pub access: String,
    /// What it stands for.
    pub grant: Grant,
}

impl World {
    /// What an access token stands for, as long as it lives.
    pub fn bearer(&self, token: &str, now: Millis) -> Option<&Grant> {
        self.oauth.grants.get(token).filter(|grant| grant.expires_at > now)
    }

    /// Whether a person installed an application for themselves.
    pub fn is_user_installed(&self, application_id: Id, user_id: Id) -> bool {
        self.oauth.authorizations.get(&(application_id, user_id)).is_some_and(|a| a.user_install)
    }

    /// Whether an application's commands are there in a guild: with its bot or without.
    pub fn is_guild_installed(&self, application_id: Id, guild_id: Id) -> bool {
        self.applications.get(&application_id).is_some_and(|a| self.is_member(guild_id, a.bot_id))
            || self.oauth.command_guilds.contains(&(application_id, guild_id))
    }

    /// A person allows an application these scopes, and installs it.
    pub fn authorize(
        &mut self,
        application_id: Id,
        user_id: Id,
        scopes: Scopes,
        install: Install,
        now: Millis,
    ) -> Changed<()> {
        let user = self.user(user_id)?;
        self.application(application_id)?;
        let mut data = json!({ "user": wire::user(user), "scopes": scopes.names().collect::<Vec<_>>() });
        let mut told = Vec::new();
        match install {
            Install::None => {}
            Install::User => data["integration_type"] = json!(1),
            Install::Guild(guild_id, permissions) => {
                self.guild(guild_id)?;
                let bot_id = self.application(application_id)?.bot_id;
                let there = permissions.0 == 0 && self.is_member(guild_id, bot_id);
                if scopes.contains(Scopes::BOT) && there {
                    // Nothing is asked for: the bot keeps what it has.
                } else if scopes.contains(Scopes::BOT) {
                    told.extend(self.add_bot(guild_id, application_id, permissions, now)?.1);
                } else {
                    self.oauth.command_guilds.insert((application_id, guild_id));
                }
                data["integration_type"] = json!(0);
                data["guild"] = json!(wire::guild(self.guild(guild_id)?, false));
            }
        }
        let authorization = self.oauth.authorizations.entry((application_id, user_id)).or_default();
        authorization.scopes = authorization.scopes.with(scopes);
        authorization.user_install |= install == Install::User;
        told.push(Dispatch::endpoint("APPLICATION_AUTHORIZED", application_id, &data));
        Ok(((), told))
    }

    /// Takes everything back that a person allowed an application; every token of it is worthless then.
    pub fn deauthorize(&mut self, application_id: Id, user_id: Id) -> Vec<Dispatch> {
        let Some(authorization) = self.oauth.authorizations.remove(&(application_id, user_id)) else {
            return Vec::new();
        };
        for token in authorization.tokens {
            self.oauth.forget(&token);
        }
        self.oauth.codes.retain(|_, code| (code.application_id, code.user_id) != (application_id, user_id));
        let user = self.users.get(&user_id).map(wire::user);
        vec![Dispatch::endpoint("APPLICATION_DEAUTHORIZED", application_id, &json!({ "user": user }))]
    }

    /// Keeps a code until it is exchanged, and gives its text.
    pub fn keep_code(&mut self, code: Code, now: Millis) -> String {
        if self.oauth.codes.len() >= CODES {
            self.oauth.codes.retain(|_, kept| kept.expires_at > now);
            if self.oauth.codes.len() >= CODES {
                self.oauth.codes.clear();
            }
        }
        let text = secret("code", self.ids.next(now));
        self.oauth.codes.insert(text.clone(), code);
        text
    }

    /// Takes a code; it is gone then, whether the exchange succeeds or not.
    pub fn take_code(&mut self, text: &str, now: Millis) -> Option<Code> {
        self.oauth.codes.remove(text).filter(|code| code.expires_at > now)
    }

    /// Gives an application a token for a person, renewable or not.
    pub fn issue_token(
        &mut self,
        application_id: Id,
        user_id: Id,
        scopes: Scopes,
        renewable: bool,
        now: Millis,
    ) -> Result<Issued, WorldError> {
        self.user(user_id)?;
        let id = self.ids.next(now);
        let access = secret("access", id);
        let lifetime = Millis::try_from(self.limits.oauth_token_lifetime).unwrap_or(Millis::MAX / 2);
        let refresh = renewable.then(|| secret("refresh", id));
        let grant = Grant { application_id, user_id, scopes, expires_at: now + lifetime, refresh };
        let authorization = self.oauth.authorizations.entry((application_id, user_id)).or_default();
        authorization.scopes = authorization.scopes.with(scopes);
        authorization.tokens.push(access.clone());
        let oldest = (authorization.tokens.len() > TOKENS_EACH).then(|| authorization.tokens.remove(0));
        if let Some(oldest) = oldest {
            self.oauth.forget(&oldest);
        }
        if let Some(refresh) = &grant.refresh {
            self.oauth.refreshes.insert(refresh.clone(), access.clone());
        }
        self.oauth.grants.insert(access.clone(), grant.clone());
        Ok(Issued { access, grant })
    }

    /// Renews a token: the old pair is worthless from then on.
    pub fn refresh_token(&mut self, application_id: Id, refresh: &str, now: Millis) -> Option<Issued> {
        let access = self.oauth.refreshes.get(refresh)?;
        let old = self.oauth.grants.get(access).filter(|grant| grant.application_id == application_id)?;
        let (user_id, scopes, access) = (old.user_id, old.scopes, access.clone());
        self.oauth.forget(&access);
        if let Some(authorization) = self.oauth.authorizations.get_mut(&(application_id, user_id)) {
            authorization.tokens.retain(|token| *token != access);
        }
        self.issue_token(application_id, user_id, scopes, true, now).ok()
    }

    /// Revokes an access or refresh token, and with it every token of the same authorisation
    /// (Discord docs: OAuth2, Token Revocation).
    pub fn revoke_token(&mut self, application_id: Id, token: &str) {
        let access = self.oauth.refreshes.get(token).map_or(token, String::as_str);
        let Some(grant) = self.oauth.grants.get(access).filter(|g| g.application_id == application_id) else {
            return;
        };
        let key = (application_id, grant.user_id);
        let tokens = self.oauth.authorizations.get_mut(&key).map(|a| std::mem::take(&mut a.tokens));
        for token in tokens.into_iter().flatten() {
            self.oauth.forget(&token);
        }
    }
}

impl OAuth {
    fn forget(&mut self, access: &str) {
        if let Some(refresh) = self.grants.remove(access).and_then(|grant| grant.refresh) {
            self.refreshes.remove(&refresh);
        }
    }
}

impl Challenge {
    /// Whether a verifier is the one that was announced.
    pub fn is_met(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(text) => text == verifier,
            Self::S256(text) => {
                *text == base64_url(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
            }
        }
    }
}

/// A text that tells nothing of the id it is made from.
pub(crate) fn secret(what: &str, id: Id) -> String {
    let hashed = digest::digest(&digest::SHA256, format!("the sandbox's {what} {id}").as_bytes());
    base64_url(&hashed.as_ref()[..24])
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{self, APPLICATION, LINUS};

    const NOW: Millis = 1_790_000_000_000;

    #[test]
    fn a_revoked_token_takes_its_siblings_along() {
        let mut world = World::default();
        example::build(&mut world, NOW);
        let mut issue =
            |user| world.issue_token(APPLICATION, user, Scopes::IDENTIFY, true, NOW).expect("a token");
        let (one, two, other) = (issue(LINUS), issue(LINUS), issue(example::GRACE));
        world.revoke_token(example::OTHER_APPLICATION, &one.access);
        assert!(world.bearer(&one.access, NOW).is_some(), "only their owner revokes tokens");
        world.revoke_token(APPLICATION, one.grant.refresh.as_deref().expect("renewable"));
        assert!(world.bearer(&one.access, NOW).is_none() && world.bearer(&two.access, NOW).is_none());
        assert!(world.bearer(&other.access, NOW).is_some());
        assert!(
            world.refresh_token(APPLICATION, two.grant.refresh.as_deref().expect("renewable"), NOW).is_none()
        );
    }

    #[test]
    fn tokens_are_bounded_and_expire() {
        let mut world = World::default();
        example::build(&mut world, NOW);
        let mut issue =
            || world.issue_token(APPLICATION, LINUS, Scopes::IDENTIFY, true, NOW).expect("a token");
        let first = issue();
        for _ in 0..TOKENS_EACH {
            issue();
        }
        assert!(world.bearer(&first.access, NOW).is_none());
        assert_eq!((world.oauth.grants.len(), world.oauth.refreshes.len()), (TOKENS_EACH, TOKENS_EACH));
        let last = world.issue_token(APPLICATION, LINUS, Scopes::IDENTIFY, false, NOW).expect("a token");
        assert!(world.bearer(&last.access, last.grant.expires_at - 1).is_some());
        assert!(world.bearer(&last.access, last.grant.expires_at).is_none());
    }

    #[test]
    fn challenges_follow_the_example_of_the_rfc() {
        let challenge = Challenge::S256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
        assert!(challenge.is_met("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_met("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
    }
}
