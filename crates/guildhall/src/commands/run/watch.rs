//! Looks at the size of the database now and then: for the status page, the metrics and the configured line.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use guildhall_core::error::chain;
use guildhall_store::Store;
use tokio::{task::JoinHandle, time::sleep};

const EVERY: Duration = Duration::from_mins(1);
const MEGABYTE: u64 = 1_000_000;

/// The last size. Dropping it ends the looking.
pub(super) struct Watch {
    bytes: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Starts looking. Past `warn_megabytes` a warning goes to the log, once until it is below again; zero
    /// never warns.
    pub(super) fn start(store: Store, warn_megabytes: u32) -> Self {
        let bytes = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&bytes);
        let task = tokio::spawn(async move {
            let line = u64::from(warn_megabytes) * MEGABYTE;
            let mut warned = false;
            loop {
                match store.measure().await {
                    Ok(size) => {
                        shown.store(size, Ordering::Relaxed);
                        let large = line > 0 && size >= line;
                        if large && !warned {
                            tracing::warn!(
                                database.bytes = size,
                                "the database is larger than `storage.warn_megabytes`"
                            );
                        }
                        warned = large;
                    }
                    Err(error) => {
                        tracing::warn!(error = %chain(&error), "the database's size cannot be read");
                    }
                }
                sleep(EVERY).await;
            }
        });
        Self { bytes, task }
    }

    /// The last size; `None` before the first look.
    pub(super) fn bytes(&self) -> Option<u64> {
        Some(self.bytes.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
