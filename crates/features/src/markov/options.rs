//! What the operator decides about random sentences.

use std::time::Duration;

/// What the operator decides about random sentences.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MarkovOptions {
    /// Words of a state, 1 to 4.
    pub state_size: u8,
    /// The score that a sentence should have. Where nothing reaches it, less is taken.
    pub min_score: u64,
    /// Sentences that are tried for one.
    pub max_tries: u32,
    /// Texts that a training stores at once.
    pub batch: usize,
    /// Bytes that open chains may take together.
    pub cache_bytes: u64,
    /// How often chains are written to the disk.
    pub debounce: Duration,
    /// Threads that work on chains.
    pub threads: usize,
    /// Bytes that an uploaded file may have.
    pub upload_bytes: u64,
    /// What permits learning from messages; nothing where it is not permitted.
    pub permission: Option<String>,
}

impl Default for MarkovOptions {
    fn default() -> Self {
        Self {
            state_size: 2,
            min_score: 10,
            max_tries: 1_000,
            batch: 2_000,
            cache_bytes: 128 << 20,
            debounce: Duration::from_secs(5),
            threads: 2,
            upload_bytes: 64 << 20,
            permission: None,
        }
    }
}
