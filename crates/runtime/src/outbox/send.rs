//! One attempt to send one row.

use std::{num::NonZeroU64, time::Duration};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    id::{ChannelId, InteractionId, MessageId, UserId},
};
use guildhall_discord::rest::{Call, Priority, Rest, RestError, guilds, messages};
use guildhall_framework::reply::Body;
use serde::Deserialize;

use super::{
    Answer, Entry, Message, Payload,
    answer::{self, FIRST_ANSWER, TOKEN_LIFE},
    said::{self, Directs},
};

/// For this long Discord certainly knows a nonce again ("the past few minutes", Discord docs: Message,
/// Create Message).
const NONCE_LIFE: Duration = Duration::from_mins(2);
/// A message that could not be sent for this long is not sent any more.
const PATIENCE: Duration = Duration::from_hours(24);
/// The pause after the first failed attempt; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// First millisecond of Discord's calendar (Discord docs: Reference, Snowflakes).
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// What came of an attempt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Discord has it.
    Sent,
    /// Try again then.
    Later {
        /// When.
        at: Timestamp,
        /// Why it failed.
        reason: String,
        /// Whether Discord may have taken it all the same.
        perhaps_sent: bool,
    },
    /// It will never work.
    Never {
        /// `failed`, `expired` or `unknown`.
        outcome: &'static str,
        /// Why.
        reason: String,
    },
}

/// Sends one row, once.
pub async fn send(rest: &Rest, clock: &SharedClock, directs: &Directs, entry: &Entry) -> Verdict {
    let age = clock.now().since(entry.row.created_at);
    match &entry.payload {
        Payload::Answer(answer) if age >= TOKEN_LIFE => {
            never("expired", format!("the token of interaction {} is dead", answer.target.interaction))
        }
        Payload::Answer(answer) => send_answer(rest, clock, entry, answer).await,
        Payload::Message(_) if age >= PATIENCE => {
            never("expired", "it could not be sent for a day".to_owned())
        }
        Payload::Message(message) => match post(rest, entry, message, age).await {
            Ok(verdict) => verdict,
            Err(error) => failed(clock, entry, &error),
        },
        Payload::Said(_) if age >= said::LIFE => {
            never("expired", "nobody waits for the answer any more".to_owned())
        }
        Payload::Said(answer) => said::send(rest, clock, directs, entry, answer).await,
    }
}

async fn send_answer(rest: &Rest, clock: &SharedClock, entry: &Entry, answer: &Answer) -> Verdict {
    let late = clock.now().since(answer.target.received) >= FIRST_ANSWER;
    let reply = answer.reply();
    // A follow-up has neither a nonce nor a place to look: once its outcome is unknown, it stays so.
    if entry.perhaps_sent && answer.deferred && answer.target.from_message && !answer.update {
        return never("unknown", "a follow-up may have been sent before a restart".to_owned());
    }
    match answer::send(rest, &answer.target, &reply, answer.deferred || late).await {
        Ok(()) => Verdict::Sent,
        Err(error) => failed(clock, entry, &error),
    }
}

/// Posts a message, unless the channel shows it already.
pub(super) async fn post(
    rest: &Rest,
    entry: &Entry,
    message: &Message,
    age: Duration,
) -> Result<Verdict, RestError> {
    if entry.perhaps_sent && age >= NONCE_LIFE {
        match was_sent(rest, entry, message).await {
            Ok(true) => return Ok(Verdict::Sent),
            Ok(false) => {}
            Err(error) if error.is_temporary() => return Err(error),
            Err(error) => {
                return Ok(never("unknown", format!("it may have been sent, and looking failed: {error}")));
            }
        }
    }
    let draft = draft(&message.body);
    let nonce = Some(entry.row.nonce.as_str());
    let priority = if message.patient { Priority::Background } else { Priority::Event };
    let call = messages::create_call(rest, message.channel, &draft, nonce, priority)?;
    rest.send(call.repeatable()).await.map(|_| Verdict::Sent)
}

/// Whether the channel shows the message already.
async fn was_sent(rest: &Rest, entry: &Entry, message: &Message) -> Result<bool, RestError> {
    let me = own_user(rest).await?;
    let builder = rest.builder().channel_messages(NonZeroU64::from(message.channel).into());
    let call = match snowflake_before(entry.row.created_at) {
        Some(after) => {
            Call::build(builder.after(NonZeroU64::from(after).into()).limit(100), Priority::Background)
        }
        None => Call::build(builder.limit(100), Priority::Background),
    };
    let posted: Vec<Posted> = rest.send(call?).await?.model()?;
    Ok(posted.iter().any(|posted| posted.author.id.get() == me && posted.is(entry, &message.body)))
}

/// The parts of a message that tell whether it is ours. Discord need not give the nonce back.
#[derive(Deserialize)]
struct Posted {
    author: Author,
    #[serde(default)]
    content: String,
    #[serde(default)]
    embeds: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    attachments: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    nonce: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Author {
    id: UserId,
}

impl Posted {
    fn is(&self, entry: &Entry, body: &Body) -> bool {
        let nonce = self.nonce.as_ref().and_then(serde_json::Value::as_str);
        nonce == Some(&entry.row.nonce)
            || (nonce.is_none()
                && self.content == body.content
                && self.embeds.len() == body.embeds.len()
                && self.attachments.len() == body.files.len())
    }
}

async fn own_user(rest: &Rest) -> Result<u64, RestError> {
    guilds::current_user(rest).await.map(|user| user.id.get())
}

/// The first id of a moment shortly before `at`, for clocks that differ by a little.
fn snowflake_before(at: Timestamp) -> Option<MessageId> {
    let since = (at.as_millis() - 10_000).checked_sub(DISCORD_EPOCH_MS)?;
    MessageId::new(u64::try_from(since).ok()? << 22)
}

pub(crate) fn draft(body: &Body) -> messages::Draft {
    messages::Draft {
        content: (!body.content.is_empty()).then(|| body.content.clone()),
        embeds: body.embeds.clone(),
        components: body.components.clone(),
        allowed_mentions: answer::mentions(body),
        attachments: answer::attachments(body),
        reply_to: body.reply_to,
        tts: body.tts,
        ..messages::Draft::default()
    }
}

pub(super) fn failed(clock: &SharedClock, entry: &Entry, error: &RestError) -> Verdict {
    if error.is_temporary() {
        let perhaps_sent = matches!(error, RestError::Transport { perhaps_done: true, .. });
        let pause = pause(entry.row.attempts);
        return Verdict::Later { at: clock.now() + pause, reason: error.to_string(), perhaps_sent };
    }
    let answer = matches!(entry.payload, Payload::Answer(_));
    let dead = matches!(error, RestError::Status { status: 404, .. } | RestError::Expired);
    never(if answer && dead { "expired" } else { "failed" }, error.to_string())
}

fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempts.min(10)).min(LONGEST_PAUSE)
}

const fn never(outcome: &'static str, reason: String) -> Verdict {
    Verdict::Never { outcome, reason }
}

/// What a lane is kept for: the channel, or the interaction.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum LaneKey {
    /// Messages to a channel.
    Channel(ChannelId),
    /// The answer to an interaction.
    Interaction(InteractionId),
}

impl From<&Payload> for LaneKey {
    fn from(payload: &Payload) -> Self {
        match payload {
            Payload::Message(message) => Self::Channel(message.channel),
            Payload::Answer(answer) => Self::Interaction(answer.target.interaction),
            Payload::Said(said) => Self::Channel(said.channel),
        }
    }
}
