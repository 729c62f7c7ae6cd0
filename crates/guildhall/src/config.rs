//! Configuration: defaults, then one TOML or JSON5 file, then the environment.
//!
//! Only this module reads the environment. Each section is a documented struct in a file of its own; the
//! reference page is generated from those.

mod backup;
mod bus;
mod cache;
mod cluster;
mod discord;
mod env;
mod error;
mod guide;
mod idle;
mod limits;
mod load;
mod log;
mod markov;
mod reference;
mod rollout;
mod sandbox;
mod secret;
mod storage;
mod tree;
mod web;

use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use self::{
    backup::Backup,
    bus::{Bus, BusStorage},
    cache::Cache,
    cluster::Cluster,
    discord::Discord,
    error::ConfigError,
    idle::Idle,
    limits::Limits,
    load::{Loaded, Sources, load},
    log::{Log, LogFormat},
    markov::Markov,
    reference::reference,
    rollout::rollout,
    sandbox::Sandbox,
    secret::without_password,
    storage::{Layout, Storage},
    web::Web,
};

/// Everything that can be configured.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The bot's account and its gateway shards.
    pub(crate) discord: Discord,
    /// Where data is kept.
    pub(crate) storage: Storage,
    /// How this process takes part where several run one bot.
    pub(crate) cluster: Cluster,
    /// What is kept at hand, and the Redis that processes share it through.
    pub(crate) cache: Cache,
    /// How gateway processes hand events to worker processes.
    pub(crate) bus: Bus,
    /// Where backups are kept, when they are made, and who can read them.
    pub(crate) backup: Backup,
    /// The web port: health, readiness, metrics, status page.
    pub(crate) web: Web,
    /// The local stand-in for Discord.
    pub(crate) sandbox: Sandbox,
    /// What is logged, and where.
    pub(crate) log: Log,
    /// How much work is done at once.
    pub(crate) limits: Limits,
    /// Random sentences.
    pub(crate) markov: Markov,
    /// The people who run this bot.
    pub(crate) operators: Operators,
    /// Features that are there for a part of the servers first. A feature that is not named here is there for every
    /// server. A server that is in stays in when the part grows; within the part, the server's own choice decides
    /// whether the feature is on. Give all processes of a bot the same.
    pub(crate) rollout: rollout::Parts,
}

/// The people who run this bot.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Operators {
    /// Their Discord user ids.
    #[schemars(with = "Vec<String>")]
    pub(crate) ids: Vec<guildhall_core::id::UserId>,
}

impl Config {
    /// Whether the bot talks to the embedded sandbox instead of Discord.
    pub(crate) fn uses_sandbox(&self) -> bool {
        self.sandbox.enabled.unwrap_or(self.discord.token.is_none())
    }
}
