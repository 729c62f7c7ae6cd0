//! Whole numbers in as few bytes as they need: seven bits a byte, the lowest first, the top bit set on all
//! but the last byte. No byte but that of the number 0 is zero, and a number can be read from either end.

/// Appends a number.
#[inline]
pub(crate) fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_byte(number) | 0x80);
        number >>= 7;
    }
    out.push(low_byte(number));
}

#[inline]
const fn low_byte(number: u64) -> u8 {
    (number & 0x7f) as u8
}

/// The number that begins at `at`, and where the next one does.
#[inline]
pub(crate) fn read(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((number, at));
        }
        shift += 7;
        if shift > 56 {
            return None;
        }
    }
}

/// The token that begins at `at`, and where its last byte is.
#[inline]
pub(crate) fn token_from(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = *bytes.get(at)?;
    if first < 0x80 {
        return Some((u32::from(first), at));
    }
    let (number, next) = read(bytes, at)?;
    Some((u32::try_from(number).ok()?, next - 1))
}

/// The token whose last byte is at `end`, and where it begins.
#[inline]
pub(crate) fn token_until(bytes: &[u8], end: usize) -> Option<(u32, usize)> {
    let last = *bytes.get(end)?;
    if last >= 0x80 {
        return None;
    }
    let mut number = u64::from(last);
    let mut at = end;
    while at > 0 && bytes[at - 1] >= 0x80 {
        at -= 1;
        number = number << 7 | u64::from(bytes[at] & 0x7f);
        if end - at > 4 {
            return None;
        }
    }
    Some((u32::try_from(number).ok()?, at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_from_either_end(numbers in prop::collection::vec(any::<u32>(), 1..50)) {
            let mut bytes = Vec::new();
            for &number in &numbers {
                write(number.into(), &mut bytes);
            }
            let mut at = 0;
            for &number in &numbers {
                let (read, last) = token_from(&bytes, at).unwrap();
                prop_assert_eq!(read, number);
                prop_assert_eq!(token_until(&bytes, last), Some((number, at)));
                at = last + 1;
            }
            prop_assert_eq!(at, bytes.len());
            prop_assert_eq!(memchr::memchr_iter(0, &bytes).count(),
                numbers.iter().filter(|&&number| number == 0).count());
        }

        #[test]
        fn nonsense_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..20), at in 0_usize..30) {
            if let Some((_, next)) = read(&bytes, at) { prop_assert!(next <= bytes.len() && next > at); }
            if let Some((_, start)) = token_until(&bytes, at) { prop_assert!(start <= at); }
            if let Some((_, last)) = token_from(&bytes, at) { prop_assert!(last < bytes.len()); }
        }
    }
}
