//! What a server offers those who come: widget, welcome screen, onboarding, template, join requests.

use serde_json::Value;

use crate::snowflake::{Id, Millis};

/// The community parts of a guild.
#[derive(Clone, Debug, Default)]
pub struct Community {
    /// The picture for discovery.
    pub discovery_splash: Option<String>,
    /// Whether the widget can be fetched.
    pub widget_enabled: bool,
    /// Where the widget invites to.
    pub widget_channel_id: Option<Id>,
    /// What the welcome screen says.
    pub welcome_description: Option<String>,
    /// The channels of the welcome screen, as they travel; none when there never was one.
    pub welcome_channels: Option<Vec<Value>>,
    /// The guide for new members, as it travels.
    pub new_member_welcome: Option<Value>,
    /// Onboarding.
    pub onboarding: Onboarding,
    /// Until when nobody may join by invite.
    pub invites_disabled_until: Option<Millis>,
    /// Until when members may not write to each other directly.
    pub dms_disabled_until: Option<Millis>,
    /// The template made of the guild.
    pub template: Option<Template>,
    /// Requests to join.
    pub join_requests: Vec<JoinRequest>,
}

/// What new members are asked (Discord docs: Guild, Guild Onboarding Object).
#[derive(Clone, Debug, Default)]
pub struct Onboarding {
    /// Whether it is on.
    pub enabled: bool,
    /// 0 counts default channels alone, 1 also those of the questions.
    pub mode: u8,
    /// Channels that every new member sees.
    pub default_channel_ids: Vec<Id>,
    /// The questions, as they travel.
    pub prompts: Vec<Value>,
}

/// A snapshot of a guild (Discord docs: Guild Template).
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// What its link ends in.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who made it.
    pub creator_id: Id,
    /// When.
    pub created_at: Millis,
    /// When the snapshot was taken.
    pub updated_at: Millis,
    /// The snapshot, as it travels.
    pub snapshot: Value,
}

/// Someone who asks to join (Discord docs: Guild Join Request).
#[derive(Clone, Debug, Default)]
pub struct JoinRequest {
    /// Its id.
    pub id: Id,
    /// Who asks.
    pub user_id: Id,
    /// `SUBMITTED`, `APPROVED` or `REJECTED`.
    pub status: &'static str,
    /// What they answered, as it travels.
    pub answers: Vec<Value>,
    /// When they asked.
    pub created_at: Millis,
    /// When it was decided, and by whom.
    pub reviewed: Option<(Millis, Id)>,
    /// Why they were turned away.
    pub rejection_reason: Option<String>,
}

impl JoinRequest {
    /// By what it is paged: the id while it is open, then the time of the decision.
    pub fn place(&self) -> Id {
        match self.reviewed {
            Some((at, _)) => crate::snowflake::at(at),
            None => self.id,
        }
    }
}
