//! `/knowledge show`: one entry as it was taught.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::{knowledge::entry::Entry, view::Card};

/// Show an entry in full
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "show")]
pub(in crate::knowledge) struct Show {
    /// The entry's number, or a word in it
    #[command(autocomplete = true, max_length = 100)]
    id: String,
}

impl Show {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let entry = Entry::named(ctx, &self.id).await?;
        let card = Card::new(&entry.title(ctx))
            .text(&entry.content)
            .field(&ctx.t(&text!("knowledge-concepts")), &entry.concepts.join(", "))
            .field(&ctx.t(&text!("knowledge-source")), &entry.source());
        Ok(Reply::embed(card.build()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{World, refused, words};

    #[tokio::test]
    async fn an_entry_is_shown_to_its_own_guild() {
        let world = World::new().await;
        let content = "ü".repeat(4_000);
        let options = json!({ "content": content, "category": "Long", "concepts": "umlaut" });
        world.member(1, 20).run("learn", options).await.unwrap();
        let shown = world.member(1, 30).run("knowledge", json!({ "show": { "id": " #1 " } })).await.unwrap();
        let shown = words(&shown);
        assert!(shown.contains(&content) && shown.contains("Entry 1 · Long") && shown.contains("<@20>"));
        for id in ["2", "0", "-1", "x", "99999999999999999999", ""] {
            let none = world.member(1, 30).run("knowledge", json!({ "show": { "id": id } })).await;
            assert_eq!(refused(none), "knowledge-no-entry", "{id}");
        }
        let foreign = world.manager(2, 20).run("knowledge", json!({ "show": { "id": "1" } })).await;
        assert_eq!(refused(foreign), "knowledge-no-entry");
    }

    #[tokio::test]
    async fn numbers_are_suggested_by_words() {
        let world = World::new().await;
        let teach = |guild, content: &str| {
            let options = json!({ "content": content });
            let caller = world.member(guild, 20);
            async move { caller.run("learn", options).await.unwrap() }
        };
        teach(1, "The installation takes an hour.").await;
        teach(1, "Pets are welcome.").await;
        teach(2, "A foreign installation.").await;
        let found = |typed| {
            let caller = world.member(1, 30);
            async move {
                let choices = caller.complete("knowledge", "id", typed).await;
                choices.into_iter().map(|choice| choice.value).collect::<Vec<_>>()
            }
        };
        assert_eq!(found("").await, ["2", "1"]);
        assert_eq!(found("how to inst").await, ["1"]);
        assert_eq!(found("installati").await, ["1"]);
        assert_eq!(found("2").await, ["2"]);
        assert!(found("zeppelin").await.is_empty());
        assert!(world.member(3, 30).complete("knowledge", "id", "inst").await.is_empty());
    }
}
