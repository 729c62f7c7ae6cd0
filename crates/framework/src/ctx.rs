//! What a handler works with: the caller, the guild's own data, the clock, the texts. A handler never sees
//! a pool, a socket or another guild.

use std::{collections::HashMap, sync::Arc};

use guildhall_cache::{Cache, Category};
use guildhall_core::{
    clock::{SharedClock, Timestamp},
    id::{ChannelId, CommandId, GuildId, UserId},
    l10n::{Locale, Text},
    random::SharedRandom,
    scope::{GuildScope, UserScope},
};
use guildhall_store::{
    Erased, GuildStatement, GuildTx, MemberStatement, OperatorPath, Params, ReadTx, Reason, Store,
    StoreError, Subject, UserTx, WriteTx, erase,
    platform::{
        self,
        job::{NewJob, Party},
        privacy::Choice,
    },
    tombstone::Journal,
};
use parking_lot::{Mutex, RwLock};
use twilight_model::guild::Permissions;

use crate::{
    caching::forget_subject,
    change::Change,
    consent::Consents,
    directory::Directory,
    extensions::Extensions,
    failure::Failure,
    feature::{Feature, Toggle},
    job::{JobOptions, OnJob},
    operating::Operating,
    operators::Operators,
    outside::Outside,
    registry::Registry,
    reply::{Body, Outgoing},
    report::Processes,
    rollout::Rollout,
    tally::{Adds, Tallies},
    tasks::{Due, Tasks},
    text_command::Prefixes,
};

/// What all handlers share.
#[derive(Debug)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// What is read often and changes seldom.
    pub cache: Cache,
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
    /// Where text commands are on.
    pub prefixes: Prefixes,
    /// What users allow.
    pub consents: Consents,
    /// Where erasures are written down beside the database.
    pub journal: Journal,
    /// How often commands ran.
    pub usage: Usage,
    /// How the tasks of this process fare.
    pub tasks: Tasks,
    /// The people who run the bot.
    pub operators: Operators,
    /// What they have decided for all processes.
    pub operating: Operating,
    /// The processes of the bot.
    pub processes: Processes,
    /// The way to Discord for what is no answer.
    pub outside: Arc<dyn Outside>,
    /// What the program hands to single features.
    pub extensions: Extensions,
    /// The ids under which Discord registered the commands.
    pub command_ids: RwLock<HashMap<String, CommandId>>,
    /// When the process started.
    pub started: Timestamp,
}

impl Services {
    /// Erases, and forgets what is in memory. Nobody may hold a transaction meanwhile.
    pub async fn erase(&self, subject: Subject, reason: Reason) -> Result<Erased, StoreError> {
        let now = self.clock.now();
        // First, so that an event from before the erasure is not counted behind its back.
        self.consents.erased(subject, now);
        let erased = erase::run(&self.store, &self.journal, subject, reason, now).await?;
        forget_subject(&self.cache, subject).await;
        if let Subject::Guild(guild) = subject {
            self.forget_set_up(guild);
        }
        if let (Subject::User(user), Reason::AccountDeleted) = (subject, reason) {
            self.consents.set(user, Choice::default());
        }
        Ok(erased)
    }

    /// Asks every process to end its tasks and to start them anew.
    pub async fn restart_tasks(&self) -> Result<(), StoreError> {
        let mut write = self.store.write().await?;
        let mut tx = write.operator(OperatorPath::Jobs);
        platform::schedule::ask_for_restart(&mut tx, self.clock.now()).await?;
        write.commit().await
    }
}

/// Which features are on in which guild: a copy of what the guilds chose, in memory.
#[derive(Debug, Default)]
pub struct Toggles {
    chosen: RwLock<HashMap<GuildId, HashMap<&'static str, bool>>>,
    rollout: Rollout,
}

impl Toggles {
    /// Where features are there for these guilds alone.
    pub fn within(rollout: Rollout) -> Self {
        Self { rollout, ..Self::default() }
    }

    /// Whether the feature runs in the guild: it is there for the guild, and on.
    pub fn enabled(&self, guild: GuildId, feature: &Feature) -> bool {
        let chosen = || self.chosen.read().get(&guild)?.get(feature.name).copied();
        feature.toggle == Toggle::Always
            || self.available(guild, feature) && chosen().unwrap_or(feature.toggle.initial())
    }

    /// Whether the feature is there for the guild, be it on or off.
    pub fn available(&self, guild: GuildId, feature: &Feature) -> bool {
        feature.toggle == Toggle::Always || self.rollout.holds(feature.name, guild)
    }

    /// For whom features are there.
    pub const fn rollout(&self) -> &Rollout {
        &self.rollout
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
        self.chosen.write().entry(guild).or_default().insert(feature, on);
    }

