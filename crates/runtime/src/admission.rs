//! Which work runs next: urgent classes first, then each guild in its turn. Pure: no clock, no tasks.
//!
//! Guilds take turns by deficit round robin. A turn gives a guild a quantum; starting work takes an
//! estimate off it, and when the work ends the estimate is replaced by what it really took, so that a
//! guild pays for time and not for requests. A guild never holds more than its seats at once.

mod guild;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use guildhall_core::{clock::Timestamp, id::GuildId};

use self::guild::Line;

/// Who shares one turn: a guild, or all direct messages together.
pub type Party = Option<GuildId>;

/// How urgent work is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// Suggestions while typing: worthless when late.
    Typing,
    /// Somebody waits for an answer.
    Answer,
    /// Somebody waits for an answer that Discord sets no time for: a text command's.
    Text,
    /// What follows from an event.
    Effect,
}

impl Class {
    /// Every class, most urgent first.
    pub const ALL: [Self; 4] = [Self::Typing, Self::Answer, Self::Text, Self::Effect];
}

/// How much runs and waits at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Work that runs at once.
    pub seats: usize,
    /// Work of one guild that runs at once.
    pub seats_per_guild: usize,
    /// Work of one guild that waits in one class.
    pub waiting_per_guild: usize,
    /// Time that one turn is worth.
    pub quantum: Duration,
    /// From this age of a guild's oldest waiting work on, its newest goes first: the oldest is about to
    /// expire anyway, and serving in order would make all of it late.
    pub newest_first_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            seats: 256,
            seats_per_guild: 16,
            waiting_per_guild: 256,
            quantum: Duration::from_millis(5),
            newest_first_after: Duration::from_secs(1),
        }
    }
}

/// Work that waits.
#[derive(Debug)]
pub struct Item<T> {
    /// The work.
    pub work: T,
    /// When it came.
    pub since: Timestamp,
    /// When it is no longer worth starting.
    pub deadline: Option<Timestamp>,
}

/// A seat that was given to running work; give it back with [`Admission::finish`].
#[derive(Debug)]
#[must_use = "a seat that is not given back is lost"]
pub struct Seat {
    party: Party,
    estimate: i64,
}

/// What there is to do.
#[derive(Debug)]
pub enum Next<T> {
    /// Start this.
    Start(Seat, Item<T>),
    /// Drop this: its deadline has passed.
    Expired(Item<T>),
    /// Nothing can start now.
    Nothing,
}

/// Work that waits, and the seats of work that runs.
#[derive(Debug)]
pub struct Admission<T> {
    limits: Limits,
    classes: [Rounds<T>; Class::ALL.len()],
    running: HashMap<Party, Running>,
    seated: usize,
    waiting: usize,
}

/// One class: every party with waiting work, in the order of their turns.
#[derive(Debug)]
struct Rounds<T> {
    turns: VecDeque<Party>,
    lines: HashMap<Party, Line<T>>,
    /// Parties with waiting work and no free seat; they come back when a seat is given back.
    parked: HashSet<Party>,
}

/// What one party has running, and what it is owed.
#[derive(Debug, Default)]
struct Running {
    seats: usize,
    /// Microseconds that the party may still use in its turn; negative after it used more.
    credit: i64,
    /// What its work took lately, in microseconds.
    usual: i64,
}

impl<T> Admission<T> {
    /// An empty admission with these limits.
    pub fn new(limits: Limits) -> Self {
        let classes = std::array::from_fn(|_| Rounds {
            turns: VecDeque::new(),
            lines: HashMap::new(),
            parked: HashSet::new(),
        });
        Self { limits, classes, running: HashMap::new(), seated: 0, waiting: 0 }
    }

    /// Takes work in; gives it back where too much of this guild waits already.
    pub fn offer(&mut self, party: Party, class: Class, item: Item<T>) -> Result<(), Item<T>> {
        let rounds = &mut self.classes[class as usize];
        let line = rounds.lines.entry(party).or_default();
        if line.len() >= self.limits.waiting_per_guild {
            return Err(item);
        }
        if line.is_empty() && !rounds.parked.contains(&party) {
            rounds.turns.push_back(party);
        }
        line.push(item);
        self.waiting += 1;
        Ok(())
    }

    /// What to do next.
    pub fn next(&mut self, now: Timestamp) -> Next<T> {
        for class in Class::ALL {
            match self.next_in(class, now) {
                Next::Nothing => {}
                next => return next,
            }
        }
        Next::Nothing
    }

    /// Gives a seat back after the work took this long.
    #[expect(clippy::needless_pass_by_value, reason = "a seat is given back once")]
    pub fn finish(&mut self, seat: Seat, took: Duration) {
        let Seat { party, estimate } = seat;
        let took = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        self.seated = self.seated.saturating_sub(1);
        let quantum = self.quantum();
        if let Some(running) = self.running.get_mut(&party) {
            running.seats = running.seats.saturating_sub(1);
            // The debt is bounded: a single slow command must not silence its guild for long.
            running.credit = (running.credit + estimate - took).max(-20 * quantum);
            running.usual = (running.usual * 7 + took.min(1_000_000)) / 8;
        }
        for rounds in &mut self.classes {
            if rounds.parked.remove(&party) {
                rounds.turns.push_back(party);
            }
        }
        self.forget_idle(party);
    }

    /// Work that waits.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Work that runs.
    pub const fn seated(&self) -> usize {
        self.seated
    }

    fn quantum(&self) -> i64 {
        i64::try_from(self.limits.quantum.as_micros()).unwrap_or(i64::MAX).max(1)
    }

    fn next_in(&mut self, class: Class, now: Timestamp) -> Next<T> {
        let quantum = self.quantum();
        let rounds = &mut self.classes[class as usize];
        while let Some(party) = rounds.turns.front().copied() {
            let Some(line) = rounds.lines.get_mut(&party) else {
                rounds.turns.pop_front();
                continue;
            };
            if let Some(expired) = line.expired(now) {
                self.waiting -= 1;
                return Next::Expired(expired);
            }
            if line.is_empty() {
                rounds.turns.pop_front();
                rounds.lines.remove(&party);
                self.forget_idle(party);
                return self.next_in(class, now);
            }
            if self.seated >= self.limits.seats {
                return Next::Nothing;
            }
            let running = self.running.entry(party).or_default();
            if running.seats >= self.limits.seats_per_guild {
                rounds.turns.pop_front();
                rounds.parked.insert(party);
                continue;
            }
            if running.credit <= 0 {
                // The end of the turn: the next one brings a quantum.
                running.credit += quantum;
                rounds.turns.rotate_left(1);
                continue;
            }
            let Some(item) = line.take(now, self.limits.newest_first_after) else { continue };
            let estimate = running.usual.max(1);
            running.credit -= estimate;
            running.seats += 1;
            self.seated += 1;
            self.waiting -= 1;
            return Next::Start(Seat { party, estimate }, item);
        }
        Next::Nothing
    }

    /// A party with nothing waiting and nothing running is forgotten, and so is what it was owed.
    fn forget_idle(&mut self, party: Party) {
        let waits = self.classes.iter().any(|rounds| rounds.lines.contains_key(&party));
        if !waits && self.running.get(&party).is_some_and(|running| running.seats == 0) {
            self.running.remove(&party);
        }
    }
}

#[cfg(test)]
mod tests;
