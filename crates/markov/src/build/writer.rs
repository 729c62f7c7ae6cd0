//! Writes sections with their checksums, and puts the finished file in place at once.

use std::{
    fs::File,
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::Xxh3;

use crate::{
    format::{HEADER, Header, Place, Section},
    scratch,
};

/// A file that is being written.
pub(super) struct Writer {
    file: File,
    prepared: Prepared,
    buffer: Vec<u8>,
    hash: Xxh3,
    section: Section,
    /// Where the section begins, and how long it is so far.
    start: u64,
    len: u64,
}

const BUFFER: usize = 1 << 18;

impl Writer {
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let path = scratch::path_beside(target);
        let mut file = File::options().write(true).create_new(true).open(&path)?;
        file.write_all(&[0; HEADER])?;
        Ok(Self {
            file,
            prepared: Prepared { path, published: false },
            buffer: Vec::with_capacity(BUFFER * 2),
            hash: Xxh3::new(),
            section: Section::Corpus,
            start: HEADER as u64,
            len: 0,
        })
    }

    pub(super) fn begin(&mut self, section: Section) {
        self.section = section;
        self.len = 0;
        self.hash.reset();
    }

    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < BUFFER { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hash.update(&self.buffer);
        self.file.write_all(&self.buffer)?;
        self.len += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Ends a section: what follows begins at a multiple of eight bytes.
    pub(super) fn end(&mut self, header: &mut Header) -> io::Result<()> {
        let len = self.len + self.buffer.len() as u64;
        let padded = len.next_multiple_of(8);
        self.buffer.extend((len..padded).map(|_| 0));
        self.flush()?;
        header.places[self.section as usize] = Place { offset: self.start, len, hash: self.hash.digest() };
        self.start += padded;
        Ok(())
    }

    /// Writes a whole section.
    pub(super) fn section(
        &mut self,
        section: Section,
        header: &mut Header,
        fill: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.begin(section);
        fill(self)?;
        self.end(header)
    }

    /// Writes the header. With `durable`, all of the file is on the disk afterwards.
    pub(super) fn finish(mut self, header: &Header, durable: bool) -> io::Result<Prepared> {
        self.file.rewind()?;
        self.file.write_all(&header.to_bytes())?;
        if durable {
            self.file.sync_all()?;
        }
        Ok(self.prepared)
    }
}

/// A file that is complete but has another name. It is removed if it is never published.
#[derive(Debug)]
pub(crate) struct Prepared {
    path: PathBuf,
    published: bool,
}

impl Prepared {
    /// Where it is for now.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name. With `durable`, it has the name whatever happens.
    pub(crate) fn publish(mut self, target: &Path, durable: bool) -> io::Result<()> {
        std::fs::rename(&self.path, target)?;
        self.published = true;
        if durable { scratch::sync_folder(target) } else { Ok(()) }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.published {
            // What stays is swept away when the chain is opened the next time.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