    /// Forgets a guild.
    pub fn forget(&self, guild: GuildId) {
        self.chosen.write().remove(&guild);
    }

    /// The guilds that chose anything.
    pub fn guilds(&self) -> Vec<GuildId> {
        self.chosen.read().keys().copied().collect()
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
    changes: Vec<(GuildId, Change)>,
    chosen: Vec<(UserId, Choice)>,
    enqueued: Vec<Due>,
    stale: Vec<(GuildId, &'static Category)>,
    /// Where counts are gathered, in a transaction that many events share.
    tallies: Option<Tallies>,
}

/// What a handler left behind, for the runtime to commit.
#[derive(Debug)]
pub struct Work {
    /// The open transaction, if anything was written.
    pub write: Option<WriteTx>,
    /// Messages to send after the commit.
    pub outgoing: Vec<Outgoing>,
    /// Changes of what guilds have set up, to take note of after the commit.
    pub changes: Vec<(GuildId, Change)>,
    /// Choices of users to take note of after the commit.
    pub chosen: Vec<(UserId, Choice)>,
    /// Jobs that may be looked for after the commit.
    pub enqueued: Vec<Due>,
    /// What is cached and not right any more after the commit.
    pub stale: Vec<(GuildId, &'static Category)>,
    /// What is to be added before the commit.
    pub tallies: Tallies,
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
            changes: Vec::new(),
            chosen: Vec::new(),
            enqueued: Vec::new(),
            stale: Vec::new(),
            tallies: None,
        }
    }

    /// The same inside a transaction that is open already, which other events share.
    pub fn within(mut self, write: WriteTx) -> Self {
        self.write = Some(write);
        self
    }

    /// Leaves what is counted to whoever commits, instead of writing it at once.
    pub fn gathering(mut self) -> Self {
        self.tallies = Some(Tallies::default());
        self
    }

    /// Ends the handler's part.
    pub fn finish(self) -> Work {
        let Self { write, outgoing, changes, chosen, enqueued, stale, tallies, .. } = self;
        Work { write, outgoing, changes, chosen, enqueued, stale, tallies: tallies.unwrap_or_default() }
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
        Ok(self.begin().await?.guild(scope))
    }

    /// The guild's data, to read: cheaper, and never waits for a writer.
    pub async fn snapshot(&mut self) -> Result<GuildTx<'_>, Failure> {
        let scope = GuildScope(self.guild()?);
        if self.write.is_none() {
            return Ok(self.look().await?.guild(scope));
        }
        let write = self.write.as_mut().ok_or_else(|| Failure::internal("the transaction is gone"))?;
        Ok(write.guild(scope))
    }

