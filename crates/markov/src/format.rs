//! The layout of a chain's file: a header, then sections one after the other. All numbers are little-endian.
//! The documentation of the project describes it for those who read it with other programs (docs/markov.md).

use xxhash_rust::xxh3::xxh3_64;

use crate::{
    bits::{packed_len, width_of},
    error::FileError,
};

pub(crate) const MAGIC: [u8; 8] = *b"GHMARKOV";
pub(crate) const VERSION: u32 = 1;

/// Room for the header; the first section begins behind it.
pub(crate) const HEADER: usize = 1024;

/// Positions in the corpus are kept as the number of the cell of 2^this bytes that they lie in: as much as a
/// processor fetches at once.
pub(crate) const CELL: u32 = 6;

/// Bits of a state's hash that stand in its slot.
pub(crate) const PRINT: u32 = 9;

/// Tokens in one block of the dictionary.
pub(crate) const WORD_BLOCK: u64 = 16;

/// Messages in one block.
pub(crate) const MESSAGE_BLOCK: u64 = 64;

/// Bytes of one entry of the table of blocks of messages: first id, places in the provenance and the corpus.
pub(crate) const BLOCK_ENTRY: usize = 24;

/// Bytes of one entry of the table of counts: uses, first token, first rank.
pub(crate) const COUNT_ENTRY: usize = 12;

/// Bytes of one twin: its tokens and its first rank.
pub(crate) const TWIN_ENTRY: usize = 20;

/// The sections in the order in which they stand in the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
pub(crate) enum Section {
    /// Messages as tokens, each after a zero byte, and a zero byte at the end.
    Corpus,
    /// Id, author and channel of each message.
    Provenance,
    /// Where each block of messages begins.
    Blocks,
    /// Authors, the most frequent first.
    Authors,
    /// Channels, the most frequent first.
    Channels,
    /// The text of each token.
    Words,
    /// Where each block of tokens begins.
    WordBlocks,
    /// Tokens in the order of their text.
    Sorted,
    /// How often tokens are used, and where their occurrences begin.
    Counts,
    /// The cell of each occurrence, ordered by state.
    Cells,
    /// Where a new state begins among the occurrences.
    Bounds,
    /// Hash table from state to its first occurrence.
    Slots,
    /// States that the hash table cannot tell apart.
    Twins,
    /// Where messages begin, ordered by their content.
    Starts,
}

pub(crate) const SECTIONS: usize = 14;

/// Every section.
pub(crate) const ALL: [Section; SECTIONS] = [
    Section::Corpus,
    Section::Provenance,
    Section::Blocks,
    Section::Authors,
    Section::Channels,
    Section::Words,
    Section::WordBlocks,
    Section::Sorted,
    Section::Counts,
    Section::Cells,
    Section::Bounds,
    Section::Slots,
    Section::Twins,
    Section::Starts,
];

impl Section {
    const fn damaged(self) -> &'static str {
        match self {
            Self::Corpus => "the section of the messages",
            Self::Provenance | Self::Blocks => "the section of the ids of messages",
            Self::Authors => "the section of the authors",
            Self::Channels => "the section of the channels",
            Self::Words | Self::WordBlocks | Self::Sorted | Self::Counts => "the section of the dictionary",
            Self::Cells | Self::Bounds | Self::Slots | Self::Twins => "the section of the states",
            Self::Starts => "the section of the beginnings",
        }
    }
}

/// Where a section is, and its checksum.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Place {
    /// From the start of the file.
    pub(crate) offset: u64,
    /// Without the padding to eight bytes.
    pub(crate) len: u64,
    /// XXH3 of the section and its padding.
    pub(crate) hash: u64,
}

/// What the header says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Header {
    pub(crate) order: u8,
    /// Whether the file holds states, or only messages that are to become a chain.
    pub(crate) whole: bool,
    pub(crate) messages: u64,
    /// Distinct tokens.
    pub(crate) words: u64,
    /// Tokens in all messages.
    pub(crate) positions: u64,
    /// Distinct states, without that of the beginning.
    pub(crate) states: u64,
    /// States that occur more than once.
    pub(crate) shared: u64,
    /// Places of the hash table where a search may begin.
    pub(crate) homes: u64,
    /// Places of the hash table.
    pub(crate) slots: u64,
    pub(crate) places: [Place; SECTIONS],
}

impl Header {
    pub(crate) fn corpus(&self) -> u64 {
        self.places[Section::Corpus as usize].len
    }

    pub(crate) fn start_width(&self) -> u32 {
        width_of(self.corpus())
    }

    pub(crate) fn cell_width(&self) -> u32 {
        width_of(self.corpus() >> CELL)
    }

    pub(crate) const fn rank_width(&self) -> u32 {
        width_of(self.positions)
    }

    /// A slot: rank plus one, print of the hash, whether there are twins.
    pub(crate) const fn slot_width(&self) -> u32 {
        self.rank_width() + PRINT + 1
    }

    pub(crate) const fn token_width(&self) -> u32 {
        width_of(self.words)
    }

    pub(crate) fn word_block_width(&self) -> u32 {
        width_of(self.places[Section::Words as usize].len)
    }

    fn numbers(&self) -> [u64; 9] {
        [
            u64::from(self.order),
            u64::from(self.whole),
            self.messages,
            self.words,
            self.positions,
            self.states,
            self.shared,
            self.homes,
            self.slots,
        ]
    }

