//! The section `discord`: the account, its shards, and where Discord is.

use std::path::PathBuf;

use guildhall_core::secret::SecretString;
use schemars::JsonSchema;
use serde::Deserialize;

/// The bot's account and its gateway shards.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Discord {
    /// The bot token from the developer portal. Without one, the bot runs in the sandbox.
    #[schemars(with = "Option<String>")]
    pub(crate) token: Option<SecretString>,
    /// A file that holds the token, instead of `token`.
    pub(crate) token_file: Option<PathBuf>,
    /// How many shards the bot has in all; 0 asks Discord for its recommendation.
    pub(crate) shard_count: u32,
    /// The shards that this process runs, when other processes run the rest; empty for all. Needs
    /// `shard_count`.
    pub(crate) shard_ids: Vec<u32>,
    /// Spend an identify even when fewer remain today than twice the shard count. At zero, Discord resets
    /// the token.
    pub(crate) force_identify: bool,
    /// Whether the gateway sends compressed. By default it does on encrypted connections, which saves most of
    /// the bandwidth.
    pub(crate) compress: Option<bool>,
    /// Let servers set a prefix with `/prefix`, behind which commands work as messages (`!help`). The bot then asks for
    /// the privileged intent Message Content, which has to be turned on in the developer portal.
    pub(crate) text_commands: bool,
    /// Register commands in this server only, where changes show at once. For development.
    #[schemars(with = "Option<String>")]
    pub(crate) command_guild: Option<guildhall_core::id::GuildId>,
    /// The base address of the REST interface, for a stand-in or a proxy. Discord's own by default.
    pub(crate) rest_url: Option<String>,
    /// The address of the gateway, for a stand-in. By default the one that the REST interface names.
    pub(crate) gateway_url: Option<String>,
}
