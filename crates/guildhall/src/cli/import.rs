//! The command line of `guildhall import` and of its benchmark.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use guildhall_core::id::GuildId;
use guildhall_import::{Mode, generate::Shape};

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Take over the SQLite database of a bot that served one server. The old bot and this one must be
    /// stopped meanwhile. Stopped in the middle, the same command goes on where it was.
    Legacy(LegacyArgs),
    /// Make such a database with awkward content, and print what was planted.
    #[command(hide = true)]
    Generate(GenerateArgs),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line, each by itself")]
pub(crate) struct LegacyArgs {
    /// The old bot's database file. It is only read.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The id of the server that the data is for.
    #[arg(long, value_name = "ID")]
    pub(crate) guild: GuildId,
    /// Take the rows of this server, where the old database names servers. Without it, those of `--guild`.
    #[arg(long, value_name = "ID")]
    pub(crate) source_guild: Option<GuildId>,
    /// Only say what would be taken and what not; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What happens to what an earlier import of this server brought.
    #[arg(long, value_enum, default_value_t = ModeArg::Gradual)]
    pub(crate) mode: ModeArg,
    /// Give up an import that is half done, and begin anew.
    #[arg(long)]
    pub(crate) restart: bool,
    /// Copy neither the old database nor what the server has here before the import begins.
    #[arg(long)]
    pub(crate) no_backup: bool,
    /// Write the whole report into this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Print the whole report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print on standard error how many rows are durable, a line for each step.
    #[arg(long, hide = true)]
    pub(crate) follow: bool,
}

/// What happens to what an earlier import brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ModeArg {
    /// It is removed first.
    CleanSlate,
    /// It stays, and what is new or different is added and updated.
    Gradual,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::CleanSlate => Self::CleanSlate,
            ModeArg::Gradual => Self::Gradual,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The file to make.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Rows in all tables together.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) rows: u64,
    /// Decides everything else.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The shape: from before or after the old bot learned of several servers.
    #[arg(long, value_enum, default_value_t = ShapeArg::Before)]
    pub(crate) shape: ShapeArg,
    /// The server whose rows these are.
    #[arg(long, value_name = "ID", default_value = "897814031346319382")]
    pub(crate) guild: GuildId,
}

/// The shape of a generated database.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ShapeArg {
    /// From when the old bot knew of one server only.
    Before,
    /// From after it learned of several.
    After,
}

impl From<ShapeArg> for Shape {
    fn from(shape: ShapeArg) -> Self {
        match shape {
            ShapeArg::Before => Self::Before,
            ShapeArg::After => Self::After,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ImportBenchArgs {
    /// Rows of the generated database.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) rows: u64,
    /// The seed of the database.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many times the import is killed in the second run.
    #[arg(long, default_value_t = 10)]
    pub(crate) kills: u32,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
