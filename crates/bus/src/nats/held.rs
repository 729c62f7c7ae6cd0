//! What this process's workers hold, and what they finished last: an event that comes again meanwhile is not
//! handed out a second time.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use async_nats::Subject;
use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, watch},
    time::Instant,
};

use super::wire::Name;

/// So many finished events are remembered.
const REMEMBERED: usize = 16 * 1024;

/// How an event came, and so where its end is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Way {
    /// From its publisher.
    Direct,
    /// From the stream: the subject of its acknowledgement, good while the connection has this epoch.
    Stream { partition: u32, reply: Subject, epoch: u64 },
}

/// What became of an event.
#[derive(Debug)]
pub(super) enum Outcome {
    Done(Name, Way),
    Back(Name, Way),
}

/// Whether an event has been here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Seen {
    /// It has not.
    New,
    /// A worker holds it.
    Held,
    /// It is finished.
    Done,
}

#[derive(Debug)]
struct Entry {
    way: Way,
    /// When the publisher and the server were told last.
    told: Instant,
    progressed: Instant,
}

#[derive(Debug, Default)]
struct Book {
    held: HashMap<Name, Entry>,
    finished: HashSet<Name>,
    order: VecDeque<Name>,
}

/// The events that workers hold. Cloning gives another handle to the same.
#[derive(Clone, Debug)]
pub(super) struct Held {
    book: Arc<Mutex<Book>>,
    outcomes: mpsc::UnboundedSender<Outcome>,
    /// Counts the outcomes.
    left: watch::Sender<u64>,
}

/// How often word is given of an event that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Every {
    /// To the publisher of an interaction.
    pub(super) direct: Duration,
    /// To that of an effect.
    pub(super) effects: Duration,
    /// To the server.
    pub(super) progress: Duration,
}

/// What is to be told about events that are held for long.
#[derive(Debug, Default)]
pub(super) struct Beat {
    /// To their publishers.
    pub(super) names: Vec<Name>,
    /// To the server: the subjects of acknowledgements, with their epochs.
    pub(super) progress: Vec<(Subject, u64)>,
}

impl Held {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Outcome>) {
        let (outcomes, end) = mpsc::unbounded_channel();
        (Self { book: Arc::default(), outcomes, left: watch::Sender::new(0) }, end)
    }

    /// Looks whether an event has been here. One that is held gets the way that it came now.
    pub(super) fn look(&self, name: &Name, way: &Way) -> Seen {
        let mut book = self.book.lock();
        if let Some(entry) = book.held.get_mut(name) {
            entry.way = way.clone();
            return Seen::Held;
        }
        if book.finished.contains(name) { Seen::Done } else { Seen::New }
    }

    /// Takes an event in. Its token tells what becomes of it.
    pub(super) fn hold(
        &self,
        name: Name,
        way: Way,
        room: Option<OwnedSemaphorePermit>,
        now: Instant,
    ) -> Token {
        self.book.lock().held.insert(name.clone(), Entry { way, told: now, progressed: now });
        Token { name, held: self.clone(), finished: false, _room: room }
    }

    /// An event that is finished has come again: its end is told once more.
    pub(super) fn repeat(&self, name: Name, way: Way) {
        self.tell(Outcome::Done(name, way));
    }

    fn tell(&self, outcome: Outcome) {
        // Nobody listens any more when the bus is gone.
        let _ = self.outcomes.send(outcome);
        self.left.send_modify(|count| *count += 1);
    }

    /// How many events of partitions are held, of those that `which` names.
    pub(super) fn count(&self, which: impl Fn(u32) -> bool) -> usize {
        let book = self.book.lock();
        let named = |way: &Way| matches!(way, Way::Stream { partition, .. } if which(*partition));
        book.held.values().filter(|entry| named(&entry.way)).count()
    }

    /// Counts the outcomes; changes whenever an event left.
    pub(super) fn left(&self) -> watch::Receiver<u64> {
        self.left.subscribe()
    }

    /// What is held since longer than it may be untold, to its publisher or to the server.
    pub(super) fn beat(&self, now: Instant, every: &Every) -> Beat {
        let mut beat = Beat::default();
        for (name, entry) in &mut self.book.lock().held {
            let tell = if entry.way == Way::Direct { every.direct } else { every.effects };
            if now.saturating_duration_since(entry.told) >= tell {
                entry.told = now;
                beat.names.push(name.clone());
            }
            if let Way::Stream { reply, epoch, .. } = &entry.way
                && now.saturating_duration_since(entry.progressed) >= every.progress
            {
                entry.progressed = now;
                beat.progress.push((reply.clone(), *epoch));
            }
        }
        beat
    }

    fn leave(&self, name: &Name, finished: bool) {
        let mut book = self.book.lock();
        let Some(entry) = book.held.remove(name) else { return };
        if finished && book.finished.insert(name.clone()) {
            book.order.push_back(name.clone());
            if book.order.len() > REMEMBERED
                && let Some(oldest) = book.order.pop_front()
            {
                book.finished.remove(&oldest);
            }
        }
        drop(book);
        let name = name.clone();
        self.tell(if finished { Outcome::Done(name, entry.way) } else { Outcome::Back(name, entry.way) });
    }
}

