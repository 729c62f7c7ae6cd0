//! One record: length, checksum, what happened.

use xxhash_rust::xxh3::xxh3_64;

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Record {
    /// A message is this from now on.
    Learn { id: u64, author: u64, channel: u64, text: String },
    /// A message is nothing any more.
    Forget(u64),
    /// Nor is any of an author.
    ForgetAuthor(u64),
    /// Nor is any of a channel.
    ForgetChannel(u64),
    /// Nor is any.
    Clear,
    /// For the file whose header has this checksum, older journals do not count.
    Folded(u64),
}

/// Longer records are not written.
const LONGEST: usize = 1 << 24;

impl Record {
    /// Appends the record to bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Learn { id, author, channel, text } => write_learn(*id, *author, *channel, text, out),
            Self::Forget(id) => frame(out, 2, &[*id], ""),
            Self::ForgetAuthor(id) => frame(out, 3, &[*id], ""),
            Self::ForgetChannel(id) => frame(out, 4, &[*id], ""),
            Self::Clear => frame(out, 5, &[], ""),
            Self::Folded(identity) => frame(out, 6, &[*identity], ""),
        }
    }

    fn parse(payload: &[u8]) -> Option<Self> {
        let (&kind, rest) = payload.split_first()?;
        let number = |index: usize| {
            let bytes = rest.get(index * 8..)?.first_chunk::<8>()?;
            Some(u64::from_le_bytes(*bytes))
        };
        Some(match kind {
            1 => Self::Learn {
                id: number(0)?,
                author: number(1)?,
                channel: number(2)?,
                text: std::str::from_utf8(rest.get(24..)?).ok()?.to_owned(),
            },
            2 => Self::Forget(number(0)?),
            3 => Self::ForgetAuthor(number(0)?),
            4 => Self::ForgetChannel(number(0)?),
            5 => Self::Clear,
            6 => Self::Folded(number(0)?),
            _ => return None,
        })
    }
}

/// Appends the record of a learned message.
pub(crate) fn write_learn(id: u64, author: u64, channel: u64, text: &str, out: &mut Vec<u8>) {
    frame(out, 1, &[id, author, channel], text);
}

fn frame(out: &mut Vec<u8>, kind: u8, numbers: &[u64], text: &str) {
    let start = out.len();
    let len = 1 + numbers.len() * 8 + text.len();
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.push(kind);
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(text.as_bytes());
    let check = check(&out[start + 8..]);
    out[start + 4..start + 8].copy_from_slice(&check);
}

fn check(payload: &[u8]) -> [u8; 4] {
    let hash = xxh3_64(payload).to_le_bytes();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The records up to the first that is not whole, and how many bytes they take.
pub(super) fn read_all(bytes: &[u8]) -> (Vec<Record>, usize) {
    let mut records = Vec::new();
    let mut at = 0;
    while let Some((head, rest)) = bytes[at..].split_first_chunk::<8>() {
        let [a, b, c, d, check @ ..] = *head;
        let len = u32::from_le_bytes([a, b, c, d]) as usize;
        let payload = rest.get(..len).filter(|payload| len <= LONGEST && self::check(payload) == check);
        let Some(record) = payload.and_then(Record::parse) else { break };
        records.push(record);
        at += 8 + len;
    }
    (records, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Record> {
        vec![
            Record::Learn { id: 1, author: 2, channel: 3, text: "hé there".to_owned() },
            Record::Forget(1),
            Record::ForgetAuthor(u64::MAX),
            Record::ForgetChannel(0),
            Record::Clear,
            Record::Folded(77),
            Record::Learn { id: 9, author: 9, channel: 9, text: String::new() },
        ]
    }

    #[test]
    fn records_come_back_up_to_the_byte_where_the_writing_stopped() {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        for record in some() {
            record.write(&mut bytes);
            ends.push(bytes.len());
        }
        assert_eq!(read_all(&bytes), (some(), bytes.len()));
        for cut in 0..bytes.len() {
            let whole = ends.iter().filter(|&&end| end <= cut).count();
            let (records, read) = read_all(&bytes[..cut]);
            assert_eq!(records, some()[..whole], "cut at {cut}");
            assert_eq!(read, whole.checked_sub(1).map_or(0, |last| ends[last]));
            // A file system may leave zeros where bytes were to be.
            let mut zeros = bytes[..cut].to_vec();
            zeros.resize(bytes.len(), 0);
            let (records, _) = read_all(&zeros);
            assert_eq!(records, some()[..records.len()], "zeros from {cut}");
            // A record may have ended in zeros anyway.
            assert!(records.len() == whole || records.len() == whole + 1, "zeros from {cut}");
        }
    }

    #[test]
    fn a_changed_byte_ends_the_journal_where_it_is() {
        let mut bytes = Vec::new();
        for record in some() {
            record.write(&mut bytes);
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            let (records, _) = read_all(&changed);
            assert_eq!(records, some()[..records.len()], "changed at {at}");
            assert!(records.len() < some().len());
        }
    }
}
