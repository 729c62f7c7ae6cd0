//! States and their occurrences.
//!
//! Every position of the corpus is an occurrence of the state that ends there. Occurrences are ordered by
//! state, so that those of one state are a range of *ranks*. A rank leads to a *cell* of the corpus, within
//! which the occurrences of the state are searched. States that occur once are in no table: whoever comes
//! from the corpus stands on their only occurrence.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::{ChainFile, LONGEST, Window};
use crate::{
    bits::Packed,
    draw::Draw,
    format::{CELL, PRINT, Section, TWIN_ENTRY},
    varint,
};

/// The upper half of a state's hash: its place in the table and its print follow from it.
pub(crate) fn hash_of(window: &Window) -> u32 {
    let mut bytes = [0; LONGEST * 4];
    for (bytes, token) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(window) {
        *bytes = token.to_le_bytes();
    }
    (xxh3_64(&bytes) >> 32) as u32
}

/// Where the search for a hash begins in a table with this many homes.
pub(crate) fn home_of(hash: u32, homes: u64) -> u64 {
    (u64::from(hash) * homes) >> 32
}

/// The part of a hash that stands in the slot.
pub(crate) const fn print_of(hash: u32) -> u64 {
    (hash & ((1 << PRINT) - 1)) as u64
}

/// The states of a file with everything at hand that a step needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States<'a> {
    file: &'a ChainFile,
    corpus: &'a [u8],
    cells: Packed<'a>,
    slots: Packed<'a>,
    bounds: &'a [u8],
    order: usize,
}

impl ChainFile {
    pub(crate) fn states(&self) -> States<'_> {
        States {
            file: self,
            corpus: self.corpus(),
            cells: Packed::new(self.section(Section::Cells), self.header.cell_width()),
            slots: Packed::new(self.section(Section::Slots), self.header.slot_width()),
            bounds: self.section(Section::Bounds),
            order: self.order(),
        }
    }
}

impl<'a> States<'a> {
    pub(crate) const fn order(&self) -> usize {
        self.order
    }

