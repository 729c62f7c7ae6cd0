//! A backup that is being read: every checksum and count is checked on the way.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    codec::{self, Record},
    digest::{Digest, Owner, Totals},
    error::BackupError,
    file,
    frame::{Frame, FrameReader, Kind},
    keys::Keys,
    manifest::{FORMAT, Header, Trailer},
};

/// The chunks of a backup, one after another.
pub(crate) struct Reading {
    path: PathBuf,
    frames: FrameReader<Box<dyn Read + Send>>,
    unpacker: zstd_safe::DCtx<'static>,
    header: Header,
    chunks: u64,
    bytes: u64,
    check: Check,
}

impl Reading {
    /// Opens the file and reads its header.
    pub(crate) fn open(path: &Path, keys: &Keys) -> Result<Self, BackupError> {
        let mut frames = file::open(path, keys)?;
        let place = "the header";
        let frame = frames.read().map_err(|bad| file::refused(path, place, bad))?;
        let damaged =
            |reason: String| BackupError::Damaged { path: path.to_owned(), place: place.to_owned(), reason };
        if frame.kind != Kind::Header {
            return Err(damaged("another part stands in its place".to_owned()));
        }
        newer(path, &frame.payload)?;
        let header: Header =
            serde_json::from_slice(&frame.payload).map_err(|error| damaged(error.to_string()))?;
        let unpacker = zstd_safe::DCtx::create();
        Ok(Self {
            path: path.to_owned(),
            frames,
            unpacker,
            header,
            chunks: 0,
            bytes: 0,
            check: Check::default(),
        })
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes of rows so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next chunk, whose records are in order; at the end the trailer, which was right.
    pub(crate) fn next(&mut self) -> Result<Next, BackupError> {
        let place = format!("chunk {}", self.chunks + 1);
        let frame = self.frames.read().map_err(|bad| file::refused(&self.path, &place, bad))?;
        match frame.kind {
            Kind::Header => Err(self.damaged(&place, "a second header stands in its place")),
            Kind::Chunk => {
                self.chunks += 1;
                let records = self.unpack(&frame).map_err(|reason| self.damaged(&place, &reason))?;
                self.bytes += records.len() as u64;
                self.check.chunk(&records, &self.header).map_err(|reason| self.damaged(&place, &reason))?;
                Ok(Next::Chunk(records))
            }
            Kind::Trailer => self.end(&frame).map(Next::End),
        }
    }

    fn unpack(&mut self, frame: &Frame) -> Result<Vec<u8>, String> {
        let mut records = vec![0; frame.unpacked];
        let unpacked = self.unpacker.decompress(&mut records[..], &frame.payload);
        let length =
            unpacked.map_err(|code| format!("it does not unpack: {}", zstd_safe::get_error_name(code)))?;
        if length == frame.unpacked { Ok(records) } else { Err("it unpacks to another length".to_owned()) }
    }

    fn end(&mut self, frame: &Frame) -> Result<Trailer, BackupError> {
        let place = "the trailer";
        let trailer: Trailer = serde_json::from_slice(&frame.payload)
            .map_err(|error| self.damaged(place, &error.to_string()))?;
        if !self.frames.at_end().map_err(|bad| file::refused(&self.path, place, bad))? {
            return Err(self.damaged(place, "something follows it"));
        }
        if (trailer.chunks, trailer.bytes) != (self.chunks, self.bytes) {
            return Err(self.damaged(place, "it counts other chunks than there are"));
        }
        if self.check.open() {
            return Err(self.damaged(place, "it comes before the last rows are complete"));
        }
        if let Some(difference) = trailer.totals.difference(&self.check.totals) {
            return Err(self.damaged(place, &difference));
        }
        Ok(trailer)
    }

    fn damaged(&self, place: &str, reason: &str) -> BackupError {
        BackupError::Damaged { path: self.path.clone(), place: place.to_owned(), reason: reason.to_owned() }
    }
}

/// What comes next.
pub(crate) enum Next {
    Chunk(Vec<u8>),
    End(Trailer),
}

/// A header of a newer format is refused as such, whatever else is in it.
fn newer(path: &Path, header: &[u8]) -> Result<(), BackupError> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
        program: String,
    }
    match serde_json::from_slice::<Format>(header) {
        Ok(Format { format, program }) if format > FORMAT => Err(BackupError::NewerFormat {
            path: path.to_owned(),
            found: format,
            known: FORMAT,
            version: program,
        }),
        _ => Ok(()),
    }
}

/// Follows the records and sums them up.
#[derive(Default)]
struct Check {
    owner: Option<Owner>,
    of_owner: Digest,
    table: Option<usize>,
    section: Digest,
    totals: Totals,
}

impl Check {
    const fn open(&self) -> bool {
        self.owner.is_some()
    }

    fn chunk(&mut self, mut records: &[u8], header: &Header) -> Result<(), String> {
        while !records.is_empty() {
            let record = codec::read(&mut records).ok_or("it holds something that is no record")?;
            self.record(&record, header)?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>, header: &Header) -> Result<(), String> {
        match (record, self.owner, self.table) {
            (Record::Owner(owner), None, None) => self.owner = Some(*owner),
            (Record::Table(place), Some(_), None) if *place < header.tables.len() => {
                self.table = Some(*place);
            }
            (Record::Row(row), Some(_), Some(_)) => self.section.row(row),
            (Record::TableEnd(digest), Some(owner), Some(place)) => {
                let table = &header.tables[place];
                if *digest != self.section {
                    return Err(format!("the rows of `{}` are not those that were counted", table.name));
                }
                self.totals.section(&table.name, owner, &self.section, &mut self.of_owner);
                (self.table, self.section) = (None, Digest::default());
            }
            (Record::OwnerEnd(digest), Some(owner), None) => {
                if *digest != self.of_owner {
                    return Err("an owner's rows are not those that were counted".to_owned());
                }
                self.totals.owner(owner, &self.of_owner);
                (self.owner, self.of_owner) = (None, Digest::default());
            }
            _ => return Err("its records are in no order that makes sense".to_owned()),
        }
        Ok(())
    }
}
