//! The cursor: up to which sequence everything is durable or judged droppable.
//!
//! Most events are droppable; for them the ledger costs one atomic store. Only delivered events are
//! kept, and only until they are done, so that a ledger is as large as what is in flight.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use guildhall_core::clock::Timestamp;
use parking_lot::Mutex;

/// The sequences of one session that are in flight.
#[derive(Debug)]
pub struct Ledger {
    session: Arc<str>,
    /// The highest sequence received.
    received: AtomicU64,
    /// Delivered and not done, with the time each was received.
    open: Mutex<BTreeMap<u64, Timestamp>>,
    /// Those of them that nobody will complete any more.
    abandoned: AtomicUsize,
}

impl Ledger {
    /// The ledger of a session of which everything up to `cursor` is settled.
    pub fn new(session: Arc<str>, cursor: u64) -> Arc<Self> {
        Arc::new(Self {
            session,
            received: AtomicU64::new(cursor),
            open: Mutex::default(),
            abandoned: AtomicUsize::new(0),
        })
    }

    /// The session's id.
    pub fn session(&self) -> &Arc<str> {
        &self.session
    }

    /// The highest sequence received.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Acquire)
    }

    /// The highest sequence up to which nothing is in flight.
    pub fn cursor(&self) -> u64 {
        self.position().0
    }

    /// The cursor, and when the first event after it was received, where one is in flight.
    pub fn position(&self) -> (u64, Option<Timestamp>) {
        // `received` is read first: an event is entered in `open` before `received` reaches it, so that
        // every open event at or below the number read here is seen.
        let received = self.received();
        let first = self.open.lock().first_key_value().map(|(sequence, at)| (*sequence, *at));
        match first {
            Some((sequence, at)) => (received.min(sequence.saturating_sub(1)), Some(at)),
            None => (received, None),
        }
    }

    /// How many events are delivered and not done.
    pub fn in_flight(&self) -> usize {
        self.open.lock().len()
    }

    /// How many events somebody may still complete. The others hold the cursor, and Discord replays them after
    /// a restart: there is nothing to wait for.
    pub(crate) fn awaited(&self) -> usize {
        self.in_flight().saturating_sub(self.abandoned.load(Ordering::Acquire))
    }

    /// Notes an event that nobody needs.
    pub(crate) fn skip(&self, sequence: u64) {
        self.received.fetch_max(sequence, Ordering::AcqRel);
    }

    /// Notes an event that is handed on; the cursor waits for the returned acknowledgement.
    pub(crate) fn begin(self: &Arc<Self>, sequence: u64, at: Timestamp) -> Done {
        self.open.lock().insert(sequence, at);
        self.skip(sequence);
        Done { ledger: Some(Arc::clone(self)), sequence }
    }

    fn complete(&self, sequence: u64) {
        self.open.lock().remove(&sequence);
    }
}

/// The acknowledgement of one delivered event. Dropped without [`Done::complete`], it leaves the cursor
/// where it is, and Discord replays the event after a restart.
#[must_use = "an event that is never completed holds the cursor of its shard"]
pub struct Done {
    ledger: Option<Arc<Ledger>>,
    sequence: u64,
}

impl Done {
    /// Says that the event's effects are durable, or that there are none.
    pub fn complete(mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.complete(self.sequence);
        }
    }

    /// An acknowledgement that nobody waits for, for events that come from elsewhere than a shard.
    pub const fn detached() -> Self {
        Self { ledger: None, sequence: 0 }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(ledger) = &self.ledger {
            ledger.abandoned.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Done").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Skip,
        Begin,
        /// Complete (or abandon) the nth of the open ones.
        Complete(usize),
        Abandon(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::Skip),
            3 => Just(Step::Begin),
            3 => any::<usize>().prop_map(Step::Complete),
            1 => any::<usize>().prop_map(Step::Abandon),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn the_cursor_is_the_highest_sequence_below_which_all_is_complete(
            start in 0_u64..1_000,
            steps in steps(),
        ) {
            let ledger = Ledger::new(Arc::from("s"), start);
            let mut next = start;
            let mut open = BTreeSet::new();
            let mut tokens: Vec<Done> = Vec::new();
            for step in steps {
                match step {
                    Step::Skip => {
                        next += 1;
                        ledger.skip(next);
                    }
                    Step::Begin => {
                        next += 1;
                        open.insert(next);
                        tokens.push(ledger.begin(next, Timestamp(next.cast_signed())));
                    }
                    Step::Complete(n) if !tokens.is_empty() => {
                        let done = tokens.swap_remove(n % tokens.len());
                        open.remove(&done.sequence);
                        done.complete();
                    }
                    Step::Abandon(n) if !tokens.is_empty() => {
                        drop(tokens.swap_remove(n % tokens.len()));
                    }
                    Step::Complete(_) | Step::Abandon(_) => {}
                }
                let expected = (start..=next).take_while(|s| *s == start || !open.contains(s)).last();
                prop_assert_eq!(Some(ledger.cursor()), expected);
                prop_assert_eq!(ledger.received(), next);
                prop_assert_eq!(ledger.in_flight(), open.len());
                let since = open.first().map(|s| Timestamp(s.cast_signed()));
                prop_assert_eq!(ledger.position().1, since);
            }
        }
    }

    #[test]
    fn what_was_given_up_holds_the_cursor_and_is_not_waited_for() {
        let ledger = Ledger::new(Arc::from("s"), 0);
        let (first, second) = (ledger.begin(1, Timestamp(1)), ledger.begin(2, Timestamp(2)));
        assert_eq!(ledger.awaited(), 2);
        drop(first);
        assert_eq!((ledger.awaited(), ledger.in_flight()), (1, 2));
        second.complete();
        assert_eq!((ledger.awaited(), ledger.in_flight(), ledger.cursor()), (0, 1, 0));
    }

    #[test]
    fn completing_from_other_threads_never_lets_the_cursor_pass_an_open_event() {
        let ledger = Ledger::new(Arc::from("s"), 0);
        let (send, receive) = std::sync::mpsc::channel::<Done>();
        let done_up_to = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&done_up_to);
        let worker = std::thread::spawn(move || {
            for done in receive {
                seen.store(done.sequence, Ordering::SeqCst);
                done.complete();
            }
        });
        for sequence in 1..=20_000 {
            if sequence % 3 == 0 {
                send.send(ledger.begin(sequence, Timestamp(0))).unwrap();
            } else {
                ledger.skip(sequence);
            }
            let cursor = ledger.cursor();
            // Every third is delivered; the worker has at least started on each below the cursor.
            assert!(done_up_to.load(Ordering::SeqCst) >= cursor / 3 * 3, "cursor {cursor}");
        }
        drop(send);
        worker.join().unwrap();
        assert_eq!(ledger.cursor(), 20_000);
    }
}
