//! The folder of one process's chains. Several processes of a bot may share a data folder: each takes the first
//! place that is free. What lies in later places that nobody has is not looked after, so it goes.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use guildhall_core::id::GuildId;

use super::state::Made;

/// Processes that share a data folder.
const PLACES: u32 = 1_000;
const LOCK: &str = "in-use.lock";

/// A place that this process has.
#[derive(Debug)]
pub(super) struct Slot {
    folder: PathBuf,
    /// Ends with the process, however it ends.
    _lock: File,
}

impl Slot {
    /// Takes the first free place.
    pub(super) fn take(below: &Path) -> io::Result<Self> {
        for place in 0..PLACES {
            let folder = below.join(place.to_string());
            fs::create_dir_all(&folder)?;
            if let Some(lock) = lock(&folder)? {
                sweep(below, place)?;
                return Ok(Self { folder, _lock: lock });
            }
        }
        Err(io::Error::other("no place is free"))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The guilds that have a file here.
    pub(super) fn guilds(&self) -> io::Result<Vec<GuildId>> {
        let mut found = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let name = file?.file_name();
            let guild: Option<GuildId> = name.to_str().and_then(|name| name.split('.').next()?.parse().ok());
            found.extend(guild);
        }
        Ok(found)
    }

    /// What the chain of a guild was made from, if it is known and has states of this size.
    pub(super) fn read(&self, guild: GuildId, state_size: u8) -> Option<Made> {
        let text = fs::read(self.beside(guild)).ok()?;
        let made: Made = serde_json::from_slice(&text).ok()?;
        (made.state_size == state_size).then_some(made)
    }

    /// Writes down what the chain of a guild was made from.
    pub(super) fn write(&self, guild: GuildId, made: Made) -> io::Result<()> {
        let (path, new) = (self.beside(guild), self.folder.join(format!("{guild}.made.new")));
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(&made)?)?;
        file.sync_all()?;
        fs::rename(new, path)
    }

    /// Forgets what the chain of a guild was made from.
    pub(super) fn forget(&self, guild: GuildId) -> io::Result<()> {
        gone(fs::remove_file(self.beside(guild)))
    }

    fn beside(&self, guild: GuildId) -> PathBuf {
        self.folder.join(format!("{guild}.made"))
    }
}

/// The lock of a place; `None` where another process has it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = File::options().write(true).create(true).truncate(false).open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes what lies in places after this one that nobody has.
fn sweep(below: &Path, own: u32) -> io::Result<()> {
    for entry in fs::read_dir(below)? {
        let path = entry?.path();
        let place = path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        if place.is_some_and(|place| place > own)
            && let Some(_held) = lock(&path)?
        {
            gone(fs::remove_dir_all(&path))?;
        }
    }
    Ok(())
}

/// What is not there need not be removed.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_a_place_and_what_nobody_has_goes() {
        let folder = tempfile::tempdir().unwrap();
        let first = Slot::take(folder.path()).unwrap();
        let second = Slot::take(folder.path()).unwrap();
        assert!(first.folder().ends_with("0") && second.folder().ends_with("1"));
        let guild = GuildId::new(7).unwrap();
        let made = Made { version: 3, generation: 5, state_size: 2 };
        second.write(guild, made).unwrap();
        assert_eq!(second.read(guild, 2), Some(made));
        assert_eq!(second.read(guild, 3), None, "of other states");
        assert_eq!(second.guilds().unwrap(), [guild]);
        drop(first);
        let again = Slot::take(folder.path()).unwrap();
        assert!(again.folder().ends_with("0"));
        assert_eq!(second.read(guild, 2), Some(made), "somebody has it");
        drop((again, second));
        let alone = Slot::take(folder.path()).unwrap();
        assert!(!folder.path().join("1").exists());
        alone.write(guild, made).unwrap();
        alone.forget(guild).unwrap();
        alone.forget(guild).unwrap();
        assert_eq!(alone.read(guild, 2), None);
    }
}
