//! `guildhall shards`.

use clap::{Args, Subcommand};

/// What to do with shards, and with the processes that run them.
#[derive(Debug, Subcommand)]
pub(crate) enum ShardsCommand {
    /// Which process runs which shard, and how they are
    Status(ShardsStatusArgs),
    /// The same, live
    Monitor,
    /// Run another number of shards, without a moment in which the bot is away
    Reshard(ReshardArgs),
    /// Start several processes of the bot on this machine, in the background
    Start(ShardsStartArgs),
    /// Stop them in order: they hand their shards over and finish what is under way
    Stop(ShardsStopArgs),
    /// Start them anew one after the other, so that the others go on meanwhile
    Restart(ShardsRestartArgs),
    /// Start those again that end by themselves, or no longer
    #[command(subcommand)]
    AutoRestart(AutoRestartCommand),
    /// What the processes of this machine have logged
    Logs(ShardsLogsArgs),
    /// Watches over the processes, for `auto-restart on`.
    #[command(hide = true)]
    Supervise,
}

#[derive(Debug, Args)]
pub(crate) struct ShardsStatusArgs {
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReshardArgs {
    /// The new number of shards.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16_384))]
    pub(crate) to: Option<u32>,
    /// Go without the reserve of session starts.
    #[arg(long)]
    pub(crate) force: bool,
    /// Call off a change that is under way.
    #[arg(long, conflicts_with = "to")]
    pub(crate) cancel: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShardsStartArgs {
    /// How many processes run in the end; by default as many as the last time, and two the first time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) processes: Option<u32>,
    /// Shards for each process; the bot runs as many as all processes together. By default what `discord.shard_count`
    /// says. A bot that runs already keeps its number: `shards reshard` changes it.
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub(crate) shards_per_process: Option<u32>,
    /// Start the next one so many seconds after the one before, instead of when that is ready.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) delay: Option<u64>,
    /// How many seconds one may take until it is ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) patience: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ShardsStopArgs {
    /// Only this process.
    pub(crate) process: Option<u32>,
    /// Seconds after which one is killed that has not ended; by default `limits.drain_seconds` and twenty.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) deadline: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ShardsRestartArgs {
    /// Only this process.
    pub(crate) process: Option<u32>,
    /// Seconds after which one is killed that has not ended; by default `limits.drain_seconds` and twenty.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) deadline: Option<u64>,
    /// How many seconds one may take until it is ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) patience: u64,
}

/// What to do about processes that end by themselves.
#[derive(Debug, Subcommand)]
pub(crate) enum AutoRestartCommand {
    /// Start them again, from now on and whenever processes are started
    On(AutoRestartArgs),
    /// Leave them
    Off,
    /// Whether they are started again, and what was given up
    Status,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct AutoRestartArgs {
    /// How often in a row one is started again before it is given up.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) tries: u32,
    /// Milliseconds before the first try; each further one waits twice as long, up to a minute.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) first_delay_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ShardsLogsArgs {
    /// The process.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) process: Option<u32>,
    /// Every process, in the order of time.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only lines that match this regular expression.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) grep: Option<String>,
    /// Only lines about this shard.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) shard: Option<u64>,
    /// How many lines at the most, the newest.
    #[arg(long, default_value_t = 200)]
    pub(crate) lines: usize,
    /// Go on with what is logged from now on, until Ctrl-C.
    #[arg(long)]
    pub(crate) follow: bool,
    /// Print the lines as they are stored, one JSON object each.
    #[arg(long)]
    pub(crate) json: bool,
}
