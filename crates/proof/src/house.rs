//! The real features over a real store. Only Discord is made up.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use guildhall_cache::Cache;
use guildhall_core::{
    clock::{ManualClock, SharedClock, Timestamp},
    id::{ChannelId, GuildId, UserId},
    random::{Random, Seeded},
    scope::GuildScope,
};
use guildhall_features::markov::{Markov, MarkovOptions, train_file};
use guildhall_framework::{
    Consents, Ctx, Extensions, Invocation, Nowhere, Operating, Operators, Processes, Registry, Services,
    Tasks,
    ctx::{Toggles, Usage},
    directory::{Directory, GuildFacts, Spot},
    text_command::Prefixes,
};
use guildhall_store::{Store, StoreError, platform, tombstone::Journal};
use parking_lot::{Mutex, RwLock};
use tempfile::TempDir;
use twilight_model::guild::Permissions;

use crate::{ProofError, canary};

/// 2026-11-20 12:00 UTC.
pub(crate) const NOON: Timestamp = Timestamp(1_795_176_000_000);

/// Guilds as the gateway would have told of them.
#[derive(Debug)]
struct Guilds(HashMap<GuildId, GuildFacts>);

impl Directory for Guilds {
    fn guild(&self, guild: GuildId) -> Option<GuildFacts> {
        self.0.get(&guild).cloned()
    }

    fn guilds(&self) -> usize {
        self.0.len()
    }

    fn me(&self) -> Option<UserId> {
        None
    }

    fn bot_permissions(&self, _guild: GuildId, _channel: ChannelId) -> Option<Permissions> {
        Some(Permissions::all())
    }

    fn channel_with(&self, guild: GuildId, _wanted: Permissions) -> Option<ChannelId> {
        (1..=self.0.len() as u64).find(|number| canary::guild(*number) == guild).map(canary::channel)
    }

    fn everywhere<'a>(
        &'a self,
        _store: &'a Store,
        after: Option<GuildId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<GuildId>, StoreError>> {
        let mut guilds: Vec<_> = self.0.keys().copied().filter(|guild| Some(*guild) > after).collect();
        guilds.sort_unstable();
        guilds.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Box::pin(async { Ok(guilds) })
    }

    fn recall<'a>(
        &'a self,
        _store: &'a Store,
        guild: GuildId,
    ) -> BoxFuture<'a, Result<Option<GuildFacts>, StoreError>> {
        Box::pin(async move { Ok(self.guild(guild)) })
    }

    fn spot<'a>(
        &'a self,
        _store: &'a Store,
        guild: GuildId,
        preferred: Option<ChannelId>,
        wanted: Permissions,
    ) -> BoxFuture<'a, Result<Spot, StoreError>> {
        let spot = preferred.or_else(|| self.channel_with(guild, wanted)).map_or(Spot::Gone, Spot::Channel);
        Box::pin(async move { Ok(spot) })
    }
}

/// A stream of chance for each guild, so that what one does changes nothing for another.
#[derive(Debug)]
struct Streams {
    seed: u64,
    of: Mutex<HashMap<u64, Arc<Seeded>>>,
}

impl Random for Streams {
    fn next_u64(&self) -> u64 {
        let guild = crate::listen::GUILD.try_with(|guild| *guild).unwrap_or(0);
        let stream = {
            let mut of = self.of.lock();
            Arc::clone(of.entry(guild).or_insert_with(|| Arc::new(Seeded::new(self.seed ^ (guild << 20)))))
        };
        stream.next_u64()
    }
}

/// The features at work.
pub(crate) struct House {
    pub(crate) services: Arc<Services>,
    pub(crate) clock: Arc<ManualClock>,
    /// Where chains are kept.
    _folder: TempDir,
}

/// Who does something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) manager: bool,
    pub(crate) german: bool,
}

