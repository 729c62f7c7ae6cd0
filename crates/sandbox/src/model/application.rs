//! Applications: what a bot author registers.

use serde_json::{Map, Value};

use super::Emoji;
use crate::{gateway::intents::Intents, snowflake::Id};

/// An application with its bot user.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The user that its bot acts as.
    pub bot_id: Id,
    /// Who registered it.
    pub owner_id: Id,
    /// The bot token in force.
    pub token: String,
    /// How often the token has been reset.
    pub token_resets: u32,
    /// The key that signs what is sent to its own endpoint, in hexadecimal.
    pub verify_key: String,
    /// The privileged intents that are switched on for it.
    pub privileged: Intents,
    /// Whether it was reviewed, which only changes the flags it sees.
    pub verified: bool,
    /// Where interactions go instead of the gateway.
    pub interactions_endpoint_url: Option<String>,
    /// Whether others may add it.
    pub public: bool,
    /// Whether its bot is added only when a code is exchanged.
    pub require_code_grant: bool,
    /// Labels of its own.
    pub tags: Vec<String>,
    /// What it proves its identity with at the token route.
    pub client_secret: String,
    /// Where people may be sent back to after they allowed it something.
    pub redirect_uris: Vec<String>,
    /// Where its events go, besides the gateway.
    pub event_webhooks: EventWebhooks,
    /// What only travels: icon, cover image, links, install settings.
    pub profile: Map<String, Value>,
    /// Flags beyond those that tell of intents.
    pub own_flags: u64,
    /// Who may use its commands in a guild, as a whole: `(guild, overwrites)`.
    pub command_permissions: Vec<(Id, Vec<Value>)>,
    /// Its emojis.
    pub emojis: Vec<Emoji>,
    /// What it asks of people's linked accounts, as it travels.
    pub role_connection_metadata: Vec<Value>,
    /// Overrides the identify concurrency for this application.
    pub max_concurrency: Option<u32>,
}

impl Application {
    /// Who may use its commands in a guild.
    pub fn command_permissions_in(&self, guild_id: Id) -> &[Value] {
        super::command::of_guild(&self.command_permissions, guild_id)
    }

    /// The flags that tell which privileged intents it has (Discord docs: Application, Application Flags).
    pub fn flags(&self) -> u64 {
        let limited = u32::from(!self.verified);
        let bits =
            [(Intents::GUILD_PRESENCES, 12), (Intents::GUILD_MEMBERS, 14), (Intents::MESSAGE_CONTENT, 18)];
        let flag =
            |(intent, bit): (Intents, u32)| u64::from(self.privileged.contains(intent)) << (bit + limited);
        // APPLICATION_COMMAND_BADGE is shown by every application that has commands; it is not modelled.
        bits.into_iter().map(flag).sum::<u64>() | self.own_flags
    }
}

/// Where an application's events go. (Discord docs: Webhook Events.)
#[derive(Clone, Debug, Default)]
pub struct EventWebhooks {
    /// The address.
    pub url: Option<String>,
    /// Whether they are wanted.
    pub status: EventWebhooksStatus,
    /// Which events.
    pub types: Vec<String>,
}

/// Whether events are sent (Discord docs: Application, Application Event Webhook Status).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum EventWebhooksStatus {
    /// The developer does not want them.
    #[default]
    Disabled = 1,
    /// The developer wants them.
    Enabled = 2,
    /// Discord stopped sending, since the address did not answer.
    DisabledByDiscord = 3,
}
