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
        Ok(ctx.services().registry.toggles().map(choice).filter(fits).take(25).collect())
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
        let changed = changes.iter().find(|(name, _)| *name == feature.name).map(|(_, on)| *on);
        (feature, changed.unwrap_or_else(|| services.toggles.enabled(guild, feature)))
    };
    Ok(services.registry.features().iter().map(state).collect())
}

/// The feature that a caller named, by its own name or by the one for people.
fn switchable(ctx: &Ctx, typed: &str) -> Result<&'static str, Failure> {
    let typed = typed.trim().to_lowercase();
    let named = |feature: &&Feature| feature.name == typed || ctx.t(&feature.title()).to_lowercase() == typed;
    let registry = &ctx.services().registry;
    let Some(feature) = registry.features().iter().find(named) else {
        let names: Vec<_> = registry.toggles().map(|feature| ctx.t(&feature.title())).collect();
        return Err(text!("config-unknown", feature = cut(&typed, 50), names = names.join(", ")).into());
    };
    if feature.toggle == Toggle::Always {
        return Err(text!("config-always", feature = ctx.t(&feature.title())).into());
    }
    Ok(feature.name)
}

fn confirmation(ctx: &Ctx, name: &str, on: bool) -> String {
    let feature = ctx.services().registry.feature(name).map(Feature::title);
    let feature = feature.map(|title| ctx.t(&title)).unwrap_or_default();
    ctx.t(&if on { text!("config-on", feature = feature) } else { text!("config-off", feature = feature) })
}
