//! What happens by itself when its time comes: threads fall silent and archive themselves, polls end,
//! events begin and end, stages close.

use std::collections::BTreeSet;

use super::{Dispatch, World};
use crate::snowflake::{Id, Millis};

/// What waits for its time, soonest first.
#[derive(Debug, Default)]
pub(super) struct Due {
    waiting: BTreeSet<(Millis, Thing)>,
}

/// What may be due.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Thing {
    /// A thread in which nothing happened for long.
    Thread(Id),
    /// A poll: its channel and message.
    Poll(Id, Id),
    /// A scheduled event: its guild and itself.
    Event(Id, Id),
    /// A stage: its guild and channel.
    Stage(Id, Id),
}

impl Due {
    /// Adds something, in place of what waited before.
    pub(super) fn put(&mut self, at: Millis, thing: Thing, before: Option<Millis>) {
        self.cancel(before, thing);
        self.waiting.insert((at, thing));
    }

    /// Takes something away.
    pub(super) fn cancel(&mut self, at: Option<Millis>, thing: Thing) {
        if let Some(at) = at {
            self.waiting.remove(&(at, thing));
        }
    }

    fn next(&mut self, now: Millis) -> Option<Thing> {
        self.waiting.first().filter(|(at, _)| *at <= now)?;
        self.waiting.pop_first().map(|(_, thing)| thing)
    }
}

impl World {
    /// Lets everything happen whose time has come.
    pub fn run_due(&mut self, now: Millis) -> Vec<Dispatch> {
        self.forget_slowed(now);
        let mut told = self.renew_subscriptions(now);
        while let Some(thing) = self.due.next(now) {
            match thing {
                Thing::Event(guild_id, id) => told.extend(self.event_due(guild_id, id, now)),
                Thing::Stage(guild_id, id) => {
                    told.extend(self.close_stage(guild_id, id).map(|((), told)| told).unwrap_or_default());
                }
                Thing::Poll(channel_id, id) => told.extend(self.poll_over(channel_id, id, now)),
                Thing::Thread(id) => told.extend(self.archive_if_silent(id, now)),
            }
        }
        told
    }
}
