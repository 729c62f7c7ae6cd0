//! `/server_stats`: the numbers of this guild. The features add their own.

use std::{collections::HashMap, time::Duration};

use guildhall_core::{id::GuildId, scope::GuildScope, text};
use guildhall_framework::{Access, Ctx, Failure, Feature, Figures, Periodic, Reply, Services, SlashCommand};
use guildhall_store::{StoreError, params};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::schema;
use crate::{
    calendar::day,
    view::{Card, command},
};

/// Show how much goes on in this server
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "server_stats")]
pub(super) struct ServerStats;

impl SlashCommand for ServerStats {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let guild = ctx.guild()?;
        let today = day(ctx.now());
        let row = ctx.snapshot().await?.fetch_one(&schema::COMMANDS, params![today]).await?;
        let unsaved = i64::from(ctx.services().usage.of(guild));
        let commands = text!(
            "stats-commands-value",
            today = row.get::<i64>("today")? + unsaved,
            total = row.get::<i64>("total")? + unsaved,
        );
        let mut card = Card::new(&ctx.t(&text!("stats-title")));
        card = card.field(&ctx.t(&text!("stats-commands")), &ctx.t(&commands));
        for figures in figures(ctx, guild, true).into_iter().map(|(_, figures)| figures) {
            for figure in figures(ctx).await? {
                card = card.field(&ctx.t(&figure.label), &figure.value);
            }
        }
        for (name, _) in figures(ctx, guild, false) {
            let feature = ctx.services().registry.feature(name).map(Feature::title);
            let title = feature.map(|title| ctx.t(&title)).unwrap_or_default();
            let words = text!("stats-off", config = command(ctx, "server_config"), feature = title.clone());
            card = card.field(&title, &ctx.t(&words));
        }
        Ok(Reply::embed(card.build()))
    }
}

/// The features with numbers of their own that are on, or off.
fn figures(ctx: &Ctx, guild: GuildId, on: bool) -> Vec<(&'static str, Figures)> {
    let services = ctx.services();
    let features = services.registry.features().iter();
    let features = features.filter(|feature| services.toggles.available(guild, feature));
    let wanted = features.filter(|feature| services.toggles.enabled(guild, feature) == on);
    wanted.filter_map(|feature| Some((feature.name, feature.figures?))).collect()
}

/// Writes down how often commands ran. A crash loses the counts of the last minute, nothing else.
pub(super) const SAVE_USAGE: Periodic = Periodic {
    name: "servers_save_usage",
    every: Duration::from_mins(1),
    at_stop: true,
    run: |services| Box::pin(save(services)),
};

async fn save(services: &Services) -> Result<(), Failure> {
    let counts = services.usage.take();
    if counts.is_empty() {
        return Ok(());
    }
    let stored = store(services, &counts).await;
    if stored.is_err() {
        services.usage.give_back(counts);
    }
    stored.map_err(Failure::from)
}

async fn store(services: &Services, counts: &HashMap<GuildId, u32>) -> Result<(), StoreError> {
    let today = day(services.clock.now());
    let mut write = services.store.write().await?;
    // In the order in which everybody writes for several guilds, so that no two wait for each other.
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_unstable();
    for (guild, commands) in counts {
        let mut tx = write.guild(GuildScope(*guild));
        tx.execute(&schema::ADD_COMMANDS, params![today, *commands]).await?;
    }
    write.commit().await
}

#[cfg(test)]
mod tests {
    use guildhall_core::event::EventKind;
    use guildhall_store::retention;
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body};

    async fn fields(world: &World, guild: u64) -> Vec<(String, String)> {
        let reply = world.member(guild, 30).run("server_stats", json!({})).await.unwrap();
        let fields = &body(&reply).embeds[0].fields;
        fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect()
    }

    #[tokio::test]
    async fn commands_are_counted_before_and_after_they_are_stored() {
        let world = World::new().await;
        for _ in 0..3 {
            world.member(1, 20).run("ping", json!({})).await.unwrap();
        }
        assert_eq!(fields(&world, 1).await[0].1, "3 today, 3 in all");
        world.task("servers_save_usage").await;
        assert_eq!(fields(&world, 1).await[0].1, "4 today, 4 in all");
        assert_eq!(fields(&world, 2).await[0].1, "0 today, 0 in all");
        world.task("servers_save_usage").await;
        world.clock.advance(Duration::from_hours(24));
        assert_eq!(fields(&world, 1).await[0].1, "0 today, 5 in all");
        world.task("servers_save_usage").await;
        world.task("servers_save_usage").await;
        assert_eq!(fields(&world, 1).await[0].1, "1 today, 6 in all");
    }

    #[tokio::test]
    async fn statistics_that_are_off_say_so_and_how_to_turn_them_on() {
        let world = World::new().await;
        world.register(&[("server_config", 8)]);
        world.member(1, 20).run("learn", json!({ "content": "Be kind." })).await.unwrap();
        let shown = fields(&world, 1).await;
        assert_eq!(shown[1], ("Knowledge".to_owned(), "1 entry".to_owned()));
        assert_eq!(shown[2].0, "Message statistics");
        assert!(shown[2].1.contains("counts nothing") && shown[2].1.contains("</server_config:8>"));
    }

    #[tokio::test]
    async fn messages_of_people_are_counted_in_their_own_guild() {
        let world = World::new().await;
        let on = json!({ "feature": "statistics", "enabled": true });
        world.manager(1, 20).run("server_config", on).await.unwrap();
        // Snowflakes of the day that the clock shows.
        let id = |number: u64| (((1_795_176_000_000_u64 - 1_420_070_400_000) << 22) + number).to_string();
        let message = |number, author: u64| json!({ "id": id(number), "type": 0, "author": { "id": author.to_string() } });
        for (number, author) in [(1, 40), (2, 41), (3, 41)] {
            let key = format!("message:{number}");
            world.event(1, EventKind::MessageCreate, &key, message(number, author)).await.unwrap();
        }
        let replayed = world.event(1, EventKind::MessageCreate, "message:3", message(3, 41)).await;
        assert!(matches!(replayed, Err(Failure::DoneBefore)), "{replayed:?}");
        let ignored = [
            json!({ "id": id(4), "type": 0, "author": { "id": "42", "bot": true } }),
            json!({ "id": id(5), "type": 0, "author": { "id": "42" }, "webhook_id": "42" }),
            json!({ "id": id(6), "type": 7, "author": { "id": "42" } }),
        ];
        for (number, payload) in ignored.into_iter().enumerate() {
            world.event(1, EventKind::MessageCreate, &format!("ignored:{number}"), payload).await.unwrap();
        }
        world.event(2, EventKind::MessageCreate, "elsewhere", message(7, 43)).await.unwrap();
        let shown = fields(&world, 1).await;
        assert_eq!(shown[2], ("Messages".to_owned(), "3 today, 3 in seven days, 3 in all".to_owned()));
        assert_eq!(shown[3].1, "1. <@41>: 2\n2. <@40>: 1");
        world.clock.advance(Duration::from_hours(24 * 120));
        retention::run(&world.services.store, world.services.clock.now()).await.unwrap();
        assert_eq!(fields(&world, 1).await[2].1, "0 today, 0 in seven days, 3 in all");
        assert_eq!(fields(&world, 1).await.len(), 3, "the counts of members are gone");
    }
}
