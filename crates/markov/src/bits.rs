//! Numbers packed to as many bits as the greatest needs.

use std::io;

/// Zero bytes behind a packed section, so that every number can be read as one word.
pub(crate) const SLACK: usize = 8;

/// How many bits a number needs; at least one.
pub(crate) const fn width_of(greatest: u64) -> u32 {
    let width = u64::BITS - greatest.leading_zeros();
    if width == 0 { 1 } else { width }
}

/// The bytes of a packed section of this many numbers.
pub(crate) fn packed_len(count: u64, width: u32) -> Option<u64> {
    count.checked_mul(u64::from(width))?.div_ceil(8).checked_add(SLACK as u64)
}

/// Appends numbers of differing widths to bytes.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    word: u128,
    filled: u32,
}

impl Fields {
    /// A number of up to 64 bits.
    pub(crate) fn push(&mut self, number: u64, width: u32, out: &mut Vec<u8>) {
        self.word |= u128::from(number) << self.filled;
        self.filled += width;
        while self.filled >= 8 {
            out.push((self.word & 0xff) as u8);
            self.word >>= 8;
            self.filled -= 8;
        }
    }

    /// Fills the last byte.
    pub(crate) fn finish(self, out: &mut Vec<u8>) {
        if self.filled > 0 {
            out.push((self.word & 0xff) as u8);
        }
    }
}

/// Reads a number of up to 64 bits that begins at a bit; nothing behind the end.
pub(crate) fn field(bytes: &[u8], bit: usize, width: u32) -> Option<u64> {
    let rest = bytes.get(bit / 8..)?;
    if rest.len() * 8 < bit % 8 + width as usize {
        return None;
    }
    let word = match rest.first_chunk::<16>() {
        Some(word) => u128::from_le_bytes(*word),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u128::from(byte)),
    };
    let mask = (1_u128 << width) - 1;
    u64::try_from((word >> (bit % 8)) & mask).ok()
}

/// Numbers read in place. A width of up to 56 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed<'a> {
    bytes: &'a [u8],
    width: u32,
    mask: u64,
}

impl<'a> Packed<'a> {
    pub(crate) const fn new(bytes: &'a [u8], width: u32) -> Self {
        Self { bytes, width, mask: (1 << width) - 1 }
    }

    /// The number at this index; nothing behind the end.
    #[inline]
    pub(crate) fn get(self, index: u64) -> Option<u64> {
        let bit = index * u64::from(self.width);
        let at = usize::try_from(bit >> 3).ok()?;
        let word = self.bytes.get(at..)?.first_chunk::<8>()?;
        Some((u64::from_le_bytes(*word) >> (bit & 7)) & self.mask)
    }
}

/// Packs numbers one after the other.
#[derive(Debug)]
pub(crate) struct Packer<W> {
    out: W,
    width: u32,
    filled: u32,
    word: u64,
}

impl<W: FnMut(&[u8]) -> io::Result<()>> Packer<W> {
    pub(crate) const fn new(width: u32, out: W) -> Self {
        Self { out, width, filled: 0, word: 0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, number: u64) -> io::Result<()> {
        self.word |= number << self.filled;
        let filled = self.filled + self.width;
        if filled < 64 {
            self.filled = filled;
            return Ok(());
        }
        (self.out)(&self.word.to_le_bytes())?;
        // A shift by the whole width would not be defined.
        self.word = number.checked_shr(64 - self.filled).unwrap_or(0);
        self.filled = filled - 64;
        Ok(())
    }

    /// Writes the rest and the slack.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let rest = self.filled.div_ceil(8) as usize;
        (self.out)(&self.word.to_le_bytes()[..rest])?;
        (self.out)(&[0; SLACK])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fields_of_any_width_come_back(numbers in prop::collection::vec((any::<u64>(), 0_u32..=64), 0..40)) {
            let numbers: Vec<(u64, u32)> = numbers.into_iter()
                .map(|(number, width)| (number & u64::MAX.checked_shr(64 - width).unwrap_or(0), width)).collect();
            let mut bytes = Vec::new();
            let mut fields = Fields::default();
            for &(number, width) in &numbers {
                fields.push(number, width, &mut bytes);
            }
            fields.finish(&mut bytes);
            let mut bit = 0;
            for &(number, width) in &numbers {
                prop_assert_eq!(field(&bytes, bit, width), Some(number));
                bit += width as usize;
            }
            prop_assert_eq!(field(&bytes, bit, 64), None);
        }

        #[test]
        fn what_is_packed_comes_back(width in 1_u32..=56, numbers in prop::collection::vec(any::<u64>(), 0..200)) {
            let numbers: Vec<u64> = numbers.iter().map(|number| number & ((1 << width) - 1)).collect();
            let mut bytes = Vec::new();
            let mut packer = Packer::new(width, |part: &[u8]| { bytes.extend_from_slice(part); Ok(()) });
            for &number in &numbers {
                packer.push(number)?;
            }
            packer.finish()?;
            prop_assert_eq!(Some(bytes.len() as u64), packed_len(numbers.len() as u64, width));
            let packed = Packed::new(&bytes, width);
            for (index, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(packed.get(index as u64), Some(number));
            }
            prop_assert_eq!(packed.get(bytes.len() as u64 * 8), None);
        }
    }
}
