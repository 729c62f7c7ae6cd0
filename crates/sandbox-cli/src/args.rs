//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

/// What `guildhall sandbox` can be told.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SandboxArgs {
    #[command(subcommand)]
    pub(crate) action: Option<SandboxCommand>,
    /// The loopback address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7300")]
    pub(crate) listen: SocketAddr,
    /// Start with no users and servers instead of the three example servers.
    #[arg(long)]
    pub(crate) empty: bool,
    /// Write down what happens, to be played again with `replay`. Tokens are left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Print the page of the control interface's routes.
    Reference,
    /// Play scenario files against a bot, like tests.
    Run(PlayArgs),
    /// Play the people's side of a recording again, and tell what the bot does otherwise.
    Replay(ReplayArgs),
    /// Look through scenario files without playing them.
    Check(CheckArgs),
    /// Print which of Discord's routes the sandbox has.
    Routes,
    /// Hold many servers over many shards, and send events to clients that only count them.
    Load(LoadArgs),
    /// Send events for minutes while connections break, and see that nothing is lost or leaked.
    Soak(SoakArgs),
    /// The clients that `load` and `soak` send to.
    #[command(hide = true)]
    Takers(TakersArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Servers in the world.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) guilds: u32,
    /// Shards that the clients connect.
    #[arg(long, default_value_t = 100)]
    pub(crate) shards: u32,
    /// Events a second over all shards.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) rate: u64,
    /// How long events are sent at that rate.
    #[arg(long, default_value_t = 20)]
    pub(crate) seconds: u32,
    /// Bytes of one message event.
    #[arg(long, default_value_t = 1_047)]
    pub(crate) size: u32,
    /// Channels in each server.
    #[arg(long, default_value_t = 10)]
    pub(crate) channels: u16,
    /// Roles in each server.
    #[arg(long, default_value_t = 10)]
    pub(crate) roles: u16,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SoakArgs {
    /// How long.
    #[arg(long, default_value_t = 600)]
    pub(crate) seconds: u64,
    /// Events a second over all shards.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) rate: u64,
    /// Servers in the world.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) guilds: u32,
    /// Shards that the clients connect.
    #[arg(long, default_value_t = 20)]
    pub(crate) shards: u32,
    /// Bytes of one message event.
    #[arg(long, default_value_t = 600)]
    pub(crate) size: u32,
    /// The seed of the faults and their moments.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TakersArgs {
    /// The gateway's address.
    #[arg(long)]
    pub(crate) gateway: String,
    /// The bot's token.
    #[arg(long)]
    pub(crate) token: String,
    /// How many shards.
    #[arg(long)]
    pub(crate) shards: u32,
    /// Also open bare sockets here, and read them.
    #[arg(long)]
    pub(crate) bare: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// The scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The loopback address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7300")]
    pub(crate) listen: SocketAddr,
    /// Print the reports as JSON, and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a file in the form of `JUnit`.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// The command that starts the bot, with `SANDBOX_REST`, `SANDBOX_GATEWAY` and `DISCORD_TOKEN` in its
    /// environment. Without one, the bot is waited for.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The recording.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The loopback address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7300")]
    pub(crate) listen: SocketAddr,
    /// Keep the pauses between what people did.
    #[arg(long)]
    pub(crate) original_speed: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The command that starts the bot, as with `run`. Without one, the bot is waited for.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}
