//! Writes the file of a chain. Its bytes follow from the messages alone: neither the order in which they
//! were learned nor what was forgotten since leaves a trace.

mod merge;
mod states;
mod vocabulary;
mod writer;

use std::{
    io,
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

pub(crate) use self::{
    merge::{Gone, Source},
    writer::Prepared,
};
use self::{
    merge::{Merge, Uses},
    states::{StateSorter, Written},
    vocabulary::{Ranked, Vocabulary},
    writer::Writer,
};
use crate::{
    bits::{Packer, width_of},
    error::FileError,
    file::write_rows,
    format::{CELL, Header, MESSAGE_BLOCK, Section, WORD_BLOCK},
    scratch::Scratch,
    sort::{Key, Sorter},
    varint,
};

/// How a file is built.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) order: u8,
    /// Whether states are written, or the messages only.
    pub(crate) whole: bool,
    /// Bytes that sorts may use.
    pub(crate) memory: usize,
    pub(crate) threads: usize,
    /// Whether the file is on the disk before it takes its name.
    pub(crate) durable: bool,
    /// Where files without a name are kept that memory has no room for.
    pub(crate) scratch: PathBuf,
}

/// Writes a chain of what `sources` hold but for what is gone, ready to take the place of `target`.
pub(crate) fn prepare(
    target: &Path,
    plan: &Plan,
    sources: &[Source<'_>],
    gone: Option<&Gone<'_>>,
) -> Result<Prepared, FileError> {
    let uses = Uses::count(sources, gone);
    let vocabulary = Vocabulary::merge(sources, &uses.words);
    let sizes = Sizes::new(&vocabulary, &uses, plan)?;
    let build = Build { plan, sources, gone, vocabulary, uses, sizes };
    // As narrow as will do: half the bytes are sorted in half the time.
    if build.sizes.key_bits <= 64 { build.run::<u64>(target) } else { build.run::<u128>(target) }
}

/// What is known before a byte is written.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    positions: u64,
    corpus: u64,
    token_width: u32,
    cell_width: u32,
    key_bits: u32,
}

impl Sizes {
    fn new(vocabulary: &Vocabulary<'_>, uses: &Uses, plan: &Plan) -> Result<Self, FileError> {
        let mut positions = 0_u64;
        let mut corpus = uses.messages + 1;
        for (token, count) in (1_u64..).zip(vocabulary.counts()) {
            positions += u64::from(count);
            corpus += u64::from(count) * u64::from(width_of(token).div_ceil(7));
        }
        if positions >= u64::from(u32::MAX) {
            return Err(FileError::TooLarge("tokens"));
        }
        let token_width = width_of(vocabulary.len() as u64);
        let cell_width = width_of(corpus >> CELL);
        let key_bits = token_width * u32::from(plan.order) + cell_width;
        if key_bits > 128 {
            return Err(FileError::TooLarge("distinct tokens for its order"));
        }
        Ok(Self { positions, corpus, token_width, cell_width, key_bits })
    }
}

struct Build<'a> {
    plan: &'a Plan,
    sources: &'a [Source<'a>],
    gone: Option<&'a Gone<'a>>,
    vocabulary: Vocabulary<'a>,
    uses: Uses,
    sizes: Sizes,
}

/// How many bits of a message's hash order its beginning.
pub(crate) const START_HASH: u32 = 24;
/// The bits below hold the place.
pub(crate) const START_PLACE: u32 = 40;

/// The part of the hash of a message's bytes that orders its beginning.
pub(crate) fn start_hash(message: &[u8]) -> u64 {
    xxh3_64(message) >> START_PLACE
}

