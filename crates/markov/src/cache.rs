//! Open chains, limited in bytes.

mod pool;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::{Condvar, Mutex};

pub use self::pool::Pool;
use crate::{Chain, FileError, Training};

/// How a cache behaves.
#[derive(Clone, Debug)]
pub struct CacheLimits {
    /// Bytes that open chains may take together: their files, as far as they may be mapped, and what they
    /// learned since. A chain in use is never closed, so that more may be open while it is used.
    pub bytes: u64,
    /// A chain that has learned or forgotten so much that the layer over its file takes this many bytes is
    /// folded when it is next tended.
    pub layer_bytes: u64,
    /// How often chains are tended: synced, and folded where it is due.
    pub debounce: Duration,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { bytes: 512 << 20, layer_bytes: 32 << 20, debounce: Duration::from_secs(5) }
    }
}

/// What a cache did so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Chains that are open.
    pub open: usize,
    /// Bytes that they take.
    pub bytes: u64,
    /// Requests for a chain that was open.
    pub hits: u64,
    /// Requests for one that was not.
    pub misses: u64,
    /// Chains that were closed for want of room.
    pub evicted: u64,
}

/// A cache of open chains by number, for example a guild's id. The least recently used is closed first, and
/// what it had learned is made durable before. Closing waits for nothing else: each key has a lock of its own.
#[derive(Debug)]
pub struct Chains {
    folder: PathBuf,
    training: Training,
    limits: CacheLimits,
    inner: Mutex<Inner>,
    /// Told when a chain was opened or closed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<u64, Entry>,
    clock: u64,
    stats: CacheStats,
}

#[derive(Debug)]
enum Entry {
    /// Somebody opens or closes it.
    Busy,
    Open {
        chain: Arc<Chain>,
        used: u64,
        weight: u64,
    },
}

impl Chains {
    /// A cache of the chains in a folder, which must exist.
    pub fn new(folder: &Path, training: Training, limits: CacheLimits) -> Self {
        Self { folder: folder.to_owned(), training, limits, inner: Mutex::default(), changed: Condvar::new() }
    }

    /// Where the chain of a key is kept.
    pub fn path(&self, key: u64) -> PathBuf {
        self.folder.join(format!("{key}.markov"))
    }

    /// The chain of a key, opened if it is not. It stays open for as long as the handle lives.
    ///
    /// Blocks while it is opened; requests for other keys do not wait for it.
    pub fn get(&self, key: u64) -> Result<Arc<Chain>, FileError> {
        let mut inner = self.inner.lock();
        loop {
            inner.clock += 1;
            let now = inner.clock;
            match inner.entries.get_mut(&key) {
                Some(Entry::Open { chain, used, .. }) => {
                    *used = now;
                    let chain = Arc::clone(chain);
                    inner.stats.hits += 1;
                    return Ok(chain);
                }
                Some(Entry::Busy) => self.changed.wait(&mut inner),
                None => break,
            }
        }
        inner.stats.misses += 1;
        inner.entries.insert(key, Entry::Busy);
        drop(inner);
        let opened = Chain::open(&self.path(key), self.training.clone());
        let mut inner = self.inner.lock();
        let result = match opened {
            Ok(chain) => {
                let chain = Arc::new(chain);
                let entry =
                    Entry::Open { chain: Arc::clone(&chain), used: inner.clock, weight: chain.weight() };
                inner.entries.insert(key, entry);
                Ok(chain)
            }
            Err(error) => {
                inner.entries.remove(&key);
                Err(error)
            }
        };
        drop(inner);
        self.changed.notify_all();
        result.and_then(|chain| self.shrink().map(|()| chain))
    }

    /// Takes the chain of a key off the disk. One that somebody uses just now is emptied instead.
    ///
    /// Blocks; requests for other keys do not wait for it.
    pub fn remove(&self, key: u64) -> Result<(), FileError> {
        let mut inner = self.inner.lock();
        loop {
            match inner.entries.get(&key) {
                Some(Entry::Busy) => self.changed.wait(&mut inner),
                Some(Entry::Open { chain, .. }) if Arc::strong_count(chain) > 1 => {
                    let chain = Arc::clone(chain);
                    drop(inner);
                    return chain.clear();
                }
                Some(Entry::Open { .. }) | None => break,
            }
        }
        let closed = inner.entries.insert(key, Entry::Busy);
        drop(inner);
        drop(closed);
        let removed = self.remove_files(key);
        self.inner.lock().entries.remove(&key);
        self.changed.notify_all();
        removed
    }

    /// The chain, its journals and its lock: all that begins with its name.
    fn remove_files(&self, key: u64) -> Result<(), FileError> {
        let failed = |error| FileError::at("remove", &self.path(key))(error);
        let name = format!("{key}.markov");
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let own = entry.file_name().to_str().is_some_and(|other| {
                other.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            if own {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Closes the least recently used chains that nobody uses, until the limit is kept.
    fn shrink(&self) -> Result<(), FileError> {
        loop {
            let mut inner = self.inner.lock();
            if inner.bytes() <= self.limits.bytes {
                return Ok(());
            }
            // A handle is only given out under the lock, so that a chain with one owner stays unused.
            let idle = inner.entries.iter().filter_map(|(key, entry)| match entry {
                Entry::Open { chain, used, .. } if Arc::strong_count(chain) == 1 => Some((*used, *key)),
                _ => None,
            });
            let Some((_, key)) = idle.min() else { return Ok(()) };
            let Some(Entry::Open { chain, used, weight }) = inner.entries.insert(key, Entry::Busy) else {
                return Ok(());
            };
            drop(inner);
            let synced = chain.sync();
            let mut inner = self.inner.lock();
            if synced.is_ok() {
                drop(chain);
                inner.entries.remove(&key);
                inner.stats.evicted += 1;
            } else {
                // What it learned must not get lost: it stays open.
                inner.entries.insert(key, Entry::Open { chain, used, weight });
            }
            drop(inner);
            self.changed.notify_all();
            synced?;
        }
    }

    /// Makes durable what open chains learned, and folds those that learned much. Blocks; meant to be called
    /// every [`CacheLimits::debounce`] on a thread of its own, as [`Pool`] does.
    pub fn tend(&self) -> Vec<(u64, FileError)> {
        let open: Vec<(u64, Arc<Chain>)> = {
            let inner = self.inner.lock();
            let chains = inner.entries.iter().filter_map(|(key, entry)| match entry {
                Entry::Open { chain, .. } => Some((*key, Arc::clone(chain))),
                Entry::Busy => None,
            });
            chains.collect()
        };
        let mut failed = Vec::new();
        for (key, chain) in open {
            let due = chain.stats().layer_bytes > self.limits.layer_bytes;
            if let Err(error) = chain.sync().and_then(|()| if due { chain.fold() } else { Ok(()) }) {
                failed.push((key, error));
            }
            if let Some(Entry::Open { weight, .. }) = self.inner.lock().entries.get_mut(&key) {
                *weight = chain.weight();
            }
        }
        failed.extend(self.shrink().err().map(|error| (0, error)));
        failed
    }

    /// What the cache holds and did.
    pub fn stats(&self) -> CacheStats {
        let inner = self.inner.lock();
        CacheStats { open: inner.entries.len(), bytes: inner.bytes(), ..inner.stats }
    }

    /// How the cache behaves.
    pub const fn limits(&self) -> &CacheLimits {
        &self.limits
    }
}

impl Inner {
    fn bytes(&self) -> u64 {
        let weights = self.entries.values().map(|entry| match entry {
            Entry::Open { weight, .. } => *weight,
            Entry::Busy => 0,
        });
        weights.sum()
    }
}
