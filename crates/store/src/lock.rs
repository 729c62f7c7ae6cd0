//! One process owns a data file. A lock file beside it says so; the system lets go of it with the process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    time::Duration,
};

use crate::error::StoreError;

/// Held as long as the store is open.
#[derive(Debug)]
pub(crate) struct DataLock(#[expect(dead_code, reason = "held for its lock, which ends with it")] File);

/// A process that has just been stopped may hold the lock a moment longer, and so may one that is just
/// being started by this one and inherits the open file for an instant.
const PATIENCE: (u32, Duration) = (40, Duration::from_millis(25));

impl DataLock {
    /// Takes the lock of this data file, makes its folder and the file itself for this user only.
    pub(crate) async fn take(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = private(Path::new(&beside)).map_err(failed)?;
        let (mut tries, pause) = PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries == 0 => {
                    return Err(StoreError::InUse { path: path.to_owned() });
                }
                Err(TryLockError::WouldBlock) => tries -= 1,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            tokio::time::sleep(pause).await;
        }
        // Made here, so that the database is private from its first byte on; SQLite gives its companions
        // the same permissions.
        private(path).map_err(failed)?;
        Ok(Self(lock))
    }
}

/// Opens a file that only this user can read, and tightens one that others could.
pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}
