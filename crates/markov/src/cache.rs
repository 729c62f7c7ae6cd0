//! Open chains, limited in bytes.

mod pool;
mod shelf;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

pub use self::pool::Pool;
use self::shelf::{Found, Shelf};
use crate::{Chain, FileError, Training, scratch};

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
    /// The most that they took at once.
    pub most_bytes: u64,
    /// Requests for a chain that was open.
    pub hits: u64,
    /// Requests for one that was not.
    pub misses: u64,
    /// Chains that were closed for want of room.
    pub evicted: u64,
    /// Chains that were folded, by [`Chains::tend`] or [`Chains::fold`].
    pub folded: u64,
}

/// A cache of open chains by number, for example a guild's id. The least recently used is closed first, and
/// what it had learned is made durable before. Closing waits for nothing else: each key has a lock of its own.
pub struct Chains {
    folder: PathBuf,
    training: Training,
    limits: CacheLimits,
    inner: Mutex<Inner>,
    /// Told when a chain was opened or closed.
    changed: Condvar,
    /// Told how long each fold took.
    folded: Box<dyn Fn(Duration) + Send + Sync>,
}

impl fmt::Debug for Chains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chains")
            .field("folder", &self.folder)
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Inner {
    shelf: Shelf,
    stats: CacheStats,
}

impl Chains {
    /// A cache of the chains in a folder, which must exist.
    pub fn new(folder: &Path, training: Training, limits: CacheLimits) -> Self {
        Self {
            folder: folder.to_owned(),
            training,
            limits,
            inner: Mutex::default(),
            changed: Condvar::new(),
            folded: Box::new(|_| ()),
        }
    }

    /// Has somebody told how long each fold takes, for example for a metric.
    #[must_use]
    pub fn watched(mut self, folded: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        self.folded = Box::new(folded);
        self
    }

    /// Where the chain of a key is kept: in a folder of its own, since opening lists what lies beside it.
    pub fn path(&self, key: u64) -> PathBuf {
        self.place(key).join("chain.markov")
    }

    fn place(&self, key: u64) -> PathBuf {
        self.folder.join(key.to_string())
    }

    /// What the file of a key takes. Where there is none, its place is made.
    fn prepare(&self, key: u64) -> Result<u64, FileError> {
        if let Ok(file) = self.path(key).metadata() {
            return Ok(file.len());
        }
        let place = self.place(key);
        let made = std::fs::create_dir_all(&place).and_then(|()| scratch::sync_folder(&place));
        made.map(|()| 0).map_err(FileError::at("make", &place))
    }

    /// The chain of a key, opened if it is not. It stays open for as long as the handle lives. Room is made for it
    /// before it is opened.
    ///
    /// Blocks while it is opened; requests for other keys do not wait for it.
    pub fn get(&self, key: u64) -> Result<Arc<Chain>, FileError> {
        let mut inner = self.inner.lock();
        loop {
            match inner.shelf.find(key) {
                Found::Open(chain) => {
                    inner.stats.hits += 1;
                    return Ok(chain);
                }
                Found::Busy => self.changed.wait(&mut inner),
                Found::Absent => break,
            }
        }
        inner.stats.misses += 1;
        inner.shelf.reserve(key, 0);
        drop(inner);
        let opened = self.open(key).map(Arc::new);
        let mut inner = self.inner.lock();
        match &opened {
            Ok(chain) => inner.shelf.put(key, Arc::clone(chain)),
            Err(_) => drop(inner.shelf.remove(key)),
        }
        inner.note();
        drop(inner);
        self.changed.notify_all();
        opened
    }

    /// Opens a chain, once there is room.
    fn open(&self, key: u64) -> Result<Chain, FileError> {
        let weight = self.prepare(key)?;
        self.inner.lock().shelf.reserve(key, weight);
        // What cannot be closed is told by `tend`; nobody goes without a chain for it.
        drop(self.shrink());
        Chain::open(&self.path(key), self.training.clone())
    }

