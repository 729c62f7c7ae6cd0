//! What was sent and received, kept in a bounded ring that can be searched and waited on.

mod filter;

use std::{borrow::Cow, collections::VecDeque, time::Duration};

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

pub use filter::{Filter, RoutePattern};

use crate::{
    clock::iso,
    snowflake::{Id, Millis, Sid},
};

/// What kind of thing an entry tells of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A REST request and its answer.
    Rest,
    /// A frame from a bot.
    GatewayIn,
    /// A frame to a bot.
    GatewayOut,
    /// A socket opened or closed.
    Connection,
    /// A request of the control interface.
    Control,
    /// An interaction's way.
    Interaction,
    /// A request to an address that an application registered.
    Endpoint,
}

impl Kind {
    /// Every kind with its word in the control interface.
    pub const WORDS: [(Self, &'static str); 7] = [
        (Self::Rest, "rest"),
        (Self::GatewayIn, "gateway_in"),
        (Self::GatewayOut, "gateway_out"),
        (Self::Connection, "connection"),
        (Self::Control, "control"),
        (Self::Interaction, "interaction"),
        (Self::Endpoint, "endpoint"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

/// One thing that was sent or received.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// What kind.
    pub kind: Kind,
    /// The application concerned.
    pub application_id: Option<Id>,
    /// The shard of the session concerned.
    pub shard: Option<u32>,
    /// The session or interaction concerned.
    pub subject: Option<std::sync::Arc<str>>,
    /// What it was: `POST /channels/1/messages`, `MESSAGE_CREATE`, `op 2`.
    pub label: Cow<'static, str>,
    /// The HTTP status or close code.
    pub status: Option<u16>,
    /// The dispatch's sequence number.
    pub sequence: Option<u64>,
    /// What was sent: a request's body, or a frame's data.
    pub body: Bytes,
    /// What was answered, for REST.
    pub answer: Bytes,
    /// Anything else worth knowing.
    pub detail: Option<Value>,
}

impl Entry {
    /// An entry with nothing but what it is; number and time are filled in when it is pushed.
    pub fn new(kind: Kind, label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            seq: 0,
            at: 0,
            kind,
            application_id: None,
            shard: None,
            subject: None,
            label: label.into(),
            status: None,
            sequence: None,
            body: Bytes::new(),
            answer: Bytes::new(),
            detail: None,
        }
    }

    /// The entry as the control interface shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "seq": self.seq,
            "at": iso(self.at),
            "kind": self.kind.word(),
            "application_id": self.application_id.map(Sid),
            "shard": self.shard,
            "subject": self.subject.as_deref(),
            "label": self.label,
            "status": self.status,
            "s": self.sequence,
            "body": String::from_utf8_lossy(&self.body),
            "answer": String::from_utf8_lossy(&self.answer),
            "detail": self.detail,
        })
    }
}

/// The ring.
#[derive(Debug)]
pub struct Journal {
    ring: Mutex<Ring>,
    grown: Notify,
    capacity: usize,
    longest_body: usize,
}

#[derive(Debug, Default)]
struct Ring {
    last: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// A journal that keeps this many entries, and this many bytes of each body.
    pub fn new(capacity: usize, longest_body: usize) -> Self {
        Self { ring: Mutex::default(), grown: Notify::new(), capacity: capacity.max(1), longest_body }
    }

    /// Adds an entry and returns its number.
    pub fn push(&self, entry: Entry, at: Millis) -> u64 {
        self.extend([entry], at)
    }

    /// Adds entries and returns the last one's number.
    pub fn extend(&self, entries: impl IntoIterator<Item = Entry>, at: Millis) -> u64 {
        let mut ring = self.ring.lock();
        for mut entry in entries {
            ring.last += 1;
            entry.seq = ring.last;
            entry.at = at;
            entry.body = self.cut(entry.body);
            entry.answer = self.cut(entry.answer);
            if ring.entries.len() >= self.capacity {
                ring.entries.pop_front();
            }
            ring.entries.push_back(entry);
        }
        let last = ring.last;
        drop(ring);
        self.grown.notify_waiters();
        last
    }

