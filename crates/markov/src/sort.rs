//! Sorts more numbers than memory may hold: by radix while they fit, otherwise in runs on disk that are
//! merged.
//!
//! The numbers of one sort come in ascending order of their low bits, so that only the bits above are
//! sorted: a radix sort keeps the order of equals.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use crate::scratch;

/// What can be sorted by its bits.
pub(crate) trait Key: Copy + Default + Ord + Send {
    const BYTES: usize;
    fn digit(self, shift: u32, mask: u16) -> usize;
    fn write(self, out: &mut [u8]);
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! key {
    ($type:ty) => {
        impl Key for $type {
            const BYTES: usize = size_of::<$type>();
            #[inline]
            fn digit(self, shift: u32, mask: u16) -> usize {
                #[expect(clippy::cast_possible_truncation, reason = "the mask keeps the low bits only")]
                let low = (self >> shift) as u16;
                usize::from(low & mask)
            }
            fn write(self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_le_bytes());
            }
            fn read(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, <$type>::from_le_bytes)
            }
        }
    };
}
key!(u64);
key!(u128);

/// The most bits that one pass looks at: 2,048 places fit a processor's nearest cache.
const DIGIT: u32 = 11;

/// Gathers numbers and gives them back in order.
#[derive(Debug)]
pub(crate) struct Sorter<K> {
    buffer: Vec<K>,
    /// How many numbers may be in memory; a sort needs the same again.
    capacity: usize,
    low: u32,
    high: u32,
    runs: Vec<File>,
    folder: PathBuf,
    /// Whether what is in memory is in order.
    sorted: bool,
}

impl<K: Key> Sorter<K> {
    /// Sorts by the bits `low..high`. What does not fit goes to files without a name in `folder`.
    pub(crate) fn new(low: u32, high: u32, memory: usize, folder: &Path) -> Self {
        let capacity = (memory / (2 * K::BYTES)).max(1024);
        Self {
            buffer: Vec::new(),
            capacity,
            low,
            high,
            runs: Vec::new(),
            folder: folder.to_owned(),
            sorted: false,
        }
    }

    /// Room for this many, as far as memory may be used.
    pub(crate) fn reserve(&mut self, numbers: usize) {
        self.buffer.reserve_exact(numbers.min(self.capacity));
    }

    #[inline]
    pub(crate) fn push(&mut self, key: K) -> io::Result<()> {
        if self.buffer.len() == self.capacity {
            self.spill()?;
        }
        self.buffer.push(key);
        self.sorted = false;
        Ok(())
    }

    #[cold]
    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut out = BufWriter::with_capacity(1 << 18, scratch::file(&self.folder)?);
        let mut bytes = [0; 16];
        for key in self.buffer.drain(..) {
            key.write(&mut bytes[..K::BYTES]);
            out.write_all(&bytes[..K::BYTES])?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    /// Sorts what is in memory; the rest is sorted already. Separate from [`Sorter::drain`] so that several
    /// can be sorted at the same time.
    pub(crate) fn sort(&mut self) {
        if !self.sorted {
            radix(&mut self.buffer, self.low, self.high);
            self.sorted = true;
        }
    }

    /// Gives everything in order.
    pub(crate) fn drain(mut self, mut each: impl FnMut(K) -> io::Result<()>) -> io::Result<()> {
        self.sort();
        if self.runs.is_empty() {
            return self.buffer.into_iter().try_for_each(each);
        }
        let mut rest = std::mem::take(&mut self.buffer).into_iter();
        let share = (self.capacity * K::BYTES / (self.runs.len() + 1)).clamp(1 << 12, 1 << 20);
        let mut files: Vec<_> =
            self.runs.drain(..).map(|file| BufReader::with_capacity(share, file)).collect();
        let mut heads = BinaryHeap::new();
        for (index, file) in files.iter_mut().enumerate() {
            heads.extend(next::<K>(file)?.map(|key| Reverse((key, index))));
        }
        heads.extend(rest.next().map(|key| Reverse((key, files.len()))));
        while let Some(mut head) = heads.peek_mut() {
            let Reverse((key, source)) = *head;
            each(key)?;
            let following = match files.get_mut(source) {
                Some(file) => next(file)?,
                None => rest.next(),
            };
            match following {
                Some(key) => *head = Reverse((key, source)),
                None => drop(std::collections::binary_heap::PeekMut::pop(head)),
            }
        }
        Ok(())
    }
}

fn next<K: Key>(file: &mut BufReader<File>) -> io::Result<Option<K>> {
    let mut bytes = [0; 16];
    match file.read_exact(&mut bytes[..K::BYTES]) {
        Ok(()) => Ok(Some(K::read(&bytes[..K::BYTES]))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sorts by the bits `low..high`, lowest digit first; equals keep their order.
fn radix<K: Key>(keys: &mut Vec<K>, low: u32, high: u32) {
    let bits = high - low;
    let passes = bits.div_ceil(DIGIT);
    if keys.len() < 2 || passes == 0 {
        return;
    }
    let width = bits.div_ceil(passes);
    let mask = u16::try_from((1_u32 << width) - 1).unwrap_or(u16::MAX);
    let places = 1_usize << width;
    let mut counts = vec![0_usize; places * passes as usize];
    for &key in keys.iter() {
        for (pass, counts) in (0..passes).zip(counts.chunks_exact_mut(places)) {
            counts[key.digit(low + pass * width, mask)] += 1;
        }
    }
    let mut other = vec![K::default(); keys.len()];
    for (pass, starts) in (0..passes).zip(counts.chunks_exact_mut(places)) {
        if starts.contains(&keys.len()) {
            continue;
        }
        let mut sum = 0;
        for start in starts.iter_mut() {
            sum += std::mem::replace(start, sum);
        }
        let shift = low + pass * width;
        for &key in keys.iter() {
            let start = &mut starts[key.digit(shift, mask)];
            other[*start] = key;
            *start += 1;
        }
        std::mem::swap(keys, &mut other);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<K: Key + std::fmt::Debug>(numbers: &[K], low: u32, high: u32, memory: usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(low, high, memory, folder.path());
        for &number in numbers {
            sorter.push(number).unwrap();
        }
        let mut found = Vec::new();
        sorter
            .drain(|number| {
                found.push(number);
                Ok(())
            })
            .unwrap();
        let mut expected = numbers.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_order_is_that_of_a_sort(high in prop::collection::vec(0_u64..1 << 30, 0..6000), memory in 0_usize..90_000) {
            // The low bits ascend, as they must.
            let numbers: Vec<u64> = high.iter().enumerate().map(|(at, high)| high << 20 | at as u64).collect();
            check(&numbers, 20, 50, memory);
            let wide: Vec<u128> = numbers.iter().map(|&number| u128::from(number) << 60 | 7).collect();
            check(&wide, 80, 110, memory);
        }
    }
}
