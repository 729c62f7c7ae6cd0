//! The answer to a text command: a reply in the channel, or a direct message where only the caller is to see it.

use std::{collections::HashMap, num::NonZeroU64, time::Duration};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    id::{ChannelId, MessageId, UserId},
};
use guildhall_discord::rest::{Call, Priority, Rest, RestError};
use guildhall_framework::reply::Body;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{
    Entry, Message,
    send::{Verdict, failed, post},
};

/// An answer that comes later than this surprises more than it helps; one to an interaction lives as long.
pub const LIFE: Duration = super::answer::TOKEN_LIFE;
/// For this long nobody is written to again who takes no direct messages: each try counts as a request that Discord
/// refused.
const CLOSED: Duration = Duration::from_mins(10);
/// People who are remembered.
const REMEMBERED: usize = 10_000;
/// JSON code: somebody takes no direct messages from the bot.
const CANNOT_SEND_TO_USER: u64 = 50_007;

/// What is said to somebody who wrote a text command.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Said {
    /// Who wrote it.
    pub user: UserId,
    /// Where.
    pub channel: ChannelId,
    /// The message to reply to, where the bot may.
    pub reply_to: Option<MessageId>,
    /// What the answer shows.
    pub body: Body,
    /// What the channel is told where the answer is a direct message and cannot be sent as one; `None` for an answer
    /// that the channel sees anyway.
    pub private: Option<String>,
}

impl Said {
    /// What is posted in the channel.
    fn in_channel(&self, body: &Body) -> Message {
        let body = Body { reply_to: self.reply_to, ..body.clone() };
        Message { channel: self.channel, body, patient: false }
    }
}

/// Direct messages: the channels that are open, and who takes none.
#[derive(Debug, Default)]
pub struct Directs(Mutex<HashMap<UserId, Direct>>);

#[derive(Clone, Copy, Debug)]
enum Direct {
    Channel(ChannelId),
    Closed(Timestamp),
}

#[derive(Deserialize)]
struct Opened {
    id: ChannelId,
}

impl Directs {
    fn note(&self, user: UserId, direct: Direct) {
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED {
            // Everything can be asked for again.
            known.clear();
        }
        known.insert(user, direct);
    }

    /// The channel with somebody; `None` where they take no messages.
    async fn channel(
        &self,
        rest: &Rest,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<ChannelId>, RestError> {
        let known = self.0.lock().get(&user).copied();
        match known {
            Some(Direct::Channel(channel)) => return Ok(Some(channel)),
            Some(Direct::Closed(since)) if now.since(since) < CLOSED => return Ok(None),
            _ => {}
        }
        let builder = rest.builder().create_private_channel(NonZeroU64::from(user).into());
        // The same channel comes each time.
        let call = Call::build(builder, Priority::Event)?.repeatable();
        match rest.send(call).await {
            Ok(answer) => {
                let Opened { id } = answer.model()?;
                self.note(user, Direct::Channel(id));
                Ok(Some(id))
            }
            Err(error) if error.is_temporary() => Err(error),
            Err(_) => {
                self.note(user, Direct::Closed(now));
                Ok(None)
            }
        }
    }
}

/// Sends an answer, once.
pub(super) async fn send(
    rest: &Rest,
    clock: &SharedClock,
    directs: &Directs,
    entry: &Entry,
    said: &Said,
) -> Verdict {
    match attempt(rest, clock, directs, entry, said).await {
        Ok(verdict) => verdict,
        Err(error) => failed(clock, entry, &error),
    }
}

async fn attempt(
    rest: &Rest,
    clock: &SharedClock,
    directs: &Directs,
    entry: &Entry,
    said: &Said,
) -> Result<Verdict, RestError> {
    let now = clock.now();
    let age = now.since(entry.row.created_at);
    let Some(instead) = &said.private else {
        return post(rest, entry, &said.in_channel(&said.body), age).await;
    };
    if let Some(channel) = directs.channel(rest, said.user, now).await? {
        let message = Message { channel, body: said.body.clone(), patient: false };
        match post(rest, entry, &message, age).await {
            Err(error) if error.code() == Some(CANNOT_SEND_TO_USER) => {
                directs.note(said.user, Direct::Closed(now));
            }
            done => return done,
        }
    }
    post(rest, entry, &said.in_channel(&Body::text(instead.as_str())), age).await
}
