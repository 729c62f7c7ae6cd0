//! `/ask_knowledge`: answers from what this guild was taught, with sources, or says that it cannot.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, Reply, SlashCommand};
use twilight_interactions::command::{CommandModel, CreateCommand};

use super::index::{self, Answer};
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
        let Answer { entries, found } =
            index::search(&mut ctx.snapshot().await?, &question, CITED, PASSAGE).await?;
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
