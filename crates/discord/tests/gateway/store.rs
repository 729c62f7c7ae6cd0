//! Sessions kept in memory, with a switch that makes writes fail.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
};

use futures::future::BoxFuture;
use guildhall_discord::gateway::{
    Gap, IdentifyBudget, OldSession, SessionStore, Spending, Spent, StoreFailure, StoredSession,
};
use parking_lot::Mutex;

#[derive(Default)]
pub(crate) struct MemoryStore {
    pub(crate) sessions: Mutex<HashMap<(u32, u32), StoredSession>>,
    pub(crate) gaps: Mutex<Vec<Gap>>,
    pub(crate) budget: Mutex<Option<IdentifyBudget>>,
    pub(crate) broken: AtomicBool,
}

impl MemoryStore {
    pub(crate) fn session(&self, shard: u32, total: u32) -> Option<StoredSession> {
        self.sessions.lock().get(&(shard, total)).cloned()
    }

    fn write<'a>(&'a self, change: impl FnOnce() + Send + 'a) -> BoxFuture<'a, Result<(), StoreFailure>> {
        Box::pin(async move {
            if self.broken.load(Ordering::SeqCst) {
                return Err("the disk is full".into());
            }
            change();
            Ok(())
        })
    }
}

impl SessionStore for MemoryStore {
    fn load(&self, shard: u32, total: u32) -> BoxFuture<'_, Result<Option<StoredSession>, StoreFailure>> {
        Box::pin(async move { Ok(self.session(shard, total)) })
    }

    fn others(&self, total: u32) -> BoxFuture<'_, Result<Vec<OldSession>, StoreFailure>> {
        let sessions = self.sessions.lock();
        let others = sessions.iter().filter(|((_, before), _)| *before != total);
        let others = others.map(|((shard, total), session)| OldSession {
            shard: *shard,
            total: *total,
            session: session.clone(),
        });
        let others = others.collect();
        Box::pin(async move { Ok(others) })
    }

    fn save<'a>(
        &'a self,
        shard: u32,
        total: u32,
        session: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreFailure>> {
        self.write(move || {
            self.sessions.lock().insert((shard, total), session.clone());
        })
    }

    fn clear(&self, shard: u32, total: u32) -> BoxFuture<'_, Result<(), StoreFailure>> {
        self.write(move || {
            self.sessions.lock().remove(&(shard, total));
        })
    }

    fn record_gap<'a>(&'a self, gap: &'a Gap) -> BoxFuture<'a, Result<(), StoreFailure>> {
        self.write(move || self.gaps.lock().push(gap.clone()))
    }

    fn load_budget(&self) -> BoxFuture<'_, Result<Option<IdentifyBudget>, StoreFailure>> {
        Box::pin(async move { Ok(*self.budget.lock()) })
    }

    fn spend<'a>(&'a self, spending: &'a Spending) -> BoxFuture<'a, Result<Spent, StoreFailure>> {
        let budget = spending.after;
        Box::pin(async move {
            self.write(move || *self.budget.lock() = Some(budget)).await?;
            Ok(Spent::Granted)
        })
    }
}
