//! `/markov`: what was learned, and how to be rid of it or take it along.

use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::say::SpeakUp;

pub(super) mod export;
pub(super) mod forget;
pub(super) mod stats;

/// See what I have learned for random sentences, take it along or have me forget it
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(
    name = "markov",
    desc = "See what random sentences are made of, take it along or have it forgotten"
)]
pub(super) enum Manage {
    /// Figures.
    #[command(name = "stats")]
    Stats(stats::Stats),
    /// Less.
    #[command(name = "forget")]
    Forget(forget::Forget),
    /// A file.
    #[command(name = "export")]
    Export(export::Export),
    /// Every so often.
    #[command(name = "speak")]
    Speak(SpeakUp),
}

impl SlashCommand for Manage {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Stats(stats) => stats.run(ctx).await,
            Self::Forget(forget) => Ok(forget.run(ctx)),
            Self::Export(export) => export.run(ctx).await,
            Self::Speak(speak) => speak.run(ctx).await,
        }
    }
}
