//! The first message in a guild, and what its buttons show.

use guildhall_core::text;
use guildhall_framework::{
    Body, Ctx, Failure, OnComponent, Reply,
    component::{Input, custom_id},
};
use twilight_model::{channel::message::component::ButtonStyle, guild::Permissions};

use super::{config, setup};
use crate::view::{Card, button, command, rows};

/// What the bot must be allowed to do where it welcomes.
pub(super) const NEEDS: Permissions =
    Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES).union(Permissions::EMBED_LINKS);

/// The message, in the guild's language.
pub(super) fn body(ctx: &Ctx) -> Body {
    let words = text!(
        "welcome-text",
        learn = command(ctx, "learn"),
        ask = command(ctx, "ask_knowledge"),
        help = command(ctx, "help"),
    );
    let press = |style, name, label| button(style, &ctx.t_guild(&label), custom_id(name, &[]));
    let buttons = vec![
        press(ButtonStyle::Primary, setup::Open::NAME, text!("welcome-setup")),
        press(ButtonStyle::Secondary, Features::NAME, text!("welcome-features")),
        press(ButtonStyle::Secondary, Privacy::NAME, text!("welcome-privacy")),
    ];
    let mut body = Card::new(&ctx.t_guild(&text!("welcome-title"))).text(&ctx.t_guild(&words)).body();
    body.components = rows(buttons);
    body
}

/// Shows what the bot can do here.
pub(super) struct Features;

impl OnComponent for Features {
    const NAME: &'static str = "servers:features";

    async fn run(ctx: &mut Ctx, _input: Input) -> Result<Reply, Failure> {
        let card = Card::new(&ctx.t(&text!("features-title"))).text(&config::features(ctx, &[])?);
        let help = ctx.t(&text!(
            "features-hint",
            help = command(ctx, "help"),
            config = command(ctx, "server_config")
        ));
        let mut body = card.body();
        body.content = help;
        Ok(Reply::Message { body, ephemeral: true })
    }
}

/// Shows what is kept about people, and what is not.
pub(super) struct Privacy;

impl OnComponent for Privacy {
    const NAME: &'static str = "servers:privacy";

    async fn run(ctx: &mut Ctx, _input: Input) -> Result<Reply, Failure> {
        let card = Card::new(&ctx.t(&text!("privacy-title"))).text(&ctx.t(&text!("privacy-text")));
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{World, words};

    #[tokio::test]
    async fn anyone_sees_the_features_and_what_is_kept() {
        let world = World::new().await;
        let features = words(&world.member(1, 20).press("servers:features").await.unwrap());
        assert!(features.contains("**Knowledge**: on") && features.contains("**Message statistics**: off"));
        let privacy = words(&world.member(1, 20).german().press("servers:privacy").await.unwrap());
        assert!(privacy.contains("**Nicht aufbewahrt:**"), "{privacy}");
    }
}
