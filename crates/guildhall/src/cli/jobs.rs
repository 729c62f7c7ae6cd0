//! `guildhall jobs`.

use clap::{Args, Subcommand};
use guildhall_store::platform::job::JobId;

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// How many jobs there are of each kind, how their runs have fared, and when schedules are next due.
    List(JobsListArgs),
    /// Jobs that failed as often as they may.
    Dead(JobsShowArgs),
    /// Jobs during which the process ended again and again.
    Quarantined(JobsShowArgs),
    /// Let jobs run again that were given up. With SQLite the bot must not run.
    Replay(JobsReplayArgs),
}

#[derive(Debug, Args)]
pub(crate) struct JobsListArgs {
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JobsShowArgs {
    /// How many jobs at the most, those first that were given up first.
    #[arg(long, default_value_t = 50)]
    pub(crate) last: u32,
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JobsReplayArgs {
    /// The job, as `jobs dead` and `jobs quarantined` name it.
    #[arg(required_unless_present = "kind")]
    pub(crate) id: Option<JobId>,
    /// Every job of this kind that was given up.
    #[arg(long, value_name = "KIND", conflicts_with = "id")]
    pub(crate) kind: Option<String>,
}
