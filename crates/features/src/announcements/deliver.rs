//! One announcement in one server: the message, and the row that says so, in one commit.

use std::time::Duration;

use guildhall_core::{clock::Timestamp, text};
use guildhall_framework::{Body, Ctx, Ended, Failure, OnJob, directory::Spot, operating::neutral};
use guildhall_store::params;
use twilight_model::guild::Permissions;

use super::{
    choice::Choice,
    records::{self, Outcome, State},
    schema,
    spread::Which,
};
use crate::view::{Card, command};

/// What the bot must be allowed to do where it announces.
pub(super) const NEEDS: Permissions =
    Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES).union(Permissions::EMBED_LINKS);

/// How long a process that has just started may take to know where it may speak.
const PATIENCE: Duration = Duration::from_mins(10);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(5);

/// Posts one announcement in one server.
pub(super) struct Deliver;

impl OnJob for Deliver {
    const KIND: &'static str = "broadcast_deliver";
    type Payload = Which;

    async fn run(ctx: &mut Ctx, which: Which) -> Result<Ended, Failure> {
        let row = ctx.snapshot().await?.fetch_optional(&schema::STATE, params![which.id]).await?;
        let Some(row) = row else { return Ok(Ended::Done) };
        if row.get::<String>("state")? != Outcome::Waiting.name() {
            return Ok(Ended::Done);
        }
        let since: Timestamp = row.get("at")?;
        let broadcast = records::find(ctx.services(), which.id).await?;
        let Some(broadcast) = broadcast.filter(|broadcast| broadcast.state != State::Cancelled) else {
            return end(ctx, which, Outcome::Cancelled).await;
        };
        let choice = Choice::of(ctx).await?;
        if !choice.receive {
            return end(ctx, which, Outcome::OptedOut).await;
        }
        let guild = ctx.guild()?;
        let services = ctx.services();
        match services.directory.spot(&services.store, guild, choice.channel, NEEDS).await? {
            Spot::Channel(channel) => {
                let body = body(ctx, &broadcast.words);
                ctx.send_patiently(channel, body).await?;
                end(ctx, which, Outcome::Posted).await
            }
            Spot::Unknown if ctx.now().since(since) < PATIENCE => Ok(Ended::Again(ctx.now() + PAUSE)),
            Spot::Nowhere => end(ctx, which, Outcome::NoChannel).await,
            Spot::Gone | Spot::Unknown => end(ctx, which, Outcome::Gone).await,
        }
    }
}

async fn end(ctx: &mut Ctx, which: Which, outcome: Outcome) -> Result<Ended, Failure> {
    let now = ctx.now();
    ctx.db().await?.execute(&schema::END, params![which.id, outcome.name(), now]).await?;
    Ok(Ended::Done)
}

/// The message as servers see it, in the server's language.
pub(super) fn body(ctx: &Ctx, words: &str) -> Body {
    let hint = text!("announcement-hint", announcements = command(ctx, "announcements"));
    let text = format!("{}\n\n-# {}", neutral(words), ctx.t_guild(&hint));
    Card::new(&ctx.t_guild(&text!("announcement-title"))).text(&text).body()
}
