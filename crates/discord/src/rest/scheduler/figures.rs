//! What there is to see of the scheduler.

use std::collections::HashMap;

use guildhall_core::clock::Timestamp;

use super::{
    super::{call::Priority, stats::RestStats},
    Scheduler, State,
};

/// Routes that are named in the figures.
const ROUTES: usize = 8;

impl Scheduler {
    /// Figures at this moment.
    pub(in crate::rest) fn stats(&mut self, now: Timestamp) -> RestStats {
        let mut stats = self.counts.clone();
        for entry in self.entries.values().filter(|entry| entry.state != State::Flying) {
            let index = Priority::ALL.iter().position(|priority| *priority == entry.priority);
            stats.pending[index.unwrap_or_default()] += 1;
        }
        stats.routes = self.busiest();
        stats.per_second = self.global.part(now);
        stats.background_gap = self.spacing.gap();
        stats.in_flight = self.in_flight;
        stats.buckets = self.lanes.len();
        stats.paused_until = self.global.bound_paused(now);
        stats.paused_for = stats.paused_until.map(|until| until.since(now));
        stats.breaker = self.breaker.state(now);
        stats.invalid_requests = self.breaker.count_now(now);
        stats.invalid_elsewhere = self.breaker.elsewhere();
        stats.pooled = self.global.pool.is_on();
        stats
    }

    /// The routes for which most calls wait.
    fn busiest(&self) -> Vec<(String, usize)> {
        let mut routes: HashMap<&str, usize> = HashMap::new();
        for entry in self.entries.values().filter(|entry| entry.state != State::Flying) {
            *routes.entry(&entry.route.template).or_default() += 1;
        }
        let mut routes: Vec<_> = routes.into_iter().map(|(route, calls)| (route.to_owned(), calls)).collect();
        routes.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        routes.truncate(ROUTES);
        routes
    }
}