/// An event that a worker holds. Dropped unfinished, it goes back.
#[derive(Debug)]
pub(super) struct Token {
    name: Name,
    held: Held,
    finished: bool,
    _room: Option<OwnedSemaphorePermit>,
}

impl Token {
    /// The event is finished.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.held.leave(&self.name, self.finished);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u64) -> Name {
        Name { instance: "a".into(), number }
    }

    fn stream(partition: u32, reply: &str) -> Way {
        Way::Stream { partition, reply: reply.into(), epoch: 1 }
    }

    #[test]
    fn an_event_that_comes_again_is_known_and_ends_the_way_it_came_last() {
        let (held, mut outcomes) = Held::new();
        assert_eq!(held.look(&name(1), &stream(3, "first")), Seen::New);
        let token = held.hold(name(1), stream(3, "first"), None, Instant::now());
        assert_eq!(held.look(&name(1), &stream(3, "second")), Seen::Held);
        assert_eq!((held.count(|partition| partition == 3), held.count(|partition| partition != 3)), (1, 0));
        token.finish();
        assert!(matches!(outcomes.try_recv(), Ok(Outcome::Done(_, way)) if way == stream(3, "second")));
        assert_eq!(held.look(&name(1), &stream(3, "third")), Seen::Done);
        assert_eq!(held.count(|_| true), 0);
    }

    #[test]
    fn an_event_that_is_dropped_goes_back_and_may_come_again() {
        let (held, mut outcomes) = Held::new();
        drop(held.hold(name(1), Way::Direct, None, Instant::now()));
        assert!(matches!(outcomes.try_recv(), Ok(Outcome::Back(found, Way::Direct)) if found == name(1)));
        assert_eq!(held.look(&name(1), &Way::Direct), Seen::New);
    }

    #[test]
    fn only_so_many_finished_events_are_remembered() {
        let (held, _outcomes) = Held::new();
        let most = u64::try_from(REMEMBERED).unwrap();
        for number in 0..=most {
            held.hold(name(number), Way::Direct, None, Instant::now()).finish();
        }
        assert_eq!(held.look(&name(0), &Way::Direct), Seen::New);
        assert_eq!(held.look(&name(most), &Way::Direct), Seen::Done);
        assert_eq!(held.book.lock().order.len(), REMEMBERED);
    }

    #[test]
    fn what_is_held_for_long_is_told_of_now_and_then() {
        let (held, _outcomes) = Held::new();
        let start = Instant::now();
        let _tokens = [
            held.hold(name(1), Way::Direct, None, start),
            held.hold(name(2), stream(0, "reply"), None, start),
        ];
        let beat = |seconds| {
            let now = start + Duration::from_secs(seconds);
            let [direct, effects, progress] = [1, 2, 10].map(Duration::from_secs);
            let beat = held.beat(now, &Every { direct, effects, progress });
            (beat.names.len(), beat.progress.len())
        };
        assert_eq!([0, 1, 1, 2, 10, 11].map(beat), [(0, 0), (1, 0), (0, 0), (2, 0), (2, 1), (1, 0)]);
    }
}
