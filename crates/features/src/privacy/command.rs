//! `/privacy`, whose subcommands have a file each.

use guildhall_framework::{Access, Ctx, Failure, Place, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{audit, erase, export, level, owner, policy};

/// See, export and erase what is kept about you, and decide what may be
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "privacy", desc = "See, export and erase what is kept about you, and decide what may be")]
pub(super) enum Privacy {
    /// What is kept.
    #[command(name = "policy")]
    Policy(policy::Policy),
    /// A file with what is kept.
    #[command(name = "export")]
    Export(export::Export),
    /// Nothing is kept any more.
    #[command(name = "erase")]
    Erase(erase::Erase),
    /// No counting and no learning.
    #[command(name = "optout")]
    OptOut(level::OptOut),
    /// What may be done.
    #[command(name = "level")]
    Level(level::Level),
    /// What was done.
    #[command(name = "audit")]
    Audit(audit::Audit),
    /// A file with what is kept for the guild.
    #[command(name = "guild-export")]
    GuildExport(owner::GuildExport),
    /// Nothing is kept for the guild any more.
    #[command(name = "guild-erase")]
    GuildErase(owner::GuildErase),
}

impl SlashCommand for Privacy {
    const ACCESS: Access = Access { place: Place::Anywhere, ..Access::PRIVATE };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Policy(_) => Ok(policy::Policy::run(ctx)),
            Self::Export(export) => export.run(ctx).await,
            Self::Erase(erase) => erase.run(ctx).await,
            Self::OptOut(opt_out) => opt_out.run(ctx).await,
            Self::Level(level) => level.run(ctx).await,
            Self::Audit(audit) => audit.run(ctx).await,
            Self::GuildExport(export) => export.run(ctx).await,
            Self::GuildErase(_) => owner::GuildErase::run(ctx),
        }
    }
}
