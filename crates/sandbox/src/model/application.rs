//! Applications: what a bot author registers.

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
    /// Labels of its own.
    pub tags: Vec<String>,
    /// Overrides the identify concurrency for this application.
    pub max_concurrency: Option<u32>,
}

impl Application {
    /// The flags that tell which privileged intents it has (Discord docs: Application, Application Flags).
    pub fn flags(&self) -> u64 {
        let limited = u32::from(!self.verified);
        let bits =
            [(Intents::GUILD_PRESENCES, 12), (Intents::GUILD_MEMBERS, 14), (Intents::MESSAGE_CONTENT, 18)];
        let flag =
            |(intent, bit): (Intents, u32)| u64::from(self.privileged.contains(intent)) << (bit + limited);
        // APPLICATION_COMMAND_BADGE is shown by every application that has commands; it is not modelled.
        bits.into_iter().map(flag).sum()
    }
}
