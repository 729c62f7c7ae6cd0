//! One rate limit bucket, learned from the headers of its answers (Discord docs: Rate Limits, Header
//! Format).

mod company;

use std::time::Duration;

use guildhall_core::clock::Timestamp;

use self::company::Company;

/// Added to each time Discord names, for clocks that count whole milliseconds.
pub(super) const MARGIN: Duration = Duration::from_millis(5);
/// The window that is assumed when answers are lost before any told one.
const ASSUMED_WINDOW: Duration = Duration::from_secs(5);
/// Requests at once on a route that shows no limit.
const UNLIMITED_AT_ONCE: u32 = 32;

/// What the headers of one answer say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Headers {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_after: Duration,
}

/// Whether a request may go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gate {
    /// Now.
    Open,
    /// At that time, or after an answer.
    Until(Timestamp),
    /// After an answer.
    Answer,
}

/// What is known of a bucket. While nothing is known one request at a time probes it.
///
/// `floor` is the lowest `Remaining` seen in this window. A request on the wire may or may not be in it,
/// so `floor - in_flight` requests can surely still be made, in whatever order the answers come.
#[derive(Clone, Debug, Default)]
pub(super) struct Bucket {
    known: Known,
    floor: u32,
    reset_at: Option<Timestamp>,
    blocked_until: Option<Timestamp>,
    in_flight: u32,
    company: Company,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Known {
    #[default]
    Nothing,
    Unlimited,
    Limit(u32),
}

impl Bucket {
    /// Whether a request may go now. `alone` says that no other process of the bot sends.
    pub(super) fn gate(&mut self, now: Timestamp, alone: bool) -> Gate {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Gate::Until(until);
            }
            self.blocked_until = None;
        }
        if let (Known::Limit(limit), Some(reset)) = (self.known, self.reset_at)
            && reset <= now
        {
            self.floor = limit;
            self.reset_at = None;
            self.company.turn(self.in_flight);
        }
        let allowed = self.allowed(alone);
        match self.reset_at {
            _ if self.in_flight < allowed => Gate::Open,
            Some(reset) if matches!(self.known, Known::Limit(_)) => Gate::Until(reset),
            _ => Gate::Answer,
        }
    }

    /// Requests that may be on the wire at once now. With other processes about, half of what remains goes at once and
    /// the rest after the answers: those tell whether others use the bucket.
    fn allowed(&mut self, alone: bool) -> u32 {
        match self.known {
            Known::Nothing => 1,
            Known::Unlimited => UNLIMITED_AT_ONCE,
            Known::Limit(_) if alone => self.floor,
            Known::Limit(limit) => {
                if self.reset_at.is_none() && self.in_flight == 0 {
                    self.company.turn(0);
                }
                if self.company.is_sated(limit) { 0 } else { self.floor.min((self.floor / 2).max(1)) }
            }
        }
    }

    /// A request goes out.
    pub(super) fn start(&mut self) {
        self.in_flight += 1;
        self.company.start();
    }

    /// Discord refused a request because the bucket was empty.
    pub(super) fn refuse(&mut self) {
        self.company.refused();
    }

    /// An answer came. `healthy` means that Discord itself handled the request, so that an answer
    /// without headers shows a route without a limit. Returns whether it shows, as news, that others use the bucket.
    pub(super) fn answer(&mut self, headers: Option<Headers>, healthy: bool, now: Timestamp) -> bool {
        let mut news = false;
        self.in_flight = self.in_flight.saturating_sub(1);
        match headers {
            Some(headers) => {
                let limit = headers.limit.max(1);
                let remaining = headers.remaining.min(limit);
                news = self.company.told(limit - remaining);
                self.floor =
                    if matches!(self.known, Known::Limit(_)) { self.floor.min(remaining) } else { remaining };
                self.known = Known::Limit(limit);
                let reset = now + headers.reset_after + MARGIN;
                self.reset_at = Some(self.reset_at.map_or(reset, |known| known.max(reset)));
            }
            None if healthy && self.known == Known::Nothing => self.known = Known::Unlimited,
            None if !healthy => self.count_lost(now),
            None => {}
        }
        news
    }

    /// No answer came: Discord may have counted the request.
    fn count_lost(&mut self, now: Timestamp) {
        if matches!(self.known, Known::Limit(_)) {
            self.floor = self.floor.saturating_sub(1);
            self.reset_at.get_or_insert(now + ASSUMED_WINDOW);
        }
    }

    /// Requests that could go at once by this bucket alone.
    pub(super) fn room(&self) -> usize {
        let most = if matches!(self.known, Known::Limit(_)) { self.floor } else { UNLIMITED_AT_ONCE };
        usize::try_from(most.saturating_sub(self.in_flight)).unwrap_or(usize::MAX)
    }

    /// Discord said 429: nothing goes before `until`.
    pub(super) fn block(&mut self, until: Timestamp) {
        self.blocked_until = Some(self.blocked_until.map_or(until, |known| known.max(until)));
    }

    /// Takes over a request on the wire from another bucket that turned out to be this one.
    pub(super) fn adopt_flight(&mut self, other: &mut Self) {
        other.in_flight = other.in_flight.saturating_sub(1);
        other.company.gone();
        self.start();
    }

    /// Takes over a block from another bucket that turned out to be this one.
    pub(super) fn adopt_block(&mut self, other: &Self) {
        if let Some(until) = other.blocked_until {
            self.block(until);
        }
    }

    /// Whether forgetting the bucket loses nothing but its limit.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        self.in_flight == 0
            && self.blocked_until.is_none_or(|until| until <= now)
            && self.reset_at.is_none_or(|reset| reset <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as `Bucket::answer` takes it")]
    const fn headers(limit: u32, remaining: u32, reset_ms: u64) -> Option<Headers> {
        Some(Headers { limit, remaining, reset_after: Duration::from_millis(reset_ms) })
    }

    fn open(bucket: &mut Bucket, now: Timestamp) -> u32 {
        let mut count = 0;
        while bucket.gate(now, true) == Gate::Open && count < 100 {
            bucket.start();
            count += 1;
        }
        count
    }

    #[test]
    fn an_unknown_bucket_is_probed_by_one_request() {
        let mut bucket = Bucket::default();
        assert_eq!(open(&mut bucket, Timestamp(0)), 1);
        assert_eq!(bucket.gate(Timestamp(60_000), true), Gate::Answer);
        bucket.answer(headers(5, 4, 2_000), true, Timestamp(10));
        assert_eq!(open(&mut bucket, Timestamp(10)), 4);
        assert_eq!(bucket.gate(Timestamp(10), true), Gate::Until(Timestamp(2_015)));
    }

    #[test]
    fn answers_in_any_order_free_the_same_number() {
        for order in [[4, 3, 2], [2, 3, 4], [3, 4, 2]] {
            let mut bucket = Bucket::default();
            open(&mut bucket, Timestamp(0));
            bucket.answer(headers(6, 5, 2_000), true, Timestamp(1));
            for _ in 0..3 {
                bucket.start();
            }
            for remaining in order {
                bucket.answer(headers(6, remaining, 2_000), true, Timestamp(2));
                assert!(bucket.floor.saturating_sub(bucket.in_flight) <= 2);
            }
            assert_eq!(open(&mut bucket, Timestamp(2)), 2, "{order:?}");
        }
    }

    #[test]
    fn a_new_window_gives_the_whole_limit_less_what_is_on_the_wire() {
        let mut bucket = Bucket::default();
        open(&mut bucket, Timestamp(0));
        bucket.answer(headers(5, 4, 1_000), true, Timestamp(0));
        assert_eq!(open(&mut bucket, Timestamp(0)), 4);
        assert_eq!(open(&mut bucket, Timestamp(2_000)), 1);
    }

    #[test]
    fn a_route_without_limits_is_not_probed_for_ever() {
        let mut bucket = Bucket::default();
        bucket.start();
        bucket.answer(None, true, Timestamp(0));
        assert_eq!(open(&mut bucket, Timestamp(0)), UNLIMITED_AT_ONCE);
    }

    #[test]
    fn lost_answers_count_and_cannot_lock_the_bucket() {
        let mut bucket = Bucket::default();
        bucket.start();
        bucket.answer(headers(1, 0, 100), true, Timestamp(0));
        assert_eq!(open(&mut bucket, Timestamp(200)), 1);
        bucket.answer(None, false, Timestamp(300));
        assert_eq!(bucket.gate(Timestamp(300), true), Gate::Until(Timestamp(5_300)));
        assert_eq!(bucket.gate(Timestamp(5_300), true), Gate::Open);
    }

    #[test]
    fn a_block_outlasts_the_window() {
        let mut bucket = Bucket::default();
        bucket.block(Timestamp(9_000));
        bucket.block(Timestamp(5_000));
        assert_eq!(bucket.gate(Timestamp(8_999), true), Gate::Until(Timestamp(9_000)));
        assert_eq!(bucket.gate(Timestamp(9_000), true), Gate::Open);
    }
}
