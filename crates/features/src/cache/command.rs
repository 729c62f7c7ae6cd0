//! `/cache`, whose subcommands have a file each.

use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{clear, stats};

/// See and clear what I keep at hand
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "cache", desc = "See and clear what I keep at hand")]
pub(super) enum Cache {
    /// How it fares.
    #[command(name = "stats")]
    Stats(stats::Stats),
    /// Have it made anew.
    #[command(name = "clear")]
    Clear(clear::Clear),
}

impl SlashCommand for Cache {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Stats(_) => stats::Stats::run(ctx),
            Self::Clear(clear) => clear.run(ctx).await,
        }
    }
}
