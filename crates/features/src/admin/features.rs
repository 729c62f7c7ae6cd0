//! `/admin features`: which features there are, for how many servers, and whether this server has them.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Feature, Reply, Toggle};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::{Card, on_or_off};

/// See for whom each feature is there
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "features")]
pub(super) struct Features;

impl Features {
    pub(super) fn run(ctx: &Ctx) -> Result<Reply, Failure> {
        let guild = ctx.guild()?;
        let toggles = &ctx.services().toggles;
        let line = |feature: &Feature| {
            let part = match toggles.rollout().part(feature.name) {
                _ if feature.toggle == Toggle::Always => text!("features-always"),
                None => text!("features-all"),
                Some(part) => {
                    text!("features-part", percent = part.percent().to_string(), named = part.guilds().len(),)
                }
            };
            let here = match () {
                () if feature.toggle == Toggle::Always => on_or_off(true),
                () if !toggles.available(guild, feature) => text!("features-outside"),
                () => on_or_off(toggles.enabled(guild, feature)),
            };
            let here = ctx.t(&text!("features-here", state = ctx.t(&here)));
            format!("**{}** (`{}`): {}; {here}", ctx.t(&feature.title()), feature.name, ctx.t(&part))
        };
        let lines: Vec<_> = ctx.services().registry.features().iter().map(line).collect();
        let card = Card::new(&ctx.t(&text!("features-admin-title"))).text(&lines.join("\n"));
        Ok(Reply::embed(card.build()).ephemeral())
    }
}

#[cfg(test)]
mod tests {
    use guildhall_framework::{Failure, Rollout, rollout::Part};
    use serde_json::json;

    use crate::testing::{World, body, guild, refused, words};

    #[tokio::test]
    async fn a_feature_is_there_for_those_who_are_in_and_for_nobody_else() {
        let rollout: Rollout = [("statistics".to_owned(), Part::new(0.0, [guild(1)]))].into_iter().collect();
        let world = World::with(rollout).await;
        let shown = async |number| {
            let reply = world.operator(number).run("admin", json!({ "features": {} })).await.unwrap();
            body(&reply).embeds[0].description.clone().unwrap()
        };
        assert!(shown(1).await.contains("(`statistics`): for 0 % of the servers and 1 named; off here"));
        assert!(shown(2).await.contains("1 named; not for this server"), "{}", shown(2).await);
        assert!(shown(2).await.contains("(`knowledge`): for every server; on here"));
        let on = json!({ "feature": "statistics", "enabled": true });
        world.manager(1, 20).run("server_config", on.clone()).await.unwrap();
        assert!(shown(1).await.contains("1 named; on here"));
        assert_eq!(refused(world.manager(2, 20).run("server_config", on).await), "config-rollout");
        let forged = world.manager(2, 20).press("servers:switch:statistics:on").await;
        assert!(matches!(forged, Err(Failure::Refused(text)) if text.key == "config-rollout"));
        let listed =
            async |number| words(&world.manager(number, 20).run("server_config", json!({})).await.unwrap());
        assert!(listed(1).await.contains("Message statistics"));
        assert!(!listed(2).await.contains("Message statistics"));
    }
}
