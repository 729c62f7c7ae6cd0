//! The bytes of a file, mapped into memory.

use std::{fs::File, io, ops::Deref};

/// Bytes of a chain: of a file that is mapped, or of memory.
#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(memmap2::Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps a file. Takes constant time, whatever the size.
    pub(crate) fn map(file: &File) -> io::Result<Self> {
        #[expect(
            unsafe_code,
            reason = "a chain's file is never changed in place: it is written under another name and renamed, so \
                      that the mapped bytes stay as they are for as long as the mapping lives"
        )]
        // SAFETY: see the reason; whoever truncates the file under a running program breaks any mapping.
        let map = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self::Mapped(map))
    }

    /// Tells the system that all of it is read once, in order.
    pub(crate) fn read_ahead(&self) {
        self.advise(memmap2::Advice::WillNeed);
    }

    /// Tells the system that single pages are read, here and there.
    pub(crate) fn read_scattered(&self) {
        self.advise(memmap2::Advice::Random);
    }

    /// Tells the system that whatever lies around a page is read soon, too.
    pub(crate) fn read_around(&self) {
        self.advise(memmap2::Advice::Normal);
    }

    fn advise(&self, advice: memmap2::Advice) {
        if let Self::Mapped(map) = self {
            // Only advice: without it the same is read, slower.
            let _ = map.advise(advice);
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}
