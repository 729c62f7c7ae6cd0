//! `/ask_knowledge`: answers from what this guild was taught, with sources, or says that it cannot.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use guildhall_store::GuildTx;
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{
    ANSWERS,
    index::{self, Answer},
};
use crate::view::{self, Card, cut, one_line};

/// Entries that an answer cites at most.
const CITED: usize = 3;

/// Characters of each passage: what a field holds, less the line with the source.
const PASSAGE: usize = 900;

/// Ask what this server knows
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "ask_knowledge")]
pub(super) struct AskKnowledge {
    /// Your question
    #[command(max_length = 300)]
    query: String,
}

impl SlashCommand for AskKnowledge {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let question = one_line(&self.query);
        // The words may be anything; the name of a value is short and tells nothing.
        let name = blake3::hash(question.as_bytes()).to_hex();
        let search = async |tx: &mut GuildTx<'_>| index::search(tx, &question, CITED, PASSAGE).await;
        let Answer { entries, found } = ctx.cached(&ANSWERS, &name, search).await?;
        let learn = view::command(ctx, "learn");
        let shown = cut(&question, 300);
        if found.is_empty() {
            let words = match entries {
                0 => text!("knowledge-nothing-yet", learn = learn),
                _ => text!("knowledge-no-answer", question = shown, learn = learn),
            };
            return Ok(Reply::public(ctx.t(&words)));
        }
        let mut card = Card::new(&shown).text(&ctx.t(&text!("knowledge-answer", count = found.len())));
        for (place, answer) in found.iter().enumerate() {
            let name = format!("[{}] {}", place + 1, answer.entry.title(ctx));
            card = card.field(&name, &format!("{}\n{}", answer.passage, answer.entry.source()));
        }
        Ok(Reply::embed(card.build()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{World, body, words};

    async fn taught(world: &World, guild: u64, contents: &[&str]) {
        for content in contents {
            world.member(guild, 20).run("learn", json!({ "content": content })).await.unwrap();
        }
    }

    async fn ask(world: &World, guild: u64, query: &str) -> guildhall_framework::Reply {
        world.member(guild, 30).run("ask_knowledge", json!({ "query": query })).await.unwrap()
    }

    const RAIDS: &[&str] = &[
        "The weekly raid starts on Friday at eight.",
        "Pets are welcome in the lounge channel.",
        "Loot is shared by the council after each boss.",
    ];

    #[tokio::test]
    async fn an_answer_cites_its_source() {
        let world = World::new().await;
        taught(&world, 1, RAIDS).await;
        let reply = ask(&world, 1, "When does the raid start?").await;
        let embed = &body(&reply).embeds[0];
        assert_eq!(embed.title.as_deref(), Some("When does the raid start?"));
        assert_eq!(embed.fields.len(), 1);
        assert_eq!(embed.fields[0].name, "[1] Entry 1");
        let value = &embed.fields[0].value;
        assert!(value.starts_with("The weekly raid starts on Friday at eight.\n"), "{value}");
        assert!(value.ends_with("<@20>, <t:1795176000:d>"), "{value}");
    }

    #[tokio::test]
    async fn at_most_three_entries_are_cited_and_long_ones_in_part() {
        let world = World::new().await;
        let long = format!("The raid starts at nine. {}", "Filler sentence here. ".repeat(150));
        let mut texts: Vec<String> = (0..5).map(|n| format!("Raid number {n} starts at eight.")).collect();
        texts.push(long);
        taught(&world, 1, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let reply = ask(&world, 1, "raid starts").await;
        assert_eq!(body(&reply).embeds[0].fields.len(), 3);
    }

    #[tokio::test]
    async fn what_nobody_taught_is_not_made_up() {
        let world = World::new().await;
        let empty = ask(&world, 1, "When does the raid start?").await;
        assert!(words(&empty).contains("has not taught me anything yet"), "{empty:?}");
        taught(&world, 1, RAIDS).await;
        let unknown = ask(&world, 1, "How tall is the Eiffel tower?").await;
        assert!(words(&unknown).contains("not in this server's knowledge: How tall"), "{unknown:?}");
        assert!(words(&unknown).contains("/learn"));
        let nothing = ask(&world, 1, "???").await;
        assert!(words(&nothing).contains("not in this server's knowledge"), "{nothing:?}");
    }

    #[tokio::test]
    async fn one_guild_never_finds_what_another_was_taught() {
        let world = World::new().await;
        taught(&world, 1, &["The canary word of this house is xylophone."]).await;
        taught(&world, 2, &["The canary word of that house is zeppelin."]).await;
        for (guild, own, foreign) in [(1, "xylophone", "zeppelin"), (2, "zeppelin", "xylophone")] {
            let found = words(&ask(&world, guild, "What is the canary word of the house?").await);
            assert!(found.contains(own) && !found.contains(foreign), "{found}");
            let asked = words(&ask(&world, guild, foreign).await);
            assert!(asked.contains("not in this server's knowledge"), "{asked}");
        }
        let third = words(&ask(&world, 3, "canary xylophone zeppelin").await);
        assert!(third.contains("has not taught me anything yet"), "{third}");
    }

    #[tokio::test]
    async fn concepts_and_categories_help_to_find_an_entry() {
        let world = World::new().await;
        let taught =
            json!({ "content": "We meet on Friday.", "category": "Dungeons", "concepts": "raid, boss" });
        world.member(1, 20).run("learn", taught).await.unwrap();
        for query in ["raid", "dungeon", "bosses"] {
            assert!(words(&ask(&world, 1, query).await).contains("We meet on Friday."), "{query}");
        }
    }

    #[tokio::test]
    async fn a_german_server_is_searched_in_german() {
        let world = World::new().await;
        let caller = world.member(1, 20).german();
        caller.run("learn", json!({ "content": "Die Häuser am Hafen gehören der Gilde." })).await.unwrap();
        let reply = caller.run("ask_knowledge", json!({ "query": "Wem gehört das Haus?" })).await.unwrap();
        let found = words(&reply);
        assert!(found.contains("[1] Eintrag 1") && found.contains("Aus dem Wissen"), "{found}");
    }
}
