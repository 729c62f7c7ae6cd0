//! Whether other processes use a bucket, too, and what is left to them.
//!
//! Discord tells how many requests remain, whoever made the others. Who is told fewer than it has used itself keeps to
//! a half of each window from then on, and to a half of that after a 429. So two processes, each of which finds the
//! other, do not refuse one another anything.

/// So many windows without another's request, and the bucket is used as if it were this process's own.
const QUIET: u32 = 12;
/// The smallest part of a window that is tried for: one in so many.
const SMALLEST: u32 = 16;

/// The others at one bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Company {
    /// Requests of this process in this window.
    own: u32,
    /// The part of each window that this process uses: one in so many.
    part: u32,
    /// Whether another's request was seen in this window.
    seen: bool,
    /// Windows since one was seen.
    quiet: u32,
}

impl Default for Company {
    fn default() -> Self {
        Self { own: 0, part: 1, seen: false, quiet: 0 }
    }
}

impl Company {
    /// A request goes out, or was found to have gone to this bucket.
    pub(super) fn start(&mut self) {
        self.own = self.own.saturating_add(1);
    }

    /// A request turned out to belong to another bucket.
    pub(super) fn gone(&mut self) {
        self.own = self.own.saturating_sub(1);
    }

    /// A new window begins with what is on the wire.
    pub(super) fn turn(&mut self, in_flight: u32) {
        if self.own > 0 {
            self.quiet = if self.seen { 0 } else { self.quiet.saturating_add(1) };
            if self.quiet >= QUIET {
                (self.part, self.quiet) = ((self.part / 2).max(1), 0);
            }
        }
        (self.own, self.seen) = (in_flight, false);
    }

    /// Discord told how many of a window are used. Returns whether that shows others who had not been seen before.
    pub(super) fn told(&mut self, used: u32) -> bool {
        if used <= self.own {
            return false;
        }
        self.seen = true;
        let news = self.part == 1;
        self.part = self.part.max(2);
        news
    }

    /// Discord refused a request: where others are, they are more than was thought.
    pub(super) fn refused(&mut self) {
        if self.part > 1 {
            self.seen = true;
            self.part = (self.part * 2).min(SMALLEST);
        }
    }

    /// Whether this process has had its part of the window.
    pub(super) fn is_sated(&self, limit: u32) -> bool {
        self.part > 1 && self.own >= (limit / self.part).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_told_of_others_uses_a_half_until_they_have_been_gone_for_long() {
        let mut company = Company::default();
        company.start();
        assert!(!company.told(1));
        assert!(!company.is_sated(5));
        company.start();
        assert!(company.told(3), "news");
        assert!(!company.told(4), "known");
        assert!(company.is_sated(5));
        company.refused();
        company.turn(0);
        company.start();
        assert!(company.is_sated(5), "one in four of five");
        for _ in 0..2 {
            for _ in 0..=QUIET {
                company.turn(0);
                company.start();
            }
        }
        (0..50).for_each(|_| company.start());
        assert!(!company.is_sated(5));
    }

    #[test]
    fn a_refusal_alone_is_no_sign_of_others() {
        let mut company = Company::default();
        company.start();
        company.refused();
        assert!(!company.is_sated(1));
    }

    #[test]
    fn windows_in_which_nothing_was_sent_say_nothing_about_others() {
        let mut company = Company::default();
        company.told(1);
        (0..100).for_each(|_| company.turn(0));
        company.start();
        assert!(company.is_sated(1));
    }
}
