//! What a handler works with: the caller, the guild's own data, the clock, the texts. A handler never sees
//! a pool, a socket or another guild.

use std::{collections::HashMap, sync::Arc};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    id::{ChannelId, CommandId, GuildId, UserId},
    l10n::{Locale, Text},
    random::SharedRandom,
    scope::GuildScope,
};
use guildhall_store::{GuildTx, ReadTx, Store, WriteTx, platform};
use parking_lot::{Mutex, RwLock};
use twilight_model::guild::Permissions;

use crate::{
    directory::Directory,
    failure::Failure,
    feature::{Feature, Toggle},
    registry::Registry,
    reply::{Body, Outgoing},
};

/// What all handlers share.
#[derive(Debug)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: SharedClock,
    /// The random source.
    pub random: SharedRandom,
    /// The features.
    pub registry: Arc<Registry>,
    /// What is known of guilds without asking.
    pub directory: Arc<dyn Directory>,
    /// Which features are on where.
    pub toggles: Toggles,
    /// How often commands ran.
    pub usage: Usage,
    /// The ids under which Discord registered the commands.
    pub command_ids: RwLock<HashMap<String, CommandId>>,
    /// When the process started.
    pub started: Timestamp,
}

/// Which features are on in which guild: a copy of what the guilds chose, in memory.
#[derive(Debug, Default)]
pub struct Toggles(RwLock<HashMap<GuildId, HashMap<&'static str, bool>>>);

impl Toggles {
    /// Whether the feature runs in the guild.
    pub fn enabled(&self, guild: GuildId, feature: &Feature) -> bool {
        let chosen = || self.0.read().get(&guild)?.get(feature.name).copied();
        feature.toggle == Toggle::Always || chosen().unwrap_or(feature.toggle.initial())
    }

    /// Takes note of a stored setting; other settings than [`TOGGLE`] say nothing about toggles.
    pub fn load(&self, guild: GuildId, registry: &Registry, setting: &platform::setting::Setting) {
        if setting.key == TOGGLE
            && let Some(feature) = registry.feature(&setting.feature)
        {
            self.set(guild, feature.name, setting.value == "true");
        }
    }

    /// Takes note of a choice that is stored.
    pub fn set(&self, guild: GuildId, feature: &'static str, on: bool) {
        self.0.write().entry(guild).or_default().insert(feature, on);
    }

    /// Forgets a guild.
    pub fn forget(&self, guild: GuildId) {
        self.0.write().remove(&guild);
    }

    /// The guilds that chose anything.
    pub fn guilds(&self) -> Vec<GuildId> {
        self.0.read().keys().copied().collect()
    }
}

/// The key of the setting that turns a feature on and off in a guild; its value is a JSON boolean.
pub const TOGGLE: &str = "enabled";

/// How often commands ran in each guild since the counts were last taken: numbers only, and in memory, so
/// that a command that needs no database stays that way.
#[derive(Debug, Default)]
pub struct Usage(Mutex<HashMap<GuildId, u32>>);

impl Usage {
    /// Counts one command.
    pub fn count(&self, guild: GuildId) {
        let mut counts = self.0.lock();
        let count = counts.entry(guild).or_default();
        *count = count.saturating_add(1);
    }

    /// Takes the counts, which start again from zero.
    pub fn take(&self) -> HashMap<GuildId, u32> {
        std::mem::take(&mut self.0.lock())
    }

    /// Adds counts that were taken and could not be stored.
    pub fn give_back(&self, taken: HashMap<GuildId, u32>) {
        let mut counts = self.0.lock();
        for (guild, more) in taken {
            let count = counts.entry(guild).or_default();
            *count = count.saturating_add(more);
        }
    }

    /// The count of one guild so far.
    pub fn of(&self, guild: GuildId) -> u32 {
        self.0.lock().get(&guild).copied().unwrap_or_default()
    }
}

/// Who asked, and where.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The guild; `None` in direct messages.
    pub guild: Option<GuildId>,
    /// The channel, where there is one.
    pub channel: Option<ChannelId>,
    /// The caller; `None` for events.
    pub user: Option<UserId>,
    /// What the caller may do in the channel.
    pub user_permissions: Permissions,
    /// What the bot may do in the channel.
    pub bot_permissions: Permissions,
    /// The caller's language.
    pub locale: Locale,
    /// The guild's language.
    pub guild_locale: Locale,
}

