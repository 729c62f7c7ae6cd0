//! What a handler has changed in a guild's set-up, which every process keeps a copy of in memory.

use guildhall_core::id::GuildId;
use guildhall_store::platform::setting::{self, Setting};

use crate::{
    ctx::{Ctx, Services, TOGGLE},
    failure::Failure,
    text_command::{OWNER, PREFIX, Prefix},
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

impl Ctx {
    /// Turns a feature on or off in the guild.
    pub async fn set_toggle(&mut self, feature: &'static str, on: bool) -> Result<(), Failure> {
        let (guild, now) = (self.guild()?, self.now());
        let value = if on { "true" } else { "false" };
        setting::set(&mut self.db().await?, feature, TOGGLE, value, now).await?;
        self.note_change(guild, Change::Toggle(feature, on));
        Ok(())
    }

    /// Gives the guild's text commands this prefix, or turns them off.
    pub async fn set_prefix(&mut self, prefix: Option<Prefix>) -> Result<(), Failure> {
        let (guild, now) = (self.guild()?, self.now());
        // A row that says that there is none: other processes hear of what is set, not of what is gone.
        let value = serde_json::Value::from(prefix.as_ref().map(Prefix::as_str).unwrap_or_default());
        setting::set(&mut self.db().await?, OWNER, PREFIX, &value.to_string(), now).await?;
        self.note_change(guild, Change::Prefix(prefix));
        Ok(())
    }
}
