//! A database that was filled beside the one in use takes its place; the old one stays aside.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use guildhall_core::clock::Timestamp;
use guildhall_store::Place;

use crate::{error::BackupError, file::sync_folder};

/// What SQLite keeps beside a file, and the store's lock.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", ".lock"];

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A place of the same kind beside this one; `None` for a database on a server, which has no beside.
pub fn beside(place: &Place, ending: &str) -> Option<Place> {
    match place {
        Place::File(path) => Some(Place::File(with(path, ending))),
        Place::Folder { path, open_files } => {
            Some(Place::Folder { path: with(path, ending), open_files: *open_files })
        }
        Place::Postgres(_) => None,
    }
}

/// Whether something is there. A server is not asked.
pub fn exists(place: &Place) -> bool {
    match place {
        Place::File(path) | Place::Folder { path, .. } => path.exists(),
        Place::Postgres(_) => true,
    }
}

/// Removes a database that nobody has open. One on a server is left alone.
pub fn discard(place: &Place) -> Result<(), BackupError> {
    let gone = |path: &Path, result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::file("remove", path)(error))
        }
        _ => Ok(()),
    };
    match place {
        Place::File(path) => {
            gone(path, fs::remove_file(path))?;
            COMPANIONS
                .iter()
                .map(|ending| with(path, ending))
                .try_for_each(|path| gone(&path, fs::remove_file(&path)))
        }
        Place::Folder { path, .. } => gone(path, fs::remove_dir_all(path)),
        Place::Postgres(_) => Ok(()),
    }
}

fn failed_at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    BackupError::file("put the restored database in place of", path)
}

/// Puts `fresh` where `place` is. Both must be closed. At every moment one of the two is there as a whole.
/// Gives where the old one is now.
pub fn swap(place: &Place, fresh: &Place, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let (Place::File(path) | Place::Folder { path, .. }, Place::File(new) | Place::Folder { path: new, .. }) =
        (place, fresh)
    else {
        return Ok(None);
    };
    // The name that the store gives to copies from before a migration, so that they are treated alike.
    let aside = with(path, &format!(".before-{}", now.as_millis()));
    let old = path.exists().then(|| aside.clone());
    if let Place::File(_) = place {
        if fs::metadata(with(new, "-wal")).is_ok_and(|log| log.len() > 0) {
            return Err(failed_at(path)(io::Error::other("its write-ahead log was not written back")));
        }
        if old.is_some() {
            // A log that could not be written back belongs to the old file and must never meet the new one.
            for ending in ["-wal", "-shm"] {
                let companion = with(path, ending);
                if companion.exists() {
                    fs::rename(&companion, with(&aside, ending)).map_err(failed_at(&companion))?;
                }
            }
            fs::hard_link(path, &aside)
                .or_else(|_| fs::copy(path, &aside).map(drop))
                .map_err(failed_at(path))?;
        }
        fs::rename(new, path).map_err(failed_at(path))?;
        sync_folder(path)?;
        discard(fresh)?;
        return Ok(old);
    }
    if old.is_none() {
        fs::rename(new, path).map_err(failed_at(path))?;
    } else if exchange(path, new).is_ok() {
        fs::rename(new, &aside).map_err(failed_at(path))?;
    } else {
        // Systems that cannot exchange two folders: for a moment there is none.
        fs::rename(path, &aside).map_err(failed_at(path))?;
        fs::rename(new, path).map_err(failed_at(path))?;
    }
    sync_folder(path)?;
    Ok(old)
}

#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_one_takes_the_place_and_the_old_one_stays_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.db");
        let place = Place::File(path.clone());
        let fresh = beside(&place, ".restoring").unwrap();
        let Place::File(new) = &fresh else { panic!("a file has a file beside it") };
        fs::write(&path, "old").unwrap();
        fs::write(with(&path, "-wal"), "old log").unwrap();
        fs::write(new, "new").unwrap();
        fs::write(with(new, ".lock"), "").unwrap();
        let aside = swap(&place, &fresh, Timestamp(7)).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_to_string(&aside).unwrap(), "old");
        assert_eq!(fs::read_to_string(with(&aside, "-wal")).unwrap(), "old log");
        assert!(!with(&path, "-wal").exists() && !new.exists() && !with(new, ".lock").exists());
        fs::write(new, "newer").unwrap();
        fs::write(with(new, "-wal"), "not written back").unwrap();
        assert!(swap(&place, &fresh, Timestamp(8)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn folders_change_places_too() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder { path: folder.path().join("bot"), open_files: 1 };
        let fresh = beside(&place, ".restoring").unwrap();
        let Place::Folder { path: new, .. } = &fresh else { panic!("a folder has a folder beside it") };
        let path = folder.path().join("bot");
        for (folder, text) in [(&path, "old"), (new, "new")] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("central.db"), text).unwrap();
        }
        let aside = swap(&place, &fresh, Timestamp(7)).unwrap().unwrap();
        assert_eq!(fs::read_to_string(path.join("central.db")).unwrap(), "new");
        assert_eq!(fs::read_to_string(aside.join("central.db")).unwrap(), "old");
        assert!(!new.exists());
    }
}
