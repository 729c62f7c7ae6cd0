//! `/retention`: how long each class of data stays in this guild.

use guildhall_core::{l10n::Text, text};
use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use guildhall_store::{
    Class, Table,
    retention::{self, Outdated},
};
use twilight_interactions::command::{CommandModel, CommandOption, CreateCommand, CreateOption};

use super::owner;
use crate::view::{Card, command};

/// A class by name.
#[derive(Clone, Copy, Debug, CommandOption, CreateOption, Eq, PartialEq)]
pub(super) enum Named {
    /// Messages.
    #[option(name = "messages", value = "messages")]
    Messages,
    /// Reactions.
    #[option(name = "reactions", value = "reactions")]
    Reactions,
    /// Knowledge.
    #[option(name = "knowledge", value = "knowledge")]
    Knowledge,
    /// Adventures.
    #[option(name = "adventures", value = "adventures")]
    Adventures,
    /// Statistics.
    #[option(name = "statistics", value = "statistics")]
    Statistics,
}

impl Named {
    const fn class(self) -> Class {
        match self {
            Self::Messages => Class::MESSAGES,
            Self::Reactions => Class::REACTIONS,
            Self::Knowledge => Class::KNOWLEDGE,
            Self::Adventures => Class::ADVENTURES,
            Self::Statistics => Class::STATISTICS,
        }
    }
}

/// See and choose how long data of this server is kept
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "retention", desc = "See and choose how long data of this server is kept")]
pub(super) enum Retention {
    /// What holds.
    #[command(name = "show")]
    Show(Show),
    /// Another time.
    #[command(name = "set")]
    Set(Set),
    /// What would go.
    #[command(name = "preview")]
    Preview(Preview),
}

/// See how long each class of data is kept
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "show")]
pub(super) struct Show;

/// Choose how long a class of data is kept
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "set")]
pub(super) struct Set {
    /// The class of data
    class: Named,
    /// The days; 0 keeps it for good
    #[command(min_value = 0, max_value = 3650)]
    days: i64,
}

/// See what would be removed, without removing it
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "preview")]
pub(super) struct Preview {
    /// A class of data to try another time for
    class: Option<Named>,
    /// The days to try; 0 keeps it for good
    #[command(min_value = 0, max_value = 3650)]
    days: Option<i64>,
}

impl SlashCommand for Retention {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Show(_) => shown(ctx, String::new()).await,
            Self::Set(set) => set.run(ctx).await,
            Self::Preview(preview) => preview.run(ctx).await,
        }
    }
}

impl Set {
    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let (class, days, now) = (self.class.class(), days(self.days), ctx.now());
        retention::choose(&mut ctx.db().await?, class, days, now).await?;
        let detail = format!(
            "{}: {}",
            class.name,
            days.map_or_else(|| "for good".to_owned(), |days| format!("{days} days"))
        );
        owner::record(ctx, "retention", &detail).await?;
        let said = text!("retention-set", class = class.name, preview = command(ctx, "retention preview"));
        let said = ctx.t(&said);
        shown(ctx, said).await
    }
}

impl Preview {
    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let chosen = self.class.zip(self.days).map(|(class, number)| (class.class(), days(number)));
        let now = ctx.now();
        let tables = tables(ctx);
        let found = retention::preview(&mut ctx.snapshot().await?, tables.into_iter(), chosen, now).await?;
        let line = |found: &Outdated| {
            let class = found.class.map_or("", |class| class.name);
            ctx.t(&text!("retention-line", class = class, table = found.table, rows = found.rows))
        };
        let lines: Vec<_> = found.iter().map(line).collect();
        let title = ctx.t(&text!("retention-preview-title"));
        Ok(Reply::embed(Card::new(&title).text(&lines.join("\n")).build()).ephemeral())
    }
}

/// Zero stands for no end.
fn days(number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|days| *days > 0)
}

fn tables(ctx: &Ctx) -> Vec<&'static Table> {
    ctx.services().store.schemas().iter().flat_map(|schema| schema.inventory).collect()
}

/// Every class with its days, and which tables go by it.
async fn shown(ctx: &mut Ctx, said: String) -> Result<Reply, Failure> {
    let mut card = Card::new(&ctx.t(&text!("retention-title"))).text(&ctx.t(&text!("retention-intro")));
    for class in Class::ALL {
        let days = retention::days(&mut ctx.snapshot().await?, *class).await?;
        let goes = |table: &&&Table| matches!(table.retention, guildhall_store::Retention::Class { class: other, .. } if other == *class);
        let names: Vec<_> = tables(ctx).iter().filter(goes).map(|table| table.name).collect();
        let words: Text = match days {
            Some(days) => text!("retention-days", days = days, tables = names.join(", ")),
            None => text!("retention-good", tables = names.join(", ")),
        };
        card = card.field(class.name, &ctx.t(&words));
    }
    let mut body = card.body();
    body.content = said;
    Ok(Reply::Message { body, ephemeral: true })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::testing::{World, words};

    #[tokio::test]
    async fn a_server_chooses_for_itself_and_sees_first_what_would_go() {
        let world = World::new().await;
        for place in 1..=2 {
            let content = json!({ "content": "The canary sings." });
            world.member(place, 20).run("learn", content).await.unwrap();
        }
        world.clock.advance(Duration::from_hours(24 * 40));
        let run =
            async |place, options| words(&world.manager(place, 20).run("retention", options).await.unwrap());
        let preview = json!({ "preview": { "class": "knowledge", "days": 30 } });
        assert!(run(1, preview).await.contains("knowledge_entry: 1"));
        assert!(run(1, json!({ "preview": {} })).await.contains("knowledge_entry: 0"), "kept for good");
        let set = json!({ "set": { "class": "knowledge", "days": 30 } });
        assert!(run(1, set).await.contains("30 days"));
        assert!(run(2, json!({ "show": {} })).await.contains("for good"));
        retention::run(&world.services.store, world.services.clock.now()).await.unwrap();
        let asked = async |place| {
            words(&world.member(place, 20).run("ask_knowledge", json!({ "query": "canary" })).await.unwrap())
        };
        assert!(!asked(1).await.contains("sings") && asked(2).await.contains("sings"));
        let forever = json!({ "set": { "class": "statistics", "days": 0 } });
        assert!(run(1, forever).await.contains("for good"));
    }

    #[test]
    fn every_class_can_be_named() {
        let named =
            [Named::Messages, Named::Reactions, Named::Knowledge, Named::Adventures, Named::Statistics];
        assert_eq!(named.map(Named::class).as_slice(), Class::ALL);
    }
}
