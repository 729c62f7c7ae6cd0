//! The messages of a chain, ordered by id.

use std::ops::Range;

use super::ChainFile;
use crate::{
    bits::{Fields, field},
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
        self.cursor_at(index / MESSAGE_BLOCK)?
            .nth(usize::try_from(index % MESSAGE_BLOCK).ok()?)
            .map(|(meta, _)| meta)
    }

    /// The message with this id and where its tokens are. Logarithmic.
    pub(crate) fn message(&self, id: u64) -> Option<(Meta, Range<usize>)> {
        let (block, _) = self.last_block(|block| block.first <= id)?;
        let mut block = self.cursor_at(block)?.take(usize::try_from(MESSAGE_BLOCK).ok()?);
        block.find(|(meta, _)| meta.id == id)
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
        Cursor { file: self, index, corpus: block.corpus, id: block.first, rows: Rows::default() }
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

/// The ids of one block: three widths, then for each message its id's distance from the one before, its
/// author's place and its channel's, in as many bits as the greatest of the block needs.
#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    /// Of the next row.
    bit: usize,
    widths: [u32; 3],
}

impl Rows {
    fn open(provenance: &[u8], at: usize) -> Option<Self> {
        let widths = provenance.get(at..)?.first_chunk::<3>()?.map(u32::from);
        widths.iter().all(|&width| width <= 64).then_some(Self { bit: (at + 3) * 8, widths })
    }

    fn next(&mut self, provenance: &[u8]) -> Option<[u64; 3]> {
        let mut row = [0; 3];
        for (number, width) in row.iter_mut().zip(self.widths) {
            *number = field(provenance, self.bit, width)?;
            self.bit += width as usize;
        }
        Some(row)
    }
}

/// Writes the ids of one block of messages: id, author's place, channel's place.
pub(crate) fn write_rows(rows: &[[u64; 3]], out: &mut Vec<u8>) {
    let Some(&[mut last, ..]) = rows.first() else { return };
    let mut greatest = [0; 3];
    let mut steps = Vec::with_capacity(rows.len());
    for &[id, author, channel] in rows {
        let step = [id - last, author, channel];
        last = id;
        for (greatest, number) in greatest.iter_mut().zip(step) {
            *greatest |= number;
        }
        steps.push(step);
    }
    let widths = greatest.map(|number: u64| u64::BITS - number.leading_zeros());
    out.extend(widths.iter().filter_map(|&width| u8::try_from(width).ok()));
    let mut fields = Fields::default();
    for (number, width) in steps.iter().flat_map(|step| step.iter().zip(widths)) {
        fields.push(*number, width, out);
    }
    fields.finish(out);
}

/// Goes through the messages in order. Gives each one's ids and the place of its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    file: &'a ChainFile,
    index: u64,
    /// Of the zero before the message.
    corpus: usize,
    id: u64,
    rows: Rows,
}

impl Iterator for Cursor<'_> {
    type Item = (Meta, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.file.header.messages {
            return None;
        }
        let provenance = self.file.section(Section::Provenance);
        if self.index.is_multiple_of(MESSAGE_BLOCK) {
            let block = self.file.block(self.index / MESSAGE_BLOCK)?;
            // The first of a block counts from the id that the block names, so that a block can be read alone.
            self.id = block.first;
            self.rows = Rows::open(provenance, block.provenance)?;
        }
        let [step, author, channel] = self.rows.next(provenance)?;
        let start = self.corpus.checked_add(1)?;
        let end = start + memchr::memchr(0, self.file.corpus().get(start..)?)?;
        self.corpus = end;
        self.index += 1;
        self.id = self.id.wrapping_add(step);
        let meta =
            Meta { id: self.id, author: u32::try_from(author).ok()?, channel: u32::try_from(channel).ok()? };
        Some((meta, start..end))
    }
}
