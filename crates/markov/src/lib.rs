//! Markov chains over chat.
//!
//! A [`Trainer`] makes one compact file of any number of messages, a [`Chain`] opens it in constant time,
//! writes sentences from it, learns and forgets. What a file holds follows from its messages alone: forgetting
//! one leaves, byte for byte, the file that never saw it.
//!
//! ```
//! use guildhall_markov::{Chain, Message, Request, Training};
//!
//! let folder = tempfile::tempdir()?;
//! let chain = Chain::open(&folder.path().join("guild.markov"), Training::default())?;
//! for (id, text) in [(1, "cats sleep all day"), (2, "dogs sleep all night"), (3, "owls wake all night")] {
//!     chain.learn(&Message { id, author: 7, channel: 9, text })?;
//! }
//! let request = Request { seed: Some("cats".to_owned()), refuse_copies: true, ..Request::default() };
//! assert_eq!(chain.generate(&request, 1)?.text, "cats sleep all night");
//!
//! chain.forget(1)?;
//! assert!(chain.generate(&request, 1).is_err(), "nobody else spoke of cats");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it works
//!
//! A state is not a table of what follows but a range of its occurrences in the corpus, and a step goes to one
//! of them by chance: each as likely as any other, so that what follows has exactly its share. That takes one
//! choice whatever the number of followers, needs no weights, works in both directions, and knows from which
//! message every word comes. `docs/markov.md` describes the file and compares the ways of sampling.

mod bits;
mod build;
mod cache;
mod chain;
mod complete;
mod draw;
mod error;
mod file;
mod format;
mod generate;
mod interner;
mod journal;
mod map;
mod overlay;
mod run;
mod scratch;
mod sort;
pub mod synthetic;
mod tokenizer;
mod trainer;
mod varint;
mod view;

pub use cache::{CacheLimits, CacheStats, Chains, Pool};
pub use chain::{Chain, Keep, Stats};
pub use complete::Candidate;
pub use error::FileError;
pub use generate::{Detail, NoSentence, Request, Sentence, Step};
pub use journal::Recovery;
pub use trainer::{Trainer, Training};

/// A message to learn from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Message<'a> {
    /// Its id. A message with the same id takes its place.
    pub id: u64,
    /// Who wrote it.
    pub author: u64,
    /// Where it was written.
    pub channel: u64,
    /// What it says.
    pub text: &'a str,
}
