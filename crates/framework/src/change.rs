//! What a handler has changed in a guild's set-up, which every process keeps a copy of in memory.

use guildhall_core::id::GuildId;
use guildhall_store::platform::setting::Setting;

use crate::{
    ctx::{Services, TOGGLE},
    text_command::Prefix,
};

/// A stored change that is to be taken note of once it is committed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A feature is on or off.
    Toggle(&'static str, bool),
    /// Text commands have this prefix, or are off.
    Prefix(Option<Prefix>),
}

impl Services {
    /// Takes note of a change that is committed.
    pub fn heed(&self, guild: GuildId, change: Change) {
        match change {
            Change::Toggle(feature, on) => self.toggles.set(guild, feature, on),
            Change::Prefix(prefix) => self.prefixes.set(guild, prefix),
        }
    }

    /// Takes note of a stored setting; says whether it is one of those that are kept in memory.
    pub fn load(&self, guild: GuildId, setting: &Setting) -> bool {
        self.toggles.load(guild, &self.registry, setting);
        self.prefixes.load(guild, setting) || setting.key == TOGGLE
    }

    /// The guilds that have set up anything that is kept in memory; some may come twice.
    pub fn set_up(&self) -> Vec<GuildId> {
        [self.toggles.guilds(), self.prefixes.guilds()].concat()
    }

    /// Forgets what a guild has set up.
    pub fn forget_set_up(&self, guild: GuildId) {
        self.toggles.forget(guild);
        self.prefixes.forget(guild);
    }
}
