//! `/admin`, whose subcommands have a file each.

use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{restart, tasks};

/// Look after the bot, for those who run it
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "admin", desc = "Look after the bot, for those who run it")]
pub(super) enum Admin {
    /// How the tasks fare.
    #[command(name = "tasks")]
    Tasks(tasks::Tasks),
    /// What can be started anew.
    #[command(name = "restart")]
    Restart(Restart),
}

/// Start something anew
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "restart", desc = "Start something anew")]
pub(super) enum Restart {
    /// The tasks.
    #[command(name = "tasks")]
    Tasks(restart::Tasks),
}

impl SlashCommand for Admin {
    const ACCESS: Access = Access::OPERATORS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Tasks(_) => tasks::Tasks::run(ctx).await,
            Self::Restart(Restart::Tasks(_)) => restart::Tasks::run(ctx).await,
        }
    }
}
