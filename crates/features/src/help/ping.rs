//! `/ping`: whether the bot is there. Touches no database, so it measures the way and nothing else.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Place, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

/// Check whether the bot is there, and how far away Discord is
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "ping")]
pub(super) struct Ping;

impl SlashCommand for Ping {
    const ACCESS: Access = Access { place: Place::Anywhere, ..Access::EVERYONE };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let latency = ctx.services().directory.latency(ctx.invocation().guild);
        let words = match latency {
            Some(latency) => text!("ping-latency", millis = latency.as_millis().to_string()),
            None => text!("ping-unmeasured"),
        };
        Ok(Reply::public(ctx.t(&words)))
    }
}
