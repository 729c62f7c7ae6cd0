//! Back to the beginning, without a new port.

use super::{Engine, Target};
use crate::{example, options::Seed, world::World};

impl Engine {
    /// What the world held at the start.
    pub fn seed(&self) -> Seed {
        self.initial.0
    }

    /// Makes everything new: the world, the clock, budgets, faults, counters and the journal. Sessions are
    /// invalidated, so that bots identify again. Returns how many there were.
    pub fn reset(&self, seed: Option<Seed>) -> usize {
        let (first, limits) = &self.initial;
        let mut world = self.world.lock();
        self.clock.set_ahead(0);
        let links = std::mem::take(&mut world.links);
        *world = World::default();
        world.links = links;
        world.limits = limits.clone();
        if seed.unwrap_or(*first) == Seed::Example {
            example::build(&mut world, self.now());
        }
        *self.identifies.lock() = super::identify::Budgets::default();
        self.member_lists.lock().clear();
        // The guilds that faults made unavailable are gone.
        let _ended = self.faults.take(None);
        drop(world);
        let ended = self.invalidate(&Target::All, false);
        self.outgoing.clear();
        self.counters.clear();
        self.journal.clear();
        ended
    }
}
