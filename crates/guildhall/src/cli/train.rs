//! Arguments of `guildhall train`.

use std::path::PathBuf;

use clap::Args;
use guildhall_core::id::GuildId;

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// The files, one after the other: JSON lists of messages, exports of `DiscordChatExporter` or of `markov-strings`.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The server.
    #[arg(long, value_name = "ID")]
    pub(crate) guild: GuildId,
    /// Forget what was learned before, once the first file is being read.
    #[arg(long)]
    pub(crate) clean: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
