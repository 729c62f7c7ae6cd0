//! The buttons of an announcement: send it, discard it, stop it.

use std::time::Duration;

use guildhall_core::text;
use guildhall_framework::{Body, Ctx, Failure, OnComponent, Reply, component::Input};

use super::{
    broadcast,
    records::{self, Broadcast, State},
    spread::{Spread, Which},
};
use crate::view::command;

/// How long a preview may be confirmed.
const OPEN: Duration = Duration::from_mins(15);

/// `announcements:send:NUMBER`.
pub(super) struct Send;

impl OnComponent for Send {
    const NAME: &'static str = "announcements:send";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        let broadcast = named(ctx, &input).await?;
        if broadcast.state != State::Preview {
            return broadcast::status(ctx).await.map(Reply::Update);
        }
        if ctx.now().since(broadcast.created_at) > OPEN {
            return Err(text!("broadcast-too-old", send = command(ctx, "global_broadcast send")).into());
        }
        broadcast::alone(ctx).await?;
        // Everything follows from this one row: it is committed with the answer, or neither is.
        ctx.enqueue::<Spread>(&Which { id: broadcast.id }, Spread::options(broadcast.id)).await?;
        tracing::warn!(broadcast = broadcast.id, by = ctx.caller()?.get(), "an announcement was confirmed");
        let status = command(ctx, "global_broadcast status");
        let cancel = command(ctx, "global_broadcast cancel");
        let said = text!("broadcast-begun", status = status, cancel = cancel);
        Ok(Reply::Update(Body::text(ctx.t(&said))))
    }
}

/// `announcements:discard:NUMBER`.
pub(super) struct Discard;

impl OnComponent for Discard {
    const NAME: &'static str = "announcements:discard";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        let broadcast = named(ctx, &input).await?;
        if !records::go(ctx.services(), broadcast.id, State::Preview, State::Discarded).await? {
            return broadcast::status(ctx).await.map(Reply::Update);
        }
        Ok(Reply::Update(Body::text(ctx.t(&text!("broadcast-discarded")))))
    }
}

/// `announcements:stop:NUMBER`.
pub(super) struct Stop;

impl OnComponent for Stop {
    const NAME: &'static str = "announcements:stop";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        let broadcast = named(ctx, &input).await?;
        if broadcast.state == State::Running {
            broadcast::cancel(ctx).await?;
        }
        broadcast::status(ctx).await.map(Reply::Update)
    }
}

/// The announcement that a button is for. Only those who run the bot may press it.
async fn named(ctx: &Ctx, input: &Input) -> Result<Broadcast, Failure> {
    if !ctx.invocation().user.is_some_and(|user| ctx.services().operators.contains(user)) {
        return Err(text!("failure-operators-only").into());
    }
    let unknown = || Failure::from(text!("failure-unknown-component"));
    let id = input.arguments.first().and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
    records::find(ctx.services(), id).await?.ok_or_else(unknown)
}
