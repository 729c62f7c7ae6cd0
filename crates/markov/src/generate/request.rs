//! What is asked for, and what comes back.

use std::ops::RangeInclusive;

/// How much is told about a sentence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// The text only.
    #[default]
    Text,
    /// Also the messages whose words were used.
    Sources,
    /// Also each step of the way.
    Path,
}

/// What a sentence must be like.
///
/// ```
/// use guildhall_markov::Request;
///
/// // As strict as markov-discord.
/// let request = Request { seed: Some("cats".to_owned()), min_score: 10, refuse_copies: true, ..Request::default() };
/// assert_eq!(request.max_tries, 1000);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Words that the sentence shall contain, anywhere: as they stand if they occur so, otherwise the rarest
    /// of them that is known.
    pub seed: Option<String>,
    /// The least score: the sum over all steps of how many other occurrences could have been followed. A
    /// sentence that follows one message from one end to the other scores nothing.
    pub min_score: u64,
    /// Whether what is exactly a learned message is refused.
    pub refuse_copies: bool,
    /// Bounds on the number of tokens.
    pub tokens: RangeInclusive<usize>,
    /// Bounds on the number of characters.
    pub characters: RangeInclusive<usize>,
    /// How many sentences are tried before it is given up.
    pub max_tries: u32,
    /// How much is told.
    pub detail: Detail,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            seed: None,
            min_score: 0,
            refuse_copies: false,
            tokens: 1..=1000,
            // The longest message that Discord takes from a bot.
            characters: 1..=2000,
            max_tries: 1000,
            detail: Detail::Text,
        }
    }
}

/// A sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sentence {
    /// What it says.
    pub text: String,
    /// See [`Request::min_score`].
    pub score: u64,
    /// Of how many tokens it is.
    pub tokens: usize,
    /// How many were tried.
    pub tries: u32,
    /// The words of the seed that it contains, if one was given.
    pub seed: Option<String>,
    /// The ids of the messages that were followed, in order; empty with [`Detail::Text`].
    pub sources: Vec<u64>,
    /// Each step; empty but with [`Detail::Path`]. Steps backward from a seed come after those forward.
    pub path: Vec<Step>,
}

/// One step of a chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// The words that were known.
    pub state: String,
    /// The word that followed, or preceded; nothing where the message ended.
    pub token: Option<String>,
    /// Among how many occurrences was chosen.
    pub refs: u64,
    /// Whether the step leads towards the beginning.
    pub backward: bool,
    /// The id of the message that was followed.
    pub message: Option<u64>,
}

/// Why there is no sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSentence {
    /// Nothing is learned.
    #[error("nothing is learned yet")]
    Empty,
    /// No word of the seed is known.
    #[error("no word of the seed is known")]
    UnknownSeed,
    /// Most sentences were learned messages.
    #[error("in {tries} tries most sentences were exact copies of messages")]
    OnlyCopies {
        /// How many were tried.
        tries: u32,
    },
    /// Most sentences scored too low.
    #[error("in {tries} tries most sentences scored too low: too little is learned that resembles another")]
    LowScore {
        /// How many were tried.
        tries: u32,
    },
    /// Most sentences were too short.
    #[error("in {tries} tries most sentences were too short")]
    TooShort {
        /// How many were tried.
        tries: u32,
    },
    /// Most sentences were too long.
    #[error("in {tries} tries most sentences were too long")]
    TooLong {
        /// How many were tried.
        tries: u32,
    },
    /// The file does not hold what it should.
    #[error("the chain's file is damaged")]
    Damaged,
}
