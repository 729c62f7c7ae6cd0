//! Gives each distinct token a number, in order of first appearance, and counts its uses.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    length: u32,
    index: u32,
}

/// Tokens and their counts.
#[derive(Debug)]
pub(crate) struct Interner {
    table: HashTable<Slot>,
    arena: Vec<u8>,
    /// Where each token begins in the arena.
    starts: Vec<u32>,
    counts: Vec<u32>,
    hasher: FixedState,
}

impl Default for Interner {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
            arena: Vec::new(),
            starts: Vec::new(),
            counts: Vec::new(),
            hasher: FixedState::with_seed(0x6d61_726b),
        }
    }
}

impl Interner {
    /// The number of a token, which is counted once more. Amortised constant time.
    #[inline]
    pub(crate) fn intern(&mut self, token: &str) -> u32 {
        let bytes = token.as_bytes();
        let hash = self.hasher.hash_one(bytes);
        let arena = &self.arena;
        let found = self.table.find(hash, |slot| {
            slot.length as usize == bytes.len() && &arena[slot.start as usize..][..bytes.len()] == bytes
        });
        if let Some(slot) = found {
            self.counts[slot.index as usize] += 1;
            return slot.index;
        }
        self.insert(hash, bytes)
    }

    #[cold]
    fn insert(&mut self, hash: u64, bytes: &[u8]) -> u32 {
        let narrow = |number: usize| u32::try_from(number).expect("runs are spilled long before 4 GB");
        let slot = Slot {
            start: narrow(self.arena.len()),
            length: narrow(bytes.len()),
            index: narrow(self.starts.len()),
        };
        self.arena.extend_from_slice(bytes);
        self.starts.push(slot.start);
        self.counts.push(1);
        let Self { table, arena, hasher, .. } = self;
        table.insert_unique(hash, slot, |slot| {
            hasher.hash_one(&arena[slot.start as usize..][..slot.length as usize])
        });
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

    pub(crate) fn count(&self, index: usize) -> u32 {
        self.counts[index]
    }

    /// Takes back one use.
    pub(crate) fn release(&mut self, index: u32) {
        self.counts[index as usize] -= 1;
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> usize {
        self.arena.capacity() + self.starts.capacity() * 8 + self.table.capacity() * 13
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
        let numbers: Vec<u32> = ["a", "bb", "a", "", "bb", "a"].iter().map(|token| interner.intern(token)).collect();
        assert_eq!(numbers, [0, 1, 0, 2, 1, 0]);
        assert_eq!((0..3).map(|index| interner.count(index)).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!((0..3).map(|index| interner.get(index)).collect::<Vec<_>>(), [&b"a"[..], b"bb", b""]);
        for number in 0..10_000 {
            interner.intern(&number.to_string());
        }
        assert_eq!(interner.intern("a"), 0);
        assert_eq!(interner.len(), 10_003);
    }
}
