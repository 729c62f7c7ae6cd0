//! The command line of `guildhall privacy` and `guildhall retention`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use guildhall_core::id::{GuildId, UserId};

#[derive(Debug, Subcommand)]
pub(crate) enum PrivacyCommand {
    /// Write everything that is kept of a user into a ZIP.
    Export {
        /// The user's id.
        #[arg(long, value_name = "ID")]
        user: UserId,
        /// Only what is theirs in this server.
        #[arg(long, value_name = "ID")]
        guild: Option<GuildId>,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Erase what is kept of a user.
    Erase {
        /// The user's id.
        #[arg(long, value_name = "ID")]
        user: UserId,
        /// Only what is theirs in this server.
        #[arg(long, value_name = "ID")]
        guild: Option<GuildId>,
        /// Why: by mail keeps what they have chosen about their privacy.
        #[arg(long, value_enum, default_value_t = EraseReason::Mail)]
        reason: EraseReason,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Write everything that is kept of a server into a ZIP.
    GuildExport {
        /// The server's id.
        #[arg(long, value_name = "ID")]
        guild: GuildId,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Erase everything that is kept of a server.
    GuildErase {
        /// The server's id.
        #[arg(long, value_name = "ID")]
        guild: GuildId,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Say what is kept, for how long, and what an erasure does to it.
    Policy {
        /// The whole page of the documentation.
        #[arg(long)]
        markdown: bool,
    },
}

/// Why a user is erased.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EraseReason {
    /// They asked.
    Mail,
    /// Discord has deleted the account: what they had chosen goes, too.
    AccountDeleted,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Count what would go, and remove nothing.
    Preview,
    /// Remove it now; the bot does so by itself every few minutes.
    Run,
}
