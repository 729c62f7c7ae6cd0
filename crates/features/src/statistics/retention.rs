//! Removes the counts of single members when they are old.

use std::time::Duration;

use guildhall_framework::{Failure, Job, Services};
use guildhall_store::{OperatorPath, params};

use super::schema::{self, MEMBER_DAYS};
use crate::calendar::{DAY, day};

/// Rows in one transaction, so that others get their turn between two.
const BATCH: u32 = 5_000;

pub(super) const PRUNE: Job = Job {
    name: "statistics_prune",
    every: Duration::from_hours(1),
    at_stop: false,
    run: |services| Box::pin(prune(services)),
};

async fn prune(services: &Services) -> Result<(), Failure> {
    let oldest = day(services.clock.now()) - DAY * MEMBER_DAYS;
    loop {
        let mut write = services.store.write().await?;
        let removed =
            write.operator(OperatorPath::Retention).execute(&schema::PRUNE, params![oldest, BATCH]).await?;
        write.commit().await?;
        if removed < u64::from(BATCH) {
            return Ok(());
        }
    }
}
