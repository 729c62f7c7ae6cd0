//! Writes a sentence that may be shown: none that somebody wrote exactly so, no invitation, and no link but one
//! that a message of this very server had.

use std::{sync::Arc, time::Duration};

use guildhall_core::{scope::GuildScope, text};
use guildhall_framework::{Ctx, Failure};
use guildhall_markov::{Detail, NoSentence, Request, Sentence};
use guildhall_store::params;

use super::{
    Markov,
    chains::Ready,
    links, part, schema,
    telemetry::{self, Outcome},
};
use crate::view::{self, cut, one_line};

/// How long somebody waits for a chain that is being made.
const PATIENCE: Duration = Duration::from_secs(20);
/// Characters of a message.
const LONGEST: usize = 2_000;
/// Sentences that are written before it is given up to find one that may be shown.
const DRAWS: usize = 12;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    /// Words that it shall contain.
    pub(super) seed: Option<String>,
    /// Whether any sentence will do where none has such words.
    pub(super) seed_optional: bool,
    /// Whether each step is told.
    pub(super) path: bool,
}

/// The chains, with this guild's up to date.
pub(super) async fn chain(ctx: &mut Ctx, patience: Duration) -> Result<Arc<Markov>, Failure> {
    let found = up_to_date(ctx, patience).await?;
    found.map_err(|outcome| refusal(ctx, &Wish::default(), outcome))
}

/// A sentence of this guild's.
pub(super) async fn sentence(ctx: &mut Ctx, wish: &Wish) -> Result<Sentence, Failure> {
    let drawn = draw(ctx, wish).await?;
    telemetry::sentence(drawn.as_ref().map_or_else(|outcome| *outcome, |_| Outcome::Made));
    drawn.map_err(|outcome| refusal(ctx, wish, outcome))
}

/// The chains, or what stands against using them.
async fn up_to_date(ctx: &mut Ctx, patience: Duration) -> Result<Result<Arc<Markov>, Outcome>, Failure> {
    let (markov, guild) = (part(ctx.services())?, ctx.guild()?);
    Ok(match markov.ready(&ctx.services().store, guild, patience).await? {
        Ready::Yes => Ok(markov),
        Ready::Nothing => Err(Outcome::Empty),
        Ready::Making => Err(Outcome::Making),
    })
}

async fn draw(ctx: &mut Ctx, wish: &Wish) -> Result<Result<Sentence, Outcome>, Failure> {
    let markov = match up_to_date(ctx, PATIENCE).await? {
        Ok(markov) => markov,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let guild = ctx.guild()?;
    let options = markov.options();
    let detail = if wish.path { Detail::Path } else { Detail::Sources };
    let mut request = Request {
        seed: wish.seed.clone(),
        min_score: options.min_score,
        refuse_copies: true,
        max_tries: options.max_tries,
        detail,
        ..Request::default()
    };
    for _ in 0..DRAWS {
        let number = ctx.services().random.next_u64();
        match markov.sentence(guild, request.clone(), number).await? {
            Ok(found) if may_be_shown(ctx, &found).await? => return Ok(Ok(found)),
            Ok(_) => telemetry::sentence(Outcome::Withheld),
            // A small server has nothing better: a low score is no reason to say nothing.
            Err(NoSentence::LowScore { .. }) if request.min_score > 0 => {
                request.min_score = u64::from(request.min_score > 1);
            }
            Err(NoSentence::UnknownSeed) if wish.seed_optional && request.seed.is_some() => {
                request.seed = None;
            }
            Err(NoSentence::Empty) => return Ok(Err(Outcome::Empty)),
            Err(NoSentence::UnknownSeed) => return Ok(Err(Outcome::UnknownSeed)),
            Err(NoSentence::Damaged) => return Ok(Err(Outcome::Damaged)),
            Err(_) => return Ok(Err(Outcome::Unfit)),
        }
    }
    Ok(Err(Outcome::Unfit))
}

fn refusal(ctx: &Ctx, wish: &Wish, outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Empty => text!("markov-nothing-yet", train = view::command(ctx, "train")).into(),
        Outcome::Making => text!("markov-making").into(),
        Outcome::UnknownSeed => {
            let seed = cut(&one_line(wish.seed.as_deref().unwrap_or_default()), 100);
            text!("markov-unknown-seed", seed = seed).into()
        }
        Outcome::Damaged => Failure::internal(NoSentence::Damaged),
        Outcome::Unfit | Outcome::Withheld | Outcome::Made => text!("markov-none").into(),
    }
}

/// Whether the sentence holds nothing that only its source was allowed to say.
async fn may_be_shown(ctx: &mut Ctx, sentence: &Sentence) -> Result<bool, Failure> {
    if is_invitation(&sentence.text) {
        return Ok(false);
    }
    if !has_link(&sentence.text) {
        return Ok(true);
    }
    // A link may be repeated where a member wrote it in this server; what was uploaded may come from anywhere.
    let scope = GuildScope(ctx.guild()?);
    let mut read = ctx.services().store.read().await?;
    let mut tx = read.guild(scope);
    for source in &sentence.sources {
        let row = tx.fetch_optional(&schema::SOURCES, params![*source]).await?;
        let Some(row) = row else { return Ok(false) };
        if row.get::<i64>("upload")? > 0 {
            return Ok(false);
        }
    }
    Ok(!sentence.sources.is_empty())
}

/// The sentence as it is said: with an attachment of one of the messages that it follows, if one had any.
pub(super) async fn said(ctx: &mut Ctx, sentence: &Sentence) -> Result<String, Failure> {
    let text = sentence.text.clone();
    let mut found = Vec::new();
    {
        // Nobody holds a connection while Discord is asked.
        let scope = GuildScope(ctx.guild()?);
        let mut read = ctx.services().store.read().await?;
        let mut tx = read.guild(scope);
        for source in &sentence.sources {
            let Some(row) = tx.fetch_optional(&schema::SOURCES, params![*source]).await? else { continue };
            let (upload, list): (i64, Option<String>) = (row.get("upload")?, row.get("attachments")?);
            let list: Vec<String> =
                list.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default();
            // What a file says may be anywhere; what was heard is Discord's own.
            found.extend(list.into_iter().filter(|link| upload == 0 || links::is_discords(link)));
        }
    }
    if found.is_empty() {
        return Ok(text);
    }
    let (markov, services) = (part(ctx.services())?, ctx.services());
    let at = usize::try_from(services.random.below(found.len() as u64)).unwrap_or(0);
    let Some(link) = markov.links().fresh(services, &found[at]).await else { return Ok(text) };
    let whole = format!("{text}\n{link}");
    Ok(if whole.chars().count() > LONGEST { text } else { whole })
}

/// Whether it invites to another server, in whatever spelling a client would follow.
fn is_invitation(text: &str) -> bool {
    let plain: String =
        text.to_lowercase().chars().filter(|sign| !sign.is_whitespace() && *sign != '\\').collect();
    ["discord.gg/", "discord.com/invite", "discordapp.com/invite", "dsc.gg/", "discord.me/"]
        .iter()
        .any(|part| plain.contains(part))
}

fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("://") || lower.contains("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invitations_and_links_are_seen() {
        for text in [
            "come to discord.gg/abc",
            "HTTPS://Discord.com/Invite/x",
            "discord .gg/ abc",
            "discordapp.com/invite/1",
        ] {
            assert!(is_invitation(text), "{text}");
        }
        for text in ["see http://example.org", "WWW.example.org", "ftp://x"] {
            assert!(has_link(text) && !is_invitation(text), "{text}");
        }
        assert!(!has_link("plain words, e.g. 1:2 and a/b"));
    }
}
