//! `/global_broadcast`: writes to every server, after a look at what they will see.

use guildhall_core::{l10n::Text, text};
use guildhall_framework::{
    Access, Body, Ctx, Failure, OnComponent, Reply, SlashCommand, component::custom_id,
};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::channel::message::component::ButtonStyle;

use super::{
    confirm, deliver,
    records::{self, Broadcast, Outcome, State},
};
use crate::view::{Card, button, command, cut, one_line, relative, rows};

/// Write to every server
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "global_broadcast", desc = "Write to every server")]
pub(super) enum GlobalBroadcast {
    /// Begin.
    #[command(name = "send")]
    Send(Send),
    /// How far it is.
    #[command(name = "status")]
    Status(Status),
    /// Stop.
    #[command(name = "cancel")]
    Cancel(Cancel),
}

/// Write a message to every server, after a preview
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "send")]
pub(super) struct Send {
    /// The message; \n begins a new line
    #[command(max_length = 2000)]
    message: String,
}

/// See how far the last message is
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "status")]
pub(super) struct Status;

/// Stop the message that is under way
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "cancel")]
pub(super) struct Cancel;

impl SlashCommand for GlobalBroadcast {
    const ACCESS: Access = Access::OPERATORS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        match self {
            Self::Send(send) => send.run(ctx).await,
            Self::Status(_) => Ok(Reply::Message { body: status(ctx).await?, ephemeral: true }),
            Self::Cancel(_) => {
                cancel(ctx).await?;
                Ok(Reply::Message { body: status(ctx).await?, ephemeral: true })
            }
        }
    }
}

impl Send {
    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let words = self.message.replace("\\n", "\n").trim().to_owned();
        if words.is_empty() {
            return Err(text!("broadcast-empty").into());
        }
        alone(ctx).await?;
        let id = records::add(ctx.services(), &words).await?.to_string();
        let mut body = deliver::body(ctx, &words);
        body.content = ctx.t(&text!("broadcast-preview"));
        body.components = rows(vec![
            button(
                ButtonStyle::Danger,
                &ctx.t(&text!("broadcast-send")),
                custom_id(confirm::Send::NAME, &[&id]),
            ),
            button(
                ButtonStyle::Secondary,
                &ctx.t(&text!("broadcast-discard")),
                custom_id(confirm::Discard::NAME, &[&id]),
            ),
        ]);
        Ok(Reply::Message { body, ephemeral: true })
    }
}

/// Refuses while another one is under way.
pub(super) async fn alone(ctx: &Ctx) -> Result<(), Failure> {
    let latest = records::latest(ctx.services()).await?;
    if latest.is_some_and(|latest| latest.state == State::Running) {
        let (status, cancel) =
            (command(ctx, "global_broadcast status"), command(ctx, "global_broadcast cancel"));
        return Err(text!("broadcast-under-way", status = status, cancel = cancel).into());
    }
    Ok(())
}

/// Stops what is under way.
pub(super) async fn cancel(ctx: &Ctx) -> Result<(), Failure> {
    let services = ctx.services();
    let running = records::latest(services).await?.filter(|latest| latest.state == State::Running);
    let Some(running) = running else { return Err(text!("broadcast-none-under-way").into()) };
    if records::go(services, running.id, State::Running, State::Cancelled).await? {
        tracing::warn!(broadcast = running.id, by = ctx.caller()?.get(), "an announcement was cancelled");
    }
    Ok(())
}

/// How far the last one is.
pub(super) async fn status(ctx: &Ctx) -> Result<Body, Failure> {
    let services = ctx.services();
    let Some(broadcast) = records::latest(services).await? else {
        return Ok(Body::text(ctx.t(&text!("broadcast-none"))));
    };
    let counts = records::counts(services, broadcast.id).await?;
    let count = |outcome| counts.get(&outcome).copied().unwrap_or_default();
    let result = text!(
        "broadcast-counts",
        posted = count(Outcome::Posted),
        waiting = count(Outcome::Waiting),
        refused = count(Outcome::OptedOut),
        nowhere = count(Outcome::NoChannel),
        gone = count(Outcome::Gone),
        cancelled = count(Outcome::Cancelled),
    );
    let mut body = Card::new(&ctx.t(&text!("broadcast-title")))
        .text(&cut(&one_line(&broadcast.words), 300))
        .field(&ctx.t(&text!("broadcast-state")), &ctx.t(&state(&broadcast)))
        .field(&ctx.t(&text!("broadcast-servers")), &ctx.t(&result))
        .body();
    if broadcast.state == State::Running {
        let id = custom_id(confirm::Stop::NAME, &[&broadcast.id.to_string()]);
        body.components = rows(vec![button(ButtonStyle::Danger, &ctx.t(&text!("broadcast-stop")), id)]);
    }
    Ok(body)
}

fn state(broadcast: &Broadcast) -> Text {
    let (begun, changed) = (relative(broadcast.created_at), relative(broadcast.changed_at));
    match broadcast.state {
        State::Preview | State::Discarded | State::Running => text!("broadcast-running", begun = begun),
        State::Cancelled => text!("broadcast-cancelled", at = changed),
        State::Done => text!("broadcast-done", at = changed),
    }
}

#[cfg(test)]
mod tests;
