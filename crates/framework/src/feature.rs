//! The declaration that a reader of a feature sees first.

use futures::future::BoxFuture;
use guildhall_core::{
    event::EventSet,
    l10n::{Source, Text},
    text,
};
use guildhall_store::Schema;
use twilight_model::guild::Permissions;

use crate::{
    command::Command,
    component::Component,
    ctx::Ctx,
    event::EventHandler,
    failure::Failure,
    job::JobKind,
    schedule::{Periodic, Schedule},
};

/// Everything that Guildhall derives from a feature.
pub struct Feature {
    /// The name in settings, logs and custom ids: lower-case letters and `_`.
    pub name: &'static str,
    /// Whether a guild's admins can turn it on and off, and how it starts.
    pub toggle: Toggle,
    /// What the bot must be allowed to do in a channel for everything in the feature to work there.
    pub needs: Permissions,
    /// Its commands.
    pub commands: Vec<Command>,
    /// Its buttons, menus and forms.
    pub components: Vec<Component>,
    /// The gateway events with effects that it wants from guilds where it is on.
    pub events: Vec<EventHandler>,
    /// Kinds of work that its handlers ask for and that is done later.
    pub jobs: Vec<JobKind>,
    /// Work that comes again, once for all processes together.
    pub schedules: Vec<Schedule>,
    /// Work that comes again in each process.
    pub periodic: Vec<Periodic>,
    /// What it adds to `/server_stats` in guilds where it is on.
    pub figures: Option<Figures>,
    /// Its migrations, statements and inventory.
    pub schema: Schema,
    /// Its texts. `feature-NAME` is its name for people, the attribute `.description` what it does.
    pub locales: &'static [Source],
}

impl Feature {
    /// Its name for people.
    pub fn title(&self) -> Text {
        text!(format!("feature-{}", self.name))
    }

    /// What it does, in a sentence for people.
    pub fn description(&self) -> Text {
        text!(format!("feature-{}.description", self.name))
    }

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

/// A line of `/server_stats`.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What is counted.
    pub label: Text,
    /// The count, or a short list, as shown.
    pub value: String,
}

/// Gathers a feature's lines of `/server_stats`. Only reads.
pub type Figures = for<'a> fn(&'a mut Ctx) -> BoxFuture<'a, Result<Vec<Figure>, Failure>>;
