//! `/server_stats`: the numbers of this guild. The features add their own.

use std::{collections::HashMap, time::Duration};

use guildhall_core::{clock::Timestamp, id::GuildId, scope::GuildScope, text};
use guildhall_framework::{Access, Ctx, Failure, Feature, Figures, Job, Reply, Services, SlashCommand};
use guildhall_store::{StoreError, params};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::schema;
use crate::view::{Card, command};

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
    let wanted = features.filter(|feature| services.toggles.enabled(guild, feature) == on);
    wanted.filter_map(|feature| Some((feature.name, feature.figures?))).collect()
}

/// Writes down how often commands ran. A crash loses the last minute of these counts, nothing else.
pub(super) const SAVE_USAGE: Job = Job {
    name: "servers_save_usage",
    every: Duration::from_mins(1),
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
    for (guild, commands) in counts {
        let mut tx = write.guild(GuildScope(*guild));
        tx.execute(&schema::ADD_COMMANDS, params![today, *commands]).await?;
    }
    write.commit().await
}

/// The first millisecond of the day, in UTC.
fn day(time: Timestamp) -> Timestamp {
    Timestamp(time.0 - time.0.rem_euclid(86_400_000))
}
