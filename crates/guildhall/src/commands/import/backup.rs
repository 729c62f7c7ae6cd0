//! What is saved before the first row is taken: the old bot's database, and what the server has here.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use guildhall_backup::{Scope, create, folder};
use guildhall_core::{clock::SharedClock, id::GuildId, scope::GuildScope};
use guildhall_import::{Source, archive};
use guildhall_store::Store;
use time::{OffsetDateTime, macros::format_description};

use crate::{config::Config, parts};

/// Makes a backup of the server as `guildhall backup create --guild` does. Where no key for backups is
/// configured, a first import goes on without one, because it only adds to tables of its own; a later one,
/// which replaces rows, does not.
pub(super) async fn destination(
    store: &Store,
    guild: GuildId,
    config: &Config,
    clock: &SharedClock,
) -> Result<()> {
    let plan = parts::backups(config)?;
    if plan.keys.encrypts().is_ok() {
        let scope = Scope::Guild(guild);
        let path = folder::name(&plan.folder, &plan.label, clock.now(), scope);
        let made = create(store, scope, &path, &plan.keys, clock, &|_| {}).await?;
        eprintln!("backup      {}", made.path.display());
        return Ok(());
    }
    let mut read = store.read().await?;
    if archive::sources(&mut read.guild(GuildScope(guild))).await?.is_empty() {
        eprintln!("backup      none of this server's data: no key for backups is configured");
        return Ok(());
    }
    bail!(
        "no key for backups is configured, and this import changes what an earlier one brought\nhint: `guildhall backup keygen` makes a key; `--no-backup` goes on without one"
    )
}

/// Copies the source into the folder `imports` of the data folder, named by the time, as the old bot did
/// before its own migration.
pub(super) fn copy(source: &Source, guild: GuildId, data: &Path, clock: &SharedClock) -> Result<()> {
    let now = OffsetDateTime::from_unix_timestamp(clock.now().as_secs())?;
    let stamp = now.format(format_description!("[year][month][day]_[hour][minute][second]"))?;
    let folder = data.join("imports");
    fs::create_dir_all(&folder).with_context(|| format!("make the folder `{}`", folder.display()))?;
    let path = folder.join(format!("legacy_{guild}_{stamp}.db"));
    let made = write(source.path(), &path);
    made.with_context(|| format!("copy `{}` to `{}`", source.path().display(), path.display()))?;
    eprintln!("copy        {}", path.display());
    Ok(())
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
