//! What a session has yet to be told, and what it may have to be told again.

use std::collections::{HashSet, VecDeque};

use super::{Data, Queued, Signal, held::Held};
use crate::snowflake::{Id, Millis};

/// The dispatches of a session, numbered, and its signals.
#[derive(Debug)]
pub(super) struct Queue {
    /// The number of the ring's first entry; numbers are without gaps.
    pub(super) first: u64,
    pub(super) ring: VecDeque<Queued>,
    /// The last number handed to the socket.
    pub(super) taken: u64,
    /// Guilds whose `GUILD_CREATE` is still due, in order, and the same as a set.
    pub(super) backfill: VecDeque<Id>,
    pub(super) due: HashSet<Id>,
    pub(super) connection: Option<u64>,
    pub(super) detached_at: Option<Millis>,
    pub(super) signals: VecDeque<Signal>,
    /// Dispatches that a fault keeps back, not numbered yet.
    pub(super) held: Option<Box<Held>>,
    pub(super) replay: usize,
    pub(super) backlog: usize,
}

impl Queue {
    /// The number that the next dispatch will have.
    pub(super) fn next(&self) -> u64 {
        self.first + self.ring.len() as u64
    }

    pub(super) fn waiting(&self) -> usize {
        usize::try_from(self.next() - 1 - self.taken.min(self.next() - 1)).unwrap_or(usize::MAX)
    }

    /// Queues a dispatch. When its guild itself is still due, that goes first.
    pub(super) fn push_in_order(&mut self, queued: Queued) {
        let due = queued.guild_id.filter(|id| self.due.remove(id));
        // A guild that is gone, or told anew, needs no introduction.
        if let Some(id) = due.filter(|_| !matches!(queued.event, "GUILD_DELETE" | "GUILD_CREATE")) {
            self.push(Queued { event: "GUILD_CREATE", guild_id: Some(id), data: Data::Guild(id) });
        }
        self.push(queued);
    }

    pub(super) fn push(&mut self, queued: Queued) {
        self.ring.push_back(queued);
        self.trim();
        if self.connection.is_some() && self.waiting() > self.backlog && self.signals.is_empty() {
            // A client this slow is let go; it finds its session gone too far to resume.
            self.signals.push_back(Signal::Close(4000));
        }
    }

    /// Moves guilds that are due into the ring.
    pub(super) fn introduce(&mut self, count: usize) {
        let mut moved = 0;
        while moved < count {
            let Some(guild_id) = self.backfill.pop_front() else { break };
            if self.due.remove(&guild_id) {
                let (event, data) = ("GUILD_CREATE", Data::Guild(guild_id));
                self.ring.push_back(Queued { event, guild_id: Some(guild_id), data });
                moved += 1;
            }
        }
    }

    /// Forgets the oldest dispatches beyond the replay limit, but none that a connected client waits for.
    pub(super) fn trim(&mut self) {
        let kept_for_client = if self.connection.is_some() { self.taken + 1 } else { u64::MAX };
        while self.ring.len() > self.replay && self.first < kept_for_client {
            self.ring.pop_front();
            self.first += 1;
        }
    }
}
