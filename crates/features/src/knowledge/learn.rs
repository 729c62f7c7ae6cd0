//! `/learn`: teaches the bot something for this guild.

use guildhall_core::text;
use guildhall_framework::{Access, Choice, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{
    changed,
    entry::{Draft, Entry, PER_DAY, full_until, language},
    manage,
};
use crate::view::{self, Card, cut, date, limit, relative, user};

/// Teach me something that this server should know
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "learn")]
pub(super) struct Learn {
    /// What I should know
    #[command(max_length = 4_000)]
    content: String,
    /// A heading to file it under
    #[command(autocomplete = true, max_length = 50)]
    category: Option<String>,
    /// Other words to find it by, separated by commas
    #[command(max_length = 520)]
    concepts: Option<String>,
}

impl SlashCommand for Learn {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let draft = Draft::new(&self.content, self.category.as_deref(), self.concepts.as_deref())?;
        let (author, language, now) = (ctx.caller()?, language(ctx), ctx.now());
        let mut tx = ctx.db().await?;
        if let Some(known) = Entry::with_content(&mut tx, &draft.content).await? {
            let show = view::command(ctx, "knowledge show");
            let (id, by, on) = (known.id.to_string(), user(known.author), date(known.created));
            return Err(text!("knowledge-known", id = id, author = by, date = on, show = show).into());
        }
        if let Some(until) = full_until(&mut tx, now).await? {
            return Err(text!("knowledge-full", max = PER_DAY, until = relative(until)).into());
        }
        let entry = draft.insert(&mut tx, author, &language, now).await?;
        changed(ctx)?;
        Ok(Reply::embed(learned(ctx, &entry).build()))
    }

    async fn complete(ctx: &mut Ctx, option: &str, typed: &str) -> Result<Vec<Choice>, Failure> {
        if option == "category" { manage::complete_category(ctx, typed).await } else { Ok(Vec::new()) }
    }
}

fn learned(ctx: &Ctx, entry: &Entry) -> Card {
    let ask = view::command(ctx, "ask_knowledge");
    let words = text!(
        "knowledge-learned-text",
        author = user(entry.author),
        content = cut(&entry.content, limit::FIELD),
        ask = ask,
    );
    let mut card =
        Card::new(&ctx.t(&text!("knowledge-learned", id = entry.id.to_string()))).text(&ctx.t(&words));
    if let Some(category) = &entry.category {
        card = card.field(&ctx.t(&text!("knowledge-category")), category);
    }
    card.field(&ctx.t(&text!("knowledge-concepts")), &entry.concepts.join(", "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use guildhall_framework::Failure;
    use serde_json::json;

    use crate::testing::{World, body, refused, words};

    #[tokio::test]
    async fn an_entry_is_learned_with_its_number_and_its_author() {
        let world = World::new().await;
        world.register(&[("ask_knowledge", 77)]);
        let caller = world.member(1, 20);
        let taught =
            json!({ "content": "The raid is on Friday.", "category": "Raids", "concepts": "event, boss" });
        let reply = caller.run("learn", taught).await.unwrap();
        let embed = &body(&reply).embeds[0];
        assert_eq!(embed.title.as_deref(), Some("Learned as entry 1"));
        let text = embed.description.as_deref().unwrap();
        assert!(text.contains("The raid is on Friday.") && text.contains("<@20>"), "{text}");
        assert!(text.contains("</ask_knowledge:77>"), "{text}");
        let fields: Vec<_> = embed.fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(fields, ["Raids", "event, boss"]);
        let second = caller.run("learn", json!({ "content": "Pets are welcome." })).await.unwrap();
        assert!(words(&second).contains("Learned as entry 2"));
        let elsewhere = world.member(2, 20).run("learn", json!({ "content": "Pets are welcome." })).await;
        assert!(words(&elsewhere.unwrap()).contains("Learned as entry 1"));
    }

    #[tokio::test]
    async fn every_word_of_a_long_entry_finds_it() {
        let world = World::new().await;
        let words_of: Vec<String> = (0..70).map(|number| format!("word{number}x")).collect();
        let caller = world.member(1, 20);
        // One more than fits whole groups, and a text that fills none.
        for content in [words_of[..65].join(" "), words_of[65..].join(" ")] {
            caller.run("learn", json!({ "content": content })).await.unwrap();
        }
        for word in &words_of {
            let reply = caller.run("ask_knowledge", json!({ "query": word })).await.unwrap();
            assert!(words(&reply).contains(word.as_str()), "{word}");
        }
    }

    #[tokio::test]
    async fn german_members_are_answered_in_german() {
        let world = World::new().await;
        let reply = world.member(1, 20).german().run("learn", json!({ "content": "Raid am Freitag." })).await;
        assert!(words(&reply.unwrap()).contains("Gelernt als Eintrag 1"));
    }

    #[tokio::test]
    async fn the_same_text_is_refused_the_second_time() {
        let world = World::new().await;
        world.member(1, 20).run("learn", json!({ "content": "Be kind." })).await.unwrap();
        let again = world.member(1, 21).run("learn", json!({ "content": "  Be kind.\n" })).await;
        assert_eq!(refused(again), "knowledge-known");
    }

    #[tokio::test]
    async fn a_replayed_interaction_teaches_once() {
        let world = World::new().await;
        let caller = world.member(1, 20).within("interaction:5");
        caller.run("learn", json!({ "content": "Be kind." })).await.unwrap();
        let again = caller.run("learn", json!({ "content": "Be kind." })).await;
        assert!(matches!(again, Err(Failure::DoneBefore)), "{again:?}");
    }

    #[tokio::test]
    async fn a_day_has_a_limit_for_each_guild() {
        let world = World::new().await;
        let caller = world.member(1, 20);
        for number in 0..super::PER_DAY {
            caller.run("learn", json!({ "content": format!("Fact {number}") })).await.unwrap();
        }
        let more = json!({ "content": "One more" });
        assert_eq!(refused(caller.run("learn", more.clone()).await), "knowledge-full");
        world.member(2, 20).run("learn", more.clone()).await.unwrap();
        world.clock.advance(Duration::from_hours(12));
        caller.run("learn", more).await.unwrap();
    }

    #[tokio::test]
    async fn categories_are_suggested_from_this_guild_only() {
        let world = World::new().await;
        let teach = |guild, content: &str, category: &str| {
            let options = json!({ "content": content, "category": category });
            let caller = world.member(guild, 20);
            async move { caller.run("learn", options).await.unwrap() }
        };
        teach(1, "a", "Raids").await;
        teach(1, "b", "Rules").await;
        teach(2, "c", "Raid secrets").await;
        let names = |typed| {
            let caller = world.member(1, 20);
            async move {
                let choices = caller.complete("learn", "category", typed).await;
                choices.into_iter().map(|choice| choice.value).collect::<Vec<_>>()
            }
        };
        assert_eq!(names("").await, ["Raids", "Rules"]);
        assert_eq!(names("RAI").await, ["Raids"]);
    }

    #[tokio::test]
    async fn mentions_are_shown_and_the_longest_text_fits() {
        let world = World::new().await;
        let content = format!("@everyone <@&5> <@6> {}", "ä".repeat(3_979));
        let reply = world.member(1, 20).run("learn", json!({ "content": content })).await.unwrap();
        // The house of the tests checks the limits and that nobody is pinged.
        assert!(words(&reply).contains("@everyone <@&5> <@6>"));
    }
}
