//! A session: what a bot has been told and has yet to be told. It outlives its socket.

mod held;
mod queue;

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use queue::Queue;

use crate::{
    engine::{Moment, Played},
    gateway::intents::Intents,
    snowflake::{Id, Millis, shard_of},
};

/// A session of one shard.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) application_id: Id,
    pub(crate) bot_id: Id,
    pub(crate) shard: Option<(u32, u32)>,
    pub(crate) intents: Intents,
    pub(crate) large_threshold: u64,
    pub(crate) created_at: Millis,
    queue: Mutex<Queue>,
    /// Guilds in whose voice channels it put its bot.
    voice: Mutex<Vec<Id>>,
    /// Wakes the socket: there is something to send, or a signal.
    pub(crate) wake: Notify,
    /// Wakes a socket that is busy writing: there is a signal.
    urgent: Notify,
    /// Wakes those who wait until the socket has taken what was queued.
    pub(crate) taken: Notify,
}

/// What the sandbox does to a session's socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    /// Send Reconnect, then close.
    Reconnect,
    /// Send Invalid Session.
    Invalidate { resumable: bool },
    /// End the TCP connection without a word.
    Drop,
    /// Close with this code.
    Close(u16),
    /// Ask for a heartbeat.
    Heartbeat,
    /// Another socket has resumed the session.
    Superseded,
}

/// One dispatch of a session.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) event: &'static str,
    pub(crate) guild_id: Option<Id>,
    pub(crate) data: Data,
}

/// A dispatch on its way to the socket.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) seq: u64,
    pub(crate) event: &'static str,
    pub(crate) guild_id: Option<Id>,
    pub(crate) data: Bytes,
    /// Whether a fault has been played on it already.
    pub(crate) played: bool,
}

/// When there is something to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Due {
    /// Now.
    Now,
    /// Then, unless something comes before.
    At(Millis),
    /// Not before something comes.
    Never,
}

/// A dispatch's data: serialised, or a guild that is rendered when it is sent, so that ten thousand of
/// them need no memory. A resume therefore replays a guild as it is by then, under its first number; the
/// dispatches behind it tell of changes that it may hold already, as they do at Discord.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Bytes(Bytes),
    Guild(Id),
}

/// Why a session cannot be resumed at a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResumeError {
    /// The number was never sent.
    InvalidSeq,
    /// What came after it is no longer kept.
    Forgotten,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) seq: u64,
    pub(crate) backlog: usize,
    pub(crate) backfill: usize,
    pub(crate) connected: bool,
    pub(crate) detached_at: Option<Millis>,
}

/// What a new session is made from.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) application_id: Id,
    pub(crate) bot_id: Id,
    pub(crate) shard: Option<(u32, u32)>,
    pub(crate) intents: Intents,
    pub(crate) large_threshold: u64,
    pub(crate) now: Millis,
    pub(crate) replay: usize,
    pub(crate) backlog: usize,
    pub(crate) connection: u64,
}

/// What a fault may know of a session.
pub(crate) fn moment_of(session: &Session) -> Moment<'_> {
    Moment {
        application: Some(session.application_id),
        session: Some(&session.id),
        shard: Some(session.shard.unwrap_or((0, 1))),
        ..Moment::default()
    }
}

impl Session {
    pub(crate) fn open(opening: Opening, backfill: Vec<Id>) -> Self {
        let queue = Queue {
            first: 1,
            ring: VecDeque::new(),
            taken: 0,
            due: backfill.iter().copied().collect(),
            backfill: backfill.into(),
            connection: Some(opening.connection),
            detached_at: None,
            signals: VecDeque::new(),
            held: None,
            replay: opening.replay.max(1),
            backlog: opening.backlog.max(1),
        };
        Self {
            id: opening.id.into(),
            application_id: opening.application_id,
            bot_id: opening.bot_id,
            shard: opening.shard,
            intents: opening.intents,
            large_threshold: opening.large_threshold,
            created_at: opening.now,
            queue: Mutex::new(queue),
            voice: Mutex::default(),
            wake: Notify::new(),
            urgent: Notify::new(),
            taken: Notify::new(),
        }
    }

    /// Whether events of this guild, or without one, go to this shard.
    pub(crate) fn covers(&self, guild_id: Option<Id>) -> bool {
        match (self.shard, guild_id) {
            (None, _) => true,
            (Some((id, count)), Some(guild_id)) => shard_of(guild_id, count) == id,
            (Some((id, _)), None) => id == 0,
        }
    }

    /// Queues a dispatch that belongs to no guild.
    pub(crate) fn push(&self, event: &'static str, data: Bytes) {
        let mut queue = self.queue.lock();
        queue.push(Queued { event, guild_id: None, data: Data::Bytes(data) });
        self.pushed(queue);
    }

    /// Queues a dispatch that a fault keeps back until its time, or until others have come.
    pub(crate) fn push_spoilt(&self, queued: Queued, now: Millis, played: Played) {
        let mut queue = self.queue.lock();
        let ready = queue.held.get_or_insert_default().keep(queued, now, played);
        for queued in ready {
            queue.push_in_order(queued);
        }
        self.pushed(queue);
    }

    /// Lets go of the queue and wakes the socket; one that is stuck in writing only for a signal.
    fn pushed(&self, queue: MutexGuard<'_, Queue>) {
        let signalled = !queue.signals.is_empty();
        drop(queue);
        if signalled {
            self.urgent.notify_waiters();
        }
        self.wake.notify_one();
    }

