//! The identify budget: so many a day, so many at once (Discord docs: Gateway, Session Start Limit).

use std::collections::HashMap;

use super::{Engine, fanout::recommended_shards};
use crate::{
    options::Limits,
    snowflake::{Id, Millis},
    world::World,
};

/// What `GET /gateway/bot` tells of the budget.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionStartLimit {
    /// Identifies a day.
    pub total: u32,
    /// Those left.
    pub remaining: u32,
    /// Milliseconds until all are there again.
    pub reset_after: u64,
    /// How many may identify at once.
    pub max_concurrency: u32,
}

/// The budgets of all applications.
#[derive(Debug, Default)]
pub(super) struct Budgets(HashMap<Id, Budget>);

#[derive(Debug, Default)]
struct Budget {
    began: Option<Millis>,
    used: u32,
    /// When an identify of this concurrency key was last let through.
    last: HashMap<u32, Millis>,
}

/// What becomes of an identify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It goes through.
    Granted,
    /// Too soon after another one of the same key.
    TooSoon,
    /// The day's budget is used up.
    Exhausted,
}

/// The numbers for one application.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) total: u32,
    pub(super) reset: u64,
    pub(super) concurrency: u32,
    pub(super) window: u64,
}

impl Terms {
    /// The terms of an application: very large bots have a greater budget.
    pub(super) fn of(world: &World, limits: &Limits, application_id: Id) -> Self {
        let application = world.applications.get(&application_id);
        let guilds = application.map_or(0, |application| world.guilds_of(application.bot_id).count());
        let large = u32::try_from(guilds / 1_000 * 5).unwrap_or(u32::MAX).max(2_000);
        let total = if guilds >= limits.large_bot_guilds { large } else { limits.identify_total };
        let own = application.and_then(|application| application.max_concurrency);
        Self {
            total,
            reset: limits.identify_reset,
            concurrency: own.unwrap_or(limits.max_concurrency).max(1),
            window: limits.identify_window,
        }
    }
}

impl Budgets {
    /// Decides on an identify and, when it goes through, counts it.
    pub(super) fn spend(&mut self, application_id: Id, shard: u32, terms: Terms, now: Millis) -> Verdict {
        let budget = self.0.entry(application_id).or_default();
        budget.renew(terms, now);
        if budget.used >= terms.total {
            return Verdict::Exhausted;
        }
        let key = shard % terms.concurrency;
        let window = i64::try_from(terms.window).unwrap_or(i64::MAX);
        if budget.last.get(&key).is_some_and(|last| now - last < window) {
            return Verdict::TooSoon;
        }
        budget.last.insert(key, now);
        budget.began.get_or_insert(now);
        budget.used += 1;
        Verdict::Granted
    }

    /// Where a budget stands.
    pub(super) fn standing(&mut self, application_id: Id, terms: Terms, now: Millis) -> SessionStartLimit {
        let budget = self.0.entry(application_id).or_default();
        budget.renew(terms, now);
        let gone = budget.began.map_or(0, |began| u64::try_from(now - began).unwrap_or(0));
        SessionStartLimit {
            total: terms.total,
            remaining: terms.total.saturating_sub(budget.used),
            reset_after: if budget.began.is_some() { terms.reset.saturating_sub(gone) } else { 0 },
            max_concurrency: terms.concurrency,
        }
    }

    /// Forgets an application's budget, as happens when its token is reset.
    pub(super) fn forget(&mut self, application_id: Id) {
        self.0.remove(&application_id);
    }
}

impl Budget {
    fn renew(&mut self, terms: Terms, now: Millis) {
        let reset = i64::try_from(terms.reset).unwrap_or(i64::MAX);
        if self.began.is_some_and(|began| now - began >= reset) {
            self.began = None;
            self.used = 0;
        }
    }
}

impl Engine {
    /// Where an application's identify budget stands.
    pub fn session_start_limit(&self, application_id: Id) -> SessionStartLimit {
        let now = self.now();
        let world = self.world.lock();
        let terms = Terms::of(&world, &world.limits, application_id);
        self.identifies.lock().standing(application_id, terms, now)
    }

    /// Whether a shard count is allowed: a very large bot must use a multiple of its recommended one.
    pub(super) fn shard_count_fits(world: &World, application_id: Id, guilds: usize, count: u32) -> bool {
        guilds < world.limits.large_bot_guilds
            || count.is_multiple_of(recommended_shards(world, application_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { total: 3, reset: 86_400_000, concurrency: 2, window: 5_000 };

    #[test]
    fn one_identify_per_key_and_window() {
        let mut budgets = Budgets::default();
        assert_eq!(budgets.spend(1, 0, TERMS, 0), Verdict::Granted);
        assert_eq!(budgets.spend(1, 2, TERMS, 4_999), Verdict::TooSoon);
        assert_eq!(budgets.spend(1, 1, TERMS, 4_999), Verdict::Granted);
        assert_eq!(budgets.spend(1, 2, TERMS, 5_000), Verdict::Granted);
    }

    #[test]
    fn the_daily_budget_runs_out_and_comes_back() {
        let mut budgets = Budgets::default();
        for time in [0, 5_000, 10_000] {
            assert_eq!(budgets.spend(1, 0, TERMS, time), Verdict::Granted);
        }
        assert_eq!(budgets.spend(1, 0, TERMS, 15_000), Verdict::Exhausted);
        let standing = budgets.standing(1, TERMS, 15_000);
        assert_eq!((standing.remaining, standing.reset_after), (0, 86_385_000));
        assert_eq!(budgets.spend(1, 0, TERMS, 86_400_000), Verdict::Granted);
        assert_eq!(budgets.spend(2, 0, TERMS, 15_000), Verdict::Granted, "each application has its own");
    }
}
