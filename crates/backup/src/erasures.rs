//! What people had erased stays erased when a backup from before is restored.
//!
//! The tombstones in the database go with the data that a restore replaces, so they are written into a file
//! beside the backups first, and read from there.

use std::path::Path;

use guildhall_core::{clock::Timestamp, id::GuildId};
use guildhall_store::{
    OperatorPath, Reason, Store, Subject, erase,
    tombstone::{self, Journal, Tombstone},
};

use crate::error::BackupError;

/// The file of tombstones beside the backups of this label: it survives the loss of the data folder.
pub fn journal(folder: &Path, label: &str) -> Journal {
    Journal::at(folder.join(format!("{label}.tombstones")))
}

/// Writes the tombstones of a database into a file, where it lacks them.
pub async fn keep(store: &Store, journal: &Journal) -> Result<(), BackupError> {
    let known = journal.read().await?;
    for tombstone in of(store).await?.into_iter().filter(|tombstone| !known.contains(tombstone)) {
        journal.add(tombstone).await?;
    }
    Ok(())
}

/// Every tombstone of a database. Tables of an older program may have none.
async fn of(store: &Store) -> Result<Vec<Tombstone>, BackupError> {
    if !store.tables().iter().any(|info| info.table.name == "tombstone") {
        return Ok(Vec::new());
    }
    let mut read = store.read().await?;
    Ok(tombstone::since(&mut read.operator(OperatorPath::Backup), Timestamp(i64::MIN)).await?)
}

/// What was erased at this time or later, by the database and these files, once each. Whatever the database
/// alone knows is written into the first file, so that it is known after the database is gone.
pub(crate) async fn since(
    store: &Store,
    journals: &[Journal],
    time: Timestamp,
) -> Result<Vec<Tombstone>, BackupError> {
    if let Some(first) = journals.first() {
        keep(store, first).await?;
    }
    let mut all = of(store).await?;
    for journal in journals {
        all.extend(journal.read().await?);
    }
    all.retain(|tombstone| tombstone.erased_at >= time);
    all.sort_by_key(|tombstone| tombstone.erased_at);
    let mut seen = std::collections::HashSet::new();
    all.retain(|tombstone| seen.insert(*tombstone));
    Ok(all)
}

/// The same for a restore of one guild: only what is about it, so that no other is touched. That the bot had
/// left does not count against whoever wants the guild back.
pub(crate) fn of_guild(all: &[Tombstone], from: GuildId, to: GuildId) -> Vec<Tombstone> {
    let mapped = |tombstone: &Tombstone| {
        let subject = match tombstone.subject {
            Subject::User(user) => Subject::Member(to, user),
            Subject::Member(guild, user) if guild == from => Subject::Member(to, user),
            Subject::Guild(guild) if guild == from && tombstone.reason != Reason::Left => Subject::Guild(to),
            _ => return None,
        };
        Some(Tombstone { subject, ..*tombstone })
    };
    all.iter().filter_map(mapped).collect()
}

/// Erases again what was erased at this time or later; how many erasures that were.
pub async fn again(
    store: &Store,
    journals: &[Journal],
    time: Timestamp,
    now: Timestamp,
) -> Result<u64, BackupError> {
    replay(store, &since(store, journals, time).await?, now).await
}

/// Erases again; how many erasures that were.
pub(crate) async fn replay(store: &Store, all: &[Tombstone], now: Timestamp) -> Result<u64, BackupError> {
    erase::replay(store, all, now).await?;
    Ok(all.len() as u64)
}
