//! The bot joins a guild, or hears of one that it is in.

use std::time::Duration;

use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
};
use guildhall_framework::{Ctx, Event, Failure, OnEvent};
use guildhall_store::params;
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{schema, welcome};
use crate::view::cut;

/// A guild that the bot joined longer ago than this has been served before, by us or without our data:
/// it gets no welcome.
const FRESH: Duration = Duration::from_hours(24);

/// The parts of a guild that matter here (Discord docs: Gateway Events, Guild Create and Guild Update).
/// Only Guild Create says when the bot joined.
#[derive(Deserialize)]
struct Guild {
    name: Option<String>,
    joined_at: Option<String>,
    unavailable: Option<bool>,
}

/// Registers guilds and welcomes new ones once. Discord names every guild at each fresh session, so the
/// usual case, a guild that is known and unchanged, only reads.
pub(super) struct Joined;

impl OnEvent for Joined {
    const KINDS: EventSet = EventSet::of(&[EventKind::GuildCreate, EventKind::GuildUpdate]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let guild: Guild = event.read()?;
        let Some(name) = guild.name.filter(|_| guild.unavailable != Some(true)) else {
            return Ok(());
        };
        let name = cut(&name, 100);
        let mut welcomed = false;
        if let Some(row) = ctx.snapshot().await?.fetch_optional(&schema::FIND, params![]).await? {
            if row.get::<String>("name")? == name && row.get::<Option<Timestamp>>("left_at")?.is_none() {
                return Ok(());
            }
            welcomed = row.get::<Option<Timestamp>>("welcomed_at")?.is_some();
        }
        let now = ctx.now();
        let fresh = guild.joined_at.as_deref().and_then(read_time).is_some_and(|at| now.since(at) < FRESH);
        let channel = || ctx.services().directory.channel_with(event.guild, welcome::NEEDS);
        let channel = if fresh && !welcomed { channel() } else { None };
        let row = params![name, now, channel.map(|_| now)];
        ctx.db().await?.execute(&schema::REGISTER, row).await?;
        if let Some(channel) = channel {
            let body = welcome::body(ctx);
            ctx.send(channel, body).await?;
        }
        Ok(())
    }
}

fn read_time(text: &str) -> Option<Timestamp> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
}
