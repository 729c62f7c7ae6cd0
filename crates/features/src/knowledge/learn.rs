//! `/learn`: teaches the bot something for this guild.

use guildhall_core::text;
use guildhall_framework::{Access, Choice, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::{
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
