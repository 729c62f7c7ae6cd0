//! Faults put in force and ended, with the guilds that some of them make unavailable.

use std::sync::Arc;

use super::{
    Engine, Fault, FaultKind, FaultRule, ShardIs,
    faults::{Dice, Selector},
};
use crate::{
    snowflake::{Id, shard_of},
    world::World,
};

impl Engine {
    /// Puts a rule in force and returns its number, or says what is wrong with it.
    pub fn add_fault(self: &Arc<Self>, rule: impl Into<FaultRule>) -> Result<u64, String> {
        let rule = rule.into();
        let guilds = match rule.kind {
            FaultKind::GuildOutage => self.read(|world| selected(world, &rule.on, rule.seed)),
            _ => Vec::new(),
        };
        let for_ms = rule.for_ms;
        let id = self.faults.add_with(rule, self.now(), guilds.clone())?;
        self.set_unavailable(&guilds, true);
        // An outage ends to the moment; other faults are asked for their time when they are played.
        if let (Some(ms), false, Ok(runtime)) =
            (for_ms, guilds.is_empty(), tokio::runtime::Handle::try_current())
        {
            let until = self.now().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX));
            let engine = Arc::clone(self);
            runtime.spawn(async move {
                tokio::select! {
                    () = engine.clock().sleep_until(until) => engine.sweep(),
                    () = engine.stopped().cancelled() => {}
                }
            });
        }
        Ok(id)
    }

    /// Ends one fault, or all. Returns how many there were.
    pub fn clear_faults(&self, id: Option<u64>) -> usize {
        let ended = self.faults.take(id);
        let count = ended.len();
        self.end_faults(ended);
        count
    }

    /// Makes guilds available again, unless another rule keeps them from it.
    pub(super) fn end_faults(&self, ended: Vec<Fault>) {
        let mut guilds: Vec<Id> = ended.into_iter().flat_map(|fault| fault.guilds).collect();
        if guilds.is_empty() {
            return;
        }
        let others: std::collections::HashSet<Id> =
            self.faults.list().into_iter().flat_map(|fault| fault.guilds).collect();
        guilds.retain(|id| !others.contains(id));
        self.set_unavailable(&guilds, false);
    }

    fn set_unavailable(&self, guilds: &[Id], unavailable: bool) {
        for id in guilds {
            // A guild that is gone by now needs nothing.
            let _gone = self.try_apply(|world, _| world.set_unavailable(*id, unavailable));
        }
    }
}

/// The guilds that a rule selects; those in an outage already are left out.
fn selected(world: &World, on: &Selector, seed: u64) -> Vec<Id> {
    let bot = on.application.and_then(|id| world.applications.get(&id)).map(|own| own.bot_id);
    let mut dice = Dice(seed);
    let guilds = world.guilds.values().filter(|guild| {
        let here = match on.shard {
            Some(ShardIs::Of(number, count)) => shard_of(guild.id, count) == number,
            Some(ShardIs::Number(_)) | None => true,
        };
        here && !guild.unavailable
            && on.guild.is_none_or(|id| id == guild.id)
            && (on.application.is_none() || bot.is_some_and(|bot| guild.members.contains_key(&bot)))
            && on.share.is_none_or(|share| dice.hits(share))
    });
    guilds.map(|guild| guild.id).collect()
}
