//! Frames: the parts of a backup, each with its length and a checksum that also covers the part before it.
//! So none can be altered, left out, doubled or moved without notice.

use std::io::{self, ErrorKind, Read, Write};

/// The first bytes of a backup, inside of the encryption.
pub(crate) const MAGIC: &[u8] = b"guildhall-backup\n";

/// A frame is never longer than this, compressed or not.
pub(crate) const LONGEST: usize = 1 << 30;

/// What a frame is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Header,
    Chunk,
    Trailer,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Header => b'H',
            Self::Chunk => b'C',
            Self::Trailer => b'T',
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            b'H' => Some(Self::Header),
            b'C' => Some(Self::Chunk),
            b'T' => Some(Self::Trailer),
            _ => None,
        }
    }
}

/// The bytes before a frame's payload: kind, length, length when unpacked, checksum.
const HEAD: usize = 1 + 4 + 4 + 32;

/// The chain of checksums.
#[derive(Clone, Copy, Debug, Default)]
struct Chain([u8; 32]);

impl Chain {
    fn next(&mut self, head: &[u8], payload: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(head).update(payload);
        self.0 = *hasher.finalize().as_bytes();
        self.0
    }
}

/// Writes frames.
#[derive(Debug)]
pub(crate) struct FrameWriter<W> {
    out: W,
    chain: Chain,
}

impl<W: Write> FrameWriter<W> {
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, chain: Chain::default() })
    }

    /// `unpacked` is the length of the payload before compression.
    pub(crate) fn write(&mut self, kind: Kind, payload: &[u8], unpacked: usize) -> io::Result<()> {
        let length = |length: usize| {
            let fits = u32::try_from(length).ok().filter(|_| length <= LONGEST);
            fits.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "a frame of more than a gibibyte"))
        };
        let mut head = [0; HEAD];
        head[0] = kind.byte();
        head[1..5].copy_from_slice(&length(payload.len())?.to_le_bytes());
        head[5..9].copy_from_slice(&length(unpacked)?.to_le_bytes());
        let sum = self.chain.next(&head[..9], payload);
        head[9..].copy_from_slice(&sum);
        self.out.write_all(&head)?;
        self.out.write_all(payload)
    }

    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

/// A frame whose checksum was right.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) payload: Vec<u8>,
    pub(crate) unpacked: usize,
}

/// Reads frames.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    from: R,
    chain: Chain,
}

/// Why a frame was refused.
#[derive(Debug)]
pub(crate) enum BadFrame {
    /// What is wrong with it.
    Damaged(String),
    /// The file cannot be read at all.
    Io(io::Error),
}

impl From<io::Error> for BadFrame {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Damaged("the file ends too early".to_owned()),
            // The decryption says so of a part that was altered.
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

impl<R: Read> FrameReader<R> {
    /// `None` where the first bytes are others.
    pub(crate) fn new(mut from: R) -> Result<Option<Self>, BadFrame> {
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic)?;
        Ok((magic == MAGIC).then_some(Self { from, chain: Chain::default() }))
    }

    pub(crate) fn read(&mut self) -> Result<Frame, BadFrame> {
        let mut head = [0; HEAD];
        self.from.read_exact(&mut head)?;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (length, unpacked) = (number(1), number(5));
        let damaged = |reason: &str| BadFrame::Damaged(reason.to_owned());
        let kind = Kind::of(head[0]).ok_or_else(|| damaged("an unknown kind of part"))?;
        if length > LONGEST || unpacked > LONGEST {
            return Err(damaged("an impossible length"));
        }
        // Grows with what really comes: a wrong length must not ask for memory.
        let mut payload = Vec::new();
        (&mut self.from).take(length as u64).read_to_end(&mut payload)?;
        if payload.len() < length {
            return Err(damaged("the file ends too early"));
        }
        if self.chain.next(&head[..9], &payload) != head[9..] {
            return Err(damaged("its checksum is wrong"));
        }
        Ok(Frame { kind, payload, unpacked })
    }

    /// Whether nothing follows.
    pub(crate) fn at_end(&mut self) -> Result<bool, BadFrame> {
        let mut one = [0];
        loop {
            match self.from.read(&mut one) {
                Ok(count) => return Ok(count == 0),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
