//! The day's IDENTIFYs: how many are left, by our own count and by Discord's.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

use crate::gateway::{error::GatewayError, info::GatewayInfo, session::IdentifyBudget};

/// The window of the session start limit (Discord docs: Gateway, Session Start Limit).
const WINDOW: Duration = Duration::from_hours(24);

/// Both counts. The lower one holds, because each may miss what the other saw: ours the IDENTIFYs of
/// other programs with this token, Discord's those sent since it was asked.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    budget: IdentifyBudget,
    info: GatewayInfo,
    asked: Timestamp,
    /// Spent since Discord was asked.
    since_asked: u32,
}

impl Purse {
    pub(super) const fn new(budget: IdentifyBudget, info: GatewayInfo, asked: Timestamp) -> Self {
        Self { budget, info, asked, since_asked: 0 }
    }

    /// Takes a newer answer of Discord's.
    pub(super) fn told(&mut self, info: GatewayInfo, asked: Timestamp) {
        self.info = info;
        self.asked = asked;
        self.since_asked = 0;
    }

    pub(super) const fn info(&self) -> &GatewayInfo {
        &self.info
    }

    pub(super) const fn asked(&self) -> Timestamp {
        self.asked
    }

    /// IDENTIFYs left, and the time until there are more.
    pub(super) fn left(&self, now: Timestamp) -> (u32, Duration) {
        let own_end = self.budget.window_start + WINDOW;
        let own = if now >= own_end { 0 } else { self.budget.used };
        let their_end = self.asked + self.info.reset_after;
        let theirs = if now >= their_end && self.info.remaining < self.info.total {
            self.info.total.saturating_sub(self.since_asked)
        } else {
            self.info.remaining.saturating_sub(self.since_asked)
        };
        let ours = self.info.total.saturating_sub(own);
        let end = if ours <= theirs { own_end } else { their_end };
        (ours.min(theirs), end.since(now))
    }

    /// Refuses when fewer than `needed` are left, or none at all.
    pub(super) fn check(&self, needed: u32, force: bool, now: Timestamp) -> Result<(), GatewayError> {
        let (remaining, renews_in) = self.left(now);
        if remaining == 0 || (remaining < needed && !force) {
            return Err(GatewayError::BudgetLow { remaining, needed, renews_in_secs: renews_in.as_secs() });
        }
        match self.pace(needed, now) {
            Some(next_in) if !force => {
                let next_in_secs = next_in.as_secs();
                Err(GatewayError::TooManySessions { used: self.budget.used, next_in_secs })
            }
            _ => Ok(()),
        }
    }

    /// How long until the next IDENTIFY, where new sessions are begun so often that something must be wrong. Twice
    /// the reserve goes at once, or a tenth of the day's budget; what is more is spread over the day, so that whatever
    /// crashes again and again uses half of the budget at the most. Where the budget is that small in comparison with the
    /// reserve, the reserve alone has to do.
    fn pace(&self, needed: u32, now: Timestamp) -> Option<Duration> {
        let (half, used) = (u64::from(self.info.total / 2), u64::from(self.budget.used));
        let at_once = u64::from(needed).saturating_mul(2).max(u64::from(self.info.total / 10));
        let elapsed = now.since(self.budget.window_start);
        if at_once >= half || used < at_once || elapsed >= WINDOW {
            return None;
        }
        // The moment from which `used + 1` are in order.
        let due = WINDOW.mul_f64((used + 1 - at_once) as f64 / (half - at_once) as f64);
        due.checked_sub(elapsed).filter(|wait| !wait.is_zero())
    }

    /// Takes note of the budget as it is kept, of which other processes may have spent.
    pub(super) fn spent_elsewhere(&mut self, kept: Option<IdentifyBudget>) {
        let Some(kept) = kept else { return };
        let same_window = kept.window_start == self.budget.window_start;
        let more = if same_window { kept.used.saturating_sub(self.budget.used) } else { kept.used };
        if kept != self.budget {
            self.since_asked = self.since_asked.saturating_add(more);
            self.budget = kept;
        }
    }

