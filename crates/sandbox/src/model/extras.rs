//! The parts of a guild that most guilds do not use. They are behind one pointer, so that a guild without
//! them costs nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use super::{AuditEntry, AutomodRule, Guild, Invite, ScheduledEvent, Sound, StageInstance, VoiceRoom};
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
