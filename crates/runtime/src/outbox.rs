//! What is to be sent after a commit: stored with the effects that decided it, sent once.
//!
//! Rows come from the handlers in memory, and from the database once at the start. A row goes when
//! Discord has taken it; should the process die in between, the nonce (or, later than Discord keeps
//! those, a look into the channel) keeps it from being posted twice.

pub mod answer;
pub mod lanes;
pub mod relay;
pub mod said;
pub mod send;

use guildhall_core::{
    clock::Timestamp,
    id::{ChannelId, GuildId, UserId},
    scope::GuildScope,
};
use guildhall_framework::reply::{Body, Outgoing};
use guildhall_store::{StoreError, WriteTx, platform::outbox as table};
use serde::{Deserialize, Serialize};

pub use self::{answer::Answer, relay::Relay, said::Said};
pub use guildhall_store::platform::outbox::{OutboxId, OutboxRow};

/// The kind of a row that is a message to a channel.
pub const MESSAGE: &str = "message.create";
/// The kind of a row that is an answer to an interaction.
pub const ANSWER: &str = "interaction.answer";

/// The kind of a row that is an answer to a text command.
pub const SAID: &str = "text.answer";

/// A message to a channel.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Message {
    /// Where it goes.
    pub channel: ChannelId,
    /// What it shows.
    pub body: Body,
    /// Whether it gives way to everything else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
}

/// What a row says is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A message to a channel.
    Message(Message),
    /// An answer to an interaction.
    Answer(Box<Answer>),
    /// An answer to a text command.
    Said(Box<Said>),
}

/// A row, read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The row.
    pub row: OutboxRow,
    /// What it says.
    pub payload: Payload,
    /// Whether it may have been sent before: loaded after a restart, or tried without hearing the end.
    pub perhaps_sent: bool,
}

impl Payload {
    /// Reads a row.
    pub fn read(row: &OutboxRow) -> Result<Self, serde_json::Error> {
        match row.kind.as_str() {
            ANSWER => serde_json::from_str(&row.payload).map(|answer| Self::Answer(Box::new(answer))),
            SAID => serde_json::from_str(&row.payload).map(|said| Self::Said(Box::new(said))),
            _ => serde_json::from_str(&row.payload).map(Self::Message),
        }
    }
}

/// Stores a handler's messages in its transaction, as following from what `user` did.
pub async fn store_messages(
    write: &mut WriteTx,
    messages: Vec<Outgoing>,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(messages.len());
    for Outgoing { guild, channel, body, patient } in messages {
        let message = Message { channel, body, patient };
        let payload = serde_json::to_string(&message).unwrap_or_default();
        let row = put(write, guild, MESSAGE, payload, user, now).await?;
        entries.push(Entry { row, payload: Payload::Message(message), perhaps_sent: false });
    }
    Ok(entries)
}

/// Stores a handler's answer to `user` in its transaction.
pub async fn store_answer(
    write: &mut WriteTx,
    guild: GuildId,
    answer: Answer,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Entry, StoreError> {
    let payload = serde_json::to_string(&answer).unwrap_or_default();
    let row = put(write, guild, ANSWER, payload, user, now).await?;
    Ok(Entry { row, payload: Payload::Answer(Box::new(answer)), perhaps_sent: false })
}

/// Stores the answer to a text command in its transaction.
pub async fn store_said(
    write: &mut WriteTx,
    guild: GuildId,
    said: Said,
    now: Timestamp,
) -> Result<Entry, StoreError> {
    let payload = serde_json::to_string(&said).unwrap_or_default();
    let row = put(write, guild, SAID, payload, Some(said.user), now).await?;
    Ok(Entry { row, payload: Payload::Said(Box::new(said)), perhaps_sent: false })
}

async fn put(
    write: &mut WriteTx,
    guild: GuildId,
    kind: &str,
    payload: String,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<OutboxRow, StoreError> {
    let outgoing = table::Outgoing { kind: kind.to_owned(), payload, not_before: now };
    table::put_for(&mut write.guild(GuildScope(guild)), outgoing, user, now).await
}
