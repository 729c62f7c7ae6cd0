//! `/admin`, whose subcommands have a file each.

use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{config, features, queue, restart, tasks};

/// Look after the bot, for those who run it
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "admin", desc = "Look after the bot, for those who run it")]
pub(super) enum Admin {
    /// How the tasks fare.
    #[command(name = "tasks")]
    Tasks(tasks::Tasks),
    /// For whom features are there.
    #[command(name = "features")]
    Features(features::Features),
    /// What waits.
    #[command(name = "queue")]
    Queue(Queue),
    /// What can be set.
    #[command(name = "config")]
    Config(Config),
    /// What can be started anew.
    #[command(name = "restart")]
    Restart(Restart),
}

/// See what waits
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "queue", desc = "See what waits")]
pub(super) enum Queue {
    /// Everything.
    #[command(name = "status")]
    Status(queue::Status),
}

/// Set something for all processes
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "config", desc = "Set something for all processes")]
pub(super) enum Config {
    /// The pause between background requests.
    #[command(name = "rate_limit_delay")]
    RateLimitDelay(config::RateLimitDelay),
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
            Self::Features(_) => features::Features::run(ctx),
            Self::Queue(Queue::Status(_)) => queue::Status::run(ctx).await,
            Self::Config(Config::RateLimitDelay(delay)) => delay.run(ctx).await,
            Self::Restart(Restart::Tasks(_)) => restart::Tasks::run(ctx).await,
        }
    }
}
