//! When people last did what slow mode holds back; a message may be gone by then.

use super::World;
use crate::snowflake::{Id, Millis};

/// What slow mode counts, each by itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Slowed {
    /// Messages.
    Message,
    /// Threads.
    Thread,
}

/// The longest slow mode: six hours (Discord docs: Channel resource, Channel Structure).
const LONGEST: Millis = 21_600_000;

impl World {
    /// Notes that a person did it now. Bots are never held back.
    pub(super) fn slow(&mut self, what: Slowed, channel_id: Id, user_id: Id, now: Millis) {
        if self.users.get(&user_id).is_some_and(|user| !user.bot) {
            self.slowed.insert((what, channel_id, user_id), now);
        }
    }

    /// When a user last did it.
    pub fn last_slowed(&self, what: Slowed, channel_id: Id, user_id: Id) -> Option<Millis> {
        self.slowed.get(&(what, channel_id, user_id)).copied()
    }

    /// Forgets what no slow mode holds back any more.
    pub(super) fn forget_slowed(&mut self, now: Millis) {
        self.slowed.retain(|_, at| now - *at < LONGEST);
    }
}
