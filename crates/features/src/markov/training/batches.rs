//! A file read on a thread that may wait for the disk, handed over in batches.

use std::io::BufRead;

use tokio::{sync::mpsc, task::JoinHandle};

use crate::markov::file::{self, Entry, FileFault, Held};

/// The batches of a file after the first `done` entries; the task says at the end what the file held.
pub(in crate::markov) fn batches(
    file: impl BufRead + Send + 'static,
    size: usize,
    done: u64,
) -> (mpsc::Receiver<Vec<Entry>>, JoinHandle<Result<Held, FileFault>>) {
    let (send, receive) = mpsc::channel(2);
    let work = tokio::task::spawn_blocking(move || {
        let mut place = 0_u64;
        let mut batch = Vec::new();
        let held = file::read(file, &mut |entry| {
            place += 1;
            if place > done {
                batch.push(entry);
            }
            // Whoever hears no more has stopped.
            batch.len() < size || send.blocking_send(std::mem::take(&mut batch)).is_ok()
        })?;
        if batch.is_empty() || send.blocking_send(batch).is_ok() { Ok(held) } else { Err(FileFault::Stopped) }
    });
    (receive, work)
}

/// What a file holds, without learning it: whether it can be learned from at all.
pub(in crate::markov) async fn count(file: impl BufRead + Send + 'static) -> Result<Held, FileFault> {
    let work = tokio::task::spawn_blocking(move || file::read(file, &mut |_| true));
    work.await.unwrap_or(Err(FileFault::Stopped))
}
