//! What is deleted or edited is unlearned, also where nothing is learned any more.

use guildhall_core::{
    event::{EventKind, EventSet},
    id::{ChannelId, MessageId},
};
use guildhall_framework::{Ctx, Event, Failure, OnEvent};
use guildhall_store::params;
use serde::{Deserialize, de::IgnoredAny};

use super::{
    corpus, schema,
    talk::Attachment,
    telemetry::{self, Reason},
};

/// A message has other words.
pub(super) struct Edited;

#[derive(Deserialize)]
struct Message {
    id: MessageId,
    content: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    /// Null where Discord itself changed it, such as by a preview of a link.
    edited_timestamp: Option<IgnoredAny>,
}

impl OnEvent for Edited {
    const KINDS: EventSet = EventSet::of(&[EventKind::MessageUpdate]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let message: Message = event.read()?;
        if message.edited_timestamp.is_none() {
            return Ok(());
        }
        let id = message.id.get();
        if ctx.snapshot().await?.fetch_optional(&schema::SOURCES, params![id]).await?.is_none() {
            return Ok(());
        }
        let now = ctx.now();
        let mut tx = ctx.db().await?;
        let links: Vec<String> = message.attachments.into_iter().map(|attachment| attachment.url).collect();
        match message.content {
            Some(words) if !words.trim().is_empty() || !links.is_empty() => {
                corpus::replace(&mut tx, id, &words, &links, now).await?;
            }
            // Discord does not say what it says now, so that what it said is not to be repeated.
            _ => telemetry::unlearned(Reason::Edited, corpus::forget(&mut tx, &[id], now).await?),
        }
        Ok(())
    }
}

/// Messages are gone.
pub(super) struct Deleted;

#[derive(Deserialize)]
struct Gone {
    id: Option<MessageId>,
    #[serde(default)]
    ids: Vec<MessageId>,
}

impl OnEvent for Deleted {
    const KINDS: EventSet = EventSet::of(&[EventKind::MessageDelete, EventKind::MessageDeleteBulk]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let gone: Gone = event.read()?;
        let ids: Vec<u64> = gone.ids.into_iter().chain(gone.id).map(MessageId::get).collect();
        if corpus::is_empty(&mut ctx.snapshot().await?).await? {
            return Ok(());
        }
        let now = ctx.now();
        let gone = corpus::forget(&mut ctx.db().await?, &ids, now).await?;
        telemetry::unlearned(Reason::Deleted, gone);
        Ok(())
    }
}

/// A channel or a thread is gone, with everything that was written there.
pub(super) struct Closed;

#[derive(Deserialize)]
struct Channel {
    id: ChannelId,
}

impl OnEvent for Closed {
    const KINDS: EventSet = EventSet::of(&[EventKind::ChannelDelete, EventKind::ThreadDelete]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let channel: Channel = event.read()?;
        let mut tx = ctx.db().await?;
        tx.execute(&schema::CHANNEL_GONE, params![channel.id]).await?;
        telemetry::unlearned(Reason::Closed, corpus::forget_channel(&mut tx, channel.id.get()).await?);
        Ok(())
    }
}
