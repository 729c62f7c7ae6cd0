//! The parts of the program, built from the configuration.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use guildhall_backup::{BackupError, before_migration};
use guildhall_bus::{InProcess, NatsBus};
use guildhall_cache::{Cache, Options as CacheOptions};
use guildhall_core::{
    clock::{SharedClock, SystemClock},
    event::EventKind,
    id::UserId,
    random::{SharedRandom, SystemRandom},
    secret::{ExposeSecret as _, SecretString},
};
use guildhall_discord::{
    gateway::{GatewayOptions, Intents, ShardPlan},
    rest::{Rest, RestOptions, files::Files},
};
use guildhall_features::markov::{Markov, MarkovOptions};
use guildhall_framework::Registry;
use guildhall_runtime::{
    Transport,
    cluster::{ClusterOptions, Role},
};
use guildhall_store::{Place, Postgres, Schema, Store, StoreOptions, tombstone::Journal};

use crate::config::{BusStorage, Cluster, Config, Layout, without_password};

/// Events that may wait in the bus of one process; further ones wait in their shard.
const BUS_CAPACITY: usize = 8_192;

/// The sources of time and chance that everything else is given.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) clock: SharedClock,
    pub(crate) random: SharedRandom,
}

impl World {
    /// The real ones.
    pub(crate) fn real() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom::new()) }
    }
}

/// Where Discord is, and who the bot is there.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) token: SecretString,
    /// The base address of the REST interface; `None` for Discord's own.
    pub(crate) rest_url: Option<String>,
    /// The address of the gateway; `None` for the one that the REST interface names.
    pub(crate) gateway_url: Option<String>,
}

/// The features of this program.
pub(crate) fn registry() -> Result<Arc<Registry>> {
    let registry = Registry::new(guildhall_features::all()).context("the features do not fit together")?;
    Ok(Arc::new(registry))
}

/// Every table of the program but those of the store itself.
pub(crate) fn schemas(registry: &Registry) -> Vec<Schema> {
    [
        vec![guildhall_runtime::store::SCHEMA, guildhall_backup::SCHEMA, guildhall_import::SCHEMA],
        registry.schemas(),
    ]
    .concat()
}

/// Where the data is. In the data folder each bot has a file or folder of its own, and so has the sandbox:
/// two bots in one file would take each other's servers for ones that they have left.
pub(crate) fn place(config: &Config) -> Place {
    let storage = &config.storage;
    if let Some(url) = &storage.url {
        return Place::Postgres(Postgres {
            url: url.clone(),
            owner_url: storage.owner_url.clone(),
            roles: storage.roles_prefix.clone(),
        });
    }
    let name = data_name(config);
    match storage.layout {
        Layout::Single => Place::File(storage.folder.join(format!("{name}.db"))),
        Layout::PerGuild => Place::Folder {
            path: storage.folder.join(format!("{name}.guilds")),
            open_files: usize::try_from(storage.open_files).unwrap_or(usize::MAX),
        },
    }
}

/// The name of the bot's data: in the data folder, and as the one whose database it is.
pub(crate) fn data_name(config: &Config) -> String {
    let bot = config.discord.token.as_ref().filter(|_| !config.uses_sandbox());
    match bot.map(|token| bot_id(token.expose_secret())) {
        None => "sandbox".to_owned(),
        Some(None) => "bot".to_owned(),
        Some(Some(id)) => format!("bot-{id}"),
    }
}

/// Where the data is, in words that may be shown.
pub(crate) fn place_name(place: &Place) -> String {
    match place {
        Place::File(path) | Place::Folder { path, .. } => path.display().to_string(),
        Place::Postgres(postgres) => without_password(postgres.url.expose_secret()),
    }
}

/// The bot's user id: the first part of its token, in base 64. It stays when the token is reset.
fn bot_id(token: &str) -> Option<UserId> {
    let first = token.split('.').next()?;
    let decoded = STANDARD_NO_PAD.decode(first.trim_end_matches('=')).ok()?;
    String::from_utf8(decoded).ok()?.parse().ok()
}

/// How the database is to be opened.
pub(crate) fn store_options(config: &Config) -> StoreOptions {
    let storage = &config.storage;
    let seconds = |number: u32| Duration::from_secs(number.into());
    let mut options = StoreOptions::at(place(config));
    options.readers = storage.readers;
    options.connections = storage.connections;
    options.queue_timeout = seconds(storage.queue_timeout_seconds);
    options.statement_timeout = seconds(storage.statement_timeout_seconds);
    options.idle_timeout = seconds(storage.idle_seconds);
    if !storage.prepared_statements && storage.url.is_some() {
        options.cached_statements = 0;
    }
    options
}

