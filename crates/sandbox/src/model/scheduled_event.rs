//! Scheduled events (Discord docs: Guild Scheduled Event).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::snowflake::{Id, Millis};

/// A scheduled event.
#[derive(Clone, Debug, Default)]
pub struct ScheduledEvent {
    /// Its id.
    pub id: Id,
    /// Where it is, unless it is somewhere else than at Discord.
    pub channel_id: Option<Id>,
    /// Who made it.
    pub creator_id: Id,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The cover's hash.
    pub image: Option<String>,
    /// When it begins.
    pub start: Millis,
    /// When it ends.
    pub end: Option<Millis>,
    /// 1 scheduled, 2 active, 3 completed, 4 canceled.
    pub status: u8,
    /// 1 a stage, 2 a voice channel, 3 somewhere else.
    pub entity_type: u8,
    /// Where somewhere else is.
    pub location: Option<String>,
    /// How it recurs, as it travels.
    pub recurrence: Option<Value>,
    /// Occurrences that differ.
    pub exceptions: Vec<EventException>,
    /// Who is interested.
    pub subscribers: BTreeSet<Id>,
    /// When its status changes by itself.
    pub due_at: Option<Millis>,
}

impl ScheduledEvent {
    /// Scheduled.
    pub const SCHEDULED: u8 = 1;
    /// Going on.
    pub const ACTIVE: u8 = 2;
    /// Over.
    pub const COMPLETED: u8 = 3;
    /// Called off.
    pub const CANCELED: u8 = 4;
    /// In a stage channel.
    pub const STAGE: u8 = 1;
    /// In a voice channel.
    pub const VOICE: u8 = 2;
    /// Somewhere else.
    pub const EXTERNAL: u8 = 3;

    /// Whether it is over or called off.
    pub const fn finished(&self) -> bool {
        self.status >= Self::COMPLETED
    }
}

/// One occurrence of a recurring event that differs from the others.
#[derive(Clone, Debug, Default)]
pub struct EventException {
    /// Its id, which tells when the occurrence would have begun.
    pub id: Id,
    /// When it begins instead.
    pub start: Option<Millis>,
    /// When it ends instead.
    pub end: Option<Millis>,
    /// Whether it is called off.
    pub canceled: bool,
    /// Who is interested in it alone.
    pub subscribers: BTreeSet<Id>,
}