/// The work on one command, component or event.
#[derive(Debug)]
pub struct Ctx {
    services: Arc<Services>,
    invocation: Invocation,
    /// The key that makes the effects happen once; claimed when the first effect is written.
    inbox: Option<String>,
    write: Option<WriteTx>,
    read: Option<ReadTx>,
    outgoing: Vec<Outgoing>,
    toggled: Vec<(GuildId, &'static str, bool)>,
}

/// What a handler left behind, for the runtime to commit.
#[derive(Debug)]
pub struct Work {
    /// The open transaction, if anything was written.
    pub write: Option<WriteTx>,
    /// Messages to send after the commit.
    pub outgoing: Vec<Outgoing>,
    /// Toggles to take note of after the commit.
    pub toggled: Vec<(GuildId, &'static str, bool)>,
}

impl Ctx {
    /// Work on one invocation. `inbox` names the event that caused it, so that a replay of the same event
    /// has no second effect.
    pub fn new(services: Arc<Services>, invocation: Invocation, inbox: Option<String>) -> Self {
        Self {
            services,
            invocation,
            inbox,
            write: None,
            read: None,
            outgoing: Vec::new(),
            toggled: Vec::new(),
        }
    }

    /// The same inside a transaction that is open already, which other events share.
    pub fn within(mut self, write: WriteTx) -> Self {
        self.write = Some(write);
        self
    }

    /// Ends the handler's part.
    pub fn finish(self) -> Work {
        Work { write: self.write, outgoing: self.outgoing, toggled: self.toggled }
    }

    /// What all handlers share.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Who asked, and where.
    pub fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// The guild.
    pub fn guild(&self) -> Result<GuildId, Failure> {
        self.invocation.guild.ok_or_else(Failure::guild_only)
    }

    /// The caller.
    pub fn caller(&self) -> Result<UserId, Failure> {
        self.invocation.user.ok_or_else(|| Failure::internal("an event has no caller"))
    }

    /// A text in the caller's language.
    pub fn t(&self, text: &Text) -> String {
        self.services.registry.catalogue().format(self.invocation.locale, text)
    }

    /// A text in the guild's language, for messages that everyone sees.
    pub fn t_guild(&self, text: &Text) -> String {
        self.services.registry.catalogue().format(self.invocation.guild_locale, text)
    }

    /// The guild's data, to read and write. What is written is committed together with the answer, once.
    pub async fn db(&mut self) -> Result<GuildTx<'_>, Failure> {
        let scope = GuildScope(self.guild()?);
        if self.write.is_none() {
            self.read = None;
            self.write = Some(self.services.store.write().await?);
        }
        let Some(write) = self.write.as_mut() else {
            return Err(Failure::internal("the transaction that was just opened is gone"));
        };
        if let Some(key) = self.inbox.take()
            && !platform::inbox::enter(&mut write.guild(scope), &key, self.services.clock.now()).await?
        {
            return Err(Failure::DoneBefore);
        }
        Ok(write.guild(scope))
    }

    /// The guild's data, to read: cheaper, and never waits for a writer.
    pub async fn snapshot(&mut self) -> Result<GuildTx<'_>, Failure> {
        let scope = GuildScope(self.guild()?);
        if let Some(write) = self.write.as_mut() {
            return Ok(write.guild(scope));
        }
        let read = match self.read.take() {
            Some(read) => read,
            None => self.services.store.read().await?,
        };
        Ok(self.read.insert(read).guild(scope))
    }

    /// Sends a message to a channel of the guild once everything is committed.
    pub async fn send(&mut self, channel: ChannelId, body: Body) -> Result<(), Failure> {
        let guild = self.guild()?;
        // Claims the event, so that a replay does not send again.
        self.db().await?;
        self.outgoing.push(Outgoing { guild, channel, body });
        Ok(())
    }

    /// Turns a feature on or off in the guild.
    pub async fn set_toggle(&mut self, feature: &'static str, on: bool) -> Result<(), Failure> {
        let guild = self.guild()?;
        let now = self.now();
        let value = if on { "true" } else { "false" };
        platform::setting::set(&mut self.db().await?, feature, TOGGLE, value, now).await?;
        self.toggled.push((guild, feature, on));
        Ok(())
    }
}
