//! The parts of a guild that most guilds do not use. They are behind one pointer, so that a guild without
//! them costs nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use super::{
    AuditEntry, AutomodRule, Community, Guild, Invite, Role, ScheduledEvent, Sound, StageInstance, VoiceRoom,
};
use crate::snowflake::Id;

/// What only some guilds have.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// The audit log, oldest first.
    pub audit_log: VecDeque<AuditEntry>,
    /// Auto-moderation rules.
    pub automod: Vec<AutomodRule>,
    /// Scheduled events.
    pub events: BTreeMap<Id, ScheduledEvent>,
    /// Open stages.
    pub stages: Vec<StageInstance>,
    /// Voice channels with someone in them, or with a status.
    pub voice_rooms: BTreeMap<Id, VoiceRoom>,
    /// What it offers those who come.
    pub community: Option<Box<Community>>,
    /// Invites by code.
    pub invites: BTreeMap<String, Invite>,
    /// Soundboard sounds.
    pub sounds: Vec<Sound>,
    /// How often the vanity address was used.
    pub vanity_uses: u32,
}

impl Guild {
    /// The rarely used parts; empty ones when there are none.
    pub fn extras(&self) -> &Extras {
        static NONE: LazyLock<Extras> = LazyLock::new(Extras::default);
        self.extras.as_deref().unwrap_or(&NONE)
    }

    /// The rarely used parts, to be changed.
    pub fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }
}

/// What an empty guild has of everything.
static NO_COMMUNITY: LazyLock<Community> = LazyLock::new(Community::default);

impl Guild {
    /// What it offers those who come.
    pub fn community(&self) -> &Community {
        self.extras().community.as_deref().unwrap_or(&NO_COMMUNITY)
    }

    /// The same, to be changed.
    pub fn community_mut(&mut self) -> &mut Community {
        self.extras_mut().community.get_or_insert_default()
    }

    /// Whether it has a feature.
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|own| own == feature)
    }

    /// Adds or takes away a feature.
    pub fn set_feature(&mut self, feature: &str, on: bool) {
        self.features.retain(|own| own != feature);
        if on {
            self.features.push(feature.to_owned());
        }
    }

    /// Whether someone looks at each request to join.
    pub fn reviews_joins(&self) -> bool {
        let needed = ["MEMBER_VERIFICATION_GATE_ENABLED", "MEMBER_VERIFICATION_MANUAL_APPROVAL"];
        needed.into_iter().all(|feature| self.has_feature(feature))
    }

    /// The id under which a bot is an integration: that of its own role, or its own where it has none.
    pub fn integration_id(&self, bot_id: Id) -> Id {
        let own = |role: &&Role| role.tags.is_some_and(|tags| tags.bot_id == Some(bot_id));
        self.roles.iter().find(own).map_or(bot_id, |role| role.id)
    }
}
