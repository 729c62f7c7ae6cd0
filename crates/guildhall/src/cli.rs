//! The command line.

mod import;
mod jobs;
mod markov;
mod privacy;
mod shards;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use guildhall_core::id::GuildId;
use guildhall_sandbox_cli::SandboxArgs;
use url::Url;

pub(crate) use self::import::{GenerateArgs, ImportBenchArgs, ImportCommand, LegacyArgs};
pub(crate) use self::jobs::{JobsCommand, JobsReplayArgs, JobsShowArgs};
pub(crate) use self::markov::{
    MarkovBenchArgs, MarkovGuildsArgs, MarkovHistoryArgs, MarkovPart, MarkovPartArgs,
};
pub(crate) use self::privacy::{EraseReason, PrivacyCommand, RetentionCommand};
pub(crate) use self::shards::{
    AutoRestartArgs, AutoRestartCommand, ReshardArgs, ShardsCommand, ShardsLogsArgs, ShardsRestartArgs,
    ShardsStartArgs, ShardsStatusArgs, ShardsStopArgs,
};
pub(crate) use self::train::TrainArgs;

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
    /// Start only a gateway process: it runs shards and hands what they receive to workers.
    Gateway,
    /// Start only a worker process: it handles commands and events, runs jobs and sends messages.
    Worker,
    /// Start only the web port: status page, health and metrics of all processes.
    Web,
    /// Start only the sandbox, to try a bot of your own against it.
    Sandbox(SandboxArgs),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check everything that the bot needs, live, and say how to mend what is wrong.
    Doctor(DoctorArgs),
    /// Ask a running bot whether it lives, for health checks of containers and for scripts.
    Health(HealthArgs),
    /// Search the logs.
    Logs(LogsArgs),
    /// Back the data up, and restore it.
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Look at the database: health, sizes, connections.
    #[command(subcommand)]
    Db(DbCommand),
    /// Bring the tables of the database up to date, or say what that would change.
    Migrate(MigrateArgs),
    /// Train a server for random sentences, from files of any size. With SQLite the bot must not run.
    Train(TrainArgs),
    /// Take over the data of an older bot.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Export and erase what is kept of people and servers, and say what is kept.
    #[command(subcommand)]
    Privacy(PrivacyCommand),
    /// See what goes because it is old, or let it go now.
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// Look at background jobs and schedules, and let those run again that were given up.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Start, stop and watch several processes of the bot, see which of them runs which shard, or change the number
    /// of shards while the bot runs.
    #[command(subcommand)]
    Shards(ShardsCommand),
    /// Measure, against the sandbox.
    #[command(subcommand)]
    Bench(BenchCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Make a backup, also while the bot runs.
    Create(BackupCreateArgs),
    /// Show the backups that there are.
    List(BackupListArgs),
    /// Check every part of a backup, and count what it holds.
    Verify(BackupVerifyArgs),
    /// Put a backup back. The bot must be stopped.
    Restore(BackupRestoreArgs),
    /// Restore the newest backup into a database that goes again, and say whether and how fast it came back.
    Drill(BackupDrillArgs),
    /// Make a key for backups, and print its public half.
    Keygen(BackupKeygenArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BackupCreateArgs {
    /// Only this server.
    #[arg(long, value_name = "ID")]
    pub(crate) guild: Option<GuildId>,
    /// The file to write, instead of a new one in the backup folder.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupListArgs {
    /// Print the list as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupVerifyArgs {
    /// The backup; the newest of everything where none is named.
    pub(crate) file: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupRestoreArgs {
    /// The backup.
    pub(crate) file: PathBuf,
    /// Replace what is there.
    #[arg(long, conflicts_with = "guild")]
    pub(crate) replace: bool,
    /// Only this server, whose data are replaced; nobody else's are touched.
    #[arg(long, value_name = "ID")]
    pub(crate) guild: Option<GuildId>,
    /// Put that server back under another id, for tests.
    #[arg(long = "as", value_name = "ID", requires = "guild")]
    pub(crate) other: Option<GuildId>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupDrillArgs {
    /// The backup; the newest of everything where none is named.
    pub(crate) file: Option<PathBuf>,
    /// An empty PostgreSQL database to restore into. Without it the drill uses SQLite in the data folder.
    #[arg(long, value_name = "URL")]
    pub(crate) scratch_url: Option<String>,
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupKeygenArgs {
    /// The file for the secret key; `backup.identity_file` where none is named.
    pub(crate) file: Option<PathBuf>,
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
pub(crate) struct HealthArgs {
    /// The address of its web port; by default the one that `web.listen` says.
    #[arg(long)]
    pub(crate) url: Option<Url>,
    /// Ask whether it may get work: whether all of its shards are up.
    #[arg(long)]
    pub(crate) ready: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Whether it is sound, and how large it is: in all, by table and by server.
    Health(DbHealthArgs),
    /// Give unused space back and let the planner look at the data. With SQLite the bot must not run.
    Optimize,
    /// The connections that are configured, and on PostgreSQL those that are open.
    Pool,
}

#[derive(Debug, Args)]
pub(crate) struct DbHealthArgs {
    /// How many servers are listed at the most, the largest first.
    #[arg(long, default_value_t = 10)]
    pub(crate) servers: usize,
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Change nothing; print the steps that would run.
    #[arg(long)]
    pub(crate) dry_run: bool,
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
    /// Run several processes of one bot, kill, stop or replace them under load, and count what was lost, doubled or
    /// identified anew.
    Cluster(ClusterArgs),
    /// Look for what belongs to one server in what another is shown, while everything is used; then take filters
    /// and walls away and see that it is noticed, and measure what the walls cost.
    Walls(WallsArgs),
    /// Events a CPU second, and memory by guilds, beside a bare twilight client.
    Gateway(GatewayArgs),
    /// Time from an interaction sent to its answer received, beside a bare twilight client.
    Commands(CommandsArgs),
    /// What servers notice of one that asks a hundred times as much.
    Fairness(FairnessArgs),
    /// Ask for several times what the bot can answer, and see what it still answers well
    Overload(OverloadArgs),
    /// Rows a second into a backup and back, beside a plain copy of the file.
    Backup(BackupBenchArgs),
    /// Take over a generated database, once at a stretch and once killed again and again.
    Import(ImportBenchArgs),
    /// Train Markov chains on made-up chat and write sentences, beside other libraries and the limits of the machine.
    Markov(MarkovBenchArgs),
    /// Ask for random sentences all over many servers whose chains are of mixed size, with a limit for what open chains
    /// may take.
    MarkovGuilds(MarkovGuildsArgs),
    /// Train from the history of a channel with millions of messages while commands are used, and see how right the
    /// time was that was said to be left.
    MarkovHistory(MarkovHistoryArgs),
    /// One measurement of `bench markov`, in a process of its own.
    #[command(hide = true)]
    MarkovPart(MarkovPartArgs),
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
    /// Where the bot keeps its data.
    #[arg(long, value_enum, default_value_t = Storage::Sqlite)]
    pub(crate) storage: Storage,
    /// An empty PostgreSQL database to use; by default a server is started for the run, from the programs on
    /// this machine.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    /// What happens to the processes.
    #[arg(value_enum, default_value_t = ClusterTrial::Kill)]
    pub(crate) trial: ClusterTrial,
    /// How many times it happens.
    #[arg(long, default_value_t = 20)]
    pub(crate) rounds: u32,
    /// Processes that run at the same time.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub(crate) processes: u32,
    /// Worker processes besides. With any, the other processes only run shards, and a NATS server is started that
    /// carries events between the two.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=16))]
    pub(crate) workers: u32,
    /// Shards of the bot.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) shards: u32,
    /// Servers that messages are written in.
    #[arg(long, default_value_t = 40)]
    pub(crate) guilds: u32,
    /// Messages a second.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) rate: u64,
    /// New servers that invite the bot, a second. It writes a welcome into each, so that more than Discord's limit
    /// over all routes (50 a second) keeps its requests at that limit.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=200))]
    pub(crate) invites: u32,
    /// The seed of the load and of the moments.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// An empty PostgreSQL database to use; by default a server is started for the run, from the programs on
    /// this machine.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What happens to processes of a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ClusterTrial {
    /// One is killed, and another started when its shards have been taken over.
    Kill,
    /// One is replaced in good order, as a rolling deploy does.
    Deploy,
    /// One is stopped for half a minute and goes on then.
    Pause,
    /// The number of shards is changed: twice as many, then half as many again, then the first number, and so on.
    Reshard,
    /// PostgreSQL, NATS or Redis is killed and started again, loses its data (not PostgreSQL), or cannot be reached
    /// for some seconds.
    Outage,
    /// Nothing, for ten seconds.
    Steady,
}

impl ClusterTrial {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Deploy => "deploy",
            Self::Pause => "pause",
            Self::Reshard => "reshard",
            Self::Outage => "outage",
            Self::Steady => "steady",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WallsArgs {
    /// Things that members do.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) acts: u64,
    /// Servers, each with rows in every table.
    #[arg(long, default_value_t = 50)]
    pub(crate) guilds: u64,
    /// The seed of it all.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the data is kept; by default each in turn.
    #[arg(long, value_enum)]
    pub(crate) storage: Option<Storage>,
    /// Only take filters and walls away, without the sweep.
    #[arg(long)]
    pub(crate) mutants_only: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where a benchmark keeps the data.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Storage {
    /// One SQLite file.
    Sqlite,
    /// An SQLite file for each guild.
    PerGuild,
    /// PostgreSQL.
    Postgres,
}

#[derive(Debug, Args)]
pub(crate) struct BackupBenchArgs {
    /// Rows in the database.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) rows: u64,
    /// Servers that they belong to.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) guilds: u64,
    /// Runs, of which the median counts.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: u32,
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

#[derive(Clone, Debug, Args)]
pub(crate) struct FairnessArgs {
    /// Servers that use commands.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..=200))]
    pub(crate) guilds: u32,
    /// Commands a second of each.
    #[arg(long, default_value_t = 2)]
    pub(crate) rate: u32,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 30)]
    pub(crate) seconds: u32,
    /// How often each is repeated; the median counts.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: u32,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct OverloadArgs {
    /// Servers that use commands.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(crate) guilds: u32,
    /// What each of them knows: entries that a question is compared with.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub(crate) entries: u32,
    /// Busy programs that share the bot's processor, so that the sandbox can ask for more than it does.
    #[arg(long, default_value_t = 3)]
    pub(crate) neighbours: u32,
    /// How many times its capacity is asked for.
    #[arg(long, default_value_t = 3)]
    pub(crate) times: u32,
    /// Seconds of the overload.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) seconds: u32,
    /// Seconds of each step towards the capacity.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) step: u32,
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
