//! Which chains are open, what they take, and in which order they were used.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::Chain;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    entries: HashMap<u64, Entry>,
    /// Open chains by when they were last used.
    order: BTreeMap<u64, u64>,
    clock: u64,
    bytes: u64,
    reserved: u64,
}

#[derive(Debug)]
enum Entry {
    /// Somebody opens or closes it, and it takes so much meanwhile.
    Busy {
        weight: u64,
    },
    Open {
        chain: Arc<Chain>,
        used: u64,
        weight: u64,
    },
}

/// What became of looking for a chain.
pub(super) enum Found {
    Open(Arc<Chain>),
    Busy,
    Absent,
}

impl Shelf {
    /// Looks without using it.
    pub(super) fn look(&self, key: u64) -> Found {
        match self.entries.get(&key) {
            Some(Entry::Open { chain, .. }) => Found::Open(Arc::clone(chain)),
            Some(Entry::Busy { .. }) => Found::Busy,
            None => Found::Absent,
        }
    }

    /// Looks, and notes that it is used.
    pub(super) fn find(&mut self, key: u64) -> Found {
        if let Some(Entry::Open { used, .. }) = self.entries.get_mut(&key) {
            self.clock += 1;
            self.order.remove(used);
            *used = self.clock;
            self.order.insert(self.clock, key);
        }
        self.look(key)
    }

    /// Says that somebody works on it, and what it takes meanwhile. What was open is handed out.
    pub(super) fn reserve(&mut self, key: u64, weight: u64) -> Option<Arc<Chain>> {
        let before = self.remove(key);
        self.reserved += weight;
        self.entries.insert(key, Entry::Busy { weight });
        before
    }

    pub(super) fn put(&mut self, key: u64, chain: Arc<Chain>) {
        drop(self.remove(key));
        self.clock += 1;
        let weight = chain.weight();
        self.bytes += weight;
        self.order.insert(self.clock, key);
        self.entries.insert(key, Entry::Open { chain, used: self.clock, weight });
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Arc<Chain>> {
        match self.entries.remove(&key)? {
            Entry::Busy { weight } => {
                self.reserved -= weight;
                None
            }
            Entry::Open { chain, used, weight } => {
                self.bytes -= weight;
                self.order.remove(&used);
                Some(chain)
            }
        }
    }

    /// Counts anew what an open chain takes.
    pub(super) fn weigh(&mut self, key: u64) {
        if let Some(Entry::Open { chain, weight, .. }) = self.entries.get_mut(&key) {
            self.bytes -= *weight;
            *weight = chain.weight();
            self.bytes += *weight;
        }
    }

    /// The least recently used chain that nobody uses. A handle is only given out under the lock of the cache, so
    /// that a chain with one owner stays unused.
    pub(super) fn idle(&self) -> Option<u64> {
        let unused = |key: &u64| match self.entries.get(key) {
            Some(Entry::Open { chain, .. }) => Arc::strong_count(chain) == 1,
            _ => false,
        };
        self.order.values().copied().find(unused)
    }

    /// What a chain takes, as it was last counted.
    pub(super) fn weight(&self, key: u64) -> u64 {
        match self.entries.get(&key) {
            Some(Entry::Open { weight, .. } | Entry::Busy { weight }) => *weight,
            None => 0,
        }
    }

    pub(super) fn open(&self) -> impl Iterator<Item = (u64, &Arc<Chain>)> {
        self.entries.iter().filter_map(|(key, entry)| match entry {
            Entry::Open { chain, .. } => Some((*key, chain)),
            Entry::Busy { .. } => None,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.order.len()
    }

    /// What open chains take.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The same with those that are being opened or closed.
    pub(super) const fn taken(&self) -> u64 {
        self.bytes + self.reserved
    }
}
