//! The command line.

mod import;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use guildhall_sandbox_cli::SandboxArgs;

pub(crate) use self::import::{GenerateArgs, ImportBenchArgs, ImportCommand, LegacyArgs};

/// Guildhall runs a Discord bot for one server or for a million of them.
///
/// Without a command it starts everything: with a token it talks to Discord, without one to a local
/// sandbox.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// The configuration file, TOML or JSON5.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the bot (what happens without a command).
    Run,
    /// Start only the sandbox, to try a bot of your own against it.
    Sandbox(SandboxArgs),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check everything that the bot needs, live, and say how to mend what is wrong.
    Doctor(DoctorArgs),
    /// Search the logs.
    Logs(LogsArgs),
    /// Take over the data of an older bot.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Measure, against the sandbox.
    #[command(subcommand)]
    Bench(BenchCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether the configuration can be used, and where each setting comes from.
    Check,
    /// Print the reference page of all settings.
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The reference that an error reply named.
    #[arg(long = "ref", value_name = "ID")]
    pub(crate) reference: Option<String>,
    /// Lines that hold these words.
    #[arg(long, value_name = "WORDS")]
    pub(crate) grep: Option<String>,
    /// How many lines at the most, the newest.
    #[arg(long, default_value_t = 200)]
    pub(crate) last: usize,
    /// Print the lines as they are stored, one JSON object each.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Kill the bot under load again and again, and count what was lost, doubled or identified anew.
    Crash(CrashArgs),
    /// Events a CPU second, and memory by guilds, beside a bare twilight client.
    Gateway(GatewayArgs),
    /// Time from an interaction sent to its answer received, beside a bare twilight client.
    Commands(CommandsArgs),
    /// Take over a generated database, once at a stretch and once killed again and again.
    Import(ImportBenchArgs),
    /// The bare twilight client that the others are measured beside.
    #[command(hide = true)]
    Peer(PeerArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CrashArgs {
    /// How many times the bot is killed.
    #[arg(long, default_value_t = 200)]
    pub(crate) rounds: u32,
    /// The seed of the load and of the moments of the kills.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    /// Messages in one flood.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// Bytes of one message event.
    #[arg(long, default_value_t = 1_047)]
    pub(crate) size: u32,
    /// Floods, of which the median counts.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: u32,
    /// Guilds for the memory figures.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    pub(crate) guilds: Vec<u32>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CommandsArgs {
    /// Interactions in one run.
    #[arg(long, default_value_t = 4_000)]
    pub(crate) count: u32,
    /// Interactions a second.
    #[arg(long, default_value_t = 200)]
    pub(crate) rate: u32,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PeerArgs {
    /// The base address of the REST interface.
    #[arg(long)]
    pub(crate) rest_url: String,
    /// The address of the gateway.
    #[arg(long)]
    pub(crate) gateway_url: String,
    /// The bot token.
    #[arg(long)]
    pub(crate) token: String,
    /// How many shards it runs.
    #[arg(long, default_value_t = 1)]
    pub(crate) shards: u32,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
