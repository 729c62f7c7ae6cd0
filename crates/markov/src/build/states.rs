//! Orders the positions of the corpus by state, and writes what leads from a state to its occurrences.

use std::{io, path::PathBuf};

use super::{Plan, Sizes, vocabulary::Vocabulary, writer::Writer};
use crate::{
    bits::{Packer, width_of},
    file::{LONGEST, Window, hash_of, home_of, print_of},
    format::{Header, PRINT, Section, TWIN_ENTRY},
    scratch::Scratch,
    sort::{Key, Sorter},
};

/// What a state's key needs of its number.
pub(super) trait Wide:
    Sized
    + std::ops::Shl<u32, Output = Self>
    + std::ops::Shr<u32, Output = Self>
    + std::ops::BitOr<Output = Self>
    + std::ops::BitAnd<Output = Self>
{
    fn low(self) -> u64;
}

impl Wide for u64 {
    fn low(self) -> u64 {
        self
    }
}

impl Wide for u128 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
    fn low(self) -> u64 {
        self as u64
    }
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) states: u64,
    pub(super) shared: u64,
    pub(super) homes: u64,
    pub(super) slots: u64,
}

/// Gathers positions as keys: the tokens of the state, the last first, and below them the cell.
#[derive(Debug)]
pub(super) struct StateSorter<K> {
    /// Each sorts a range of last tokens, all at the same time.
    parts: Vec<Sorter<K>>,
    /// The first token of each part but the first.
    borders: Vec<u32>,
    order: u32,
    whole: bool,
    token_width: u32,
    cell_width: u32,
    positions: u64,
    memory: usize,
    scratch: PathBuf,
}

impl<K: Key + Wide + From<u64>> StateSorter<K> {
    pub(super) fn new(plan: &Plan, sizes: &Sizes, vocabulary: &Vocabulary<'_>) -> Self {
        let threads = plan.threads.max(1);
        let share = plan.memory / 2 / threads;
        let high = sizes.key_bits;
        let mut parts: Vec<_> =
            (0..threads).map(|_| Sorter::new(sizes.cell_width, high, share, &plan.scratch)).collect();
        let mut borders = Vec::new();
        if plan.whole {
            let goal = sizes.positions / threads as u64 + 1;
            let mut sum = 0;
            for (token, count) in (1_u32..).zip(vocabulary.counts()) {
                if sum >= goal * (borders.len() as u64 + 1) && borders.len() + 1 < threads {
                    borders.push(token);
                }
                sum += u64::from(count);
            }
            let each = usize::try_from(sizes.positions).unwrap_or(usize::MAX) / threads;
            for part in &mut parts {
                part.reserve(each + each / 8 + 16);
            }
        }
        Self {
            parts,
            borders,
            order: u32::from(plan.order),
            whole: plan.whole,
            token_width: sizes.token_width,
            cell_width: sizes.cell_width,
            positions: sizes.positions,
            memory: plan.memory,
            scratch: plan.scratch.clone(),
        }
    }

    /// Takes the next token of a message. Returns the state that it leads to.
    #[inline]
    pub(super) fn push(&mut self, state: K, token: u32, cell: u64) -> io::Result<K> {
        let first = K::from(u64::from(token)) << (self.token_width * (self.order - 1));
        let state = (state >> self.token_width) | first;
        let part = self.borders.iter().take_while(|&&border| border <= token).count();
        self.parts[part].push((state << self.cell_width) | K::from(cell))?;
        Ok(state)
    }

    fn window(&self, state: K) -> Window {
        let mut window = Window::default();
        let mask = (1 << self.token_width) - 1;
        for (index, token) in (0..self.order).zip(&mut window) {
            let bits = (state >> (self.token_width * (self.order - 1 - index))).low() & mask;
            *token = u32::try_from(bits).unwrap_or(0);
        }
        window
    }

    /// Writes the four sections of the states.
    pub(super) fn write(mut self, writer: &mut Writer, header: &mut Header) -> io::Result<Written> {
        if !self.whole {
            for section in [Section::Cells, Section::Bounds, Section::Slots, Section::Twins] {
                writer.section(section, header, |_| Ok(()))?;
            }
            return Ok(Written::default());
        }
        std::thread::scope(|scope| {
            let mut parts = self.parts.iter_mut();
            let own = parts.next();
            for part in parts {
                scope.spawn(|| part.sort());
            }
            own.into_iter().for_each(Sorter::sort);
        });
        let parts = std::mem::take(&mut self.parts);
        let mut bounds = Scratch::new(self.memory / 16, &self.scratch);
        let mut shared = Shared::new(self.memory, &self.scratch);
        let mut written = Written::default();

        writer.begin(Section::Cells);
        let mut cells = Packer::new(self.cell_width, |part: &[u8]| writer.put(part));
        let mut bits = Packer::new(1, |part: &[u8]| {
            bounds.buffer().extend_from_slice(part);
            bounds.settle()
        });
        let cell_mask = (1_u64 << self.cell_width) - 1;
        let mut last = K::default();
        let (mut rank, mut first) = (0_u32, 0_u32);
        for part in parts {
            part.drain(|key| {
                cells.push(key.low() & cell_mask)?;
                let state = key >> self.cell_width;
                // No state is 0: its last token is not.
                bits.push(u64::from(state != last))?;
                if state != last {
                    if rank - first > 1 {
                        shared.push(&self.window(last), first)?;
                    }
                    written.states += 1;
                    last = state;
                    first = rank;
                }
                rank += 1;
                Ok(())
            })?;
        }
        if rank - first > 1 {
            shared.push(&self.window(last), first)?;
        }
        cells.finish()?;
        bits.finish()?;
        writer.end(header)?;

        if self.order == 1 {
            // The dictionary tells as much.
            for section in [Section::Bounds, Section::Slots, Section::Twins] {
                writer.section(section, header, |_| Ok(()))?;
            }
            return Ok(Written { shared: shared.count, ..written });
        }
        writer.section(Section::Bounds, header, |out| bounds.drain(|part| out.put(part)))?;
        let width = width_of(self.positions) + PRINT + 1;
        shared.write(writer, header, width, written)
    }
}