    /// Takes the chain of a key off the disk. One that somebody uses just now is emptied instead.
    ///
    /// Blocks; requests for other keys do not wait for it.
    pub fn remove(&self, key: u64) -> Result<(), FileError> {
        let mut inner = self.inner.lock();
        loop {
            match inner.shelf.look(key) {
                Found::Busy => self.changed.wait(&mut inner),
                // Its own handle, and this one.
                Found::Open(chain) if Arc::strong_count(&chain) > 2 => {
                    drop(inner);
                    return chain.clear();
                }
                Found::Open(_) | Found::Absent => break,
            }
        }
        let closed = inner.shelf.reserve(key, 0);
        drop(inner);
        drop(closed);
        let removed = self.remove_files(key);
        drop(self.inner.lock().shelf.remove(key));
        self.changed.notify_all();
        removed
    }

    /// The chain, its journals and its lock.
    fn remove_files(&self, key: u64) -> Result<(), FileError> {
        let place = self.place(key);
        match std::fs::remove_dir_all(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FileError::at("remove", &place)(error))
            }
            _ => Ok(()),
        }
    }

    /// Closes the least recently used chains that nobody uses, until the limit is kept.
    fn shrink(&self) -> Result<(), FileError> {
        loop {
            let mut inner = self.inner.lock();
            if inner.shelf.taken() <= self.limits.bytes {
                return Ok(());
            }
            let Some(key) = inner.shelf.idle() else { return Ok(()) };
            let weight = inner.shelf.weight(key);
            let Some(chain) = inner.shelf.reserve(key, weight) else { return Ok(()) };
            drop(inner);
            let synced = chain.sync();
            if synced.is_ok() {
                drop(chain);
                let mut inner = self.inner.lock();
                drop(inner.shelf.remove(key));
                inner.stats.evicted += 1;
            } else {
                // What it learned must not get lost: it stays open.
                self.inner.lock().shelf.put(key, chain);
            }
            self.changed.notify_all();
            synced?;
        }
    }

    /// Counts anew what a chain takes that learned or was trained, and makes room where that is too much. Blocks.
    pub fn settle(&self, key: u64) -> Result<(), FileError> {
        let mut inner = self.inner.lock();
        inner.shelf.weigh(key);
        drop(inner);
        let result = self.shrink();
        self.inner.lock().note();
        result
    }

    /// Folds a chain; see [`Chain::fold`]. Blocks.
    pub fn fold(&self, key: u64) -> Result<(), FileError> {
        let chain = self.get(key)?;
        self.fold_open(&chain)?;
        drop(chain);
        self.settle(key)
    }

    fn fold_open(&self, chain: &Chain) -> Result<(), FileError> {
        let started = Instant::now();
        chain.fold()?;
        self.inner.lock().stats.folded += 1;
        (self.folded)(started.elapsed());
        Ok(())
    }

    /// Makes durable what open chains learned, and folds those that learned much. Blocks; meant to be called
    /// every [`CacheLimits::debounce`] on a thread of its own, as [`Pool`] does.
    pub fn tend(&self) -> Vec<(u64, FileError)> {
        let open: Vec<(u64, Arc<Chain>)> =
            self.inner.lock().shelf.open().map(|(key, chain)| (key, Arc::clone(chain))).collect();
        let mut failed = Vec::new();
        for (key, chain) in open {
            let due = chain.stats().layer_bytes > self.limits.layer_bytes;
            if let Err(error) = chain.sync().and_then(|()| if due { self.fold_open(&chain) } else { Ok(()) })
            {
                failed.push((key, error));
            }
            self.inner.lock().shelf.weigh(key);
        }
        failed.extend(self.shrink().err().map(|error| (0, error)));
        self.inner.lock().note();
        failed
    }

    /// What the cache holds and did.
    pub fn stats(&self) -> CacheStats {
        let inner = self.inner.lock();
        CacheStats { open: inner.shelf.count(), bytes: inner.shelf.bytes(), ..inner.stats }
    }

    /// How the cache behaves.
    pub const fn limits(&self) -> &CacheLimits {
        &self.limits
    }
}

impl Inner {
    /// Keeps the most that was taken at once.
    fn note(&mut self) {
        self.stats.most_bytes = self.stats.most_bytes.max(self.shelf.bytes());
    }
}
