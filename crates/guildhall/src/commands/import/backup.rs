//! Copies the old bot's database before anything is taken from it, named by the time, as the old bot did
//! before its own migration.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use guildhall_core::{clock::SharedClock, id::GuildId};
use guildhall_import::Source;
use time::{OffsetDateTime, macros::format_description};

/// Copies the source into the folder `imports` of the data folder; where the copy is.
pub(super) fn copy(source: &Source, guild: GuildId, data: &Path, clock: &SharedClock) -> Result<PathBuf> {
    let now = OffsetDateTime::from_unix_timestamp(clock.now().as_secs())?;
    let stamp = now.format(format_description!("[year][month][day]_[hour][minute][second]"))?;
    let folder = data.join("imports");
    fs::create_dir_all(&folder).with_context(|| format!("make the folder `{}`", folder.display()))?;
    let path = folder.join(format!("legacy_{guild}_{stamp}.db"));
    let made = write(source.path(), &path);
    made.with_context(|| format!("copy `{}` to `{}`", source.path().display(), path.display()))?;
    Ok(path)
}

/// A copy that was cut short keeps the name that says so.
fn write(from: &Path, to: &Path) -> io::Result<()> {
    let unfinished = to.with_extension("db.part");
    let mut file = private(&unfinished, true)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    file.sync_all()?;
    fs::rename(&unfinished, to)
}

/// Makes a file that only this user can read.
pub(super) fn private(path: &Path, replace: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(replace);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
