//! Many events at once, for benchmarks: prepared ahead, sent as fast as the client takes them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{Engine, Target};
use crate::{
    gateway::session::Session,
    model::{ChannelKind, Guild, Message},
    snowflake::Id,
    wire,
    world::{World, dispatch::to_bytes},
};

/// How many different payloads are prepared; they are sent in turn.
const VARIANTS: u64 = 64;

/// How many events may wait for a socket.
const AHEAD: usize = 2_048;

/// A flood of `MESSAGE_CREATE` events.
#[derive(Clone, Debug, Default)]
pub struct Flood {
    /// Only to this application's sessions.
    pub application_id: Option<Id>,
    /// In this channel; else the first text channel of the guild.
    pub channel_id: Option<Id>,
    /// In this guild; else the first guild of the application.
    pub guild_id: Option<Id>,
    /// How many events.
    pub count: u64,
    /// How large each event's data is, at least.
    pub size_bytes: usize,
    /// How many a second; as many as possible when none.
    pub rate: Option<u64>,
}

/// What became of a flood.
#[derive(Clone, Copy, Debug)]
pub struct FloodReport {
    /// Events sent, over all sessions.
    pub sent: u64,
    /// How long it took.
    pub seconds: f64,
    /// To how many sessions.
    pub sessions: usize,
}

impl Engine {
    /// Sends a flood and returns when every session's socket has taken it. Intents and permissions are
    /// not asked: the sessions get what the flood says. A session that loses its socket is passed over.
    pub async fn flood(&self, flood: &Flood) -> FloodReport {
        let target = flood.application_id.map_or(Target::All, Target::Application);
        let prepared = self.read(|world| prepare(world, flood));
        let Some((guild_id, payloads)) = prepared else {
            return FloodReport { sent: 0, seconds: 0.0, sessions: 0 };
        };
        let mut sessions = self.targets(&target);
        sessions.retain(|session| session.standing().connected && session.covers(Some(guild_id)));
        let began = Instant::now();
        let mut sent = 0;
        let mut turn = payloads.iter().cycle();
        let mut left = flood.count;
        while left > 0 {
            let due = match flood.rate {
                Some(rate) => {
                    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                    let done = micros.saturating_mul(rate) / 1_000_000;
                    let due = done.saturating_sub(flood.count - left).min(left);
                    if due == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        continue;
                    }
                    due
                }
                None => left,
            };
            let chunk = usize::try_from(due).unwrap_or(usize::MAX).min(AHEAD / 2);
            let part: Vec<Bytes> = turn.by_ref().take(chunk).cloned().collect();
            for session in &sessions {
                if room(session, AHEAD / 2).await {
                    session.push_all("MESSAGE_CREATE", part.iter().cloned());
                    sent += chunk as u64;
                }
            }
            left -= chunk as u64;
        }
        for session in &sessions {
            room(session, 0).await;
        }
        FloodReport { sent, seconds: began.elapsed().as_secs_f64(), sessions: sessions.len() }
    }
}

/// Waits until no more than this many events wait for a socket; false when there is no socket.
async fn room(session: &Arc<Session>, waiting: usize) -> bool {
    loop {
        let taken = session.taken.notified();
        tokio::pin!(taken);
        taken.as_mut().enable();
        if session.waiting() <= waiting {
            return true;
        }
        if !session.standing().connected {
            return false;
        }
        // Bounded, as a socket that is lost takes nothing any more.
        let _taken_or_late = tokio::time::timeout(Duration::from_millis(200), taken).await;
    }
}

fn prepare(world: &World, flood: &Flood) -> Option<(Id, Vec<Bytes>)> {
    let in_channel = flood.channel_id.and_then(|id| world.guild_of_channel(id));
    let named = flood.guild_id.and_then(|id| world.guilds.get(&id));
    let bot = flood.application_id.and_then(|id| world.applications.get(&id)).map(|own| own.bot_id);
    let any = || world.guilds.values().find(|guild| bot.is_none_or(|bot| guild.members.contains_key(&bot)));
    let guild = in_channel.or(named).or_else(any)?;
    let channel_id = flood.channel_id.or_else(|| text_channel(guild))?;
    let payload = |number: u64| message(world, guild, channel_id, flood.size_bytes, number);
    Some((guild.id, (0..VARIANTS).map(payload).collect()))
}

/// The first channel that holds text.
pub(super) fn text_channel(guild: &Guild) -> Option<Id> {
    let mut channels = guild.channels.iter();
    channels.find(|channel| channel.kind == ChannelKind::Text).map(|channel| channel.id)
}

/// The data of a `MESSAGE_CREATE` of at least this size, by the guild's owner.
pub(super) fn message(world: &World, guild: &Guild, channel_id: Id, size: usize, number: u64) -> Bytes {
    let mut message = Message {
        id: crate::snowflake::at(1_790_000_000_000) + number,
        channel_id,
        guild_id: Some(guild.id),
        author_id: guild.owner_id,
        sent_at: 1_790_000_000_000,
        ..Message::default()
    };
    let bare = to_bytes(&wire::message_event(world, &message)).len();
    message.content = "x".repeat(size.saturating_sub(bare));
    to_bytes(&wire::message_event(world, &message))
}
