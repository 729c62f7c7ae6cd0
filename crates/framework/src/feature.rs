//! The declaration that a reader of a feature sees first.

use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_core::{event::EventSet, l10n::Source};
use guildhall_store::Schema;

use crate::{command::Command, component::Component, ctx::Services, event::EventHandler, failure::Failure};

/// Everything that Guildhall derives from a feature.
pub struct Feature {
    /// The name in settings, logs and custom ids: lower-case letters and `_`.
    pub name: &'static str,
    /// Whether a guild's admins can turn it on and off, and how it starts.
    pub toggle: Toggle,
    /// Its commands.
    pub commands: Vec<Command>,
    /// Its buttons, menus and forms.
    pub components: Vec<Component>,
    /// The gateway events with effects that it wants from guilds where it is on.
    pub events: Vec<EventHandler>,
    /// Work that it does on a schedule.
    pub jobs: Vec<Job>,
    /// Its migrations, statements and inventory.
    pub schema: Schema,
    /// Its texts.
    pub locales: &'static [Source],
}

impl Feature {
    /// The kinds of events that its handlers want.
    pub fn wants(&self) -> EventSet {
        self.events.iter().fold(EventSet::EMPTY, |set, handler| set.union(handler.kinds))
    }
}

/// Whether a feature can be turned off in a guild.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Toggle {
    /// Part of the bot itself.
    Always,
    /// On until an admin turns it off.
    On,
    /// Off until an admin turns it on.
    Off,
}

impl Toggle {
    /// Whether the feature runs in a guild that chose nothing.
    pub const fn initial(self) -> bool {
        matches!(self, Self::Always | Self::On)
    }
}

/// Work on a schedule. A run that fails is logged and tried again at the next turn.
#[derive(Clone, Copy)]
pub struct Job {
    /// The name in logs and metrics.
    pub name: &'static str,
    /// The time between two runs.
    pub every: Duration,
    /// One run.
    pub run: for<'a> fn(&'a Services) -> BoxFuture<'a, Result<(), Failure>>,
}
