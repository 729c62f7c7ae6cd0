//! The section `markov`: random sentences.

use schemars::JsonSchema;
use serde::Deserialize;

/// Random sentences in the manner of a server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Markov {
    /// What permits learning from messages, in your own words: when Discord allowed it, and under which number.
    /// Without it only uploaded texts are learned. Discord forbids to train models on message content without its
    /// express permission, so that nobody but you can say that you have it.
    pub(crate) learning_permission: Option<String>,
    /// Words of a state, 1 to 4. More make sentences more sensible and less surprising. After a change chains are
    /// made anew.
    pub(crate) state_size: u8,
    /// The score that a sentence should have. Where a server has nothing of the kind, a lower one will do.
    pub(crate) min_score: u32,
    /// Sentences that are tried for one.
    pub(crate) max_tries: u32,
    /// Texts that a training stores at once.
    pub(crate) batch_size: u32,
    /// Megabytes that open chains may take together. The least recently used are closed first.
    pub(crate) cache_megabytes: u32,
    /// Milliseconds after which what a chain has learned is on the disk.
    pub(crate) save_debounce_ms: u32,
    /// Threads that work on chains.
    pub(crate) threads: u32,
    /// Megabytes that a file for `/train` may have.
    pub(crate) upload_megabytes: u32,
}

impl Default for Markov {
    fn default() -> Self {
        Self {
            learning_permission: None,
            state_size: 2,
            min_score: 10,
            max_tries: 1_000,
            batch_size: 2_000,
            cache_megabytes: 128,
            save_debounce_ms: 5_000,
            threads: 2,
            upload_megabytes: 64,
        }
    }
}

impl Markov {
    /// The setting with a value that cannot be used, and what would be right.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let checks = [
            (!(1..=4).contains(&self.state_size), "markov.state_size", "use a number from 1 to 4"),
            (!(1..=100_000).contains(&self.max_tries), "markov.max_tries", "use a number from 1 to 100000"),
            (
                !(100..=10_000).contains(&self.batch_size),
                "markov.batch_size",
                "use a number from 100 to 10000",
            ),
            (
                !(1..=1_000_000).contains(&self.cache_megabytes),
                "markov.cache_megabytes",
                "use a number from 1 to 1000000",
            ),
            (
                !(100..=600_000).contains(&self.save_debounce_ms),
                "markov.save_debounce_ms",
                "use a number from 100 to 600000",
            ),
            (!(1..=64).contains(&self.threads), "markov.threads", "use a number from 1 to 64"),
            (
                !(1..=500).contains(&self.upload_megabytes),
                "markov.upload_megabytes",
                "use a number from 1 to 500: Discord takes no larger files from anybody",
            ),
            (
                self.learning_permission.as_ref().is_some_and(|words| words.trim().is_empty()),
                "markov.learning_permission",
                "say when and how Discord allowed it, or leave the setting out",
            ),
        ];
        checks.into_iter().find(|(wrong, ..)| *wrong).map(|(_, key, reason)| (key, reason))
    }
}
