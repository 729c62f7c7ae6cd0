//! Backups on a schedule. The caller sees to it that one process looks at a time.

use std::{path::PathBuf, time::Duration};

use guildhall_core::clock::{SharedClock, Timestamp};
use guildhall_store::Store;
use tokio::sync::Mutex;

use crate::{
    create::{Created, create},
    erasures,
    error::BackupError,
    folder::{self, Keep},
    keys::Keys,
    manifest::Scope,
    telemetry,
    verify::verify,
};

/// How often one should look whether a backup is due.
pub const LOOK: Duration = Duration::from_secs(30);

/// After a failure the next try waits this long, or the whole interval where that is shorter.
const RETRY: Duration = Duration::from_mins(10);

/// When, where and how many.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder.
    pub folder: PathBuf,
    /// What the names begin with.
    pub label: String,
    /// The time between two; zero makes none.
    pub every: Duration,
    /// Which stay.
    pub keep: Keep,
    /// The keys.
    pub keys: Keys,
}

/// Makes backups when they are due.
pub struct Schedule {
    store: Store,
    clock: SharedClock,
    plan: Plan,
    began: Timestamp,
    /// When the last try failed.
    failed: Mutex<Option<Timestamp>>,
}

impl Schedule {
    /// Nothing happens before [`Schedule::look`].
    pub fn new(store: Store, clock: SharedClock, plan: Plan) -> Self {
        telemetry::describe();
        let began = clock.now();
        Self { store, clock, plan, began, failed: Mutex::new(None) }
    }

    /// Makes a backup where one is due, reads it back where a key can, and removes old ones. What was made. Ended
    /// at any point, it leaves no unfinished file.
    pub async fn look(&self) -> Result<Option<Created>, BackupError> {
        let now = self.clock.now();
        let last = folder::newest(&folder::list(&self.plan.folder, &self.plan.label)?).cloned();
        // Before the first backup the age is that of the process.
        telemetry::age(now.since(last.as_ref().map_or(self.began, |entry| entry.at)));
        if let Some(entry) = &last {
            telemetry::size(entry.size);
        }
        if !self.plan.every.is_zero() || last.is_some() {
            let journal = erasures::journal(&self.plan.folder, &self.plan.label);
            std::fs::create_dir_all(&self.plan.folder)
                .map_err(BackupError::file("make the folder", &self.plan.folder))?;
            erasures::keep(&self.store, &journal).await?;
        }
        let mut failed = self.failed.lock().await;
        let rests = failed.is_some_and(|at| now.since(at) < RETRY.min(self.plan.every));
        let due = last.is_none_or(|entry| now.since(entry.at) >= self.plan.every);
        if self.plan.every.is_zero() || rests || !due {
            return Ok(None);
        }
        let made = self.make(now).await;
        telemetry::made(made.is_ok());
        *failed = made.is_err().then_some(now);
        let made = made?;
        tracing::info!(
            file = %made.path.display(),
            bytes = made.size,
            rows = made.trailer.totals.rows(),
            "a backup is made"
        );
        telemetry::age(self.clock.now().since(made.header.created_at));
        telemetry::size(made.size);
        Ok(Some(made))
    }

    async fn make(&self, now: Timestamp) -> Result<Created, BackupError> {
        let Plan { folder, label, keep, keys, .. } = &self.plan;
        let path = folder::name(folder, label, now, Scope::Whole);
        let made = create(&self.store, Scope::Whole, &path, keys, &self.clock, &|_| {}).await?;
        if keys.reads() {
            // Only a backup that reads back lets older ones go.
            verify(&path, keys, |_| {}).await?;
        }
        for gone in folder::prune(folder, label, *keep, now)? {
            tracing::info!(file = %gone.display(), "an old backup is removed");
        }
        Ok(made)
    }
}
