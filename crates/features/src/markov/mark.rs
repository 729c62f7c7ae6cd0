//! `/mark`: a sentence in the manner of the server.

use std::time::Duration;

use guildhall_core::text;
use guildhall_framework::{Access, Body, Choice, Ctx, Failure, Reply, SlashCommand, permissions};
use guildhall_markov::Sentence;
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::guild::Permissions;

use super::words::{self, Wish};
use crate::view::{Card, cut};

/// Choices that Discord shows at most (Discord docs: Interactions, Autocomplete).
const CHOICES: usize = 25;
/// How long a suggestion waits for a chain: somebody is typing.
const TYPING: Duration = Duration::from_millis(1_800);

/// Say something in the manner of this server
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "mark")]
pub(super) struct Mark {
    /// Words that it shall contain
    #[command(autocomplete = true, max_length = 100)]
    seed: Option<String>,
    /// Show how it came about
    debug: Option<bool>,
    /// Have it read aloud
    tts: Option<bool>,
}

impl SlashCommand for Mark {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let tts = self.tts == Some(true);
        if tts {
            let wanted = Permissions::SEND_TTS_MESSAGES;
            let lacking = permissions::missing(ctx.invocation().user_permissions, wanted);
            if !lacking.is_empty() {
                return Err(Failure::CallerLacks(lacking));
            }
        }
        let debug = self.debug == Some(true);
        let seed = self.seed.filter(|seed| !seed.trim().is_empty());
        let found = words::sentence(ctx, &Wish { seed, seed_optional: false, path: debug }).await?;
        let mut body = Body { tts, ..Body::text(words::said(ctx, &found).await?) };
        if debug {
            body.embeds.push(way(ctx, &found).build());
        }
        Ok(Reply::Message { body, ephemeral: false })
    }

    async fn complete(ctx: &mut Ctx, option: &str, typed: &str) -> Result<Vec<Choice>, Failure> {
        if option != "seed" {
            return Ok(Vec::new());
        }
        let markov = words::chain(ctx, TYPING).await?;
        let (before, last) = typed.rfind(char::is_whitespace).map_or(("", typed), |at| {
            let after = at + typed[at..].chars().next().map_or(0, char::len_utf8);
            typed.split_at(after)
        });
        let found = markov.complete(ctx.guild()?, last.to_owned(), CHOICES * 2).await?;
        let choices = found.into_iter().filter(|candidate| is_word(&candidate.text)).map(|candidate| {
            let words = format!("{before}{}", candidate.text);
            Choice { name: words.clone(), value: words }
        });
        let fits = |choice: &Choice| choice.value.chars().count() <= 100;
        Ok(choices.filter(fits).take(CHOICES).collect())
    }
}

/// Whether it is a word and no link or mark, which nobody wants suggested.
fn is_word(text: &str) -> bool {
    !text.contains("://") && !text.starts_with('<') && text.chars().any(char::is_alphanumeric)
}

/// How the sentence came about: score, tries, and each step with the number of ways that there were.
fn way(ctx: &Ctx, found: &Sentence) -> Card {
    let numbers = text!(
        "markov-debug-numbers",
        score = found.score,
        tries = found.tries,
        words = found.tokens,
        sources = found.sources.len()
    );
    let steps = found.path.iter().map(|step| {
        let (state, token) = (cut(&step.state, 60), cut(step.token.as_deref().unwrap_or("∎"), 60));
        let arrow = if step.backward { "←" } else { "→" };
        format!("{state} {arrow} {token} ({})", step.refs)
    });
    // In a block nothing is a mention, a link or a mark.
    let steps = steps.collect::<Vec<_>>().join("\n").replace('`', "ˋ");
    let shown = cut(&steps, 1_000);
    Card::new(&ctx.t(&text!("markov-debug-title")))
        .text(&ctx.t(&numbers))
        .field(&ctx.t(&text!("markov-debug-path")), &format!("```\n{shown}\n```"))
        .field(&ctx.t(&text!("markov-debug-seed")), found.seed.as_deref().unwrap_or_default())
}
