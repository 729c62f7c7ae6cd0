//! What this process has published and not heard the end of. Knows nothing of sockets; time is an argument.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::OwnedSemaphorePermit, time::Instant};

use super::{Options, wire::Notice};
use crate::{
    Ack,
    telemetry::{self, Lane},
};

/// The longest silence about an interaction: it is of no use to anybody after some seconds, but a worker must say
/// so.
const DIRECT_SILENCE_MOST: Duration = Duration::from_secs(5);

/// What to do with an event that nothing was heard of for long.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Overdue {
    /// An interaction that a worker took.
    Direct { number: u64, body: Bytes },
    /// An effect that was stored.
    Stored(Stored),
}

/// An effect that was stored, and about which nothing is heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stored {
    pub(super) number: u64,
    pub(super) partition: u32,
    /// Where it was stored in the stream, and under which attempt's id.
    pub(super) sequence: u64,
    pub(super) attempt: u32,
    /// Whether the server has not been away since: then it has lost nothing.
    pub(super) sure: bool,
}

/// An effect to be sent.
#[derive(Clone, Debug)]
pub(super) struct Sendable {
    pub(super) number: u64,
    pub(super) partition: u32,
    pub(super) attempt: u32,
    pub(super) body: Bytes,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// An effect that NATS does not have.
    Waiting,
    /// On its way to NATS or to a worker.
    Sending,
    /// In the stream.
    Stored(u64),
    /// With a worker.
    Taken,
}

#[derive(Debug)]
struct Entry {
    ack: Ack,
    body: Bytes,
    lane: Lane,
    partition: u32,
    state: State,
    /// Counts the times that it was published because it seems lost. Part of its id on NATS, which would
    /// otherwise take it for one that it has had.
    attempt: u32,
    published: Instant,
    /// When it is overdue.
    due: Instant,
    /// How often it was overdue in a row.
    silences: u32,
    /// Whether the server has not been away since it stored this.
    sure: bool,
    _room: Option<OwnedSemaphorePermit>,
}

/// All that is unfinished, by number.
#[derive(Debug)]
pub(super) struct Outbox {
    entries: BTreeMap<u64, Entry>,
    /// The numbers of those that wait, in the order in which they were published.
    waiting: BTreeSet<u64>,
    next: u64,
    counts: [usize; 2],
    options: Options,
}

impl Outbox {
    pub(super) fn new(options: Options) -> Self {
        Self { entries: BTreeMap::new(), waiting: BTreeSet::new(), next: 1, counts: [0; 2], options }
    }

    /// A number for an event.
    pub(super) fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// An interaction that is about to be handed to a worker.
    pub(super) fn insert_direct(&mut self, number: u64, body: Bytes, ack: Ack, now: Instant) {
        self.insert(number, Lane::Direct, 0, body, ack, None, now);
    }