/// States that occur more than once, for the hash table.
struct Shared {
    hashes: Sorter<u64>,
    /// Window and rank of each, in order of rank.
    windows: Scratch,
    count: u64,
}

/// A slot that waits until it is known whether it has twins.
#[derive(Clone, Copy)]
struct Waiting {
    place: u64,
    hash: u32,
    rank: u32,
    twin: bool,
}

impl Shared {
    fn new(memory: usize, folder: &std::path::Path) -> Self {
        Self {
            hashes: Sorter::new(32, 64, memory / 8, folder),
            windows: Scratch::new(memory / 8, folder),
            count: 0,
        }
    }

    fn push(&mut self, window: &Window, rank: u32) -> io::Result<()> {
        self.count += 1;
        self.hashes.push(u64::from(hash_of(window)) << 32 | u64::from(rank))?;
        let bytes = self.windows.buffer();
        for number in window.iter().chain([&rank]) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        self.windows.settle()
    }

    /// Open addressing with linear probing, filled in the order of the hashes: what a place holds does not
    /// depend on anything but the states. The table has a tail instead of a way around.
    fn write(
        self,
        writer: &mut Writer,
        header: &mut Header,
        width: u32,
        mut written: Written,
    ) -> io::Result<Written> {
        let homes = self.count * 5 / 4 + 1;
        let mut twins: Vec<u32> = Vec::new();
        let mut end = 0;
        writer.begin(Section::Slots);
        let mut packer = Packer::new(width, |part: &[u8]| writer.put(part));
        let mut row: Vec<Waiting> = Vec::new();
        self.hashes.drain(|key| {
            let hash = u32::try_from(key >> 32).unwrap_or(u32::MAX);
            let rank = u32::try_from(key & u64::from(u32::MAX)).unwrap_or(u32::MAX);
            let home = home_of(hash, homes);
            if home > end {
                flush(&mut row, &mut packer)?;
                for _ in end..home {
                    packer.push(0)?;
                }
                end = home;
            }
            // A search for this state meets those between its home and its place. One with the same print
            // would be taken for it.
            let met = row.iter_mut().rev().take_while(|met| met.place >= home);
            let mut any = false;
            for met in met.filter(|met| print_of(met.hash) == print_of(hash)) {
                met.twin = true;
                twins.push(met.rank);
                any = true;
            }
            if any {
                twins.push(rank);
            }
            row.push(Waiting { place: end, hash, rank, twin: false });
            end += 1;
            Ok(())
        })?;
        flush(&mut row, &mut packer)?;
        // Homes behind the last state are empty places, too.
        let slots = end.max(homes);
        for _ in end..slots {
            packer.push(0)?;
        }
        packer.finish()?;
        writer.end(header)?;

        twins.sort_unstable();
        twins.dedup();
        let mut wanted = twins.iter().peekable();
        let mut entries: Vec<[u32; LONGEST + 1]> = Vec::new();
        let mut bytes = Vec::new();
        self.windows.drain(|part| {
            bytes.extend_from_slice(part);
            let (records, rest) = bytes.as_chunks::<TWIN_ENTRY>();
            for record in records {
                let mut numbers = [0; LONGEST + 1];
                for (number, bytes) in numbers.iter_mut().zip(record.as_chunks::<4>().0) {
                    *number = u32::from_le_bytes(*bytes);
                }
                if wanted.next_if_eq(&&numbers[LONGEST]).is_some() {
                    entries.push(numbers);
                }
            }
            bytes = rest.to_vec();
            Ok(())
        })?;
        entries.sort_unstable();
        writer.section(Section::Twins, header, |out| {
            entries.iter().flatten().try_for_each(|number| out.put(&number.to_le_bytes()))
        })?;
        written.shared = self.count;
        written.homes = homes;
        written.slots = slots;
        Ok(written)
    }
}

fn flush(row: &mut Vec<Waiting>, packer: &mut Packer<impl FnMut(&[u8]) -> io::Result<()>>) -> io::Result<()> {
    for slot in row.drain(..) {
        packer.push(
            (u64::from(slot.rank) + 1) << (PRINT + 1) | print_of(slot.hash) << 1 | u64::from(slot.twin),
        )?;
    }
    Ok(())
}
