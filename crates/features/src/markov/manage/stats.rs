//! `/markov stats`: figures.

use std::time::Duration;

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use guildhall_store::params;
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::{
    markov::{chains::Ready, part, schema},
    view::Card,
};

/// See what random sentences are made of
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "stats")]
pub(in crate::markov) struct Stats {}

impl Stats {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let (markov, guild) = (part(ctx.services())?, ctx.guild()?);
        // Before this command's own snapshot, so that nobody holds one connection while waiting for another.
        let ready = markov.ready(&ctx.services().store, guild, Duration::from_secs(2)).await?;
        let mut tx = ctx.snapshot().await?;
        let row = tx.fetch_one(&schema::FIGURES, params![]).await?;
        let open = tx.fetch_optional(&schema::OPEN_TRAINING, params![]).await?;
        let messages: u64 = row.get("messages")?;
        let uploaded: u64 = row.get("uploaded")?;
        let learned = text!(
            "markov-stats-learned",
            messages = messages,
            uploaded = uploaded,
            heard = messages.saturating_sub(uploaded),
            authors = row.get::<u64>("authors")?
        );
        let mut card = Card::new(&ctx.t(&text!("markov-stats-title"))).text(&ctx.t(&learned));
        if let Some(open) = open {
            let (done, total) = (open.get::<u64>("done")?, open.get::<u64>("total")?);
            let under_way = text!("markov-stats-training-value", done = done, total = total);
            card = card.field(&ctx.t(&text!("markov-stats-training")), &ctx.t(&under_way));
        }
        let chain = match ready {
            Ready::Yes => {
                let figures = markov.figures(guild).await?;
                text!(
                    "markov-stats-chain-value",
                    order = u32::from(figures.order),
                    words = figures.words,
                    states = figures.states,
                    kib = (figures.file_bytes + figures.journal_bytes).div_ceil(1_024)
                )
            }
            Ready::Making => text!("markov-making"),
            Ready::Nothing => text!("markov-stats-no-chain"),
        };
        card = card.field(&ctx.t(&text!("markov-stats-chain")), &ctx.t(&chain));
        let (asked, known) = markov.links().figures();
        if asked > 0 {
            let links = text!("markov-stats-links-value", asked = asked, percent = known * 100 / asked);
            card = card.field(&ctx.t(&text!("markov-stats-links")), &ctx.t(&links));
        }
        Ok(Reply::embed(card.build()).ephemeral())
    }
}
