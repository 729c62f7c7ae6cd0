//! Tokens and their texts. Tokens are numbered by use, the most frequent is 1; equals by their text.

use std::ops::Range;

use super::ChainFile;
use crate::{
    bits::Packed,
    format::{COUNT_ENTRY, Section, WORD_BLOCK},
    varint,
};

impl ChainFile {
    /// The text of a token. Constant time: at most 15 others are passed over.
    pub(crate) fn word(&self, token: u32) -> Option<&str> {
        std::str::from_utf8(self.word_bytes(token)?).ok()
    }

    fn word_bytes(&self, token: u32) -> Option<&[u8]> {
        let index = u64::from(token.checked_sub(1)?);
        if index >= self.header.words {
            return None;
        }
        let blocks = Packed::new(self.section(Section::WordBlocks), self.header.word_block_width());
        let mut at = usize::try_from(blocks.get(index / WORD_BLOCK)?).ok()?;
        let words = self.section(Section::Words);
        let mut ahead = index % WORD_BLOCK;
        loop {
            let (len, start) = varint::read(words, at)?;
            let end = start.checked_add(usize::try_from(len).ok()?)?;
            if ahead == 0 {
                return words.get(start..end);
            }
            ahead -= 1;
            at = end;
        }
    }

    /// The token of a text. Logarithmic in the number of tokens.
    pub(crate) fn token(&self, text: &str) -> Option<u32> {
        let at = self.first_sorted(|word| word < text.as_bytes());
        let token = self.sorted(at)?;
        (self.word_bytes(token)? == text.as_bytes()).then_some(token)
    }

    /// Where the tokens that begin with `prefix` are among the sorted ones. Logarithmic.
    pub(crate) fn prefixed(&self, prefix: &str) -> Range<u64> {
        let prefix = prefix.as_bytes();
        let start = self.first_sorted(|word| word < prefix);
        start..self.first_sorted(|word| word < prefix || word.starts_with(prefix))
    }

    /// The token at this place in the order of texts.
    pub(crate) fn sorted(&self, index: u64) -> Option<u32> {
        if index >= self.header.words {
            return None;
        }
        let sorted = Packed::new(self.section(Section::Sorted), self.header.token_width());
        u32::try_from(sorted.get(index)?).ok()
    }

    fn first_sorted(&self, before: impl Fn(&[u8]) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.header.words);
        while low < high {
            let middle = low.midpoint(high);
            let word = self.sorted(middle).and_then(|token| self.word_bytes(token)).unwrap_or_default();
            if before(word) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The first rank of a token's occurrences, and how many there are. Logarithmic in the number of
    /// different counts, of which there are few.
    pub(crate) fn bucket(&self, token: u32) -> Option<(u64, u64)> {
        let entries = self.section(Section::Counts).as_chunks::<COUNT_ENTRY>().0;
        let field = |entry: &[u8; COUNT_ENTRY], at: usize| {
            u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
        };
        let behind = entries.partition_point(|entry| field(entry, 4) <= token);
        let entry = entries.get(behind.checked_sub(1)?)?;
        let count = u64::from(field(entry, 0));
        let first = u64::from(field(entry, 8)) + u64::from(token - field(entry, 4)) * count;
        (u64::from(token) <= self.header.words && token > 0).then_some((first, count))
    }
}
