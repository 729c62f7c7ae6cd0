//! Polls in messages.

use serde_json::Value;

use crate::snowflake::{Id, Millis};

/// A poll.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    /// What is asked.
    pub question: String,
    /// What can be answered.
    pub answers: Vec<PollAnswer>,
    /// Whether one user may choose several answers.
    pub multiselect: bool,
    /// When it ends.
    pub ends_at: Millis,
    /// Whether it has ended and its votes are counted.
    pub finalized: bool,
}

/// One answer of a poll.
#[derive(Clone, Debug, Default)]
pub struct PollAnswer {
    /// Its number, from 1.
    pub id: u32,
    /// Its text.
    pub text: String,
    /// Its emoji, as it travels.
    pub emoji: Option<Value>,
    /// Who chose it.
    pub voters: Vec<Id>,
}

impl Poll {
    /// An answer by its number.
    pub fn answer(&self, id: u32) -> Option<&PollAnswer> {
        self.answers.iter().find(|answer| answer.id == id)
    }

    /// Every vote, counted.
    pub fn votes(&self) -> usize {
        self.answers.iter().map(|answer| answer.voters.len()).sum()
    }

    /// The answer with the most votes; none when nobody voted or two are alike.
    pub fn victor(&self) -> Option<&PollAnswer> {
        let best = self.answers.iter().max_by_key(|answer| answer.voters.len())?;
        let most = best.voters.len();
        let alike = self.answers.iter().filter(|answer| answer.voters.len() == most).count();
        (most > 0 && alike == 1).then_some(best)
    }
}
