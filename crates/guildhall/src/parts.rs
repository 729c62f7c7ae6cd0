//! The parts of the program, built from the configuration.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use guildhall_core::{
    clock::{SharedClock, SystemClock},
    event::EventKind,
    id::UserId,
    random::{SharedRandom, SystemRandom},
    secret::{ExposeSecret as _, SecretString},
};
use guildhall_discord::{
    gateway::{GatewayOptions, Intents, ShardPlan},
    rest::{Rest, RestOptions},
};
use guildhall_framework::Registry;
use guildhall_store::{Schema, Store, StoreOptions};

use crate::config::{Config, Layout, without_password};

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
    [vec![guildhall_runtime::store::SCHEMA, guildhall_import::SCHEMA], registry.schemas()].concat()
}

/// The database file: one for each bot, and another for the sandbox. Two bots in one file would take each
/// other's servers for ones that they have left.
pub(crate) fn database(config: &Config) -> PathBuf {
    let bot = config.discord.token.as_ref().filter(|_| !config.uses_sandbox());
    let name = match bot.map(|token| bot_id(token.expose_secret())) {
        None => "sandbox.db".to_owned(),
        Some(None) => "bot.db".to_owned(),
        Some(Some(id)) => format!("bot-{id}.db"),
    };
    config.storage.folder.join(name)
}

/// The bot's user id: the first part of its token, in base 64. It stays when the token is reset.
fn bot_id(token: &str) -> Option<UserId> {
    let first = token.split('.').next()?;
    let decoded = STANDARD_NO_PAD.decode(first.trim_end_matches('=')).ok()?;
    String::from_utf8(decoded).ok()?.parse().ok()
}

/// How the database is to be opened.
fn store_options(config: &Config) -> Result<StoreOptions> {
    let storage = &config.storage;
    if let Some(url) = &storage.url {
        bail!("open `{}`: this version keeps its data in SQLite only", without_password(url.expose_secret()));
    }
    if storage.layout == Layout::PerGuild {
        bail!("use the layout `per_guild`: this version knows `single` only");
    }
    Ok(StoreOptions {
        readers: storage.readers,
        queue_timeout: Duration::from_secs(storage.queue_timeout_seconds.into()),
        ..StoreOptions::new(database(config))
    })
}

/// The open database.
pub(crate) async fn store(config: &Config, registry: &Registry, world: &World) -> Result<Store> {
    Ok(Store::open(store_options(config)?, &schemas(registry), world.clock.clone()).await?)
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
    let mut options = GatewayOptions::new(account.token.clone(), intents(registry));
    options.gateway_url.clone_from(&account.gateway_url);
    options.compress = config.discord.compress;
    options.shards = match (config.discord.shard_count, &config.discord.shard_ids) {
        (0, _) => ShardPlan::Recommended,
        (total, ids) if ids.is_empty() => ShardPlan::Count(total),
        (total, ids) => ShardPlan::Set { ids: ids.clone(), total },
    };
    options
}

/// The intents that the features' events need (Discord docs: Gateway, List of Intents). The bot always
/// needs to know its guilds.
pub(crate) fn intents(registry: &Registry) -> Intents {
    let wanted = registry.wanted(|_| true);
    let kinds = EventKind::ALL.iter().filter(|kind| wanted.contains(**kind));
    kinds.fold(Intents::GUILDS, |intents, kind| {
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
        let intents = intents(&registry().unwrap());
        let privileged = Intents::GUILD_MEMBERS | Intents::GUILD_PRESENCES | Intents::MESSAGE_CONTENT;
        assert!(intents.contains(Intents::GUILDS));
        assert!(!intents.intersects(privileged), "{intents:?}");
    }
}
