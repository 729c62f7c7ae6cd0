//! What a chain was made from.

use serde::{Deserialize, Serialize};

use crate::markov::corpus::Corpus;

/// What a chain was made from: a version of the guild's rows, and how.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Made {
    pub(super) version: i64,
    pub(super) generation: i64,
    pub(super) state_size: u8,
}

impl Made {
    pub(super) const fn of(corpus: Corpus, state_size: u8) -> Self {
        Self { version: corpus.version, generation: corpus.generation, state_size }
    }

    /// Whether nothing has changed since.
    pub(super) const fn fits(self, corpus: Corpus) -> bool {
        self.version == corpus.version && self.generation == corpus.generation
    }

    /// Whether what has changed since is told message by message.
    pub(super) const fn leads_to(self, corpus: Corpus) -> bool {
        self.generation == corpus.generation && self.version <= corpus.version
    }
}
