//! The folder of backups: how they are called, which there are, and which may go.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use guildhall_core::{clock::Timestamp, id::GuildId};
use serde::Serialize;
use time::{
    OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description,
};

use crate::{error::BackupError, file::UNFINISHED, manifest::Scope};

/// What the name of a backup ends with.
const ENDING: &str = ".backup";

/// What stands before the server's id in the name of a backup of one.
const SERVER: &str = "-server-";

/// The time in a name: UTC, and in the order of time.
const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// Unfinished files of processes that were killed go after this.
const UNFINISHED_FOR: Duration = Duration::from_hours(24);

/// Backups of one server are made by hand and go after this, so that what was erased is not kept for ever.
const SERVERS_FOR: Duration = Duration::from_hours(30 * 24);

/// A backup in a folder, as its name tells of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// The moment of its snapshot, to the second.
    pub at: Timestamp,
    /// What it covers.
    pub scope: Scope,
    /// Its size.
    pub size: u64,
}

/// How many backups of everything stay: the last ones, and the newest of each of the last days and weeks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Keep {
    /// The last ones.
    pub last: u32,
    /// One for each of so many days.
    pub daily: u32,
    /// One for each of so many weeks.
    pub weekly: u32,
}

/// The file for a new backup. `label` tells apart what several bots keep in one folder.
pub fn name(folder: &Path, label: &str, at: Timestamp, scope: Scope) -> PathBuf {
    let moment = OffsetDateTime::from_unix_timestamp(at.as_secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let moment = moment.format(TIME).unwrap_or_else(|_| at.as_secs().to_string());
    folder.join(match scope {
        Scope::Whole => format!("{label}-{moment}{ENDING}"),
        Scope::Guild(guild) => format!("{label}-{moment}{SERVER}{guild}{ENDING}"),
    })
}

/// The backups of this label, the newest first. A folder that does not exist has none.
pub fn list(folder: &Path, label: &str) -> Result<Vec<Entry>, BackupError> {
    let mut found = Vec::new();
    for (path, name) in files(folder)? {
        let Some((at, scope)) = name.strip_suffix(ENDING).and_then(|name| parse(name, label)) else {
            continue;
        };
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        found.push(Entry { path, at, scope, size });
    }
    found.sort_by(|one, two| two.at.cmp(&one.at).then_with(|| one.path.cmp(&two.path)));
    Ok(found)
}

/// The newest backup of everything.
pub fn newest(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().find(|entry| entry.scope == Scope::Whole)
}

/// Removes what need not stay, never the newest backup of everything; what went.
pub fn prune(folder: &Path, label: &str, keep: Keep, now: Timestamp) -> Result<Vec<PathBuf>, BackupError> {
    let entries = list(folder, label)?;
    let whole: Vec<&Entry> = entries.iter().filter(|entry| entry.scope == Scope::Whole).collect();
    let stays = staying(&whole.iter().map(|entry| entry.at).collect::<Vec<_>>(), keep);
    let mut gone: Vec<PathBuf> = whole
        .iter()
        .enumerate()
        .filter(|(index, _)| !stays.contains(index))
        .map(|(_, entry)| entry.path.clone())
        .collect();
    let old = |entry: &&Entry| entry.scope != Scope::Whole && entry.at < now - SERVERS_FOR;
    gone.extend(entries.iter().filter(old).map(|entry| entry.path.clone()));
    for (path, name) in files(folder)? {
        let complete = name.strip_suffix(UNFINISHED).and_then(|name| name.strip_suffix('.'));
        let named = complete.and_then(|name| parse(name.strip_suffix(ENDING)?, label));
        if named.is_some_and(|(at, _)| at < now - UNFINISHED_FOR) {
            gone.push(path);
        }
    }
    for path in &gone {
        std::fs::remove_file(path).map_err(BackupError::file("remove the old backup", path))?;
    }
    Ok(gone)
}

/// Which of these moments stay, the newest first.
fn staying(moments: &[Timestamp], keep: Keep) -> BTreeSet<usize> {
    const DAY: i64 = 24 * 3_600;
    let mut stays: BTreeSet<usize> = (0..moments.len()).take(keep.last.max(1) as usize).collect();
    for (spans, length) in [(keep.daily, DAY), (keep.weekly, 7 * DAY)] {
        let mut seen = BTreeSet::new();
        for (index, at) in moments.iter().enumerate() {
            if seen.len() == spans as usize {
                break;
            }
            if seen.insert(at.as_secs().div_euclid(length)) {
                stays.insert(index);
            }
        }
    }
    stays
}

fn files(folder: &Path) -> Result<Vec<(PathBuf, String)>, BackupError> {
    let failed = || BackupError::file("read the folder", folder);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed())?;
        found.extend(entry.file_name().into_string().ok().map(|name| (entry.path(), name)));
    }
    Ok(found)
}