    /// The header as it stands in the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&CELL.to_le_bytes());
        for number in self.numbers() {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for place in &self.places {
            for number in [place.offset, place.len, place.hash] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
        }
        bytes.resize(HEADER - 8, 0);
        let hash = xxh3_64(&bytes);
        bytes.extend_from_slice(&hash.to_le_bytes());
        bytes
    }

    /// Reads and checks a header; that sections have the size that the counts ask for is part of it, so that
    /// a search in them stays within them.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, FileError> {
        let Some(head) = bytes.first_chunk::<HEADER>() else {
            let start = &bytes[..bytes.len().min(8)];
            let ours = MAGIC.starts_with(start) && !start.is_empty();
            return Err(if ours {
                FileError::Damaged("the file ends within its header")
            } else {
                FileError::Foreign
            });
        };
        if head[..8] != MAGIC {
            return Err(FileError::Foreign);
        }
        let number = |index: usize| {
            let at = 16 + index * 8;
            u64::from_le_bytes(head[at..at + 8].try_into().unwrap_or_default())
        };
        let half = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap_or_default());
        // A later version may have another checksum, so it is told first.
        if half(8) != VERSION {
            return Err(FileError::Version(half(8)));
        }
        if xxh3_64(&head[..1016]).to_le_bytes() != head[1016..] || half(12) != CELL {
            return Err(FileError::Damaged("the header"));
        }
        let mut places = [Place::default(); SECTIONS];
        for (index, place) in places.iter_mut().enumerate() {
            let at = 9 + index * 3;
            *place = Place { offset: number(at), len: number(at + 1), hash: number(at + 2) };
        }
        let header = Self {
            order: u8::try_from(number(0)).unwrap_or(0),
            whole: number(1) == 1,
            messages: number(2),
            words: number(3),
            positions: number(4),
            states: number(5),
            shared: number(6),
            homes: number(7),
            slots: number(8),
            places,
        };
        header.check(bytes.len() as u64)?;
        Ok(header)
    }

    fn check(&self, size: u64) -> Result<(), FileError> {
        if !(1..=4).contains(&self.order) {
            return Err(FileError::Damaged("the header names an order that does not exist"));
        }
        let mut end = HEADER as u64;
        for place in &self.places {
            if place.offset != end {
                return Err(FileError::Damaged("the header places sections wrongly"));
            }
            end = place
                .len
                .checked_next_multiple_of(8)
                .and_then(|len| end.checked_add(len))
                .unwrap_or(u64::MAX);
        }
        if end != size {
            return Err(FileError::Damaged("the file is not as long as its header says"));
        }
        let len = |section: Section| Some(self.places[section as usize].len);
        let entries = |count: u64, bytes: usize| count.checked_mul(bytes as u64);
        let multiple =
            |section: Section, bytes: usize| self.places[section as usize].len.is_multiple_of(bytes as u64);
        let whole = |bytes: Option<u64>| if self.whole { bytes } else { Some(0) };
        let many = |bytes: Option<u64>| if self.order > 1 { whole(bytes) } else { Some(0) };
        let sound = len(Section::Blocks) == entries(self.messages.div_ceil(MESSAGE_BLOCK), BLOCK_ENTRY)
            && multiple(Section::Authors, 8)
            && multiple(Section::Channels, 8)
            && multiple(Section::Counts, COUNT_ENTRY)
            && multiple(Section::Twins, TWIN_ENTRY)
            && len(Section::WordBlocks)
                == packed_len(self.words.div_ceil(WORD_BLOCK), self.word_block_width())
            && len(Section::Sorted) == packed_len(self.words, self.token_width())
            && len(Section::Cells) == whole(packed_len(self.positions, self.cell_width()))
            && len(Section::Bounds) == many(packed_len(self.positions, 1))
            && len(Section::Slots) == many(packed_len(self.slots, self.slot_width()))
            && len(Section::Starts) == whole(packed_len(self.messages, self.start_width()))
            && self.homes <= self.slots
            && self.words < u64::from(u32::MAX)
            && self.positions < u64::from(u32::MAX)
            && self.corpus() < 1 << 40;
        if sound { Ok(()) } else { Err(FileError::Damaged("the header's counts do not fit its sections")) }
    }

    /// The bytes of a section.
    pub(crate) fn section<'a>(&self, bytes: &'a [u8], section: Section) -> &'a [u8] {
        let place = self.places[section as usize];
        let range = |start: u64, len: u64| {
            let start = usize::try_from(start).ok()?;
            bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
        };
        range(place.offset, place.len).unwrap_or_default()
    }

    /// Compares every checksum. Reads the whole file.
    pub(crate) fn verify(&self, bytes: &[u8]) -> Result<(), FileError> {
        for section in ALL {
            let place = self.places[section as usize];
            let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
            let len = usize::try_from(place.len.next_multiple_of(8)).unwrap_or(usize::MAX);
            let found = bytes.get(start..).and_then(|rest| rest.get(..len)).map(xxh3_64);
            if found != Some(place.hash) {
                return Err(FileError::Damaged(section.damaged()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_does_not_fit_its_file_is_refused() {
        assert!(matches!(Header::parse(b""), Err(FileError::Foreign)));
        assert!(matches!(Header::parse(b"GHMA"), Err(FileError::Damaged(_))));
        assert!(matches!(Header::parse(&[7; 2000]), Err(FileError::Foreign)));
        let header = Header { order: 9, ..Header::default() };
        assert!(matches!(Header::parse(&header.to_bytes()), Err(FileError::Damaged(_))));
        let mut later = header.to_bytes();
        later[8] = 2;
        assert!(matches!(Header::parse(&later), Err(FileError::Version(2))));
    }
}
