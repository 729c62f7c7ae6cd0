//! Threads for work on chains, so that nobody's event loop waits for a disk.

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
};

use parking_lot::{Condvar, Mutex};

use super::Chains;
use crate::FileError;

type Job = Box<dyn FnOnce(&Chains) + Send>;

/// A few threads that work on the chains of a cache, and one that tends it.
///
/// ```
/// use std::sync::{Arc, mpsc};
///
/// use guildhall_markov::{CacheLimits, Chains, Message, Pool, Training};
///
/// let folder = tempfile::tempdir()?;
/// let chains = Arc::new(Chains::new(folder.path(), Training::default(), CacheLimits::default()));
/// let pool = Pool::start(Arc::clone(&chains), 2, |key, error| eprintln!("chain {key}: {error}"))?;
/// let (answer, heard) = mpsc::channel();
/// pool.run(move |chains| {
///     let learned = chains
///         .get(7)
///         .and_then(|chain| chain.learn(&Message { id: 1, author: 2, channel: 3, text: "good evening" }));
///     answer.send(learned.is_ok()).ok();
/// });
/// assert!(heard.recv()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    chains: Arc<Chains>,
    queue: Mutex<Queue>,
    /// Told when there is work, or no more.
    work: Condvar,
    /// Told when the pool ends.
    end: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    ended: bool,
}

impl Pool {
    /// Starts threads. What goes wrong while chains are tended is handed to `failed`.
    pub fn start(
        chains: Arc<Chains>,
        threads: usize,
        failed: impl Fn(u64, FileError) + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared =
            Arc::new(Shared { chains, queue: Mutex::default(), work: Condvar::new(), end: Condvar::new() });
        let mut pool = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        for number in 0..threads.max(1) {
            let shared = Arc::clone(&shared);
            let named = std::thread::Builder::new().name(format!("markov-{number}"));
            pool.threads.push(named.spawn(move || shared.work())?);
        }
        let named = std::thread::Builder::new().name("markov-tend".to_owned());
        pool.threads.push(named.spawn(move || shared.tend(failed))?);
        Ok(pool)
    }

    /// Has a thread do something as soon as one is free. Never blocks.
    pub fn run(&self, job: impl FnOnce(&Chains) + Send + 'static) {
        self.shared.queue.lock().jobs.push_back(Box::new(job));
        self.shared.work.notify_one();
    }

    /// How many jobs wait for a thread.
    pub fn waiting(&self) -> usize {
        self.shared.queue.lock().jobs.len()
    }
}

impl Shared {
    fn work(&self) {
        loop {
            let mut queue = self.queue.lock();
            let job = loop {
                match queue.jobs.pop_front() {
                    Some(job) => break job,
                    None if queue.ended => return,
                    None => self.work.wait(&mut queue),
                }
            };
            drop(queue);
            // A job that fails takes no thread away from the others. Whoever waits for its answer sees that
            // its sender is gone.
            let _ = catch_unwind(AssertUnwindSafe(|| job(&self.chains)));
        }
    }

    fn tend(&self, failed: impl Fn(u64, FileError)) {
        loop {
            let mut queue = self.queue.lock();
            if !queue.ended {
                self.end.wait_for(&mut queue, self.chains.limits().debounce);
            }
            let ended = queue.ended;
            drop(queue);
            for (key, error) in self.chains.tend() {
                failed(key, error);
            }
            if ended {
                return;
            }
        }
    }
}

impl Drop for Pool {
    /// Waits until all jobs are done and everything is durable.
    fn drop(&mut self) {
        self.shared.queue.lock().ended = true;
        self.shared.work.notify_all();
        self.shared.end.notify_all();
        for thread in self.threads.drain(..) {
            // A panic of a thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}