/// The open database.
pub(crate) async fn store(config: &Config, registry: &Registry, world: &World) -> Result<Store> {
    let (options, schemas) = (store_options(config), schemas(registry));
    match before_migration(&options, &schemas, &backups(config)?, &world.clock).await {
        Ok(Some(made)) => {
            tracing::info!(backup = %made.path.display(), "a backup from before the migration is made");
        }
        Ok(None) => {}
        // Whoever has set no key has other backups of their server, or wants none.
        Err(BackupError::NoKey) => {
            tracing::warn!("no backup is made before the migration, because no key is configured for one");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Store::open(options, &schemas, world.clock.clone()).await?)
}

/// What is kept at hand: in this process, and in Redis where there is one.
pub(crate) fn cache(config: &Config, world: &World) -> Result<Cache> {
    let categories = guildhall_features::caches();
    let Some(url) = &config.cache.redis_url else { return Ok(Cache::in_process(&categories)?) };
    let prefix = config.cache.prefix.clone().unwrap_or_else(|| format!("guildhall-{}", data_name(config)));
    let mut options = CacheOptions::new(url.expose_secret(), prefix);
    options.timeout = Duration::from_millis(config.cache.timeout_ms.into());
    Ok(Cache::shared(&categories, options, world.random.clone())?)
}

/// How long Redis has to answer where it is needed now.
const REDIS_WITHIN: Duration = Duration::from_secs(3);

/// The same once Redis can be used; nothing where there is none. The bot itself does not wait for it.
pub(crate) async fn connected_cache(config: &Config, world: &World) -> Result<Option<Cache>> {
    if config.cache.redis_url.is_none() {
        return Ok(None);
    }
    let cache = cache(config, world)?;
    let deadline = tokio::time::Instant::now() + REDIS_WITHIN;
    while !cache.available() && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Some(cache))
}

/// The file of tombstones beside the data.
pub(crate) fn journal(config: &Config) -> Journal {
    Journal::at(config.storage.folder.join(format!("{}.tombstones", data_name(config))))
}

/// When, where and how many backups are made.
pub(crate) fn backups(config: &Config) -> Result<guildhall_backup::Plan> {
    let backup = &config.backup;
    Ok(guildhall_backup::Plan {
        folder: backup.folder.clone().unwrap_or_else(|| config.storage.folder.join("backups")),
        label: data_name(config),
        every: Duration::from_hours(backup.every_hours.into()),
        keep: guildhall_backup::folder::Keep {
            last: backup.keep_last,
            daily: backup.keep_daily,
            weekly: backup.keep_weekly,
        },
        keys: guildhall_backup::Keys::load(&guildhall_backup::KeyOptions {
            recipients: backup.recipients.clone(),
            identity_file: backup.identity_file.clone(),
            passphrase_file: backup.passphrase_file.clone(),
            allow_plain: backup.allow_plain,
        })?,
    })
}

/// What fetches attachments: from Discord, or from the stand-in that the bot talks to.
pub(crate) fn files(account: &Account) -> Result<Files> {
    Ok(Files::new(account.rest_url.as_deref())?)
}

/// The chains for random sentences, in a folder beside the data. They are made from the data, so that they need no
/// backup.
pub(crate) fn markov(config: &Config) -> Result<Arc<Markov>> {
    let markov = &config.markov;
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let options = MarkovOptions {
        state_size: markov.state_size,
        min_score: markov.min_score.into(),
        max_tries: markov.max_tries,
        batch: number(markov.batch_size),
        cache_bytes: u64::from(markov.cache_megabytes) << 20,
        debounce: Duration::from_millis(markov.save_debounce_ms.into()),
        threads: number(markov.threads),
        upload_bytes: u64::from(markov.upload_megabytes) << 20,
        permission: markov.learning_permission.clone(),
    };
    let folder = config.storage.folder.join(format!("{}.chains", data_name(config)));
    let opened = Markov::open(options, &folder);
    let opened = opened.with_context(|| format!("cannot keep chains in `{}`", folder.display()))?;
    Ok(Arc::new(opened))
}

/// The REST sender.
pub(crate) fn rest(config: &Config, account: &Account, world: &World) -> Result<Rest> {
    let mut options = RestOptions::new(account.token.clone());
    options.global_per_second = config.limits.requests_per_second;
    if let Some(base) = &account.rest_url {
        base.trim_end_matches('/').clone_into(&mut options.base);
    }
    Ok(Rest::new(options, world.clock.clone(), world.random.clone())?)
}

