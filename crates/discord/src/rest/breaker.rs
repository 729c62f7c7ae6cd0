//! Keeps the bot far from Discord's ban on invalid requests: 10,000 answers of 401, 403 or 429 in ten
//! minutes block the address (Discord docs: Rate Limits, Invalid Request Limit).

use std::{collections::VecDeque, time::Duration};

use guildhall_core::clock::Timestamp;

use super::{error::RestError, route::Class, stats::BreakerState};

const WINDOW: Duration = Duration::from_mins(10);
/// From here on calls pass slowly.
const SLOW: usize = 500;
/// From here on only interaction callbacks pass.
const STOP: usize = 5_000;
/// From here on nothing passes.
const STOP_ALL: usize = 9_000;
/// How long a refused token rests before one call tries it again.
const TOKEN_REST: Duration = Duration::from_mins(5);

/// Counts refused requests and stops the sender in time.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    refused: VecDeque<Timestamp>,
    token_refused_until: Option<Timestamp>,
}

impl Breaker {
    /// Counts an answer of 401, 403 or 429 that counts towards the ban.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.forget(now);
        if self.refused.len() < 2 * STOP {
            self.refused.push_back(now);
        }
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
        let over = self.refused.len().checked_sub(most)?;
        Some(RestError::BreakerOpen { until: self.refused[over] + WINDOW })
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
        match self.refused.len() {
            STOP.. => BreakerState::Open,
            _ if self.token_refused_until.is_some() => BreakerState::TokenRefused,
            SLOW.. => BreakerState::Slow,
            _ => BreakerState::Closed,
        }
    }

    /// Refused requests in the last ten minutes.
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
}
