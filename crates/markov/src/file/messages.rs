//! The messages of a chain, ordered by id.

use std::ops::Range;

use super::ChainFile;
use crate::{
    format::{BLOCK_ENTRY, MESSAGE_BLOCK, Section},
    varint,
};

/// Whose a message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Meta {
    pub(crate) id: u64,
    /// Its place among the authors of the file.
    pub(crate) author: u32,
    /// Its place among the channels of the file.
    pub(crate) channel: u32,
}

#[derive(Clone, Copy)]
struct Block {
    first: u64,
    provenance: usize,
    corpus: usize,
}

impl ChainFile {
    fn block(&self, index: u64) -> Option<Block> {
        let blocks = self.section(Section::Blocks).as_chunks::<BLOCK_ENTRY>().0;
        let entry = blocks.get(usize::try_from(index).ok()?)?;
        let number = |at: usize| entry[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        Some(Block {
            first: number(0),
            provenance: usize::try_from(number(8)).ok()?,
            corpus: usize::try_from(number(16)).ok()?,
        })
    }

    /// The last block of which `not_behind` holds.
    fn last_block(&self, not_behind: impl Fn(Block) -> bool) -> Option<(u64, Block)> {
        let (mut low, mut high) = (0, self.header.messages.div_ceil(MESSAGE_BLOCK));
        while low < high {
            let middle = low.midpoint(high);
            if self.block(middle).is_some_and(&not_behind) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let index = low.checked_sub(1)?;
        Some((index, self.block(index)?))
    }

    /// The message that a place in the corpus belongs to. Logarithmic.
    pub(crate) fn message_at(&self, position: usize) -> Option<u64> {
        let (block, start) = self.last_block(|block| block.corpus <= position)?;
        let before = self.corpus().get(start.corpus + 1..position + 1)?;
        Some(block * MESSAGE_BLOCK + memchr::memchr_iter(0, before).count() as u64)
    }

    /// Whose a message is. Passes over at most 63 others.
    pub(crate) fn meta(&self, index: u64) -> Option<Meta> {
        self.cursor_at(index / MESSAGE_BLOCK)?.nth(usize::try_from(index % MESSAGE_BLOCK).ok()?).map(|(meta, _)| meta)
    }

    /// The message with this id and where its tokens are. Logarithmic.
    pub(crate) fn message(&self, id: u64) -> Option<(Meta, Range<usize>)> {
        let (block, _) = self.last_block(|block| block.first <= id)?;
        let mut block = self.cursor_at(block)?.take(usize::try_from(MESSAGE_BLOCK).ok()?);
        block.find(|(meta, _)| meta.id == id)
    }

    /// An author by its place.
    pub(crate) fn author(&self, index: u32) -> Option<u64> {
        self.authors().nth(index as usize)
    }

    /// A channel by its place.
    pub(crate) fn channel(&self, index: u32) -> Option<u64> {
        self.channels().nth(index as usize)
    }

    pub(crate) fn authors(&self) -> impl ExactSizeIterator<Item = u64> {
        self.section(Section::Authors).as_chunks::<8>().0.iter().map(|id| u64::from_le_bytes(*id))
    }

    pub(crate) fn channels(&self) -> impl ExactSizeIterator<Item = u64> {
        self.section(Section::Channels).as_chunks::<8>().0.iter().map(|id| u64::from_le_bytes(*id))
    }

    /// Every message in order.
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        let start = Block { first: 0, provenance: 0, corpus: 0 };
        self.cursor_at(0).unwrap_or_else(|| self.cursor_from(0, self.block(0).unwrap_or(start)))
    }

    fn cursor_at(&self, block: u64) -> Option<Cursor<'_>> {
        Some(self.cursor_from(block * MESSAGE_BLOCK, self.block(block)?))
    }

    fn cursor_from(&self, index: u64, block: Block) -> Cursor<'_> {
        Cursor { file: self, index, provenance: block.provenance, corpus: block.corpus, id: block.first }
    }

    /// The tokens of a stretch of the corpus.
    pub(crate) fn tokens(&self, span: Range<usize>) -> impl Iterator<Item = u32> {
        let bytes = self.corpus().get(span).unwrap_or_default();
        let mut at = 0;
        std::iter::from_fn(move || {
            let (token, last) = varint::token_from(bytes, at)?;
            at = last + 1;
            Some(token)
        })
    }
}

/// Goes through the messages in order. Gives each one's ids and the place of its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    file: &'a ChainFile,
    index: u64,
    provenance: usize,
    /// Of the zero before the message.
    corpus: usize,
    id: u64,
}

impl Iterator for Cursor<'_> {
    type Item = (Meta, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.file.header.messages {
            return None;
        }
        if self.index.is_multiple_of(MESSAGE_BLOCK) {
            // The first of a block counts from the id that the block names, so that a block can be read alone.
            self.id = self.file.block(self.index / MESSAGE_BLOCK)?.first;
        }
        let provenance = self.file.section(Section::Provenance);
        let (step, at) = varint::read(provenance, self.provenance)?;
        let (author, at) = varint::read(provenance, at)?;
        let (channel, at) = varint::read(provenance, at)?;
        let start = self.corpus.checked_add(1)?;
        let end = start + memchr::memchr(0, self.file.corpus().get(start..)?)?;
        self.provenance = at;
        self.corpus = end;
        self.index += 1;
        self.id = self.id.wrapping_add(step);
        let meta =
            Meta { id: self.id, author: u32::try_from(author).ok()?, channel: u32::try_from(channel).ok()? };
        Some((meta, start..end))
    }
}