    /// The budget after one more. It is kept in store before [`Purse::spend`] takes it.
    pub(super) fn after_one(&self, now: Timestamp) -> IdentifyBudget {
        let same_window = self.budget.used > 0 && now < self.budget.window_start + WINDOW;
        if same_window {
            IdentifyBudget { used: self.budget.used.saturating_add(1), last: now, ..self.budget }
        } else {
            IdentifyBudget { window_start: now, used: 1, last: now }
        }
    }

    pub(super) fn spend(&mut self, after: IdentifyBudget) {
        self.budget = after;
        self.since_asked = self.since_asked.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purse(used: u32, remaining: u32) -> Purse {
        let info = GatewayInfo {
            url: String::new(),
            shards: 1,
            total: 1000,
            remaining,
            reset_after: Duration::from_hours(1),
            max_concurrency: 1,
        };
        let budget = IdentifyBudget { window_start: Timestamp(0), used, last: Timestamp(0) };
        Purse::new(budget, info, Timestamp(0))
    }

    fn hours(n: u64) -> Timestamp {
        Timestamp(0) + Duration::from_hours(n)
    }

    #[test]
    fn the_lower_of_both_counts_holds() {
        assert_eq!(purse(10, 1000).left(Timestamp(0)).0, 990);
        assert_eq!(purse(0, 7).left(Timestamp(0)), (7, Duration::from_hours(1)));
        let mut purse = purse(0, 7);
        purse.spend(purse.after_one(Timestamp(0)));
        assert_eq!(purse.left(Timestamp(0)).0, 6);
    }

    #[test]
    fn what_other_processes_spend_counts() {
        let mut purse = purse(10, 500);
        let kept = IdentifyBudget { window_start: Timestamp(0), used: 14, last: Timestamp(9) };
        purse.spent_elsewhere(Some(kept));
        assert_eq!(purse.left(Timestamp(9)).0, 496);
        purse.spent_elsewhere(Some(kept));
        assert_eq!(purse.left(Timestamp(9)).0, 496);
        let renewed = IdentifyBudget { window_start: hours(25), used: 2, last: hours(25) };
        purse.spent_elsewhere(Some(renewed));
        assert_eq!(purse.after_one(hours(26)).used, 3);
    }

    #[test]
    fn windows_end() {
        assert_eq!(purse(999, 1000).left(hours(23)), (1, Duration::from_hours(1)));
        assert_eq!(purse(999, 1000).left(hours(24)).0, 1000);
        assert_eq!(purse(0, 0).left(hours(1)).0, 1000);
        let renewed = purse(999, 1000).after_one(hours(25));
        assert_eq!(renewed, IdentifyBudget { window_start: hours(25), used: 1, last: hours(25) });
        let first = purse(0, 1000).after_one(hours(5));
        assert_eq!(first.window_start, hours(5));
    }

    #[test]
    fn what_begins_sessions_again_and_again_is_slowed_down() {
        let allowed = |used, hour| purse(used, 1000).check(128, false, hours(hour)).is_ok();
        assert!(allowed(255, 0) && !allowed(256, 0), "two whole rounds of 64 shards, and two more");
        assert!(allowed(256, 1) && allowed(260, 1) && !allowed(270, 1));
        assert!(allowed(480, 23) && !allowed(499, 23));
        assert!(allowed(500, 24), "another day");
        assert!(purse(256, 1000).check(128, true, Timestamp(0)).is_ok(), "unless it is forced");
        // One shard may be tried out a hundred times.
        let one = |used| purse(used, 1000).check(2, false, Timestamp(0)).is_ok();
        assert!(one(99) && !one(100));
        // A bot with 900 shards has its reserve alone.
        assert!(purse(190, 1000).check(800, false, Timestamp(0)).is_ok());
    }

    #[test]
    fn the_reserve_is_refused_unless_forced_and_nothing_is_nothing() {
        assert!(purse(0, 4).check(4, false, Timestamp(0)).is_ok());
        assert!(purse(0, 3).check(4, false, Timestamp(0)).is_err());
        assert!(purse(0, 3).check(4, true, Timestamp(0)).is_ok());
        assert!(purse(0, 0).check(4, true, Timestamp(0)).is_err());
    }
}
