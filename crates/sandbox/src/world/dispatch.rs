//! What must be told to whom.

use bytes::Bytes;
use serde::Serialize;

use crate::{
    gateway::intents::{self, Intents},
    permissions::Permissions,
    snowflake::Id,
};

/// One event to be told.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The event's name.
    pub event: &'static str,
    /// Who is in reach of it.
    pub audience: Audience,
    /// Of these intents a session needs one; none means that every session gets it.
    pub intents: Intents,
    /// The user whom it is about, and whose bot gets it whatever its intents are.
    pub subject: Option<Id>,
    /// The user who is not told, since it hears of it in another way.
    pub except: Option<Id>,
    /// What a bot must be allowed to do to hear of it.
    pub gate: Option<Gate>,
    /// The event's data.
    pub payload: Payload,
    /// The only person whose client shows it, for ephemeral messages.
    pub only_for: Option<Id>,
}

/// Who is in reach of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All members of a guild.
    Guild(Id),
    /// One application alone, on the guild's shard or else on shard 0.
    Application {
        /// The application.
        id: Id,
        /// The guild that decides the shard.
        guild_id: Option<Id>,
    },
    /// These users, such as the two in a direct message; bots hear it on shard 0.
    Users(Vec<Id>),
    /// One person's client, never a bot.
    Client(Id),
    /// The address that this application registered, never the gateway.
    Endpoint(Id),
}

/// What a bot must be allowed to do to hear of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gate {
    /// The channel in which it must be allowed; the guild as a whole when none.
    pub channel_id: Option<Id>,
    /// Of these one is needed.
    pub any_of: Permissions,
}

/// An event's data, serialised once.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The same for all.
    Plain(Bytes),
    /// A message: those without the message content intent get the stripped form.
    Message {
        /// Everything.
        full: Bytes,
        /// Without what the intent gates; none when there is no difference.
        stripped: Option<Bytes>,
        /// Bots that may read some or all of it, whatever their intents are, and what they get.
        readers: Vec<(Id, Bytes)>,
    },
    /// A `GUILD_CREATE`, whose members part depends on the session.
    GuildCreate(Id),
    /// A `VOICE_SERVER_UPDATE` for the session that is in voice in this guild.
    VoiceServer(Id),
}

impl Payload {
    /// Serialises data that is the same for all.
    pub fn plain(data: &impl Serialize) -> Self {
        Self::Plain(to_bytes(data))
    }

    /// The full form, for those who may see all; nothing for what is rendered per session.
    pub fn full(&self) -> Option<&Bytes> {
        match self {
            Self::Plain(bytes) | Self::Message { full: bytes, .. } => Some(bytes),
            Self::GuildCreate(_) | Self::VoiceServer(_) => None,
        }
    }
}

impl Dispatch {
    /// An event for all members of a guild, with the intents its name asks for.
    pub fn guild(event: &'static str, guild_id: Id, data: &impl Serialize) -> Self {
        Self::new(event, Audience::Guild(guild_id), Payload::plain(data))
    }

    /// An event for one application.
    pub fn application(event: &'static str, id: Id, guild_id: Option<Id>, data: &impl Serialize) -> Self {
        Self::new(event, Audience::Application { id, guild_id }, Payload::plain(data))
    }

    /// An event in a direct message.
    pub fn users(event: &'static str, users: Vec<Id>, data: &impl Serialize) -> Self {
        Self::new(event, Audience::Users(users), Payload::plain(data))
    }

    /// An event that only one person's client sees.
    pub fn client(event: &'static str, user_id: Id, data: &impl Serialize) -> Self {
        Self::new(event, Audience::Client(user_id), Payload::plain(data))
    }

    /// An event that goes to the address that an application registered for events of this name.
    pub fn endpoint(event: &'static str, application_id: Id, data: &impl Serialize) -> Self {
        Self::new(event, Audience::Endpoint(application_id), Payload::plain(data))
    }

    /// An event with the intents that its name asks for.
    pub fn new(event: &'static str, audience: Audience, payload: Payload) -> Self {
        let intents = intents::required(event, matches!(audience, Audience::Users(_)));
        Self { event, audience, intents, subject: None, except: None, gate: None, payload, only_for: None }
    }

    /// Only for those who may see the channel.
    pub fn in_channel(self, channel_id: Id) -> Self {
        self.gated(Some(channel_id), Permissions::VIEW_CHANNEL)
    }

    /// Only for those who may do one of these things.
    pub fn gated(mut self, channel_id: Option<Id>, any_of: Permissions) -> Self {
        self.gate = Some(Gate { channel_id, any_of });
        self
    }

    /// This user is not told.
    pub fn except(mut self, user_id: Id) -> Self {
        self.except = Some(user_id);
        self
    }

    /// This user's bot gets it whatever its intents are.
    pub fn about(mut self, user_id: Id) -> Self {
        self.subject = Some(user_id);
        self
    }
}

/// Serialises wire data.
pub fn to_bytes(data: &impl Serialize) -> Bytes {
    serde_json::to_vec(data).expect("wire data has string keys and no failing serialiser").into()
}
