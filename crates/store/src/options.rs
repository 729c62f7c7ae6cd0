//! How the database is opened.

use std::{path::PathBuf, time::Duration};

/// Where the data is and how many may read it at once.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database file. Its folder is made where it is missing.
    pub path: PathBuf,
    /// Connections that read at the same time.
    pub readers: u32,
    /// How long a statement waits for a lock that another program holds, such as a backup tool.
    pub busy_timeout: Duration,
    /// How long a caller waits for its turn with the writer or a reader.
    pub queue_timeout: Duration,
    /// Prepared statements that each connection keeps.
    pub cached_statements: usize,
}

impl StoreOptions {
    /// The defaults for this file: four readers, five seconds for foreign locks, half a minute in the
    /// queue, 512 prepared statements.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            queue_timeout: Duration::from_secs(30),
            cached_statements: 512,
        }
    }
}
