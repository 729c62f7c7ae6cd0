//! The way to Discord that features have: the one sender, behind what a feature may ask for.

use std::num::NonZeroU64;

use futures::future::BoxFuture;
use guildhall_core::id::{ChannelId, GuildId, MessageId};
use guildhall_discord::rest::{
    Call, Priority, Rest, RestError,
    files::{self, FileFault, Files},
    messages,
};
use guildhall_framework::{Body, Outside, OutsideError};
use serde::Deserialize;
use twilight_model::channel::ChannelType;

use crate::outbox::send::draft;

/// Messages of one page (Discord docs: Message, Get Channel Messages).
const PAGE: u16 = 100;

/// The one sender, and what fetches files.
#[derive(Clone, Debug)]
pub struct Way {
    /// The sender.
    pub rest: Rest,
    /// Fetches files.
    pub files: Files,
}

impl Way {
    async fn found(&self, call: Result<Call, RestError>) -> Result<Vec<u8>, OutsideError> {
        let response = self.rest.send(call.map_err(failed)?).await.map_err(failed)?;
        Ok(response.body.to_vec())
    }
}

/// Threads as far as they are looked at (Discord docs: Channel, List Public Archived Threads).
#[derive(Deserialize)]
struct Threads {
    #[serde(default)]
    threads: Vec<Thread>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct Thread {
    id: ChannelId,
    parent_id: Option<ChannelId>,
    #[serde(rename = "type", default)]
    kind: u8,
    #[serde(rename = "thread_metadata")]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    archive_timestamp: Option<String>,
}

impl Outside for Way {
    fn download<'a>(&'a self, url: &'a str, most: u64) -> BoxFuture<'a, Result<Vec<u8>, OutsideError>> {
        Box::pin(async move {
            self.files.get(url, most).await.map_err(|fault| match fault {
                FileFault::Foreign => OutsideError::Foreign,
                FileFault::Refused(status) if status >= 500 || status == 429 => {
                    OutsideError::Later(fault.to_string())
                }
                FileFault::Refused(_) => OutsideError::Gone,
                FileFault::TooLarge(most) => OutsideError::TooLarge(most),
                FileFault::Lost(_) => OutsideError::Later(fault.to_string()),
            })
        })
    }

    fn history(
        &self,
        channel: ChannelId,
        before: Option<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<u8>, OutsideError>> {
        Box::pin(async move {
            let builder = self.rest.builder().channel_messages(NonZeroU64::from(channel).into());
            let call = match before {
                Some(before) => Call::build(
                    builder.before(NonZeroU64::from(before).into()).limit(PAGE),
                    Priority::Background,
                ),
                None => Call::build(builder.limit(PAGE), Priority::Background),
            };
            self.found(call).await
        })
    }

    fn threads(
        &self,
        guild: GuildId,
        channel: ChannelId,
    ) -> BoxFuture<'_, Result<Vec<ChannelId>, OutsideError>> {
        Box::pin(async move {
            let builder = self.rest.builder();
            let active = builder.active_threads(NonZeroU64::from(guild).into());
            let active = self.found(Call::build(active, Priority::Background)).await?;
            let active: Threads = read(&active)?;
            // Among the active ones are private ones that the bot was let into.
            let of_channel = |thread: &&Thread| {
                thread.parent_id == Some(channel) && thread.kind != u8::from(ChannelType::PrivateThread)
            };
            let mut found: Vec<ChannelId> =
                active.threads.iter().filter(of_channel).map(|thread| thread.id).collect();
            let mut before: Option<String> = None;
            loop {
                let mut page =
                    builder.public_archived_threads(NonZeroU64::from(channel).into()).limit(PAGE.into());
                if let Some(before) = &before {
                    page = page.before(before);
                }
                let archived: Threads = read(&self.found(Call::build(page, Priority::Background)).await?)?;
                found.extend(archived.threads.iter().map(|thread| thread.id));
                let last = archived.threads.last().and_then(|thread| thread.metadata.as_ref());
                let next = last.and_then(|metadata| metadata.archive_timestamp.clone());
                // A page that leads nowhere is the last one, whatever it says.
                if !archived.has_more || next.is_none() || next == before {
                    break;
                }
                before = next;
            }
            found.sort_unstable();
            found.dedup();
            Ok(found)
        })
    }

    fn refresh<'a>(&'a self, links: &'a [String]) -> BoxFuture<'a, Result<Vec<String>, OutsideError>> {
        Box::pin(async move { files::refresh(&self.rest, links, Priority::Command).await.map_err(failed) })
    }

    fn post<'a>(
        &'a self,
        channel: ChannelId,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<MessageId, OutsideError>> {
        Box::pin(async move {
            body.check().map_err(|_| OutsideError::Gone)?;
            let sent = messages::create(&self.rest, channel, &draft(body), None, Priority::Background).await;
            Ok(sent.map_err(failed)?.id.into_nonzero().into())
        })
    }

    fn edit<'a>(
        &'a self,
        channel: ChannelId,
        message: MessageId,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), OutsideError>> {
        Box::pin(async move {
            let draft = draft(body);
            let edited = messages::edit(&self.rest, channel, message, &draft, Priority::Background);
            edited.await.map(drop).map_err(failed)
        })
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, OutsideError> {
    serde_json::from_slice(body).map_err(|_| OutsideError::Later("an answer that does not read".to_owned()))
}

fn failed(error: RestError) -> OutsideError {
    match error {
        // 400 is what Discord says to a question that a channel of this kind has no answer to.
        RestError::Status { status: 400 | 403 | 404, .. } => OutsideError::Gone,
        other => OutsideError::Later(other.to_string()),
    }
}
