//! A backup before the tables change.

use guildhall_core::clock::SharedClock;
use guildhall_store::{Place, Schema, Store, StoreOptions};

use crate::{
    create::{Created, create},
    error::BackupError,
    folder,
    manifest::Scope,
    schedule::Plan,
};

/// To be called before [`Store::open`]: makes a backup where opening would change tables that hold data on a
/// server. Of SQLite files the store itself puts a copy beside them. `None` where nothing would change.
pub async fn before_migration(
    options: &StoreOptions,
    schemas: &[Schema],
    plan: &Plan,
    clock: &SharedClock,
) -> Result<Option<Created>, BackupError> {
    if !matches!(options.place, Place::Postgres(_)) {
        return Ok(None);
    }
    let steps = Store::plan(options, schemas).await?;
    if steps.empty || steps.pending.is_empty() {
        return Ok(None);
    }
    let path = folder::name(&plan.folder, &plan.label, clock.now(), Scope::Whole);
    let options = StoreOptions { read_only: true, ..options.clone() };
    let store = Store::open(options, schemas, clock.clone()).await?;
    let made = create(&store, Scope::Whole, &path, &plan.keys, clock, &|_| {}).await;
    store.close().await;
    made.map(Some)
}