    /// The last entry's number.
    pub fn last(&self) -> u64 {
        self.ring.lock().last
    }

    /// The entries that match, oldest first.
    pub fn query(&self, filter: &Filter) -> Vec<Entry> {
        let ring = self.ring.lock();
        let from = ring.entries.partition_point(|entry| entry.seq <= filter.after);
        let found = ring.entries.range(from..).filter(|entry| filter.matches(entry));
        if filter.after > 0 {
            return found.take(filter.limit).cloned().collect();
        }
        let mut newest: Vec<Entry> = found.rev().take(filter.limit).cloned().collect();
        newest.reverse();
        newest
    }

    /// Returns when there is an entry with a higher number.
    pub async fn grown_since(&self, seq: u64) {
        loop {
            let grown = self.grown.notified();
            tokio::pin!(grown);
            grown.as_mut().enable();
            if self.last() > seq {
                return;
            }
            grown.await;
        }
    }

    /// Forgets every entry; numbers go on.
    pub fn clear(&self) {
        self.ring.lock().entries.clear();
    }

    /// The entries that match; waits until there is one, at most this long.
    pub async fn wait(&self, filter: &Filter, timeout: Duration) -> Vec<Entry> {
        self.wait_for(filter, 1, timeout).await
    }

    /// The entries that match; waits until there are so many, at most this long.
    pub async fn wait_for(&self, filter: &Filter, count: usize, timeout: Duration) -> Vec<Entry> {
        let deadline = Instant::now() + timeout;
        loop {
            let grown = self.grown.notified();
            tokio::pin!(grown);
            // Registered before looking, so that no entry slips in between.
            grown.as_mut().enable();
            let found = self.query(filter);
            if found.len() >= count || tokio::time::timeout_at(deadline, grown).await.is_err() {
                return found;
            }
        }
    }

    /// Cuts a long body into a copy of its head, so that the rest can be freed.
    fn cut(&self, body: Bytes) -> Bytes {
        if body.len() > self.longest_body { Bytes::copy_from_slice(&body[..self.longest_body]) } else { body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(label: &'static str) -> Entry {
        Entry::new(Kind::Rest, label)
    }

    #[test]
    fn the_oldest_entries_go_first() {
        let journal = Journal::new(3, 100);
        journal.extend(["a", "b", "c", "d"].map(entry), 7);
        let labels: Vec<_> = journal.query(&Filter::default()).into_iter().map(|entry| entry.label).collect();
        assert_eq!(labels, ["b", "c", "d"]);
        assert_eq!(journal.last(), 4);
    }

    #[test]
    fn a_filter_narrows() {
        let journal = Journal::new(10, 100);
        journal.extend(["GET /a", "GET /b", "GET /c"].map(entry), 7);
        let newest = journal.query(&Filter { limit: 1, ..Filter::default() });
        assert_eq!(newest[0].label, "GET /c");
        let next = journal.query(&Filter { after: 1, limit: 1, ..Filter::default() });
        assert_eq!(next[0].label, "GET /b");
        let named = journal.query(&Filter { contains: Some("/a".to_owned()), ..Filter::default() });
        assert_eq!(named.len(), 1);
        assert!(journal.query(&Filter { kind: Some(Kind::Control), ..Filter::default() }).is_empty());
    }

    #[test]
    fn long_bodies_are_cut() {
        let journal = Journal::new(1, 4_096);
        journal.push(Entry { body: Bytes::from(vec![b'x'; 10_000]), ..entry("a") }, 7);
        assert_eq!(journal.query(&Filter::default())[0].body.len(), 4_096);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_entry() {
        let journal = std::sync::Arc::new(Journal::new(10, 100));
        let filter = Filter { contains: Some("late".to_owned()), ..Filter::default() };
        let other = std::sync::Arc::clone(&journal);
        let waiting = tokio::spawn(async move { other.wait(&filter, Duration::from_secs(30)).await });
        journal.push(entry("early"), 1);
        journal.push(entry("late"), 2);
        assert_eq!(waiting.await.unwrap().len(), 1);
    }
}
