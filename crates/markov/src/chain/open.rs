//! Opens a chain, new or not.

use std::{fs::File, io, path::Path, sync::Arc};

use parking_lot::{Mutex, RwLock};
use xxhash_rust::xxh3::xxh3_64;

use super::{Chain, State};
use crate::{
    build,
    error::FileError,
    file::ChainFile,
    format::HEADER,
    journal::{Journal, Record},
    overlay::Overlay,
    scratch,
    trainer::Training,
};

impl Chain {
    /// Opens the chain at a path, or begins an empty one. The folder must exist.
    ///
    /// Constant time but for what the journal holds since the last fold. Only the header of the file is
    /// checked; see [`Chain::verify`].
    pub fn open(path: &Path, training: Training) -> Result<Self, FileError> {
        let lock = lock(path)?;
        scratch::sweep(path).map_err(FileError::at("clean up beside", path))?;
        let file = match ChainFile::open(path) {
            Ok(file) => file,
            Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                empty(&training, path)?
            }
            Err(error) => return Err(error),
        };
        let expected = training.order.clamp(1, 4);
        if file.header().order != expected || !file.header().whole {
            return Err(FileError::Order { found: file.header().order, expected });
        }
        let identity = identity(&file);
        let mut file = Arc::new(file);
        let mut overlay = Overlay::new(&file);
        let mut failed = None;
        let (journal, recovery) = Journal::open(path, identity, |record| {
            if record == Record::Clear {
                match empty(&training, path) {
                    Ok(nothing) => file = Arc::new(nothing),
                    Err(error) => failed = Some(error),
                }
                overlay = Overlay::new(&file);
            } else {
                play(&mut overlay, &file, &record);
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(Self {
            path: path.to_owned(),
            training,
            state: RwLock::new(State { file, overlay, journal }),
            folding: Mutex::new(()),
            recovery,
            _lock: lock,
        })
    }
}

/// One program at a time: two would write over each other's journal.
fn lock(path: &Path) -> Result<File, FileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let place = path.with_file_name(name);
    let open = File::options().write(true).create(true).truncate(false).open(&place);
    let file = open.map_err(FileError::at("open", &place))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(FileError::InUse(path.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(FileError::at("lock", &place)(source)),
    }
}

/// A file of nothing, in memory.
pub(super) fn empty(training: &Training, path: &Path) -> Result<ChainFile, FileError> {
    let mut plan = training.plan(true);
    plan.durable = false;
    let prepared = build::prepare(path, &plan, &[], None)?;
    let bytes = std::fs::read(prepared.path()).map_err(FileError::at("read", prepared.path()))?;
    ChainFile::from_bytes(bytes)
}

/// Names the content of a file: its header holds the checksums of all sections.
pub(super) fn identity(file: &ChainFile) -> u64 {
    xxh3_64(&file.bytes()[..HEADER])
}

/// Applies a record to the layer over a file. What clears the chain is not for here.
pub(super) fn play(overlay: &mut Overlay, file: &ChainFile, record: &Record) -> u64 {
    match record {
        Record::Learn { id, author, channel, text } => {
            u64::from(overlay.learn(file, (*id, *author, *channel), text))
        }
        Record::Forget(id) => u64::from(overlay.forget(file, *id)),
        Record::ForgetAuthor(wanted) => overlay.forget_where(file, |author, _| author == *wanted),
        Record::ForgetChannel(wanted) => overlay.forget_where(file, |_, channel| channel == *wanted),
        Record::Clear | Record::Folded(_) => 0,
    }
}