impl House {
    /// Over this store, with this many guilds.
    pub(crate) async fn new(
        store: Store,
        registry: Arc<Registry>,
        clock: Arc<ManualClock>,
        guilds: u64,
        seed: u64,
    ) -> Result<Self, ProofError> {
        let facts = (1..=guilds).map(|number| {
            let facts = GuildFacts {
                id: canary::guild(number),
                name: format!("Guild {}", canary::saying(number, 0)),
                owner: canary::member(number, 0),
                members: 50,
                channels: 4,
                roles: 3,
                locale: if number.is_multiple_of(2) { "de" } else { "en-US" }.to_owned(),
            };
            (canary::guild(number), facts)
        });
        let toggles = Toggles::default();
        let mut write = store.write().await?;
        for number in 1..=guilds {
            // Everything is on, so that everything can be seen.
            for feature in registry.toggles() {
                let scope = GuildScope(canary::guild(number));
                let key = guildhall_framework::ctx::TOGGLE;
                platform::setting::set(&mut write.guild(scope), feature.name, key, "true", NOON).await?;
                toggles.set(canary::guild(number), feature.name, true);
            }
        }
        write.commit().await?;
        let shared: SharedClock = clock.clone();
        let folder = tempfile::tempdir().map_err(|error| ProofError::Missing(error.to_string()))?;
        let options = MarkovOptions { permission: Some("the proof".to_owned()), ..MarkovOptions::default() };
        let chains = Markov::open(options, folder.path());
        let chains = chains.map_err(|error| ProofError::Missing(error.to_string()))?;
        let services = Services {
            store,
            cache: Cache::in_process(&guildhall_features::caches())?,
            clock: shared,
            random: Arc::new(Streams { seed, of: Mutex::default() }),
            registry,
            directory: Arc::new(Guilds(facts.collect())),
            toggles,
            prefixes: Prefixes::allowed(true),
            consents: Consents::default(),
            journal: Journal::none(),
            usage: Usage::default(),
            tasks: Tasks::default(),
            operators: Operators::default(),
            operating: Operating::default(),
            processes: Processes::default(),
            outside: Arc::new(Nowhere),
            extensions: Extensions::default().with(Arc::new(chains)),
            command_ids: RwLock::default(),
            started: NOON,
        };
        Ok(Self { services: Arc::new(services), clock, _folder: folder })
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The beginning of work for this caller; without one, of work on an event.
    pub(crate) fn ctx(&self, guild: u64, caller: Option<Caller>, inbox: Option<String>) -> Ctx {
        let catalogue = self.services.registry.catalogue();
        let mut permissions = Permissions::SEND_MESSAGES;
        permissions.set(
            Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR,
            caller.is_some_and(|one| one.manager),
        );
        let invocation = Invocation {
            guild: Some(canary::guild(guild)),
            channel: Some(canary::channel(guild)),
            user: caller.map(|one| one.user),
            user_permissions: permissions,
            bot_permissions: Permissions::all(),
            locale: catalogue.negotiate(if caller.is_some_and(|one| one.german) { "de" } else { "en-US" }),
            guild_locale: catalogue.negotiate(if guild.is_multiple_of(2) { "de" } else { "en-US" }),
        };
        Ctx::new(Arc::clone(&self.services), invocation, inbox)
    }
}

/// Teaches each guild sentences for random ones, before anything else is stored: what the proof fills tables with is
/// no choice of a user's that a training could ask for.
pub(crate) async fn teach(store: &Store, guilds: u64) -> Result<(), ProofError> {
    let clock: SharedClock = Arc::new(ManualClock::at(NOON));
    for guild in 1..=guilds {
        talk(store, &clock, guild).await?;
    }
    Ok(())
}

/// Teaches a guild sentences that share words, each with a canary of its own.
async fn talk(store: &Store, clock: &SharedClock, guild: u64) -> Result<(), ProofError> {
    let mut sentences = Vec::new();
    for (number, who) in ["cats", "dogs", "owls", "bees"].iter().enumerate() {
        for what in ["sleep all day long", "wake all night long"] {
            let said = canary::saying(guild, number as u64);
            sentences.push(format!("\"{who} {what} near the {said} river\""));
        }
    }
    let file = format!("[{}]", sentences.join(","));
    let file = std::io::Cursor::new(file.into_bytes());
    let trained = train_file(store, clock, canary::guild(guild), "proof.json", file, false, 100).await;
    trained.map(drop).map_err(|error| ProofError::Missing(error.to_string()))
}
