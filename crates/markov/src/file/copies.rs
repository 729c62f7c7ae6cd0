//! Looks for a message by its content. Beginnings are ordered by a hash of the message, which is as good as
//! random, so that its place can nearly be calculated.

use super::States;
use crate::build::{START_HASH, start_hash};

impl<'a> States<'a> {
    /// The messages with exactly these bytes. About three guesses, whatever the number of messages.
    pub(crate) fn copies<'m>(&self, message: &'m [u8]) -> impl Iterator<Item = usize> + use<'a, 'm> {
        let wanted = start_hash(message);
        let first = self.first_start(wanted);
        let states = *self;
        (first..self.messages())
            .map_while(move |index| states.message_from(index))
            .take_while(move |(_, bytes)| start_hash(bytes) == wanted)
            .filter(move |(_, bytes)| *bytes == message)
            .map(|(start, _)| start)
    }

    /// The beginning with this index, and the bytes of its message.
    fn message_from(&self, index: u64) -> Option<(usize, &'a [u8])> {
        let start = usize::try_from(self.starts().get(index)?).ok()?;
        let rest = self.corpus().get(start + 1..)?;
        Some((start, &rest[..memchr::memchr(0, rest)?]))
    }

    fn first_start(&self, wanted: u64) -> u64 {
        let (mut low, mut high) = (0, self.messages());
        let (mut low_hash, mut high_hash) = (0, 1 << START_HASH);
        let mut guesses = 0;
        while low < high {
            // Halving now and then keeps the search logarithmic where hashes are not spread evenly.
            guesses += 1;
            let middle = if guesses % 4 == 0 || high - low < 4 || high_hash <= low_hash {
                low.midpoint(high)
            } else {
                let share = (wanted.saturating_sub(low_hash)) * (high - low) / (high_hash - low_hash);
                (low + share).min(high - 1)
            };
            let Some((_, bytes)) = self.message_from(middle) else { return high };
            let hash = start_hash(bytes);
            if hash < wanted {
                low = middle + 1;
                low_hash = hash;
            } else {
                high = middle;
                high_hash = hash;
            }
        }
        low
    }
}