    /// Queues many dispatches at once.
    pub(crate) fn push_all(&self, event: &'static str, data: impl Iterator<Item = Bytes>) {
        let mut queue = self.queue.lock();
        for bytes in data {
            queue.push(Queued { event, guild_id: None, data: Data::Bytes(bytes) });
        }
        self.pushed(queue);
    }

    /// Queues a dispatch of a guild. When the guild itself is still due, it goes first.
    pub(crate) fn push_in_guild(&self, guild_id: Id, event: &'static str, data: Bytes) {
        let mut queue = self.queue.lock();
        queue.push_in_order(Queued { event, guild_id: Some(guild_id), data: Data::Bytes(data) });
        self.pushed(queue);
    }

    /// Takes the next dispatches for the socket, each with its number. Guilds that are due follow when
    /// nothing else waits.
    pub(crate) fn take(&self, connection: u64, events: usize, bytes: usize, out: &mut Vec<(u64, Queued)>) {
        let mut queue = self.queue.lock();
        if queue.connection != Some(connection) {
            return;
        }
        if queue.waiting() == 0 {
            queue.introduce(16);
        }
        let mut size = 0;
        while out.len() < events && size < bytes {
            let Ok(index) = usize::try_from(queue.taken + 1 - queue.first) else { break };
            let Some(next) = queue.ring.get(index).cloned() else { break };
            size += match &next.data {
                Data::Bytes(bytes) => bytes.len(),
                Data::Guild(_) => 16_384,
            };
            queue.taken += 1;
            out.push((queue.taken, next));
        }
        queue.trim();
        drop(queue);
        self.taken.notify_waiters();
    }

    /// When there is something to send. What was kept back until now is queued.
    pub(crate) fn due(&self, now: Millis) -> Due {
        let mut queue = self.queue.lock();
        let mut next = None;
        if let Some(held) = &mut queue.held {
            let ready = held.release(now);
            next = held.next();
            if next.is_none() {
                queue.held = None;
            }
            for queued in ready {
                queue.push_in_order(queued);
            }
        }
        match next {
            _ if queue.waiting() > 0 || !queue.due.is_empty() => Due::Now,
            Some(at) => Due::At(at),
            None => Due::Never,
        }
    }

    /// Whether there is anything to send.
    pub(crate) fn has_more(&self) -> bool {
        let queue = self.queue.lock();
        queue.waiting() > 0 || !queue.due.is_empty()
    }

    /// How many dispatches wait for the socket.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.lock().waiting()
    }

    /// Tells the socket to do something.
    pub(crate) fn signal(&self, signal: Signal) {
        self.queue.lock().signals.push_back(signal);
        self.urgent.notify_waiters();
        self.wake.notify_one();
    }

    /// The next signal for this connection; one that was superseded gets no other.
    pub(crate) fn next_signal(&self, connection: u64) -> Option<Signal> {
        let mut queue = self.queue.lock();
        if queue.connection != Some(connection) {
            return Some(Signal::Superseded);
        }
        queue.signals.pop_front()
    }

    /// Waits until there is a signal for this connection, and leaves it there. Every signal ends the
    /// sending on a connection, so that a socket busy writing may stop in the middle.
    pub(crate) async fn signalled(&self, connection: u64) {
        loop {
            let urgent = self.urgent.notified();
            tokio::pin!(urgent);
            urgent.as_mut().enable();
            {
                let queue = self.queue.lock();
                if queue.connection != Some(connection) || !queue.signals.is_empty() {
                    return;
                }
            }
            urgent.await;
        }
    }

    /// Takes the session over for another connection, behind this number. The old connection learns of it.
    pub(crate) fn attach(&self, connection: u64, seq: u64) -> Result<(), ResumeError> {
        let mut queue = self.queue.lock();
        if seq >= queue.next() {
            return Err(ResumeError::InvalidSeq);
        }
        if seq + 1 < queue.first {
            return Err(ResumeError::Forgotten);
        }
        queue.taken = seq;
        queue.connection = Some(connection);
        queue.detached_at = None;
        queue.signals.clear();
        drop(queue);
        // Both the old and the new socket may be listening.
        self.urgent.notify_waiters();
        self.wake.notify_waiters();
        self.wake.notify_one();
        Ok(())
    }

    /// Lets go of the socket; false when another one holds the session by now.
    pub(crate) fn detach(&self, connection: u64, now: Millis) -> bool {
        let mut queue = self.queue.lock();
        if queue.connection != Some(connection) {
            return false;
        }
        queue.connection = None;
        queue.detached_at = Some(now);
        queue.signals.clear();
        queue.trim();
        true
    }

    /// Notes that the bot is in voice by this session.
    pub(crate) fn joined_voice(&self, guild_id: Id) {
        let mut voice = self.voice.lock();
        if !voice.contains(&guild_id) {
            voice.push(guild_id);
        }
    }

    /// Whether the bot is in voice there by this session.
    pub(crate) fn in_voice(&self, guild_id: Id) -> bool {
        self.voice.lock().contains(&guild_id)
    }

    /// The guilds whose voice the bot leaves when the session ends.
    pub(crate) fn take_voice(&self) -> Vec<Id> {
        std::mem::take(&mut self.voice.lock())
    }

    pub(crate) fn standing(&self) -> Standing {
        let queue = self.queue.lock();
        Standing {
            seq: queue.next() - 1,
            backlog: queue.waiting(),
            backfill: queue.due.len(),
            connected: queue.connection.is_some(),
            detached_at: queue.detached_at,
        }
    }
}

#[cfg(test)]
mod tests;
