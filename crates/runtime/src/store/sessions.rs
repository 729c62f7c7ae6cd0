//! The gateway's memory, kept in the database.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use guildhall_core::clock::{SharedClock, Timestamp};
use guildhall_discord::gateway::{
    Gap, IdentifyBudget, OldSession, SessionStore, Spending, Spent, StoreFailure, StoredSession,
};
use guildhall_store::{
    OperatorPath, Store,
    platform::{gap, identify, session},
};

use super::guilds::Saver;

/// Two processes that look at the same moment do not do so again and again.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// Keeps one bot's sessions, gaps and identify budget.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
    identity: String,
    clock: SharedClock,
    /// Saved before every cursor: what lies before a cursor is never sent again, guilds included.
    guilds: Arc<Saver>,
}

impl Sessions {
    /// Keeps those of the bot with this identity: the [first part](guildhall_discord::gateway::identity)
    /// of its token.
    pub const fn new(store: Store, identity: String, clock: SharedClock, guilds: Arc<Saver>) -> Self {
        Self { store, identity, clock, guilds }
    }
}

impl SessionStore for Sessions {
    fn load(&self, shard: u32, total: u32) -> BoxFuture<'_, Result<Option<StoredSession>, StoreFailure>> {
        Box::pin(async move {
            let mut read = self.store.read().await?;
            let key = session::ShardKey { shard, total };
            let found = session::load(&mut read.operator(OperatorPath::Gateway), &self.identity, key).await?;
            Ok(found.map(stored))
        })
    }

    fn others(&self, total: u32) -> BoxFuture<'_, Result<Vec<OldSession>, StoreFailure>> {
        Box::pin(async move {
            let mut read = self.store.read().await?;
            let mut tx = read.operator(OperatorPath::Gateway);
            let found = session::others(&mut tx, &self.identity, total).await?;
            let old = |(key, found): (session::ShardKey, session::ShardSession)| OldSession {
                shard: key.shard,
                total: key.total,
                session: stored(found),
            };
            Ok(found.into_iter().map(old).collect())
        })
    }

    fn save<'a>(
        &'a self,
        shard: u32,
        total: u32,
        stored: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreFailure>> {
        Box::pin(async move {
            self.guilds.save().await?;
            let mut write = self.store.write().await?;
            let row = session::ShardSession {
                session_id: stored.session_id.clone(),
                resume_url: stored.resume_url.clone(),
                sequence: stored.sequence,
                identity: stored.identity.clone(),
                intents: stored.intents,
                as_of: stored.as_of,
            };
            let key = session::ShardKey { shard, total };
            session::save(&mut write.operator(OperatorPath::Gateway), key, &row).await?;
            Ok(write.commit().await?)
        })
    }

    fn clear(&self, shard: u32, total: u32) -> BoxFuture<'_, Result<(), StoreFailure>> {
        Box::pin(async move {
            let mut write = self.store.write().await?;
            let key = session::ShardKey { shard, total };
            session::clear(&mut write.operator(OperatorPath::Gateway), &self.identity, key).await?;
            Ok(write.commit().await?)
        })
    }

    fn record_gap<'a>(&'a self, lost: &'a Gap) -> BoxFuture<'a, Result<(), StoreFailure>> {
        Box::pin(async move {
            let mut write = self.store.write().await?;
            let row = gap::Gap {
                shard: lost.shard,
                session: lost.session.clone(),
                from_sequence: lost.from_sequence,
                since: lost.since,
                reason: lost.reason.as_str().to_owned(),
            };
            gap::record(&mut write.operator(OperatorPath::Gateway), &row).await?;
            Ok(write.commit().await?)
        })
    }

    fn load_budget(&self) -> BoxFuture<'_, Result<Option<IdentifyBudget>, StoreFailure>> {
        Box::pin(async move {
            let mut read = self.store.read().await?;
            let found = identify::load(&mut read.operator(OperatorPath::Gateway), &self.identity).await?;
            Ok(found.map(|found| IdentifyBudget {
                window_start: found.window_start,
                used: found.used,
                last: found.last,
            }))
        })
    }

    fn spend<'a>(&'a self, spending: &'a Spending) -> BoxFuture<'a, Result<Spent, StoreFailure>> {
        Box::pin(async move {
            let mut write = self.store.write().await?;
            let mut tx = write.operator(OperatorPath::Gateway);
            let now = self.store.time(&mut tx, &*self.clock).await?;
            let free = Timestamp(now.0.saturating_sub_unsigned(millis(spending.spacing)));
            // The bucket first: its row keeps other processes waiting until this one has spent.
            if let Some(last) =
                identify::enter_bucket(&mut tx, &self.identity, spending.bucket, now, free).await?
            {
                let wait = (last + spending.spacing).since(now).max(SHORTEST_WAIT);
                return Ok(Spent::TooSoon(wait));
            }
            let (before, after) = (spending.before.map(row), row(spending.after));
            if !identify::spend(&mut tx, &self.identity, before, after).await? {
                return Ok(Spent::Overtaken);
            }
            write.commit().await?;
            Ok(Spent::Granted)
        })
    }
}

const fn row(budget: IdentifyBudget) -> identify::IdentifyBudget {
    identify::IdentifyBudget { window_start: budget.window_start, used: budget.used, last: budget.last }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn stored(found: session::ShardSession) -> StoredSession {
    StoredSession {
        session_id: found.session_id,
        resume_url: found.resume_url,
        sequence: found.sequence,
        identity: found.identity,
        intents: found.intents,
        as_of: found.as_of,
    }
}
