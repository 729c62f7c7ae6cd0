//! This process's part of the limits of Discord's REST interface, which all processes of the bot share: each tells in its
//! row what it asks for and what it uses, and from the same rows each comes to its own part.

mod claim;
mod parts;
mod refused;

use std::time::Duration;

use guildhall_discord::rest::{Demand, Portion, Rest};
use guildhall_framework::report::{BudgetReport, Report};
use tokio::time::Instant;

pub(super) use self::parts::RESERVE;
use self::{
    claim::Claim,
    parts::{Need, parts},
    refused::Refused,
};
use super::Peer;
use crate::telemetry;

/// For how long a part holds when this process does not hear of the others any more.
const HOLDS: Duration = Duration::from_secs(5);

/// Over at least how long requests are counted.
const MEASURED: Duration = Duration::from_millis(500);

/// What is asked for is told in steps of this, so that parts do not move with every request.
const STEP: u32 = 5;

/// How much of what was asked for is still asked for a moment later: it falls slowly, so that a burst finds room.
const FADES: f64 = 0.8;

/// The sender of this process among those of the others.
#[derive(Debug)]
pub struct Sharing {
    rest: Rest,
    limit: u32,
    began: Instant,
    claim: Claim,
    refused: Refused,
    wanted: Wanted,
}

impl Sharing {
    /// A sender that others may stand beside: it keeps to little until it has heard of them.
    pub fn new(rest: Rest) -> Self {
        let limit = rest.global_per_second();
        rest.keep_to(Portion {
            per_second: RESERVE,
            processes: 1,
            refused_elsewhere: 0,
            pooled: false,
            holds: HOLDS,
        });
        let wanted = Wanted { limit, ..Wanted::default() };
        let began = Instant::now();
        Self { rest, limit, began, claim: Claim::default(), refused: Refused::default(), wanted }
    }

    /// What the row is to say with the next beat.
    pub fn tell(&mut self, report: &mut Report) {
        let demand = self.rest.demand();
        let wanted = self.wanted.measure(&demand, self.began.elapsed());
        telemetry::wanted(wanted);
        let (claim, refused) = (Some(self.claim.told()), demand.refused);
        report.budget = BudgetReport { wanted, claim, refused, pooled: demand.pooled };
    }

    /// When a beat starts, for [`Self::heard`].
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A beat told what [`Self::tell`] said and found these processes.
    pub fn heard(&mut self, own: &str, peers: &[Peer], started: Duration) {
        let need = |peer: &Peer| Need {
            id: peer.instance.id.clone(),
            works: peer.works(),
            wanted: peer.report.budget.wanted,
            claim: peer.report.budget.claim,
        };
        let needs: Vec<Need> = peers.iter().map(need).collect();
        let Some(place) = needs.iter().position(|need| need.id == own) else { return };
        let others = needs.iter().enumerate().filter(|(at, _)| *at != place);
        let used = others.fold(0_u32, |sum, (_, need)| sum.saturating_add(need.used(self.limit, &needs)));
        let room = self.limit.saturating_sub(RESERVE).saturating_sub(used);
        let now = self.began.elapsed();
        let part = self.claim.heard(room, parts(self.limit, &needs)[place], started, now);
        let told = peers.iter().filter(|peer| peer.instance.id != own);
        let told = told.map(|peer| (peer.instance.id.as_str(), peer.report.budget.refused));
        let senders = needs.iter().filter(|need| need.works).count().max(1);
        self.rest.keep_to(Portion {
            per_second: part,
            processes: u32::try_from(senders).unwrap_or(u32::MAX),
            refused_elsewhere: self.refused.heard(told, now),
            pooled: Self::pooled(peers),
            holds: HOLDS,
        });
    }

    /// Whether all processes find the rate that they share outside of them. One that has just started uses so little that it
    /// holds nobody up.
    fn pooled(peers: &[Peer]) -> bool {
        let little = |claim: Option<u32>| claim.is_some_and(|claim| claim <= RESERVE);
        peers.iter().all(|peer| peer.report.budget.pooled || little(peer.report.budget.claim))
    }

    /// When the next beat is due at the latest, if a higher part is under way.
    pub fn due(&self) -> Option<Duration> {
        self.claim.due(self.began.elapsed())
    }
}

/// What this process asks for, measured from its sender.
#[derive(Debug, Default)]
struct Wanted {
    limit: u32,
    sent: u64,
    at: Duration,
    per_second: f64,
}

impl Wanted {
    fn measure(&mut self, demand: &Demand, now: Duration) -> u32 {
        let passed = now.saturating_sub(self.at);
        if passed >= MEASURED {
            let sent = demand.sent.saturating_sub(self.sent) as f64 / passed.as_secs_f64();
            let wanted = sent + f64::from(demand.waiting);
            self.per_second = wanted.max(self.per_second * FADES);
            (self.sent, self.at) = (demand.sent, now);
        }
        let steps = (self.per_second / f64::from(STEP)).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
        let wanted = steps as u32;
        wanted.saturating_mul(STEP).min(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_rises_at_once_and_falls_slowly() {
        let mut wanted = Wanted { limit: 50, ..Wanted::default() };
        let mut at = Duration::ZERO;
        let mut ask = |sent, waiting| {
            at += Duration::from_secs(1);
            wanted.measure(&Demand { sent, waiting, ..Demand::default() }, at)
        };
        assert_eq!(ask(3, 0), 5);
        assert_eq!(ask(13, 900), 50);
        assert_eq!(ask(33, 0), 50, "the burst fades");
        let mut told = 50;
        for _ in 0..40 {
            let next = ask(33, 0);
            assert!(next <= told);
            told = next;
        }
        assert_eq!(told, 5);
    }
}
