//! Messages that were learned and are in memory: tokenised, not yet a chain.

use hashbrown::HashMap;

use crate::{
    Message,
    interner::{Ids, Interner, Queue},
    tokenizer,
};

/// How many tokens are looked up at a time.
const QUEUE: usize = 128;

/// One message of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    /// When it was learned, as a count: of two with one id the later holds.
    pub(crate) turn: u64,
    pub(crate) author: u32,
    pub(crate) channel: u32,
    start: u32,
    end: u32,
}

/// Messages with a dictionary of their own.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) words: Interner,
    pub(crate) authors: Ids,
    pub(crate) channels: Ids,
    tokens: Vec<u32>,
    queue: Queue,
    entries: Vec<Entry>,
}

impl Run {
    /// Learns a message. Says whether it held anything.
    pub(crate) fn push(&mut self, message: &Message<'_>, turn: u64) -> bool {
        let start = self.len();
        let Self { words, queue, .. } = self;
        tokenizer::tokens(message.text, |token| words.enqueue(token, queue));
        self.close(message.id, message.author, message.channel, start, turn)
    }

    /// The same of a message that is tokenised already.
    pub(crate) fn push_forms<'a>(
        &mut self,
        (id, author, channel): (u64, u64, u64),
        forms: impl Iterator<Item = &'a str>,
        turn: u64,
    ) -> bool {
        let start = self.len();
        let Self { words, queue, .. } = self;
        forms.for_each(|form| words.enqueue(form, queue));
        self.close(id, author, channel, start, turn)
    }

    fn close(&mut self, id: u64, author: u64, channel: u64, start: usize, turn: u64) -> bool {
        let end = self.len();
        if end == start {
            return false;
        }
        let narrow = |number: usize| u32::try_from(number).expect("runs are spilled long before 2^32 tokens");
        self.entries.push(Entry {
            id,
            turn,
            author: self.authors.intern(author),
            channel: self.channels.intern(channel),
            start: narrow(start),
            end: narrow(end),
        });
        if self.queue.len() >= QUEUE {
            self.work_off();
        }
        true
    }

    fn len(&self) -> usize {
        self.tokens.len() + self.queue.len()
    }

    fn work_off(&mut self) {
        self.words.work_off(&mut self.queue, &mut self.tokens);
    }

    /// Orders messages by id; of those with one id the latest is left.
    pub(crate) fn settle(&mut self) {
        self.work_off();
        if self.entries.is_sorted_by(|a, b| a.id < b.id) {
            return;
        }
        self.entries.sort_by_key(|entry| (entry.id, entry.turn));
        let mut kept: Vec<Entry> = Vec::with_capacity(self.entries.len());
        let mut uses = HashMap::default();
        for entry in std::mem::take(&mut self.entries) {
            if let Some(last) = kept.last_mut()
                && last.id == entry.id
            {
                let old = std::mem::replace(last, entry);
                for &token in self.tokens(&old) {
                    *uses.entry(token).or_insert(0) += 1;
                }
                self.authors.release(old.author);
                self.channels.release(old.channel);
            } else {
                kept.push(entry);
            }
        }
        self.entries = kept;
        if !uses.is_empty() {
            self.words.release(&uses);
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn tokens(&self, entry: &Entry) -> &[u32] {
        &self.tokens[entry.start as usize..entry.end as usize]
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> usize {
        self.words.memory()
            + self.authors.memory()
            + self.channels.memory()
            + self.tokens.capacity() * 4
            + self.entries.capacity() * size_of::<Entry>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_with_one_id_the_later_is_left() {
        let mut run = Run::default();
        let message = |id, text| Message { id, author: 1, channel: 2, text };
        for (turn, (id, text)) in [(5, "old text"), (3, "first"), (5, "new text"), (9, "")].iter().enumerate()
        {
            run.push(&message(*id, text), turn as u64);
        }
        run.settle();
        let ids: Vec<u64> = run.entries().iter().map(|entry| entry.id).collect();
        assert_eq!(ids, [3, 5]);
        let words: Vec<&[u8]> =
            run.tokens(&run.entries()[1]).iter().map(|&token| run.words.get(token as usize)).collect();
        assert_eq!(words, [&b"new"[..], b"text"]);
        let old = (0..run.words.len()).find(|&word| run.words.get(word) == b"old").unwrap();
        assert_eq!(run.words.counts()[old], 0);
        assert_eq!(run.authors.list(), [(1, 2)]);
    }
}
