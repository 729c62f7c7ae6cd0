//! The file of tombstones beside the data: one JSON object a line, only ever added to while the bot runs.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
};
use serde::{Deserialize, Serialize};

use super::{KEEP_DAYS, Tombstone};
use crate::{
    error::StoreError,
    subject::{Reason, Subject},
};

/// The file of tombstones. Clones share it.
#[derive(Clone, Debug)]
pub struct Journal(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    turn: Mutex<()>,
}

/// A line of the file.
#[derive(Debug, Deserialize, Serialize)]
struct Line {
    what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guild: Option<GuildId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    erased_at: i64,
    reason: String,
}

impl Journal {
    /// The journal in this file, which is made with its first line.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(Some(Arc::new(Inner { path: path.into(), turn: Mutex::default() })))
    }

    /// No file, where the database alone is to remember: in tests, and for copies of data.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Adds a tombstone. It is durable when this returns.
    pub async fn add(&self, tombstone: Tombstone) -> Result<(), StoreError> {
        self.blocking(move |inner| {
            let mut file = open(&inner.path, OpenOptions::new().append(true))?;
            file.write_all(line(&tombstone).as_bytes())?;
            file.sync_all()
        })
        .await
        .map(|_| ())
    }

    /// Every tombstone in the file. A line that was cut short by a crash is passed over: its erasure had not
    /// begun.
    pub async fn read(&self) -> Result<Vec<Tombstone>, StoreError> {
        let read = self.blocking(|inner| read(&inner.path)).await?;
        Ok(read.unwrap_or_default())
    }

    /// Writes the file anew without those that no backup can bring back any more.
    pub async fn compact(&self, now: Timestamp) -> Result<(), StoreError> {
        let oldest = now - Duration::from_hours(24 * u64::from(KEEP_DAYS));
        let compact = self.blocking(move |inner| {
            let all = read(&inner.path)?;
            let (kept, old): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|tombstone| tombstone.erased_at >= oldest);
            if old.is_empty() {
                return Ok(());
            }
            let mut beside = inner.path.as_os_str().to_owned();
            beside.push(".new");
            let beside = PathBuf::from(beside);
            let mut file = open(&beside, OpenOptions::new().write(true).truncate(true))?;
            file.write_all(kept.iter().map(line).collect::<String>().as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, &inner.path)
        });
        compact.await.map(|_| ())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let Some(inner) = self.0.clone() else { return Ok(None) };
        let path = inner.path.clone();
        let failed = |source| StoreError::Tombstones { path, source };
        let done = tokio::task::spawn_blocking(move || {
            let _turn = inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
            work(&inner)
        });
        done.await.map_err(io::Error::other).and_then(|result| result).map(Some).map_err(failed)
    }
}

fn read(path: &Path) -> io::Result<Vec<Tombstone>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for line in BufReader::new(file).lines() {
        found.extend(serde_json::from_str::<Line>(&line?).ok().as_ref().and_then(parse));
    }
    Ok(found)
}

fn line(tombstone: &Tombstone) -> String {
    let line = Line {
        what: tombstone.subject.kind().to_owned(),
        guild: tombstone.subject.guild(),
        user: tombstone.subject.user(),
        erased_at: tombstone.erased_at.as_millis(),
        reason: tombstone.reason.name().to_owned(),
    };
    // The newline comes first: a line that a crash cut short does not spoil the next.
    serde_json::to_string(&line).map(|text| format!("\n{text}")).unwrap_or_default()
}

fn parse(line: &Line) -> Option<Tombstone> {
    Some(Tombstone {
        subject: Subject::of(&line.what, line.guild, line.user)?,
        erased_at: Timestamp(line.erased_at),
        reason: Reason::named(&line.reason)?,
    })
}

/// Opens the file for its owner alone.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tombstone(at: i64, subject: Subject) -> Tombstone {
        Tombstone { subject, erased_at: Timestamp(at), reason: Reason::Asked }
    }

    #[tokio::test]
    async fn tombstones_survive_in_a_file_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.tombstones");
        let journal = Journal::at(&path);
        assert_eq!(journal.read().await.unwrap(), []);
        let (guild, user) = (GuildId::new(1).unwrap(), UserId::new(2).unwrap());
        let year = 1_000 * 60 * 60 * 24 * 500;
        let all = [
            tombstone(5, Subject::User(user)),
            tombstone(year, Subject::Member(guild, user)),
            tombstone(year, Subject::Guild(guild)),
        ];
        for one in all {
            journal.add(one).await.unwrap();
        }
        assert_eq!(journal.read().await.unwrap(), all);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // A crash in the middle of a line costs that line and no other.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"\n{\"what\":\"us").unwrap();
        journal.add(all[0]).await.unwrap();
        assert_eq!(journal.read().await.unwrap(), [all[0], all[1], all[2], all[0]]);
        journal.compact(Timestamp(year)).await.unwrap();
        assert_eq!(journal.read().await.unwrap(), all[1..]);
        assert_eq!(Journal::none().read().await.unwrap(), []);
    }
}
