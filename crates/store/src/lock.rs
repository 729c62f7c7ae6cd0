//! One process owns a data file. A lock file beside it says so; the system lets go of it with the process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::error::StoreError;

/// Held as long as the store is open.
#[derive(Debug)]
pub(crate) struct DataLock(#[expect(dead_code, reason = "held for its lock, which ends with it")] File);

impl DataLock {
    /// Takes the lock of this data file, makes its folder and the file itself for this user only.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = private(Path::new(&beside)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Made here, so that the database is private from its first byte on; SQLite gives its companions
        // the same permissions.
        private(path).map_err(failed)?;
        Ok(Self(lock))
    }
}

/// Opens a file that only this user can read, and tightens one that others could.
fn private(path: &Path) -> std::io::Result<File> {
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
