//! Just enough of the ZIP format to write one in a single pass (PKWARE, APPNOTE): each file is compressed by
//! deflate, with its sizes behind it.

use std::io::{self, Write};

use flate2::{Compression, CrcWriter, write::DeflateEncoder};

/// Sizes follow the data; names are UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATED: u16 = 8;
/// The version of the format that a reader needs.
const VERSION: u16 = 20;
/// 1980-01-01, the first day that the format knows: the time of the export is said inside.
const DATE: u16 = 1 << 5 | 1;

/// A ZIP file that is being written.
pub(super) struct Zip<W: Write> {
    out: Counted<W>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    crc: u32,
    packed: u32,
    plain: u32,
    at: u32,
}

struct Counted<W> {
    inner: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file within, being written.
pub(super) struct Open<W: Write> {
    zip: CrcWriter<DeflateEncoder<Counted<W>>>,
    entries: Vec<Entry>,
    name: String,
    at: u32,
    started: u64,
    plain: u64,
}

impl<W: Write> Zip<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out: Counted { inner: out, written: 0 }, entries: Vec::new() }
    }

    /// Begins a file.
    pub(super) fn open(mut self, name: &str) -> io::Result<Open<W>> {
        let at = size(self.out.written)?;
        self.out.write_all(b"PK\x03\x04")?;
        for number in [VERSION, FLAGS, DEFLATED, 0, DATE] {
            self.out.write_all(&number.to_le_bytes())?;
        }
        self.out.write_all(&[0; 12])?;
        self.out.write_all(&length(name)?.to_le_bytes())?;
        self.out.write_all(&[0; 2])?;
        self.out.write_all(name.as_bytes())?;
        let started = self.out.written;
        let zip = CrcWriter::new(DeflateEncoder::new(self.out, Compression::default()));
        Ok(Open { zip, entries: self.entries, name: name.to_owned(), at, started, plain: 0 })
    }

    /// Writes the list of files and gives back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let start = size(self.out.written)?;
        for entry in &self.entries {
            self.out.write_all(b"PK\x01\x02")?;
            for number in [VERSION, VERSION, FLAGS, DEFLATED, 0, DATE] {
                self.out.write_all(&number.to_le_bytes())?;
            }
            for number in [entry.crc, entry.packed, entry.plain] {
                self.out.write_all(&number.to_le_bytes())?;
            }
            self.out.write_all(&length(&entry.name)?.to_le_bytes())?;
            self.out.write_all(&[0; 12])?;
            self.out.write_all(&entry.at.to_le_bytes())?;
            self.out.write_all(entry.name.as_bytes())?;
        }
        let listed = size(self.out.written)? - start;
        let count = u16::try_from(self.entries.len()).map_err(io::Error::other)?;
        self.out.write_all(b"PK\x05\x06\0\0\0\0")?;
        self.out.write_all(&count.to_le_bytes())?;
        self.out.write_all(&count.to_le_bytes())?;
        self.out.write_all(&listed.to_le_bytes())?;
        self.out.write_all(&start.to_le_bytes())?;
        self.out.write_all(&[0; 2])?;
        self.out.flush()?;
        Ok(self.out.inner)
    }
}

impl<W: Write> Open<W> {
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        self.plain += text.len() as u64;
        self.zip.write_all(text.as_bytes())
    }

    /// Ends the file.
    pub(super) fn close(self) -> io::Result<Zip<W>> {
        let crc = self.zip.crc().sum();
        let mut out = self.zip.into_inner().finish()?;
        let (packed, plain) = (size(out.written - self.started)?, size(self.plain)?);
        out.write_all(b"PK\x07\x08")?;
        for number in [crc, packed, plain] {
            out.write_all(&number.to_le_bytes())?;
        }
        let mut entries = self.entries;
        entries.push(Entry { name: self.name, crc, packed, plain, at: self.at });
        Ok(Zip { out, entries })
    }
}

/// The format without its extension ends at four gibibytes.
fn size(bytes: u64) -> io::Result<u32> {
    u32::try_from(bytes).map_err(|_| io::Error::other("a ZIP file ends at 4 GiB"))
}

fn length(name: &str) -> io::Result<u16> {
    u16::try_from(name.len()).map_err(io::Error::other)
}
