//! What was learned and forgotten since the file was written, as it happened: files to which records are
//! appended.
//!
//! A record that is not whole, because the machine stopped while it was written, ends the journal: what comes
//! behind it was never confirmed. Records set a message to what it is or to nothing, so that playing them
//! twice does not change anything.

mod record;

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

pub(crate) use self::record::{Record, write_learn};
use crate::{error::FileError, scratch};

const MAGIC: [u8; 16] = *b"GHMARKOV-LOG\x01\0\0\0";

/// What was found when journals were read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recovery {
    /// Records that were played.
    pub records: u64,
    /// Bytes behind the last whole record. More than none means that the program was stopped while it wrote;
    /// what [`crate::Chain::sync`] had confirmed is not among them.
    pub dropped: u64,
}

/// The journal that is appended to, and older ones that still count.
#[derive(Debug)]
pub(crate) struct Journal {
    base: PathBuf,
    number: u64,
    file: File,
    unsynced: bool,
    /// Whether the folder may not know the journal's name yet.
    unnamed: bool,
    bytes: u64,
}

/// What is to be made durable.
#[derive(Debug)]
pub(crate) struct Unsynced {
    file: File,
    folder: Option<PathBuf>,
}

impl Unsynced {
    pub(crate) fn sync(self) -> io::Result<()> {
        self.file.sync_data()?;
        self.folder.as_deref().map_or(Ok(()), scratch::sync_folder)
    }
}

/// The journals of a chain by their numbers.
fn numbers(base: &Path) -> io::Result<Vec<u64>> {
    let name = base.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = base.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.file_name();
        let number =
            file.to_str().and_then(|file| file.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".log"));
        found.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

fn path(base: &Path, number: u64) -> PathBuf {
    let mut name = base.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{number}.log"));
    base.with_file_name(name)
}

impl Journal {
    /// Reads what counts for the file whose header has this checksum, and goes on behind it.
    pub(crate) fn open(
        base: &Path,
        identity: u64,
        mut play: impl FnMut(Record),
    ) -> Result<(Self, Recovery), FileError> {
        let mut recovery = Recovery::default();
        let mut all: Vec<(u64, Vec<Record>)> = Vec::new();
        for number in numbers(base).map_err(FileError::at("list the journals of", base))? {
            let path = path(base, number);
            let (records, dropped) = read(&path).map_err(FileError::at("read", &path))?;
            recovery.dropped += dropped;
            all.push((number, records));
        }
        // The file that is there may hold all that older journals say.
        let marks = all.iter().filter(|(_, records)| {
            records.iter().any(|record| matches!(record, Record::Folded(of) if *of == identity))
        });
        let first = marks.map(|(number, _)| *number).next_back().unwrap_or(0);
        let last = all.last().map_or(1, |(number, _)| *number);
        for (number, records) in all {
            if number < first {
                let path = path(base, number);
                std::fs::remove_file(&path).map_err(FileError::at("remove", &path))?;
                continue;
            }
            for record in records {
                if !matches!(record, Record::Folded(_)) {
                    recovery.records += 1;
                    play(record);
                }
            }
        }
        // What was played may not be on the disk yet. A mark alone need not be: without it older journals say again
        // what the file holds.
        let unsynced = recovery.records > 0;
        Ok((Self { unsynced, ..Self::append_to(base, last)? }, recovery))
    }

    fn append_to(base: &Path, number: u64) -> Result<Self, FileError> {
        let path = path(base, number);
        let open = || {
            let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
            let mut bytes = file.seek(SeekFrom::End(0))?;
            if bytes < MAGIC.len() as u64 {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(&MAGIC)?;
                bytes = MAGIC.len() as u64;
            }
            Ok((file, bytes))
        };
        let (file, bytes) = open().map_err(FileError::at("open", &path))?;
        Ok(Self { base: base.to_owned(), number, file, unsynced: true, unnamed: true, bytes })
    }

    /// Appends records, all in one write.
    pub(crate) fn append(&mut self, records: &[u8]) -> Result<(), FileError> {
        let written = self.file.write_all(records);
        if written.is_err() {
            // Half a record would hide those that come after it.
            let _ = self.file.set_len(self.bytes);
            let _ = self.file.seek(SeekFrom::End(0));
        }
        written.map_err(FileError::at("append to", &path(&self.base, self.number)))?;
        self.bytes += records.len() as u64;
        self.unsynced = true;
        Ok(())
    }

    /// A handle that can be synced without holding the journal, if there is something to sync.
    pub(crate) fn take_unsynced(&mut self) -> Result<Option<Unsynced>, FileError> {
        if !self.unsynced {
            return Ok(None);
        }
        let file = self.file.try_clone().map_err(FileError::at("sync", &self.base))?;
        let folder = self.unnamed.then(|| self.base.clone());
        (self.unsynced, self.unnamed) = (false, false);
        Ok(Some(Unsynced { file, folder }))
    }

    /// Says that a sync failed.
    pub(crate) const fn not_synced(&mut self) {
        (self.unsynced, self.unnamed) = (true, true);
    }

    /// Begins the next journal; the ones before stay until they are dropped.
    pub(crate) fn rotate(&mut self) -> Result<u64, FileError> {
        *self = Self::append_to(&self.base, self.number + 1)?;
        Ok(self.number)
    }

    /// What this journal holds so far.
    pub(crate) fn records(&self) -> Result<Vec<Record>, FileError> {
        let path = path(&self.base, self.number);
        read(&path).map(|(records, _)| records).map_err(FileError::at("read", &path))
    }

    /// Removes the journals before this number.
    pub(crate) fn drop_before(&self, first: u64) -> Result<(), FileError> {
        for number in numbers(&self.base).map_err(FileError::at("list the journals of", &self.base))? {
            if number < first {
                let path = path(&self.base, number);
                std::fs::remove_file(&path).map_err(FileError::at("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Bytes of the journal that is appended to.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Every whole record; what is behind the last is cut off.
fn read(path: &Path) -> io::Result<(Vec<Record>, u64)> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (records, whole) = match bytes.strip_prefix(&MAGIC) {
        Some(rest) => {
            let (records, read) = record::read_all(rest);
            (records, MAGIC.len() + read)
        }
        None => (Vec::new(), 0),
    };
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
        file.sync_all()?;
    }
    Ok((records, (bytes.len() - whole) as u64))
}