    /// An effect to be sent when its turn comes.
    pub(super) fn insert_effect(
        &mut self,
        number: u64,
        partition: u32,
        body: Bytes,
        ack: Ack,
        room: Option<OwnedSemaphorePermit>,
        now: Instant,
    ) {
        self.insert(number, Lane::Effects, partition, body, ack, room, now);
        self.waiting.insert(number);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one entry")]
    fn insert(
        &mut self,
        number: u64,
        lane: Lane,
        partition: u32,
        body: Bytes,
        ack: Ack,
        room: Option<OwnedSemaphorePermit>,
        now: Instant,
    ) {
        let state = if lane == Lane::Direct { State::Sending } else { State::Waiting };
        let due = now + self.silence(lane, 0);
        let entry = Entry {
            ack,
            body,
            lane,
            partition,
            state,
            attempt: 0,
            published: now,
            due,
            silences: 0,
            sure: true,
            _room: room,
        };
        self.entries.insert(number, entry);
        self.counted(lane, 1);
    }

    fn silence(&self, lane: Lane, silences: u32) -> Duration {
        let (first, most) = match lane {
            Lane::Direct => (self.options.direct_silence, DIRECT_SILENCE_MOST),
            Lane::Effects => (self.options.effects_silence, self.options.effects_silence_most),
        };
        first.saturating_mul(1 << silences.min(16)).min(most.max(first))
    }

    fn counted(&mut self, lane: Lane, by: isize) {
        let count = &mut self.counts[lane as usize];
        *count = count.saturating_add_signed(by);
        telemetry::unfinished(lane, *count);
    }

    /// The next effect to be sent, in the order of publication.
    pub(super) fn next(&mut self) -> Option<Sendable> {
        let number = self.waiting.pop_first()?;
        let entry = self.entries.get_mut(&number)?;
        entry.state = State::Sending;
        let (partition, attempt, body) = (entry.partition, entry.attempt, entry.body.clone());
        Some(Sendable { number, partition, attempt, body })
    }

    /// Whether anything waits to be sent, or is being sent.
    pub(super) fn unsent(&self) -> bool {
        self.entries.values().any(|entry| matches!(entry.state, State::Waiting | State::Sending))
    }

    /// NATS has stored an effect.
    pub(super) fn stored(&mut self, number: u64, sequence: u64, now: Instant) {
        self.moved(number, State::Stored(sequence), now);
    }

    /// A worker has taken an interaction.
    pub(super) fn taken(&mut self, number: u64, now: Instant) {
        self.moved(number, State::Taken, now);
    }

    fn moved(&mut self, number: u64, state: State, now: Instant) {
        let Some(lane) = self.entries.get(&number).map(|entry| entry.lane) else { return };
        let silence = self.silence(lane, 0);
        if let Some(entry) = self.entries.get_mut(&number)
            && entry.state == State::Sending
        {
            entry.state = state;
            entry.sure = true;
            entry.due = now + silence;
        }
    }

    /// NATS has not stored an effect, or that is not known. It waits again, under the id that it had: if NATS
    /// has it after all, it notices.
    pub(super) fn not_stored(&mut self, number: u64) {
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.state = State::Waiting;
            self.waiting.insert(number);
        }
    }

    /// An effect is lost on its way, and is published again as a new message.
    pub(super) fn again(&mut self, number: u64) {
        if let Some(entry) = self.entries.get_mut(&number)
            && matches!(entry.state, State::Stored(_))
        {
            entry.attempt += 1;
            entry.silences = entry.silences.saturating_add(1);
            entry.state = State::Waiting;
            self.waiting.insert(number);
            telemetry::republished(entry.lane);
        }
    }

    /// The stream is a new one: nothing of what was stored is in it.
    pub(super) fn all_again(&mut self) {
        let stored =
            |(number, entry): (&u64, &Entry)| matches!(entry.state, State::Stored(_)).then_some(*number);
        for number in self.entries.iter().filter_map(stored).collect::<Vec<_>>() {
            self.again(number);
        }
    }

    /// The server was away: what it had stored it may have lost.
    pub(super) fn doubt(&mut self, now: Instant) {
        let due = now + self.silence(Lane::Effects, 0);
        for entry in self.entries.values_mut().filter(|entry| matches!(entry.state, State::Stored(_))) {
            (entry.sure, entry.silences, entry.due) = (false, 0, due.min(entry.due));
        }
    }

