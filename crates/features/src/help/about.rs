//! `/about`: what the bot is.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Place, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::{Card, relative};

/// Show what this bot is and which version runs
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "about")]
pub(super) struct About;

impl SlashCommand for About {
    const ACCESS: Access = Access { place: Place::Anywhere, ..Access::EVERYONE };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let services = ctx.services();
        let features = services.registry.features().iter().map(|feature| ctx.t(&feature.title()));
        let features = features.collect::<Vec<_>>().join(", ");
        let card = Card::new("Guildhall")
            .text(&ctx.t(&text!("about-text")))
            .field(&ctx.t(&text!("about-version")), env!("CARGO_PKG_VERSION"))
            .field(&ctx.t(&text!("about-started")), &relative(services.started))
            .field(&ctx.t(&text!("about-servers")), &services.directory.guilds().to_string())
            .field(&ctx.t(&text!("about-features")), &features)
            .field(&ctx.t(&text!("about-licence")), env!("CARGO_PKG_LICENSE"));
        Ok(Reply::embed(card.build()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{World, words};

    #[tokio::test]
    async fn version_licence_and_start_are_shown() {
        let world = World::new().await;
        let shown = words(&world.member(1, 20).run("about", json!({})).await.unwrap());
        for part in [env!("CARGO_PKG_VERSION"), "MIT OR Apache-2.0", "<t:1795176000:R>", "Message statistics"]
        {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }
}
