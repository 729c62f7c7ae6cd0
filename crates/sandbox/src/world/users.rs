//! Making users and applications.

use super::{World, WorldError};
use crate::{
    gateway::intents::Intents,
    model::{Application, EventWebhooks, User},
    snowflake::{Id, Millis},
};

/// An application to be made.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// Its name, which its bot takes too.
    pub name: String,
    /// Its token; made up when none is given.
    pub token: Option<String>,
    /// The privileged intents switched on for it.
    pub privileged: Intents,
    /// Who owns it; its own bot when none is given.
    pub owner_id: Option<Id>,
}

impl World {
    /// Makes a person.
    pub fn create_user(&mut self, username: &str, global_name: Option<&str>, now: Millis) -> Id {
        let id = self.ids.next(now);
        self.users.insert(id, User::person(id, username, global_name));
        id
    }

    /// Makes an application and its bot user, which have the same id.
    pub fn create_application(&mut self, new: NewApplication, now: Millis) -> Result<Id, WorldError> {
        let id = self.ids.next(now);
        self.insert_application(id, new)?;
        Ok(id)
    }

    /// Makes an application with a fixed id.
    pub(crate) fn insert_application(&mut self, id: Id, new: NewApplication) -> Result<(), WorldError> {
        let token = new.token.unwrap_or_else(|| token_of(id, 0));
        if self.tokens.contains_key(&token) {
            return Err(WorldError::Taken);
        }
        self.users.insert(id, User::bot(id, &new.name));
        self.tokens.insert(token.clone(), id);
        self.bots.insert(id, id);
        let application = Application {
            id,
            name: new.name,
            description: String::new(),
            bot_id: id,
            owner_id: new.owner_id.unwrap_or(id),
            token,
            token_resets: 0,
            verify_key: crate::endpoint::sign::verify_key(id),
            privileged: new.privileged,
            verified: false,
            interactions_endpoint_url: None,
            public: true,
            require_code_grant: false,
            tags: Vec::new(),
            client_secret: super::oauth::secret("client", id),
            redirect_uris: Vec::new(),
            event_webhooks: EventWebhooks::default(),
            profile: serde_json::Map::new(),
            own_flags: 0,
            command_permissions: Vec::new(),
            emojis: Vec::new(),
            role_connection_metadata: Vec::new(),
            max_concurrency: None,
        };
        self.applications.insert(id, application);
        Ok(())
    }

    /// Gives an application a new token; the old one is worthless from then on.
    pub fn reset_token(&mut self, application_id: Id) -> Result<String, WorldError> {
        let application = self.applications.get_mut(&application_id).ok_or(WorldError::UnknownApplication)?;
        application.token_resets += 1;
        let token = token_of(application_id, application.token_resets);
        self.tokens.remove(&std::mem::replace(&mut application.token, token.clone()));
        self.tokens.insert(token.clone(), application_id);
        Ok(token)
    }
}

/// A token in the shape of Discord's: the application's id in base64, then two parts without meaning here.
fn token_of(id: Id, resets: u32) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mixed = id.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(resets);
    format!("{}.sandbx.{mixed:016x}{:016x}", engine.encode(id.to_string()), mixed.rotate_right(29))
}
