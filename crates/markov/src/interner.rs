//! Gives each distinct token a number, in order of first appearance, and counts its uses.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

/// What the table holds of a token: short ones as a whole, so that comparing looks nowhere else.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The first eight bytes.
    head: u64,
    start: u32,
    length: u32,
    index: u32,
    count: u32,
}

/// Tokens and their counts.
#[derive(Debug)]
pub(crate) struct Interner {
    table: HashTable<Slot>,
    arena: Vec<u8>,
    /// Where each token begins in the arena.
    starts: Vec<u32>,
    hasher: FixedState,
}

impl Default for Interner {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
            arena: Vec::new(),
            starts: Vec::new(),
            hasher: FixedState::with_seed(0x6d61_726b),
        }
    }
}

/// The first eight bytes, the first one lowest.
#[inline]
fn head(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let shift = (bytes.len() - 4) * 8;
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift;
    }
    bytes.iter().rev().fold(0, |head, &byte| head << 8 | u64::from(byte))
}

/// A token that waits for its number.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    head: u64,
    hash: u64,
    start: u32,
    length: u32,
}

/// Tokens that wait for their numbers. Many are looked up one after the other, so that the processor fetches
/// the next ones while it waits for memory.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<Waiting>,
    bytes: Vec<u8>,
}

impl Queue {
    pub(crate) const fn len(&self) -> usize {
        self.waiting.len()
    }
}

impl Interner {
    /// Puts a token into the queue.
    #[inline]
    pub(crate) fn enqueue(&self, token: &str, queue: &mut Queue) {
        let bytes = token.as_bytes();
        let head = head(bytes);
        let narrow = |number: usize| u32::try_from(number).expect("a queue is worked off after each message");
        queue.waiting.push(Waiting {
            head,
            hash: self.hash(head, bytes),
            start: narrow(queue.bytes.len()),
            length: narrow(bytes.len()),
        });
        // Short ones are in their head as a whole.
        if bytes.len() > 8 {
            queue.bytes.extend_from_slice(bytes);
        }
    }

    /// Gives each token of the queue its number and counts it. Amortised constant time for each.
    pub(crate) fn work_off(&mut self, queue: &mut Queue, out: &mut Vec<u32>) {
        out.reserve(queue.waiting.len());
        for waiting in &queue.waiting {
            let (head, length) = (waiting.head.to_le_bytes(), waiting.length as usize);
            let bytes =
                if length <= 8 { &head[..length] } else { &queue.bytes[waiting.start as usize..][..length] };
            out.push(self.number(waiting.head, waiting.hash, bytes));
        }
        queue.waiting.clear();
        queue.bytes.clear();
    }

    #[inline]
    fn number(&mut self, head: u64, hash: u64, bytes: &[u8]) -> u32 {
        let arena = &self.arena;
        let found = self.table.find_mut(hash, |slot| {
            slot.head == head
                && slot.length as usize == bytes.len()
                && (bytes.len() <= 8 || arena[slot.start as usize..][8..bytes.len()] == bytes[8..])
        });
        if let Some(slot) = found {
            slot.count += 1;
            return slot.index;
        }
        self.insert(hash, head, bytes)
    }

    #[inline]
    fn hash(&self, head: u64, bytes: &[u8]) -> u64 {
        if bytes.len() <= 8 {
            self.hasher.hash_one((head, bytes.len() as u64))
        } else {
            self.hasher.hash_one(bytes)
        }
    }

    #[cold]
    fn insert(&mut self, hash: u64, head: u64, bytes: &[u8]) -> u32 {
        let narrow = |number: usize| u32::try_from(number).expect("runs are spilled long before 4 GB");
        let slot = Slot {
            head,
            start: narrow(self.arena.len()),
            length: narrow(bytes.len()),
            index: narrow(self.starts.len()),
            count: 1,
        };
        self.arena.extend_from_slice(bytes);
        self.starts.push(slot.start);
        if self.table.len() == self.table.capacity() {
            let Self { table, arena, hasher, .. } = self;
            table.reserve(1, |slot| {
                let bytes = &arena[slot.start as usize..][..slot.length as usize];
                if bytes.len() <= 8 {
                    hasher.hash_one((slot.head, bytes.len() as u64))
                } else {
                    hasher.hash_one(bytes)
                }
            });
        }
        self.table.insert_unique(hash, slot, |_| unreachable!("there is room"));
        slot.index
    }

    pub(crate) const fn len(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a token.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let start = self.starts[index] as usize;
        let end = self.starts.get(index + 1).map_or(self.arena.len(), |&end| end as usize);
        &self.arena[start..end]
    }

    /// How often each token is used, by number.
    pub(crate) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.starts.len()];
        for slot in &self.table {
            counts[slot.index as usize] = slot.count;
        }
        counts
    }

    /// Takes back uses, by number.
    pub(crate) fn release(&mut self, uses: &HashMap<u32, u32, FixedState>) {
        for slot in &mut self.table {
            slot.count -= uses.get(&slot.index).copied().unwrap_or(0);
        }
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> usize {
        self.arena.capacity() + self.starts.capacity() * 4 + self.table.capacity() * 28
    }
}

/// Numbers for ids, with their uses.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    index: HashMap<u64, u32, FixedState>,
    list: Vec<(u64, u32)>,
}

impl Ids {
    #[inline]
    pub(crate) fn intern(&mut self, id: u64) -> u32 {
        let next = self.list.len();
        let index = *self
            .index
            .entry(id)
            .or_insert_with(|| u32::try_from(next).expect("fewer than four thousand million people"));
        if index as usize == next {
            self.list.push((id, 0));
        }
        self.list[index as usize].1 += 1;
        index
    }

    pub(crate) fn release(&mut self, index: u32) {
        self.list[index as usize].1 -= 1;
    }

    /// Each id and how often it is used.
    pub(crate) fn list(&self) -> &[(u64, u32)] {
        &self.list
    }

    pub(crate) fn memory(&self) -> usize {
        self.index.capacity() * 18 + self.list.capacity() * 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_get_numbers_in_order_and_are_counted() {
        let mut interner = Interner::default();
        let mut queue = Queue::default();
        let mut numbers = Vec::new();
        for token in ["a", "bb", "a", "", "bb", "a"] {
            interner.enqueue(token, &mut queue);
        }
        interner.work_off(&mut queue, &mut numbers);
        assert_eq!(numbers, [0, 1, 0, 2, 1, 0]);
        assert_eq!(interner.counts(), [3, 2, 1]);
        assert_eq!((0..3).map(|index| interner.get(index)).collect::<Vec<_>>(), [&b"a"[..], b"bb", b""]);
        let long = "a".repeat(300);
        for number in 0..10_000 {
            interner.enqueue(&number.to_string(), &mut queue);
        }
        for token in ["a", &long, &long] {
            interner.enqueue(token, &mut queue);
        }
        numbers.clear();
        interner.work_off(&mut queue, &mut numbers);
        assert_eq!(numbers[10_000..], [0, 10_003, 10_003]);
        assert_eq!(interner.len(), 10_004);
    }
}
