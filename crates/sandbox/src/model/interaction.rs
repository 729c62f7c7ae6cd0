//! Interactions: what a user did with an application, and how it answered.

use serde_json::Value;

use crate::{
    snowflake::{Id, Millis},
    world::Reach,
};

/// An interaction and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Interaction {
    /// Its id.
    pub id: Id,
    /// The application it was sent to.
    pub application_id: Id,
    /// 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u8,
    /// What authorises the answer.
    pub token: String,
    /// Who did it.
    pub user_id: Id,
    /// Where, when in a guild.
    pub guild_id: Option<Id>,
    /// In which channel.
    pub channel_id: Id,
    /// When it was sent.
    pub created_at: Millis,
    /// Where it stands.
    pub state: InteractionState,
    /// By which installations it came: the guild's, the person's own.
    pub reach: Reach,
    /// What is wrong, when it failed.
    pub error: Option<String>,
    /// Whether the answer, when it comes, is for the user's eyes alone.
    pub ephemeral: bool,
    /// The first answer's message, once there is one.
    pub response_message_id: Option<Id>,
    /// The message whose component was used, or from which the modal was opened.
    pub source_message_id: Option<Id>,
    /// The interaction that opened the modal which this one submits.
    pub opener_id: Option<Id>,
    /// The follow-ups that were sent.
    pub followups: Vec<Id>,
    /// The modal to be opened, as it travels.
    pub modal: Option<Value>,
    /// The suggestions of an autocomplete answer.
    pub choices: Option<Value>,
    /// What the user chose or typed (the wire's `data`).
    pub data: Value,
}

/// Where an interaction stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum InteractionState {
    /// Nobody has answered yet.
    #[default]
    Pending,
    /// Acknowledged without a message to come.
    Acknowledged,
    /// A message was promised.
    Deferred,
    /// Answered.
    Responded,
    /// Answered with a modal.
    Modal,
    /// The deadline passed without an answer.
    Expired,
    /// It could not be delivered, or the answer was refused.
    Failed,
}

impl InteractionState {
    /// The word in the control interface.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Acknowledged => "acknowledged",
            Self::Deferred => "deferred",
            Self::Responded => "responded",
            Self::Modal => "modal",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}