fn parse(name: &str, label: &str) -> Option<(Timestamp, Scope)> {
    let rest = name.strip_prefix(label)?.strip_prefix('-')?;
    let (moment, scope) = match rest.split_once(SERVER) {
        Some((moment, guild)) => (moment, Scope::Guild(guild.parse::<GuildId>().ok()?)),
        None => (rest, Scope::Whole),
    };
    let moment = PrimitiveDateTime::parse(moment, TIME).ok()?.assume_utc();
    Some((Timestamp(moment.unix_timestamp() * 1_000), scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn names_tell_of_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp(1_700_000_000_000);
        let server = Scope::Guild(GuildId::new(42).unwrap());
        for (label, moment, scope) in [
            ("bot-1", at, Scope::Whole),
            ("bot-1", Timestamp(at.0 + HOUR), server),
            ("bot-12", at, Scope::Whole),
        ] {
            std::fs::write(name(folder.path(), label, moment, scope), "x").unwrap();
        }
        std::fs::write(folder.path().join("bot-1-notes.backup"), "x").unwrap();
        let found = list(folder.path(), "bot-1").unwrap();
        let found: Vec<_> = found.iter().map(|entry| (entry.at, entry.scope, entry.size)).collect();
        assert_eq!(found, [(Timestamp(at.0 + HOUR), server, 1), (at, Scope::Whole, 1)]);
        assert!(folder.path().join("bot-1-20231114T221320Z.backup").exists());
        assert_eq!(list(&folder.path().join("none"), "bot-1").unwrap(), []);
    }

    #[test]
    fn the_last_the_daily_and_the_weekly_ones_stay_and_the_newest_always() {
        let now = Timestamp(1_700_000_000_000);
        let moments: Vec<_> = (0..24 * 40).map(|hours| Timestamp(now.0 - hours * HOUR)).collect();
        let keep = Keep { last: 3, daily: 7, weekly: 3 };
        let stays = staying(&moments, keep);
        assert!([0, 1, 2].iter().all(|index| stays.contains(index)), "{stays:?}");
        assert!((9..=13).contains(&stays.len()), "{stays:?}");
        let oldest = moments[*stays.last().unwrap()];
        assert!(now.0 - oldest.0 <= 30 * 24 * HOUR, "nothing is kept for more than thirty days");
        assert_eq!(
            staying(&moments, Keep { last: 0, daily: 0, weekly: 0 }).into_iter().collect::<Vec<_>>(),
            [0]
        );
        assert_eq!(staying(&[], keep).len(), 0);
    }

    #[test]
    fn pruning_leaves_what_others_keep_there() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp(1_700_000_000_000);
        let at = |hours: i64| Timestamp(now.0 - hours * HOUR);
        let server = Scope::Guild(GuildId::new(42).unwrap());
        let write = |path: &Path| std::fs::write(path, "x").unwrap();
        let (newest, old) =
            (name(folder.path(), "a", at(1), Scope::Whole), name(folder.path(), "a", at(2), Scope::Whole));
        let other = name(folder.path(), "b", at(2_000), Scope::Whole);
        let (young, aged) =
            (name(folder.path(), "a", at(600), server), name(folder.path(), "a", at(800), server));
        let running = folder.path().join("a-20231114T211320Z.backup.part");
        let dead = folder.path().join("a-20231101T211320Z.backup.part");
        for path in [&newest, &old, &other, &young, &aged, &running, &dead] {
            write(path);
        }
        let keep = Keep { last: 1, daily: 0, weekly: 0 };
        let mut gone = prune(folder.path(), "a", keep, now).unwrap();
        gone.sort();
        let mut wanted = vec![old, aged, dead];
        wanted.sort();
        assert_eq!(gone, wanted);
        assert!([&newest, &other, &young, &running].iter().all(|path| path.exists()));
    }
}
