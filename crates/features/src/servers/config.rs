//! `/server_config`: turns features on and off.

use guildhall_core::text;
use guildhall_framework::{
    Access, Body, Choice, Ctx, Failure, Feature, OnComponent, Reply, SlashCommand, Toggle,
    component::{Input, custom_id},
};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::{channel::message::component::ButtonStyle, guild::Permissions};

use crate::view::{Card, button, cut, on_or_off, require, rows};

/// Turn features of the bot on or off in this server
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "server_config")]
pub(super) struct ServerConfig {
    /// The feature
    #[command(autocomplete = true, max_length = 100)]
    feature: Option<String>,
    /// Whether it is on
    enabled: Option<bool>,
}

impl SlashCommand for ServerConfig {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let Some(typed) = self.feature else {
            let body = overview(ctx, "", &[])?;
            return Ok(Reply::Message { body, ephemeral: true });
        };
        let name = switchable(ctx, &typed)?;
        let mut changes = Vec::new();
        let mut said = String::new();
        if let Some(on) = self.enabled {
            ctx.set_toggle(name, on).await?;
            changes.push((name, on));
            said = confirmation(ctx, name, on);
        }
        let body = overview(ctx, &said, &changes)?;
        Ok(Reply::Message { body, ephemeral: true })
    }

    async fn complete(ctx: &mut Ctx, option: &str, typed: &str) -> Result<Vec<Choice>, Failure> {
        if option != "feature" {
            return Ok(Vec::new());
        }
        let typed = typed.to_lowercase();
        let choice = |feature: &Feature| Choice {
            name: cut(&ctx.t(&feature.title()), 100),
            value: feature.name.to_owned(),
        };
        let fits =
            |choice: &Choice| choice.name.to_lowercase().contains(&typed) || choice.value.contains(&typed);
        let (guild, services) = (ctx.guild()?, ctx.services());
        let there = services.registry.toggles().filter(|one| services.toggles.available(guild, one));
        Ok(there.map(choice).filter(fits).take(25).collect())
    }
}

/// A button of the overview: `servers:switch:FEATURE:on`.
pub(super) struct Switch;

impl OnComponent for Switch {
    const NAME: &'static str = "servers:switch";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        require(ctx, Permissions::MANAGE_GUILD)?;
        let [feature, state] = input.arguments.as_slice() else {
            return Err(text!("failure-unknown-component").into());
        };
        let (name, on) = (switchable(ctx, feature)?, state == "on");
        ctx.set_toggle(name, on).await?;
        let said = confirmation(ctx, name, on);
        overview(ctx, &said, &[(name, on)]).map(Reply::Update)
    }
}

