//! A chain's file, read in place.
//!
//! Opening looks at the header only. Everything else is read when it is needed, and every read is checked
//! against the bounds: bytes that are damaged give nothing or something else, never a panic.

mod copies;
mod dictionary;
mod messages;
mod states;

use std::{
    fs::File,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

pub(crate) use self::{
    messages::{Cursor, write_rows},
    states::{States, hash_of, home_of, print_of},
};
use crate::{
    error::FileError,
    format::{Header, Section},
    map::Bytes,
};

/// The most tokens that a state holds.
pub(crate) const LONGEST: usize = 4;

/// A state: its tokens, the last first. Behind the beginning of a message, and behind the order, is 0.
pub(crate) type Window = [u32; LONGEST];

/// A file that is open.
#[derive(Debug)]
pub(crate) struct ChainFile {
    bytes: Bytes,
    header: Header,
    /// Whether nothing was looked at yet.
    fresh: AtomicBool,
}

/// The first look at a file that may lie on the disk alone.
pub(crate) struct FirstLook<'a>(&'a ChainFile);

impl Drop for FirstLook<'_> {
    fn drop(&mut self) {
        self.0.bytes.read_around();
    }
}

impl ChainFile {
    /// Opens a file in constant time.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::at("open", path))?;
        Self::new(Bytes::map(&file).map_err(FileError::at("map", path))?)
    }

    /// Takes bytes that are in memory.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Self, FileError> {
        Self::new(Bytes::Owned(bytes))
    }

    fn new(bytes: Bytes) -> Result<Self, FileError> {
        // One page is needed. What is read around it keeps the disk busy when the first sentence wants others.
        bytes.read_scattered();
        let header = Header::parse(&bytes)?;
        bytes.read_around();
        Ok(Self { bytes, header, fresh: AtomicBool::new(true) })
    }

    /// Until the first look is over, the pages that are needed are read alone: what lies around them costs
    /// several times as long as the few dozen that a sentence looks at. The looks after it are many.
    pub(crate) fn first_look(&self) -> Option<FirstLook<'_>> {
        let first = self.fresh.load(Ordering::Relaxed) && self.fresh.swap(false, Ordering::Relaxed);
        first.then(|| {
            self.bytes.read_scattered();
            FirstLook(self)
        })
    }

    /// Compares the checksums of all sections. Reads the whole file.
    pub(crate) fn verify(&self) -> Result<(), FileError> {
        self.bytes.read_ahead();
        self.header.verify(&self.bytes)
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn order(&self) -> usize {
        usize::from(self.header.order)
    }

    /// The greatest token.
    pub(crate) fn words(&self) -> u32 {
        u32::try_from(self.header.words).unwrap_or(u32::MAX)
    }

    #[inline]
    pub(crate) fn corpus(&self) -> &[u8] {
        self.section(Section::Corpus)
    }

    #[inline]
    fn section(&self, section: Section) -> &[u8] {
        self.header.section(&self.bytes, section)
    }
}