    /// The caller's data beyond guilds, to read and write, like [`Ctx::db`]. Works in direct messages, too.
    pub async fn user_db(&mut self) -> Result<UserTx<'_>, Failure> {
        let scope = UserScope(self.caller()?);
        Ok(self.begin().await?.user(scope))
    }

    /// The caller's data beyond guilds, to read.
    pub async fn user_snapshot(&mut self) -> Result<UserTx<'_>, Failure> {
        let scope = UserScope(self.caller()?);
        if self.write.is_none() {
            return Ok(self.look().await?.user(scope));
        }
        let write = self.write.as_mut().ok_or_else(|| Failure::internal("the transaction is gone"))?;
        Ok(write.user(scope))
    }

    /// The transaction to write in. The first use claims the event: in its guild's inbox, or in the caller's
    /// where there is no guild.
    async fn begin(&mut self) -> Result<&mut WriteTx, Failure> {
        if self.write.is_none() {
            self.read = None;
            self.write = Some(self.services.store.write().await?);
        }
        let Some(write) = self.write.as_mut() else {
            return Err(Failure::internal("the transaction that was just opened is gone"));
        };
        if let Some(key) = self.inbox.take() {
            let now = self.services.clock.now();
            let first = match (self.invocation.guild, self.invocation.user) {
                (Some(guild), _) => {
                    platform::inbox::enter(&mut write.guild(GuildScope(guild)), &key, now).await?
                }
                (None, Some(user)) => {
                    platform::inbox::enter_direct(&mut write.user(UserScope(user)), &key, now).await?
                }
                (None, None) => return Err(Failure::internal("an event of no guild and no user")),
            };
            if !first {
                return Err(Failure::DoneBefore);
            }
        }
        Ok(write)
    }

    async fn look(&mut self) -> Result<&mut ReadTx, Failure> {
        let read = match self.read.take() {
            Some(read) => read,
            None => self.services.store.read().await?,
        };
        Ok(self.read.insert(read))
    }

    /// Whether there is a transaction to write in, so that reads see what is not committed.
    pub(crate) const fn has_written(&self) -> bool {
        self.write.is_some()
    }

    /// Gives up what is read from: the next look is at what is committed by then.
    pub(crate) fn look_anew(&mut self) {
        self.read = None;
    }

    pub(crate) fn note_change(&mut self, guild: GuildId, change: Change) {
        self.changes.push((guild, change));
    }

    pub(crate) fn note_stale(&mut self, guild: GuildId, category: &'static Category) {
        if !self.stale.contains(&(guild, category)) {
            self.stale.push((guild, category));
        }
    }

    /// Whether what this user did at that time may be counted here: they have not refused it, and it was not
    /// erased since.
    pub fn may_count(&self, user: UserId, at: Timestamp) -> bool {
        let consents = &self.services.consents;
        consents.of(user).statistics && !consents.is_erased(self.invocation.guild, user, at)
    }

    /// Whether this user lets others see their name beside what was counted.
    pub fn may_name(&self, user: UserId) -> bool {
        self.services.consents.of(user).named
    }

    /// Whether what this user writes may be learned from.
    pub fn may_learn(&self, user: UserId, at: Timestamp) -> bool {
        let consents = &self.services.consents;
        consents.of(user).learning && !consents.is_erased(self.invocation.guild, user, at)
    }

    /// Stores what the caller allows.
    pub async fn choose(&mut self, choice: Choice) -> Result<(), Failure> {
        let (user, now) = (self.caller()?, self.now());
        platform::privacy::choose(&mut self.user_db().await?, choice, now).await?;
        self.chosen.push((user, choice));
        Ok(())
    }

    /// Erases. What the handler has written before is not committed with it, so it must not have written.
    pub async fn erase(&mut self, subject: Subject, reason: Reason) -> Result<Erased, Failure> {
        if self.write.is_some() {
            return Err(Failure::internal("an erasure within a transaction would wait for itself"));
        }
        self.read = None;
        let erased = self.services.erase(subject, reason).await?;
        if let Subject::Guild(guild) = subject {
            let features = self.services.registry.features().iter();
            let initial = features.map(|feature| Change::Toggle(feature.name, feature.toggle.initial()));
            self.changes.extend(initial.chain([Change::Prefix(None)]).map(|change| (guild, change)));
        }
        Ok(erased)
    }

    /// Adds an amount to a count of the guild; it is the last value of the statement. It is part of the commit, and may
    /// be written only then, once for many events: what reads in the same transaction need not see it.
    pub async fn tally(
        &mut self,
        statement: &'static GuildStatement,
        params: Params,
        amount: i64,
    ) -> Result<(), Failure> {
        self.add(Adds::Guild(statement), params, amount).await
    }

    /// The same for a count of one member.
    pub async fn tally_member(
        &mut self,
        user: UserId,
        statement: &'static MemberStatement,
        params: Params,
        amount: i64,
    ) -> Result<(), Failure> {
        self.add(Adds::Member(statement, user), params, amount).await
    }

    async fn add(&mut self, adds: Adds, params: Params, amount: i64) -> Result<(), Failure> {
        let guild = self.guild()?;
        // Claims the event, so that a replay is not counted again.
        self.begin().await?;
        if let Some(tallies) = &mut self.tallies {
            tallies.add(guild, adds, params, amount);
            return Ok(());
        }
        Ok(adds.execute(self.begin().await?, guild, params, amount).await?)
    }

    /// Sends a message to a channel of the guild once everything is committed.
    pub async fn send(&mut self, channel: ChannelId, body: Body) -> Result<(), Failure> {
        self.put(channel, body, false).await
    }

    /// The same for a message that nobody waits for: everything else goes before it.
    pub async fn send_patiently(&mut self, channel: ChannelId, body: Body) -> Result<(), Failure> {
        self.put(channel, body, true).await
    }

    async fn put(&mut self, channel: ChannelId, body: Body, patient: bool) -> Result<(), Failure> {
        let guild = self.guild()?;
        body.check()?;
        // Claims the event, so that a replay does not send again.
        self.db().await?;
        self.outgoing.push(Outgoing { guild, channel, body, patient });
        Ok(())
    }

    /// Puts a job, in the same commit as everything else. `false` where its key waits already.
    pub async fn enqueue<J: OnJob>(
        &mut self,
        payload: &J::Payload,
        options: JobOptions,
    ) -> Result<bool, Failure> {
        let (now, user, guild) = (self.now(), self.invocation.user, self.guild()?);
        let at = options.not_before.unwrap_or(now);
        let new = NewJob {
            kind: J::KIND.to_owned(),
            payload: serde_json::to_string(payload).map_err(Failure::unreadable)?,
            priority: options.priority,
            not_before: at,
            dedupe: options.dedupe,
            user,
        };
        let put = platform::job::add(&mut self.db().await?, &new, now).await?.is_some();
        if put {
            self.enqueued.push(Due { party: Party::Guild(guild), at });
        }
        Ok(put)
    }
}
