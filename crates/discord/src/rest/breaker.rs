//! Keeps the bot far from Discord's ban on invalid requests: 10,000 answers of 401, 403 or 429 in ten
//! minutes block the address (Discord docs: Rate Limits, Invalid Request Limit).

use std::{collections::VecDeque, time::Duration};

use guildhall_core::clock::Timestamp;

use super::{error::RestError, portion::Held, route::Class, stats::BreakerState};

const WINDOW: Duration = Duration::from_mins(10);
/// From here on calls pass slowly.
const SLOW: usize = 500;
/// From here on only interaction callbacks pass.
const STOP: usize = 5_000;
/// From here on nothing passes.
const STOP_ALL: usize = 9_000;
/// How long a refused token rests before one call tries it again.
const TOKEN_REST: Duration = Duration::from_mins(5);
/// When calls are tried again that only the refused requests of other processes hold up.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Counts refused requests and stops the sender in time.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    refused: VecDeque<Timestamp>,
    token_refused_until: Option<Timestamp>,
    held: Option<Held>,
}

impl Breaker {
    /// Counts an answer of 401, 403 or 429 that counts towards the ban.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.forget(now);
        if self.refused.len() < 2 * STOP {
            self.refused.push_back(now);
        }
    }

    /// Counts what the others had from now on: Discord counts all processes of one address together.
    pub(super) fn keep_to(&mut self, held: Held) {
        self.held = Some(held);
    }

    /// Refused requests of the others in the last ten minutes, as last heard.
    pub(super) fn elsewhere(&self) -> usize {
        self.held.map_or(0, |held| held.refused_elsewhere())
    }

    /// By how many the refused requests lie above `most`, from zero on. Who has not heard of the others for a while
    /// keeps to an even part of it besides.
    fn over(&self, most: usize, now: Timestamp) -> Option<usize> {
        let own = self.refused.len();
        let together = (own + self.elsewhere()).checked_sub(most);
        let stale = self.held.filter(|held| held.is_stale(now));
        together.max(stale.and_then(|held| own.checked_sub(most / held.processes())))
    }

    /// Discord refused the bot token.
    pub(super) fn refuse_token(&mut self, now: Timestamp) {
        self.token_refused_until = Some(now + TOKEN_REST);
    }

    /// Discord took the bot token.
    pub(super) fn accept_token(&mut self) {
        self.token_refused_until = None;
    }

    /// Why a call may not pass. Asked before a call is taken; it changes nothing.
    pub(super) fn refusal(&mut self, class: Class, authorized: bool, now: Timestamp) -> Option<RestError> {
        self.forget(now);
        if authorized && let Some(until) = self.token_refused_until.filter(|until| now < *until) {
            return Some(RestError::TokenRefused { until });
        }
        let most = if class == Class::Callback { STOP_ALL } else { STOP };
        let over = self.over(most, now)?;
        let until = self.refused.get(over).map_or(now + ASK_AGAIN, |at| *at + WINDOW);
        Some(RestError::BreakerOpen { until })
    }

    /// Why a call may not be sent. A refused token lets one call through after its rest.
    pub(super) fn admit(&mut self, class: Class, authorized: bool, now: Timestamp) -> Result<(), RestError> {
        if let Some(error) = self.refusal(class, authorized, now) {
            return Err(error);
        }
        if authorized && self.token_refused_until.is_some() {
            self.token_refused_until = Some(now + TOKEN_REST);
        }
        Ok(())
    }

    /// What the breaker does at this moment.
    pub(super) fn state(&mut self, now: Timestamp) -> BreakerState {
        self.forget(now);
        if self.over(STOP, now).is_some() {
            BreakerState::Open
        } else if self.token_refused_until.is_some() {
            BreakerState::TokenRefused
        } else if self.over(SLOW, now).is_some() {
            BreakerState::Slow
        } else {
            BreakerState::Closed
        }
    }

    /// Refused requests of this process in the last ten minutes.
    pub(super) fn count_now(&mut self, now: Timestamp) -> usize {
        self.forget(now);
        self.refused.len()
    }

    fn forget(&mut self, now: Timestamp) {
        while self.refused.front().is_some_and(|at| *at + WINDOW <= now) {
            self.refused.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::portion::Portion;

    const MINUTE: i64 = 60_000;

    #[test]
    fn it_slows_then_stops_then_stops_even_callbacks_and_recovers() {
        let mut breaker = Breaker::default();
        let mut now = Timestamp(0);
        let count_to = |breaker: &mut Breaker, most: usize, now: Timestamp| {
            while breaker.count_now(now) < most {
                breaker.count(now);
            }
        };
        count_to(&mut breaker, SLOW - 1, now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        count_to(&mut breaker, SLOW, now);
        assert_eq!(breaker.state(now), BreakerState::Slow);
        assert_eq!(breaker.admit(Class::Bound, true, now), Ok(()));
        now.0 += MINUTE;
        count_to(&mut breaker, STOP, now);
        assert_eq!(breaker.state(now), BreakerState::Open);
        // The 500 of the first minute go first.
        let until = Timestamp(10 * MINUTE);
        assert_eq!(breaker.admit(Class::Bound, true, now), Err(RestError::BreakerOpen { until }));
        assert_eq!(breaker.admit(Class::Webhook, false, now), Err(RestError::BreakerOpen { until }));
        assert_eq!(breaker.admit(Class::Callback, false, now), Ok(()));
        assert_eq!(breaker.admit(Class::Bound, true, until), Ok(()));
        count_to(&mut breaker, STOP_ALL, now);
        assert!(breaker.admit(Class::Callback, false, now).is_err());
        assert_eq!(breaker.state(Timestamp(11 * MINUTE)), BreakerState::Closed);
    }

    #[test]
    fn a_refused_token_stops_authorized_calls_and_is_tried_once_more_after_a_rest() {
        let mut breaker = Breaker::default();
        breaker.refuse_token(Timestamp(0));
        let until = Timestamp(5 * MINUTE);
        let refused = Err(RestError::TokenRefused { until });
        assert_eq!(breaker.admit(Class::Bound, true, Timestamp(1)), refused);
        assert_eq!(breaker.admit(Class::Callback, false, Timestamp(1)), Ok(()));
        assert_eq!(breaker.admit(Class::Bound, true, until), Ok(()));
        assert!(breaker.admit(Class::Bound, true, until).is_err(), "one probe only");
        breaker.accept_token();
        assert_eq!(breaker.admit(Class::Bound, true, until), Ok(()));
    }

    fn told(processes: u32, refused_elsewhere: u32, now: Timestamp) -> Held {
        let holds = Duration::from_secs(5);
        Held::new(Portion { per_second: 50, processes, refused_elsewhere, pooled: false, holds }, now)
    }

    #[test]
    fn two_senders_stop_together_at_half_of_the_line() {
        let mut senders = [Breaker::default(), Breaker::default()];
        let mut now = Timestamp(0);
        let mut sent = 0;
        // One of them is refused three times as often; they hear of one another once a second.
        loop {
            let counts = senders.each_mut().map(|sender| u32::try_from(sender.count_now(now)).unwrap());
            senders[0].keep_to(told(2, counts[1], now));
            senders[1].keep_to(told(2, counts[0], now));
            let mut passed = false;
            for at in [0, 0, 0, 1] {
                if senders[at].admit(Class::Bound, true, now).is_ok() {
                    senders[at].count(now);
                    (sent, passed) = (sent + 1, true);
                }
            }
            if !passed {
                break;
            }
            now.0 += 10;
        }
        assert!((STOP..STOP + 8).contains(&sent), "{sent}");
        assert!(senders[0].count_now(now) < STOP && senders[1].count_now(now) < STOP);
        assert_eq!(senders.each_mut().map(|sender| sender.state(now)), [BreakerState::Open; 2]);
        assert_eq!(senders[1].admit(Class::Callback, false, now), Ok(()));
        now.0 += 10 * MINUTE;
        senders[1].keep_to(told(2, 0, now));
        assert_eq!(senders[1].state(now), BreakerState::Closed);
    }

    #[test]
    fn only_the_others_can_hold_it_up_and_then_it_is_asked_again_soon() {
        let mut breaker = Breaker::default();
        let now = Timestamp(0);
        breaker.keep_to(told(3, u32::try_from(STOP).unwrap(), now));
        let until = now + ASK_AGAIN;
        assert_eq!(breaker.admit(Class::Bound, true, now), Err(RestError::BreakerOpen { until }));
    }

    #[test]
    fn who_hears_nothing_of_the_others_keeps_to_an_even_part() {
        let mut breaker = Breaker::default();
        let now = Timestamp(0);
        breaker.keep_to(told(4, 10, now));
        (0..STOP / 4).for_each(|_| breaker.count(now));
        assert_eq!(breaker.admit(Class::Bound, true, Timestamp(4_999)), Ok(()));
        assert!(breaker.admit(Class::Bound, true, Timestamp(5_000)).is_err());
    }
}