/// How the gateway is to run.
pub(crate) fn gateway(config: &Config, account: &Account, registry: &Registry) -> GatewayOptions {
    let mut options = GatewayOptions::new(account.token.clone(), intents(config, registry));
    options.gateway_url.clone_from(&account.gateway_url);
    options.compress = config.discord.compress;
    options.shards = match (config.discord.shard_count, &config.discord.shard_ids) {
        (0, _) => ShardPlan::Recommended,
        (total, ids) if ids.is_empty() => ShardPlan::Count(total),
        (total, ids) => ShardPlan::Set { ids: ids.clone(), total },
    };
    options
}

/// How events get from this process's shards to workers, or to its workers from the shards of others.
pub(crate) async fn transport(config: &Config, role: Role, world: &World) -> Result<Transport> {
    if !role.needs_bus() {
        return Ok(Transport::Within(InProcess::new(BUS_CAPACITY)));
    }
    let bus = &config.bus;
    let url = bus.url.as_ref().with_context(|| {
        format!(
            "a {} process hands events over by NATS, and there is no address\nhint: set `bus.url`, or NATS_URL; or start `guildhall run`, which does everything in one process",
            role.as_str()
        )
    })?;
    let mut options = guildhall_bus::nats::Options::new(url.expose_secret(), data_name(config));
    if let Some(path) = &bus.credentials_file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `bus.credentials_file`, {}", path.display()))?;
        options.credentials = Some(SecretString::from(text));
    }
    options.replicas = usize::try_from(bus.replicas).unwrap_or(1);
    options.stream_bytes = u64::from(bus.stream_megabytes) << 20;
    options.storage = match bus.storage {
        BusStorage::File => guildhall_bus::nats::Storage::File,
        BusStorage::Memory => guildhall_bus::nats::Storage::Memory,
    };
    let bus = NatsBus::connect(options, Arc::clone(&world.clock), &*world.random).await;
    let bus = bus.map_err(|error| anyhow!("{error}\nhint: look at `bus` in the configuration"))?;
    Ok(Transport::Between(bus))
}

/// The bot's own user, where its token tells.
pub(crate) fn me(account: &Account) -> Option<UserId> {
    bot_id(account.token.expose_secret())
}

/// How this process takes part among others.
pub(crate) fn cluster(config: &Config, role: Role) -> ClusterOptions {
    let Cluster { region, preferred_latency_ms, weight, max_guilds } = &config.cluster;
    let mut options = ClusterOptions { role, ..ClusterOptions::default() };
    options.report.region.clone_from(region);
    options.report.preferred_latency_ms = *preferred_latency_ms;
    options.report.weight = f64::from(*weight);
    options.report.max_guilds = (*max_guilds > 0).then_some((*max_guilds).into());
    options
}

/// The intents that the features' events need (Discord docs: Gateway, List of Intents). The bot always
/// needs to know its guilds. What messages say it only asks for where learning from them is permitted, or where
/// servers may have text commands.
pub(crate) fn intents(config: &Config, registry: &Registry) -> Intents {
    let wanted = registry.wanted(|_| true);
    let kinds = EventKind::ALL.iter().filter(|kind| wanted.contains(**kind));
    let content = config.markov.learning_permission.is_some() || config.discord.text_commands;
    let always = if content { Intents::GUILDS | Intents::MESSAGE_CONTENT } else { Intents::GUILDS };
    kinds.fold(always, |intents, kind| {
        intents
            | match kind {
                EventKind::MessageCreate
                | EventKind::MessageUpdate
                | EventKind::MessageDelete
                | EventKind::MessageDeleteBulk => Intents::GUILD_MESSAGES,
                EventKind::ReactionAdd | EventKind::ReactionRemove => Intents::GUILD_MESSAGE_REACTIONS,
                EventKind::MemberAdd | EventKind::MemberUpdate | EventKind::MemberRemove => {
                    Intents::GUILD_MEMBERS
                }
                _ => Intents::empty(),
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_bot() {
        use guildhall_sandbox::example;
        let id = |token| bot_id(token).map(UserId::get);
        assert_eq!(id(example::BOT_TOKEN), Some(example::APPLICATION));
        assert_eq!(id("../../etc.x.y"), None);
        assert_eq!(id(""), None);
    }

    #[test]
    fn the_features_need_no_privileged_intent() {
        let (mut config, registry) = (Config::default(), registry().unwrap());
        let privileged = Intents::GUILD_MEMBERS | Intents::GUILD_PRESENCES | Intents::MESSAGE_CONTENT;
        let plain = intents(&config, &registry);
        assert!(plain.contains(Intents::GUILDS));
        assert!(!plain.intersects(privileged), "{plain:?}");
        config.markov.learning_permission = Some("allowed".to_owned());
        assert_eq!(intents(&config, &registry), plain | Intents::MESSAGE_CONTENT);
        config = Config::default();
        config.discord.text_commands = true;
        assert_eq!(intents(&config, &registry), plain | Intents::MESSAGE_CONTENT);
    }
}
