//! The bot leaves a guild. Its data stays for a while, so that a rejoin finds everything as it was.

use std::time::Duration;

use guildhall_core::event::{EventKind, EventSet};
use guildhall_framework::{Ctx, Event, Failure, OnEvent};
use guildhall_store::params;
use serde::Deserialize;

use super::schema;

/// How long the data of a guild stays after the bot has left.
pub(super) const GRACE: Duration = Duration::from_hours(24 * 30);

/// What Discord says of a guild that is gone (Discord docs: Gateway Events, Guild Delete).
#[derive(Deserialize)]
struct Gone {
    unavailable: Option<bool>,
}

/// Sets the day on which the guild's data goes.
pub(super) struct Left;

impl OnEvent for Left {
    const KINDS: EventSet = EventSet::of(&[EventKind::GuildDelete]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        // An outage at Discord's: the bot is still a member.
        if event.read::<Gone>()?.unavailable == Some(true) {
            return Ok(());
        }
        let now = ctx.now();
        ctx.db().await?.execute(&schema::LEAVE, params![now, now + GRACE]).await?;
        Ok(())
    }
}
