//! Counts a message.

use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
    id::{MessageId, UserId},
};
use guildhall_framework::{Ctx, Event, Failure, OnEvent};
use guildhall_store::params;
use serde::{Deserialize, de::IgnoredAny};

use super::schema;
use crate::calendar::day;

/// What members write themselves: an ordinary message, and a reply. Everything else is a notice, such as
/// that somebody joined (Discord docs: Message Resource, Message Types).
const WRITTEN: [u8; 2] = [0, 19];

/// The parts of a message that are looked at. Its text is not one of them.
#[derive(Deserialize)]
struct Message {
    id: MessageId,
    author: Author,
    webhook_id: Option<IgnoredAny>,
    #[serde(rename = "type", default)]
    kind: u8,
}

#[derive(Deserialize)]
struct Author {
    id: UserId,
    #[serde(default)]
    bot: bool,
}

/// Counts messages of people, for the guild and for the member.
pub(super) struct Count;

impl OnEvent for Count {
    const KINDS: EventSet = EventSet::of(&[EventKind::MessageCreate]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let message: Message = event.read()?;
        if message.author.bot || message.webhook_id.is_some() || !WRITTEN.contains(&message.kind) {
            return Ok(());
        }
        // The message knows its own time, so that a replay after midnight counts for the same day.
        let written = Timestamp(message.id.created_at_ms());
        if !ctx.may_count(message.author.id, written) {
            return Ok(());
        }
        let day = day(written);
        ctx.tally(&schema::COUNT, params![day], 1).await?;
        ctx.tally_member(message.author.id, &schema::COUNT_MEMBER, params![day], 1).await
    }
}