    pub(crate) const fn corpus(&self) -> &'a [u8] {
        self.corpus
    }

    /// The state that ends at a position.
    pub(crate) fn window(&self, position: usize) -> Option<Window> {
        let mut window = Window::default();
        let mut at = position;
        for token in window.iter_mut().take(self.order) {
            let (found, start) = varint::token_until(self.corpus, at)?;
            if found == 0 {
                break;
            }
            *token = found;
            at = start.checked_sub(1)?;
        }
        Some(window)
    }

    /// The ranks of a state that occurs more than once. Constant time on average.
    pub(crate) fn shared(&self, window: &Window) -> Option<Range<u64>> {
        self.look_up(window, |ranks, sure| (sure || self.occurs_twice(ranks.start, window)).then_some(ranks))
    }

    /// A random occurrence of a state that occurs more than once, each as likely as any other, and how many
    /// there are. What is looked at to be sure of the state is the occurrence itself and one beside it, because
    /// each further one is another wait for memory.
    #[inline]
    pub(crate) fn pick(&self, window: &Window, draw: &mut Draw) -> Option<(usize, u64)> {
        self.look_up(window, |ranks, sure| {
            // A damaged file may name a rank beyond the last.
            let count = ranks.end.checked_sub(ranks.start)?;
            let rank = ranks.start + draw.below(count);
            let pair = rank.min(ranks.end.saturating_sub(2));
            let position = (sure || self.occurs_twice(pair, window))
                .then(|| self.occurrence_at(rank, window, self.order, draw))?;
            Some((position?, count))
        })
    }

    /// What `found` makes of the ranks of a state. Unless it is told that they surely are the state's, it must
    /// see for itself, and find nothing where they are not.
    #[inline]
    fn look_up<T>(&self, window: &Window, mut found: impl FnMut(Range<u64>, bool) -> Option<T>) -> Option<T> {
        if self.order == 1 {
            let (first, count) = self.file.bucket(window[0])?;
            return if count > 1 { found(first..first + count, true) } else { None };
        }
        let header = self.file.header();
        let hash = hash_of(window);
        let mut slot = home_of(hash, header.homes);
        while slot < header.slots {
            let entry = self.slots.get(slot)?;
            let rank = (entry >> (PRINT + 1)).checked_sub(1)?;
            if entry >> 1 & ((1 << PRINT) - 1) == print_of(hash) {
                if entry & 1 == 1 {
                    return self.twin(window).and_then(|rank| found(rank..self.end(rank), true));
                }
                if let Some(found) = found(rank..self.end(rank), false) {
                    return Some(found);
                }
            }
            slot += 1;
        }
        None
    }

    /// Whether both this rank and the next can be of the state. Of a state that occurs once they cannot, and
    /// two states that occur more often and share a print are twins.
    fn occurs_twice(&self, rank: u64, window: &Window) -> bool {
        let (Some(cell), Some(next)) = (self.cells.get(rank), self.cells.get(rank + 1)) else { return false };
        let wanted = if cell == next { 2 } else { 1 };
        self.matches(cell, *window, self.order).take(wanted).count() == wanted
            && (cell == next || self.matches(next, *window, self.order).next().is_some())
    }

    fn twin(&self, window: &Window) -> Option<u64> {
        let twins = self.file.section(Section::Twins).as_chunks::<TWIN_ENTRY>().0;
        let read = |entry: &[u8; TWIN_ENTRY]| {
            let mut numbers = [0; LONGEST + 1];
            for (number, bytes) in numbers.iter_mut().zip(entry.as_chunks::<4>().0) {
                *number = u32::from_le_bytes(*bytes);
            }
            numbers
        };
        let at = twins.binary_search_by(|entry| read(entry)[..LONGEST].cmp(window)).ok()?;
        Some(u64::from(read(&twins[at])[LONGEST]))
    }

    /// Where the state that begins at this rank ends. Linear in the state's occurrences, 64 at a time.
    fn end(&self, rank: u64) -> u64 {
        let positions = self.file.header().positions;
        let mut at = rank + 1;
        while at < positions {
            let Some(word) = usize::try_from(at / 64 * 8)
                .ok()
                .and_then(|byte| self.bounds.get(byte..))
                .and_then(|rest| rest.first_chunk::<8>())
            else {
                return positions;
            };
            let word = u64::from_le_bytes(*word) >> (at % 64);
            if word != 0 {
                return (at + u64::from(word.trailing_zeros())).min(positions);
            }
            at = (at / 64 + 1) * 64;
        }
        positions
    }

    /// A random occurrence of the state among these ranks; each is as likely as any other.
    #[inline]
    pub(crate) fn occurrence(&self, ranks: &Range<u64>, window: &Window, draw: &mut Draw) -> Option<usize> {
        let rank = ranks.start + draw.below(ranks.end - ranks.start);
        self.occurrence_at(rank, window, self.order, draw)
    }

    /// An occurrence in the cell of this rank. Where the cell holds several, as many ranks lead to it, so that
    /// choosing among them by chance keeps each as likely as the others.
    pub(crate) fn occurrence_at(
        &self,
        rank: u64,
        window: &Window,
        depth: usize,
        draw: &mut Draw,
    ) -> Option<usize> {
        let cell = self.cells.get(rank)?;
        let mut matches = self.matches(cell, *window, depth);
        let first = matches.next()?;
        match matches.count() {
            0 => Some(first),
            others => self.matches(cell, *window, depth).nth(draw.index(others + 1)),
        }
    }

    /// Every position in a cell where the first `depth` tokens of a state end.
    pub(crate) fn matches(
        &self,
        cell: u64,
        window: Window,
        depth: usize,
    ) -> impl Iterator<Item = usize> + use<'a> {
        let start = usize::try_from(cell << CELL).unwrap_or(usize::MAX);
        let end = start.saturating_add(1 << CELL).min(self.corpus.len());
        let bytes = self.corpus.get(start..end).unwrap_or_default();
        let states = *self;
        memchr::memchr_iter(last_byte(window[0]), bytes)
            .map(move |at| start + at)
            .filter(move |&position| states.ends_at(position, &window, depth))
    }

    /// Whether the first `depth` tokens of a state end at a position.
    pub(crate) fn ends_at(&self, position: usize, window: &Window, depth: usize) -> bool {
        let mut end = position;
        for (index, &wanted) in window.iter().enumerate().take(depth) {
            let Some((token, start)) = varint::token_until(self.corpus, end) else { return false };
            if token != wanted {
                return false;
            }
            if token == 0 {
                return window[index..depth].iter().all(|&token| token == 0);
            }
            // A message begins behind a zero, so there is something before each token.
            let Some(before) = start.checked_sub(1) else { return false };
            end = before;
        }
        true
    }

    /// The only occurrence of a state that is not shared, or nothing where it does not occur. For those who do
    /// not come from the corpus: logarithmic in the occurrences of its last token, as a rule.
    pub(crate) fn only(&self, window: &Window) -> Option<usize> {
        let (first, count) = self.file.bucket(window[0])?;
        let (mut low, mut high) = (first, first + count);
        // Which state a rank belongs to cannot be told where its cell holds several with the same last token.
        // Such ranks are passed over, until only they are left.
        while low < high {
            let middle = low.midpoint(high);
            let mut decided = None;
            for rank in middle..high {
                match self.compare(rank, window)? {
                    Compared::Found(position) => return Some(position),
                    Compared::Unclear => {}
                    Compared::Before => decided = Some((rank, true)),
                    Compared::Behind => decided = Some((rank, false)),
                }
                if decided.is_some() {
                    break;
                }
            }
            match decided {
                Some((rank, true)) => low = rank + 1,
                // The ranks between the middle and this one were looked at: none of them holds the state.
                Some((_, false)) | None => high = middle,
            }
        }
        None
    }

    fn compare(&self, rank: u64, window: &Window) -> Option<Compared> {
        let cell = self.cells.get(rank)?;
        let (mut before, mut behind) = (false, false);
        for position in self.matches(cell, *window, 1) {
            match self.window(position)?[..self.order].cmp(&window[..self.order]) {
                std::cmp::Ordering::Equal => return Some(Compared::Found(position)),
                std::cmp::Ordering::Less => before = true,
                std::cmp::Ordering::Greater => behind = true,
            }
        }
        Some(match (before, behind) {
            (true, false) => Compared::Before,
            (false, true) => Compared::Behind,
            _ => Compared::Unclear,
        })
    }

    pub(crate) fn cell(&self, rank: u64) -> Option<u64> {
        self.cells.get(rank)
    }

    pub(crate) fn messages(&self) -> u64 {
        self.file.header().messages
    }

    /// Where messages begin, ordered by their content.
    pub(crate) fn starts(&self) -> Packed<'a> {
        let header = self.file.header();
        Packed::new(self.file.section(Section::Starts), header.start_width())
    }
}

enum Compared {
    Found(usize),
    Before,
    Behind,
    Unclear,
}

/// The last byte of a token in the corpus.
const fn last_byte(token: u32) -> u8 {
    let mut rest = token;
    while rest >= 0x80 {
        rest >>= 7;
    }
    (rest & 0x7f) as u8
}
