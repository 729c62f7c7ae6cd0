//! A restore of everything into a database of its own, beside the one that is in use: for a restore that
//! takes its place when it is complete, and for drills, whose database goes again.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use guildhall_core::clock::SharedClock;
use guildhall_store::{Schema, Store, StoreOptions, tombstone::Journal};

use crate::{
    erasures,
    error::BackupError,
    keys::Keys,
    restore::{Restored, Target, restore},
    verify::peek,
    walk::{Snapshot, Watch},
};

/// How a restore into a fresh database went.
#[derive(Debug)]
pub struct Filled {
    /// What was restored.
    pub restored: Restored,
    /// The time from opening the empty database to equal checksums.
    pub took: Duration,
    /// Whether migrations ran afterwards, because the backup is of an older program.
    pub migrated: bool,
    /// The open database, brought up to this program.
    pub store: Store,
}

/// Fills an empty database, and brings it up to this program where the backup is of an older one.
pub async fn fill(
    options: StoreOptions,
    schemas: &[Schema],
    path: &Path,
    keys: &Keys,
    clock: &SharedClock,
    journals: &[Journal],
    watch: Watch<'_>,
) -> Result<Filled, BackupError> {
    let header = {
        let (path, keys) = (path.to_owned(), keys.clone());
        tokio::task::spawn_blocking(move || peek(&path, &keys)).await.map_err(|_| BackupError::Thread)??
    };
    let started = Instant::now();
    let store = Store::open_at(options.clone(), schemas, &header.versions(), clock.clone()).await?;
    let whole = Target::Whole { replace: false };
    let mut restored = restore(&store, path, keys, whole, clock, &[], watch).await?;
    let took = started.elapsed();
    store.close().await;
    drop(store);
    let store = Store::open(options, schemas, clock.clone()).await?;
    let migrated = Snapshot::take(&store).await?.ledger().await? != header.ledger;
    // What was erased is erased by this program's inventory, so after the tables are up to date.
    restored.erased_again = erasures::again(&store, journals, header.created_at, clock.now()).await?;
    Ok(Filled { restored, took, migrated, store })
}

/// The owners of a database and their last migrations.
pub async fn ledger(store: &Store) -> Result<Vec<(String, u32)>, BackupError> {
    let entries = Snapshot::take(store).await?.ledger().await?;
    Ok(entries.into_iter().map(|entry| (entry.owner, entry.version)).collect())
}