/// The features with their states, and a button each. `changes` are on their way into the database.
pub(super) fn overview(ctx: &Ctx, said: &str, changes: &[(&'static str, bool)]) -> Result<Body, Failure> {
    let states = states(ctx, changes)?;
    let press = |(feature, on): &(&Feature, bool)| {
        let (style, label, next) = if *on {
            (ButtonStyle::Secondary, text!("config-turn-off", feature = ctx.t(&feature.title())), "off")
        } else {
            (ButtonStyle::Success, text!("config-turn-on", feature = ctx.t(&feature.title())), "on")
        };
        button(style, &ctx.t(&label), custom_id(Switch::NAME, &[feature.name, next]))
    };
    let toggles = states.iter().filter(|(feature, _)| feature.toggle != Toggle::Always);
    let buttons = toggles.map(press).collect();
    let mut body = Card::new(&ctx.t(&text!("config-title"))).text(&features(ctx, changes)?).body();
    said.clone_into(&mut body.content);
    body.components = rows(buttons);
    Ok(body)
}

/// One paragraph for each feature: its name, whether it is on, what it does.
pub(super) fn features(ctx: &Ctx, changes: &[(&'static str, bool)]) -> Result<String, Failure> {
    let paragraph = |(feature, on): &(&Feature, bool)| {
        let state = if feature.toggle == Toggle::Always { text!("state-always") } else { on_or_off(*on) };
        format!("**{}**: {}\n{}", ctx.t(&feature.title()), ctx.t(&state), ctx.t(&feature.description()))
    };
    Ok(states(ctx, changes)?.iter().map(paragraph).collect::<Vec<_>>().join("\n\n"))
}

/// Every feature, and whether it is on once `changes` are in effect.
fn states<'a>(ctx: &'a Ctx, changes: &[(&'static str, bool)]) -> Result<Vec<(&'a Feature, bool)>, Failure> {
    let guild = ctx.guild()?;
    let services = ctx.services();
    let state = |feature: &'a Feature| {
        let soon = changes.iter().find(|(name, _)| *name == feature.name).map(|(_, on)| *on);
        (feature, soon.unwrap_or_else(|| services.toggles.enabled(guild, feature)))
    };
    // What is not there for this server yet is not shown.
    let there = services.registry.features().iter().filter(|one| services.toggles.available(guild, one));
    Ok(there.map(state).collect())
}

/// The feature that a caller named, by its own name or by the one for people.
fn switchable(ctx: &Ctx, typed: &str) -> Result<&'static str, Failure> {
    let typed = typed.trim().to_lowercase();
    let is_meant =
        |feature: &&Feature| feature.name == typed || ctx.t(&feature.title()).to_lowercase() == typed;
    let registry = &ctx.services().registry;
    let Some(feature) = registry.features().iter().find(is_meant) else {
        let names: Vec<_> = registry.toggles().map(|feature| ctx.t(&feature.title())).collect();
        return Err(text!("config-unknown", feature = cut(&typed, 50), names = names.join(", ")).into());
    };
    if feature.toggle == Toggle::Always {
        return Err(text!("config-always", feature = ctx.t(&feature.title())).into());
    }
    if !ctx.services().toggles.available(ctx.guild()?, feature) {
        return Err(text!("config-rollout", feature = ctx.t(&feature.title())).into());
    }
    Ok(feature.name)
}

fn confirmation(ctx: &Ctx, name: &str, on: bool) -> String {
    let feature = ctx.services().registry.feature(name).map(Feature::title);
    let feature = feature.map(|title| ctx.t(&title)).unwrap_or_default();
    ctx.t(&if on { text!("config-on", feature = feature) } else { text!("config-off", feature = feature) })
}

#[cfg(test)]
mod tests {
    use guildhall_framework::Failure;
    use guildhall_store::platform;
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body, custom_ids, guild, refused, words};

    fn on(world: &World, number: u64, name: &str) -> bool {
        let feature = world.services.registry.feature(name).unwrap();
        world.services.toggles.enabled(guild(number), feature)
    }

    #[tokio::test]
    async fn a_feature_is_turned_on_here_and_nowhere_else() {
        let world = World::new().await;
        let manager = world.manager(1, 20);
        let options = json!({ "feature": "statistics", "enabled": true });
        let reply = manager.run("server_config", options).await.unwrap();
        assert!(matches!(reply, Reply::Message { ephemeral: true, .. }));
        assert_eq!(body(&reply).content, "Message statistics is on now.");
        assert!(on(&world, 1, "statistics") && !on(&world, 2, "statistics"));
        let mut read = world.services.store.read().await.unwrap();
        let scope = guildhall_core::scope::GuildScope(guild(1));
        let stored = platform::setting::all(&mut read.guild(scope)).await.unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!((stored[0].feature.as_str(), stored[0].value.as_str()), ("statistics", "true"));
    }

    #[tokio::test]
    async fn the_overview_has_a_button_for_each_feature_that_can_be_turned() {
        let world = World::new().await;
        let manager = world.manager(1, 20);
        let reply = manager.run("server_config", json!({})).await.unwrap();
        assert_eq!(
            custom_ids(body(&reply)),
            ["servers:switch:knowledge:off", "servers:switch:statistics:on"]
        );
        let turned = manager.press("servers:switch:knowledge:off").await.unwrap();
        assert!(matches!(turned, Reply::Update(_)));
        assert!(words(&turned).contains("**Knowledge**: off"));
        assert_eq!(custom_ids(body(&turned))[0], "servers:switch:knowledge:on");
        assert!(!on(&world, 1, "knowledge"));
    }

    #[tokio::test]
    async fn what_cannot_be_turned_is_refused() {
        let world = World::new().await;
        let manager = world.manager(1, 20);
        let set = |feature: &str| json!({ "feature": feature, "enabled": false });
        assert_eq!(refused(manager.run("server_config", set("help")).await), "config-always");
        assert_eq!(refused(manager.run("server_config", set("dancing")).await), "config-unknown");
        assert_eq!(refused(manager.press("servers:switch:servers:off").await), "config-always");
        assert_eq!(refused(manager.press("servers:switch").await), "failure-unknown-component");
        let member = world.member(1, 20).press("servers:switch:knowledge:off").await;
        assert!(matches!(member, Err(Failure::CallerLacks(_))), "{member:?}");
        assert!(on(&world, 1, "knowledge"));
    }

    #[tokio::test]
    async fn features_are_found_by_their_names_in_the_language_of_the_caller() {
        let world = World::new().await;
        let german = world.manager(1, 20).german();
        let choices = german.complete("server_config", "feature", "nachr").await;
        let values: Vec<_> =
            choices.iter().map(|choice| (choice.name.as_str(), choice.value.as_str())).collect();
        assert_eq!(values, [("Nachrichtenstatistik", "statistics")]);
        let options = json!({ "feature": "nachrichtenstatistik", "enabled": true });
        let reply = german.run("server_config", options).await.unwrap();
        assert_eq!(body(&reply).content, "Nachrichtenstatistik ist jetzt eingeschaltet.");
        assert_eq!(world.manager(1, 20).complete("server_config", "feature", "").await.len(), 2);
    }
}
