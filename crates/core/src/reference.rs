//! Reference ids: the short code in an error reply that an operator finds in the logs.

use std::{fmt, str::FromStr};

use crate::random::Random;

/// Crockford's base 32: no letters that people mix up.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eight characters that name one failure, such as `7K3M9QXZ`.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct RefId([u8; 8]);

impl RefId {
    /// A new reference id.
    pub fn draw(random: &dyn Random) -> Self {
        let mut bits = random.next_u64();
        Self(std::array::from_fn(|_| {
            let digit = ALPHABET[usize::try_from(bits & 31).unwrap_or(0)];
            bits >>= 5;
            digit
        }))
    }

    /// The eight characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RefId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RefId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefId({self})")
    }
}

/// A text that is not a reference id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a reference id: eight letters and digits, such as `7K3M9QXZ`")]
pub struct InvalidRefId(pub String);

impl FromStr for RefId {
    type Err = InvalidRefId;

    /// Reads what a person typed: any case, `O` as `0`, `I` and `L` as `1`.
    fn from_str(text: &str) -> Result<Self, InvalidRefId> {
        let read: Option<Vec<u8>> = text
            .trim()
            .bytes()
            .map(|byte| match byte.to_ascii_uppercase() {
                b'O' => Some(b'0'),
                b'I' | b'L' => Some(b'1'),
                other => ALPHABET.contains(&other).then_some(other),
            })
            .collect();
        read.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or_else(|| InvalidRefId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seeded;

    #[test]
    fn a_drawn_id_is_read_back_as_a_person_types_it() {
        let id = RefId::draw(&Seeded::new(3));
        assert_eq!(id.as_str().len(), 8);
        assert_eq!(id.as_str().to_lowercase().parse(), Ok(id));
        assert_eq!("o1i23456".parse::<RefId>().map(|id| id.to_string()), Ok("01123456".to_owned()));
        assert!("short".parse::<RefId>().is_err());
        assert!("has a sp".parse::<RefId>().is_err());
    }
}