impl Build<'_> {
    fn run<K: Key + From<u64> + states::Wide>(&self, target: &Path) -> Result<Prepared, FileError> {
        let mut writer = Writer::create(target).map_err(FileError::at("create", target))?;
        let written =
            self.fill::<K>(&mut writer).and_then(|header| writer.finish(&header, self.plan.durable));
        written.map_err(FileError::at("write", target))
    }

    fn fill<K: Key + From<u64> + states::Wide>(&self, writer: &mut Writer) -> io::Result<Header> {
        let Self { plan, sizes, vocabulary, uses, .. } = self;
        let memory = plan.memory;
        let mut states = StateSorter::<K>::new(plan, sizes, vocabulary);
        let mut starts = Sorter::new(START_PLACE, START_PLACE + START_HASH, memory / 8, &plan.scratch);
        let mut provenance = Scratch::new(memory / 16, &plan.scratch);
        let mut blocks = Scratch::new(memory / 16, &plan.scratch);
        let mut header = Header {
            order: plan.order,
            whole: plan.whole,
            messages: uses.messages,
            words: vocabulary.len() as u64,
            positions: sizes.positions,
            ..Header::default()
        };

        writer.begin(Section::Corpus);
        let authors = Ranked::new(self.sources, &uses.authors, Source::authors);
        let channels = Ranked::new(self.sources, &uses.channels, Source::channels);
        let mut position = 0_u64;
        let mut count = 0_u64;
        let mut rows: Vec<[u64; 3]> = Vec::new();
        let mut message = Vec::new();
        let mut merge = Merge::new(self.sources, self.gone);
        while let Some(found) = merge.next_kept() {
            message.clear();
            let map = &vocabulary.maps[found.source];
            let mut window = K::default();
            merge.tokens(&found, |token| {
                let token = map[token as usize];
                varint::write(u64::from(token), &mut message);
                if plan.whole {
                    let end = position + message.len() as u64;
                    window = states.push(window, token, end >> CELL)?;
                }
                Ok(())
            })?;
            if plan.whole {
                starts.push(start_hash(&message) << START_PLACE | position)?;
            }
            if rows.len() as u64 == MESSAGE_BLOCK {
                write_rows(&rows, provenance.buffer());
                provenance.settle()?;
                rows.clear();
            }
            if rows.is_empty() {
                for number in [found.id, provenance.len(), position] {
                    blocks.buffer().extend_from_slice(&number.to_le_bytes());
                }
                blocks.settle()?;
            }
            let author = authors.maps[found.source][found.author as usize];
            let channel = channels.maps[found.source][found.channel as usize];
            rows.push([found.id, u64::from(author), u64::from(channel)]);
            count += 1;
            writer.put(&[0])?;
            writer.put(&message)?;
            position += 1 + message.len() as u64;
        }
        write_rows(&rows, provenance.buffer());
        writer.put(&[0])?;
        debug_assert_eq!(
            (position + 1, count),
            (sizes.corpus, uses.messages),
            "what was counted is what came"
        );
        writer.end(&mut header)?;

        writer.section(Section::Provenance, &mut header, |out| provenance.drain(|part| out.put(part)))?;
        writer.section(Section::Blocks, &mut header, |out| blocks.drain(|part| out.put(part)))?;
        for (section, ranked) in [(Section::Authors, &authors), (Section::Channels, &channels)] {
            writer.section(section, &mut header, |out| {
                ranked.ids.iter().try_for_each(|id| out.put(&id.to_le_bytes()))
            })?;
        }
        self.dictionary(writer, &mut header)?;
        let Written { states, shared, homes, slots } = states.write(writer, &mut header)?;
        header.states = states;
        header.shared = shared;
        header.homes = homes;
        header.slots = slots;
        writer.section(Section::Starts, &mut header, |out| {
            if !plan.whole {
                return Ok(());
            }
            let mut packer = Packer::new(width_of(sizes.corpus), |part: &[u8]| out.put(part));
            starts.drain(|key| packer.push(key & ((1 << START_PLACE) - 1)))?;
            packer.finish()
        })?;
        Ok(header)
    }

    fn dictionary(&self, writer: &mut Writer, header: &mut Header) -> io::Result<()> {
        let vocabulary = &self.vocabulary;
        let mut blocks = Vec::new();
        let mut length = Vec::new();
        let mut at = 0;
        writer.section(Section::Words, header, |out| {
            for (index, word) in (0_u64..).zip(vocabulary.texts()) {
                if index.is_multiple_of(WORD_BLOCK) {
                    blocks.push(at);
                }
                length.clear();
                varint::write(word.len() as u64, &mut length);
                out.put(&length)?;
                out.put(word)?;
                at += (length.len() + word.len()) as u64;
            }
            Ok(())
        })?;
        writer.section(Section::WordBlocks, header, |out| {
            let mut packer = Packer::new(width_of(at), |part: &[u8]| out.put(part));
            blocks.iter().try_for_each(|&block| packer.push(block))?;
            packer.finish()
        })?;
        writer.section(Section::Sorted, header, |out| {
            let mut packer = Packer::new(self.sizes.token_width, |part: &[u8]| out.put(part));
            vocabulary.sorted().try_for_each(|token| packer.push(u64::from(token)))?;
            packer.finish()
        })?;
        writer.section(Section::Counts, header, |out| {
            let mut rank = 0_u32;
            let mut previous = 0;
            for (token, count) in (1_u32..).zip(vocabulary.counts()) {
                if count != previous {
                    for number in [count, token, rank] {
                        out.put(&number.to_le_bytes())?;
                    }
                    previous = count;
                }
                rank += count;
            }
            Ok(())
        })
    }
}
