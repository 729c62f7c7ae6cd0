//! `/server_info`: the facts about this guild, its features, and which permissions the bot lacks.

use guildhall_core::{clock::Timestamp, text};
use guildhall_framework::{Access, Ctx, Failure, Feature, Reply, SlashCommand, permissions};
use guildhall_store::params;
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::schema;
use crate::view::{Card, channel, command, date, on_or_off, user};

/// Show the facts about this server and what the bot can do in it
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "server_info")]
pub(super) struct ServerInfo;

impl SlashCommand for ServerInfo {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let guild = ctx.guild()?;
        let row = ctx.snapshot().await?.fetch_optional(&schema::FIND, params![]).await?;
        let facts = ctx.services().directory.guild(guild);
        let stored = row.as_ref().map(|row| row.get::<String>("name")).transpose()?;
        let name = facts.as_ref().map(|facts| facts.name.clone()).or(stored);
        let mut card = Card::new(&name.unwrap_or_else(|| ctx.t(&text!("info-title"))));
        if let Some(facts) = facts {
            let words = text!(
                "info-facts",
                owner = user(facts.owner),
                members = facts.members,
                channels = facts.channels,
                roles = facts.roles,
                created = date(Timestamp(guild.created_at_ms())),
            );
            card = card.text(&ctx.t(&words));
        }
        if let Some(row) = row {
            let since = date(row.get("registered_at")?);
            card = card.field(&ctx.t(&text!("info-registered")), &since);
        }
        let state = |feature: &Feature| {
            let on = ctx.services().toggles.enabled(guild, feature);
            format!("{}: {}", ctx.t(&feature.title()), ctx.t(&on_or_off(on)))
        };
        let states: Vec<_> = ctx.services().registry.toggles().map(state).collect();
        card = card.field(&ctx.t(&text!("info-features")), &states.join("\n"));
        card = card.field(&ctx.t(&text!("info-health")), &health(ctx));
        Ok(Reply::embed(card.build()))
    }
}

/// What each feature that is on lacks in this channel, and how to repair it.
fn health(ctx: &Ctx) -> String {
    let invocation = ctx.invocation();
    let services = ctx.services();
    let lacks = |feature: &Feature| {
        let on = invocation.guild.is_some_and(|guild| services.toggles.enabled(guild, feature));
        let bot = feature.commands.iter().fold(feature.needs, |all, command| all | command.access.bot);
        let missing = permissions::missing(invocation.bot_permissions, bot);
        let names = permissions::names(services.registry.catalogue(), invocation.locale, missing);
        (on && !missing.is_empty()).then(|| format!("{}: {names}", ctx.t(&feature.title())))
    };
    let lacking: Vec<_> = services.registry.features().iter().filter_map(lacks).collect();
    if lacking.is_empty() {
        return ctx.t(&text!("info-healthy"));
    }
    let place = invocation.channel.map(channel).unwrap_or_default();
    let hint = text!("info-repair", channel = place, command = command(ctx, "server_info"));
    lacking.join("\n") + "\n" + &ctx.t(&hint)
}

#[cfg(test)]
mod tests {
    use guildhall_core::event::EventKind;
    use guildhall_framework::directory::GuildFacts;
    use serde_json::json;
    use twilight_model::guild::Permissions;

    use crate::testing::{World, body, guild, user, words};

    #[tokio::test]
    async fn the_facts_and_the_features_are_shown() {
        let world = World::new().await;
        let facts = GuildFacts {
            id: guild(1),
            name: "House".to_owned(),
            owner: user(20),
            members: 1_234,
            channels: 7,
            roles: 3,
            locale: "en-US".to_owned(),
        };
        world.directory.guilds.lock().insert(guild(1), facts);
        let joined = json!({ "name": "House", "joined_at": "2026-11-20T11:59:00+00:00" });
        world.event(1, EventKind::GuildCreate, "a", joined).await.unwrap();
        let reply = world.member(1, 30).run("server_info", json!({})).await.unwrap();
        let embed = &body(&reply).embeds[0];
        assert_eq!(embed.title.as_deref(), Some("House"));
        assert!(embed.description.as_deref().unwrap().contains("Owner: <@20>\nMembers: 1234"), "{embed:?}");
        assert_eq!(embed.fields[0].value, "<t:1795176000:d>");
        assert_eq!(
            embed.fields[1].value,
            "Knowledge: on\nRandom sentences: on\nTalking along: off\nMessage statistics: off"
        );
        assert!(embed.fields[2].value.contains("every permission"));
    }

    #[tokio::test]
    async fn missing_permissions_are_named_with_their_feature_and_a_repair() {
        let world = World::new().await;
        let mut caller = world.member(1, 30);
        caller.invocation.bot_permissions = Permissions::VIEW_CHANNEL;
        let reply = caller.run("server_info", json!({})).await.unwrap();
        let shown = words(&reply);
        assert!(shown.contains("Servers: ") && shown.contains("Embed Links"), "{shown}");
        assert!(shown.contains("missing in <#9000>"), "{shown}");
        caller.invocation.bot_permissions = Permissions::ADMINISTRATOR;
        assert!(words(&caller.run("server_info", json!({})).await.unwrap()).contains("every permission"));
        assert!(!shown.contains("Message statistics: View"), "a feature that is off needs nothing");
    }
}
