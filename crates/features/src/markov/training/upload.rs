//! Training from a file that lies on the machine: for whoever runs the bot, and of any size.

use std::io::BufRead;

use guildhall_core::{clock::SharedClock, id::GuildId, scope::GuildScope};
use guildhall_store::{Store, StoreError, params};

use guildhall_framework::Consents;

use super::{Training, batches, job::refuses};
use crate::markov::{
    corpus::{self, Which},
    file::{FileFault, Held},
    schema,
};

/// What came of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Trained {
    /// Entries that the file held.
    pub held: Held,
    /// Texts that are new.
    pub learned: u64,
}

/// Why a training did not come to its end. What was stored stays.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The file cannot be learned from.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The database failed.
    #[error("store what the file holds")]
    Store(#[from] StoreError),
    /// The thread that reads has ended.
    #[error("the thread that reads the file has ended")]
    Ended,
}

/// Trains a guild from a file. `clean` takes away what was learned before, once the first batch has been read.
pub async fn train_file(
    store: &Store,
    clock: &SharedClock,
    guild: GuildId,
    name: &str,
    file: impl BufRead + Send + 'static,
    clean: bool,
    batch: usize,
) -> Result<Trained, TrainError> {
    let scope = GuildScope(guild);
    let consents = Consents::default();
    consents.load(store, clock.now()).await?;
    let refused = |author: u64| refuses(&consents, author);
    let (mut parts, work) = batches::batches(file, batch, 0);
    let mut training = None;
    while let Some(part) = parts.recv().await {
        if training.is_none() {
            if clean {
                corpus::clear(store, scope, Which::Everything).await?;
            }
            training = Some(begin(store, clock, scope, name).await?);
        }
        if let Some(training) = &mut training {
            training.store(store, scope, part, &refused, clock.now()).await?;
        }
    }
    let held = work.await.map_err(|_| TrainError::Ended)?;
    if let Some(training) = &training {
        let mut write = store.write().await?;
        write.guild(scope).execute(&schema::END, params![training.id, clock.now()]).await?;
        write.commit().await?;
    }
    Ok(Trained { held: held?, learned: training.map_or(0, |training| training.learned) })
}

async fn begin(
    store: &Store,
    clock: &SharedClock,
    scope: GuildScope,
    name: &str,
) -> Result<Training, StoreError> {
    let mut write = store.write().await?;
    let now = clock.now();
    let id = Training::begin(&mut write.guild(scope), 0, None, name, false, now).await?;
    write.commit().await?;
    Ok(Training {
        id,
        user: 0,
        channel: None,
        message: None,
        source: name.to_owned(),
        clean: false,
        total: 0,
        done: 0,
        learned: 0,
        skipped: 0,
        started: now,
        ended: None,
    })
}