    /// An effect lies in the stream.
    pub(super) fn found(&mut self, number: u64, now: Instant) {
        self.spare(number, now);
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.sure = true;
        }
    }

    /// There is no reason to worry yet: an effect still lies in the stream, or an interaction was handed to
    /// another worker.
    pub(super) fn spare(&mut self, number: u64, now: Instant) {
        let Some((lane, silences)) = self.entries.get(&number).map(|entry| (entry.lane, entry.silences + 1))
        else {
            return;
        };
        let due = now + self.silence(lane, silences);
        if let Some(entry) = self.entries.get_mut(&number) {
            entry.silences = silences;
            entry.due = due;
        }
    }

    /// What nothing was heard of for too long in a lane, at most so many, the oldest first.
    pub(super) fn overdue(&self, lane: Lane, now: Instant, most: usize) -> Vec<Overdue> {
        let quiet = self.entries.iter().filter(|(_, entry)| entry.lane == lane && entry.due <= now);
        let found = quiet.filter_map(|(number, entry)| match entry.state {
            State::Taken => Some(Overdue::Direct { number: *number, body: entry.body.clone() }),
            State::Stored(sequence) => Some(Overdue::Stored(Stored {
                number: *number,
                partition: entry.partition,
                sequence,
                attempt: entry.attempt,
                sure: entry.sure,
            })),
            State::Waiting | State::Sending => None,
        });
        found.take(most).collect()
    }

    /// A worker's word. Gives the tokens of what is finished, to be completed by the caller.
    pub(super) fn heard(&mut self, notice: &Notice, now: Instant) -> Vec<Ack> {
        for number in &notice.held {
            let Some(lane) = self.entries.get(number).map(|entry| entry.lane) else { continue };
            let due = now + self.silence(lane, 0);
            if let Some(entry) = self.entries.get_mut(number) {
                entry.due = due;
                entry.silences = 0;
            }
        }
        for number in &notice.back {
            // The server hands an effect out again by itself.
            if let Some(entry) = self.entries.get_mut(number)
                && entry.lane == Lane::Direct
            {
                entry.due = now + self.options.give_back;
            }
        }
        let mut acks = Vec::with_capacity(notice.done.len());
        for number in &notice.done {
            if let Some(entry) = self.remove(*number) {
                telemetry::done(entry.lane, now.saturating_duration_since(entry.published));
                acks.push(entry.ack);
            }
        }
        acks
    }

    /// Gives an event up: its token, if it is not finished already.
    pub(super) fn withdraw(&mut self, number: u64) -> Option<Ack> {
        self.remove(number).map(|entry| entry.ack)
    }

    fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        self.waiting.remove(&number);
        self.counted(entry.lane, -1);
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    struct Scene {
        outbox: Outbox,
        now: Instant,
        completed: Arc<AtomicUsize>,
    }

    impl Scene {
        fn new() -> Self {
            let outbox = Outbox::new(Options::new("nats://a", "bot"));
            Self { outbox, now: Instant::now(), completed: Arc::default() }
        }

        fn publish(&mut self, direct: bool) -> u64 {
            let completed = Arc::clone(&self.completed);
            let ack = Ack::new(move || {
                completed.fetch_add(1, Ordering::SeqCst);
            });
            let number = self.outbox.number();
            if direct {
                self.outbox.insert_direct(number, Bytes::new(), ack, self.now);
            } else {
                self.outbox.insert_effect(number, 0, Bytes::new(), ack, None, self.now);
            }
            number
        }

        fn sent(&mut self) -> Vec<(u64, u32)> {
            std::iter::from_fn(|| self.outbox.next()).map(|event| (event.number, event.attempt)).collect()
        }

        fn done(&mut self, done: Vec<u64>) -> usize {
            let acks = self.outbox.heard(&Notice { done, ..Notice::default() }, self.now);
            acks.into_iter().for_each(Ack::complete);
            self.completed.load(Ordering::SeqCst)
        }

        fn after(&mut self, seconds: u64) -> Vec<Overdue> {
            self.now += Duration::from_secs(seconds);
            Lane::ALL.into_iter().flat_map(|lane| self.outbox.overdue(lane, self.now, 100)).collect()
        }
    }

    #[test]
    fn what_failed_is_sent_again_in_the_order_of_publication() {
        let mut scene = Scene::new();
        let numbers: Vec<_> = (0..4).map(|_| scene.publish(false)).collect();
        assert_eq!(scene.sent(), [(1, 0), (2, 0), (3, 0), (4, 0)]);
        scene.outbox.stored(numbers[1], 10, scene.now);
        for number in [numbers[3], numbers[0], numbers[2]] {
            scene.outbox.not_stored(number);
        }
        assert!(scene.outbox.unsent());
        // Under the same id: the server may have it after all.
        assert_eq!(scene.sent(), [(1, 0), (3, 0), (4, 0)]);
    }

    #[test]
    fn a_token_is_completed_once_and_only_when_a_worker_says_so() {
        let mut scene = Scene::new();
        let number = scene.publish(false);
        scene.sent();
        scene.outbox.stored(number, 1, scene.now);
        assert_eq!(scene.completed.load(Ordering::SeqCst), 0);
        assert_eq!(scene.done(vec![number, 99]), 1);
        assert_eq!(scene.done(vec![number]), 1);
        assert!(scene.outbox.withdraw(number).is_none() && !scene.outbox.unsent());
    }

    #[test]
    fn a_worker_may_finish_before_the_server_says_that_it_has_the_event() {
        let mut scene = Scene::new();
        let number = scene.publish(false);
        scene.sent();
        assert_eq!(scene.done(vec![number]), 1);
        scene.outbox.stored(number, 1, scene.now);
        scene.outbox.not_stored(number);
        assert!(scene.after(1_000).is_empty() && scene.sent().is_empty());
    }

    #[test]
    fn silence_makes_an_event_overdue_and_lasts_longer_each_time() {
        let mut scene = Scene::new();
        let number = scene.publish(false);
        scene.sent();
        scene.outbox.stored(number, 7, scene.now);
        assert!(scene.after(4).is_empty());
        let stored = Stored { number, partition: 0, sequence: 7, attempt: 0, sure: true };
        assert_eq!(scene.after(1), [Overdue::Stored(stored)]);
        scene.outbox.spare(number, scene.now);
        assert!(scene.after(9).is_empty());
        assert_eq!(scene.after(1).len(), 1);
        // A worker that holds it is no silence.
        scene.outbox.heard(&Notice { held: vec![number], ..Notice::default() }, scene.now);
        assert!(scene.after(4).is_empty());
        assert_eq!(scene.after(1).len(), 1);
        scene.outbox.again(number);
        assert_eq!(scene.sent(), [(number, 1)]);
    }

    #[test]
    fn what_was_stored_before_the_server_was_away_is_in_doubt_until_it_is_found() {
        let mut scene = Scene::new();
        let number = scene.publish(false);
        scene.sent();
        scene.outbox.stored(number, 7, scene.now);
        for _ in 0..8 {
            scene.outbox.spare(number, scene.now);
        }
        scene.outbox.doubt(scene.now);
        let sure = |overdue: Vec<Overdue>| match overdue[..] {
            [Overdue::Stored(stored)] => stored.sure,
            _ => panic!("{overdue:?}"),
        };
        assert!(!sure(scene.after(5)));
        scene.outbox.found(number, scene.now);
        assert!(sure(scene.after(10)));
    }

    #[test]
    fn a_new_stream_brings_back_what_was_stored_and_nothing_else() {
        let mut scene = Scene::new();
        let stored = [scene.publish(false), scene.publish(false)];
        scene.sent();
        for number in stored {
            scene.outbox.stored(number, number, scene.now);
        }
        let taken = scene.publish(true);
        scene.outbox.taken(taken, scene.now);
        scene.publish(false);
        scene.outbox.all_again();
        assert_eq!(scene.sent(), [(1, 1), (2, 1), (4, 0)]);
    }

    #[test]
    fn an_interaction_that_was_given_up_is_handed_out_again_soon() {
        let mut scene = Scene::new();
        let number = scene.publish(true);
        assert!(scene.after(100).is_empty(), "it is still on its way");
        scene.outbox.taken(number, scene.now);
        scene.outbox.heard(&Notice { back: vec![number], ..Notice::default() }, scene.now);
        assert_eq!(scene.after(1), [Overdue::Direct { number, body: Bytes::new() }]);
        assert!(scene.outbox.withdraw(number).is_some());
    }
}
