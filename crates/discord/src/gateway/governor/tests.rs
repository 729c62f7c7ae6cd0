//! When shards may identify.

use std::sync::atomic::AtomicBool;

use futures::future::BoxFuture;
use guildhall_core::clock::{Clock, Timestamp};

use super::*;
use crate::gateway::session::{Gap, IdentifyBudget, OldSession, StoreFailure, StoredSession};

/// A wall clock that follows the runtime's paused time.
#[derive(Debug)]
struct FollowingClock(Instant);

impl Clock for FollowingClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000) + self.0.elapsed()
    }
}

#[derive(Default)]
struct Budgets {
    saved: Mutex<Option<IdentifyBudget>>,
    buckets: Mutex<HashMap<u32, Timestamp>>,
    broken: AtomicBool,
}

impl SessionStore for Budgets {
    fn load(&self, _: u32, _: u32) -> BoxFuture<'_, Result<Option<StoredSession>, StoreFailure>> {
        unreachable!()
    }
    fn others(&self, _: u32) -> BoxFuture<'_, Result<Vec<OldSession>, StoreFailure>> {
        unreachable!()
    }
    fn save<'a>(&'a self, _: u32, _: u32, _: &'a StoredSession) -> BoxFuture<'a, Result<(), StoreFailure>> {
        unreachable!()
    }
    fn clear(&self, _: u32, _: u32) -> BoxFuture<'_, Result<(), StoreFailure>> {
        unreachable!()
    }
    fn record_gap<'a>(&'a self, _: &'a Gap) -> BoxFuture<'a, Result<(), StoreFailure>> {
        unreachable!()
    }
    fn load_budget(&self) -> BoxFuture<'_, Result<Option<IdentifyBudget>, StoreFailure>> {
        Box::pin(async { Ok(*self.saved.lock()) })
    }
    fn spend<'a>(&'a self, spending: &'a Spending) -> BoxFuture<'a, Result<Spent, StoreFailure>> {
        Box::pin(async move {
            if self.broken.load(Ordering::SeqCst) {
                return Err("disk full".into());
            }
            let mut saved = self.saved.lock();
            if *saved != spending.before {
                return Ok(Spent::Overtaken);
            }
            let now = spending.after.last;
            let mut buckets = self.buckets.lock();
            if let Some(last) = buckets.get(&spending.bucket) {
                let wait = (*last + spending.spacing).since(now);
                if !wait.is_zero() {
                    return Ok(Spent::TooSoon(wait));
                }
            }
            buckets.insert(spending.bucket, now);
            *saved = Some(spending.after);
            Ok(Spent::Granted)
        })
    }
}

fn info(max_concurrency: u32, remaining: u32) -> GatewayInfo {
    GatewayInfo {
        url: "ws://127.0.0.1:1".into(),
        shards: 1,
        total: 1000,
        remaining,
        reset_after: Duration::from_hours(1),
        max_concurrency,
    }
}

async fn governor(store: &Arc<Budgets>, info: GatewayInfo, force: bool) -> Governor {
    let store: Arc<dyn SessionStore> = Arc::<Budgets>::clone(store);
    Governor::new(Arc::new(info), store, Arc::new(FollowingClock(Instant::now())), force).await.unwrap()
}

/// When each shard's IDENTIFY was granted, in seconds from now, in the order of the grants.
async fn grants(governor: &Governor, shards: &[u32]) -> Vec<(u32, u64)> {
    let start = Instant::now();
    let granted = Arc::new(Mutex::new(Vec::new()));
    let waits = shards.iter().map(|shard| {
        let (shard, grant, granted) = (*shard, governor.enqueue(*shard), Arc::clone(&granted));
        async move {
            grant.await.unwrap();
            granted.lock().push((shard, start.elapsed().as_secs()));
        }
    });
    futures::future::join_all(waits).await;
    granted.lock().clone()
}

#[tokio::test(start_paused = true)]
async fn a_bucket_keeps_its_distance_and_buckets_run_side_by_side() {
    let store = Arc::new(Budgets::default());
    let one = governor(&store, info(1, 1000), false).await;
    assert_eq!(grants(&one, &[2, 0, 1]).await, [(0, 0), (1, 5), (2, 10)]);
    assert_eq!(store.saved.lock().unwrap().used, 3);

    let store = Arc::new(Budgets::default());
    let two = governor(&store, info(2, 1000), false).await;
    let mut granted = grants(&two, &[0, 1, 2, 3]).await;
    granted.sort_unstable();
    assert_eq!(granted, [(0, 0), (1, 0), (2, 5), (3, 5)]);
}

#[tokio::test(start_paused = true)]
async fn the_next_process_keeps_its_distance_too() {
    let store = Arc::new(Budgets::default());
    let first = governor(&store, info(1, 1000), false).await;
    grants(&first, &[0]).await;
    // The new process reads the same clock at the same moment.
    let clock: SharedClock = Arc::clone(&first.0.clock);
    let sessions: Arc<dyn SessionStore> = Arc::<Budgets>::clone(&store);
    let second = Governor::new(Arc::new(info(1, 999)), sessions, clock, false).await.unwrap();
    assert_eq!(grants(&second, &[0]).await, [(0, 5)]);
    assert_eq!(store.saved.lock().unwrap().used, 2);
}

#[tokio::test(start_paused = true)]
async fn the_reserve_is_held_back_until_the_window_renews_or_force() {
    let store = Arc::new(Budgets::default());
    let held = governor(&store, info(1, 3), false).await;
    held.reserve_for(2);
    assert!(matches!(
        held.may_identify().await,
        Err(GatewayError::BudgetLow { remaining: 3, needed: 4, renews_in_secs: 3600 })
    ));
    let mut grant = held.enqueue(0);
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert!(grant.try_recv().is_err());
    assert!(store.saved.lock().is_none());

    let forced = governor(&store, info(1, 3), true).await;
    forced.reserve_for(2);
    assert_eq!(grants(&forced, &[0]).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_granted_that_could_not_be_counted() {
    let store = Arc::new(Budgets::default());
    let governor = governor(&store, info(1, 1000), false).await;
    store.broken.store(true, Ordering::SeqCst);
    let mut grant = governor.enqueue(0);
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert!(grant.try_recv().is_err());
    store.broken.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert!(grant.try_recv().is_ok());
    assert_eq!(store.saved.lock().unwrap().used, 1);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_left_costs_nothing() {
    let store = Arc::new(Budgets::default());
    let governor = governor(&store, info(1, 1000), false).await;
    drop(governor.enqueue(0));
    assert_eq!(grants(&governor, &[1]).await, [(1, 0)]);
    assert_eq!(store.saved.lock().unwrap().used, 1);
}

#[tokio::test(start_paused = true)]
async fn connects_beyond_a_burst_are_spread() {
    let store = Arc::new(Budgets::default());
    let governor = governor(&store, info(1, 1000), false).await;
    let start = Instant::now();
    for _ in 0..CONNECT_BURST {
        governor.connect_slot().await;
    }
    assert!(start.elapsed() <= CONNECT_SPACING);
    for _ in 0..100 {
        governor.connect_slot().await;
    }
    assert!(start.elapsed() >= CONNECT_SPACING * 98);
}

#[tokio::test(start_paused = true)]
async fn a_day_of_crashes_that_lose_every_session_uses_half_of_the_budget_at_the_most() {
    let store = Arc::new(Budgets::default());
    let shards: Vec<u32> = (0..64).collect();
    let began = Instant::now();
    let clock: SharedClock = Arc::new(FollowingClock(began));
    let mut most = 0;
    while began.elapsed() < Duration::from_hours(24) {
        let sessions: Arc<dyn SessionStore> = Arc::<Budgets>::clone(&store);
        let used = store.saved.lock().map_or(0, |saved| saved.used);
        let told = info(16, 1000 - used);
        let governor = Governor::new(Arc::new(told), sessions, Arc::clone(&clock), false).await.unwrap();
        governor.reserve_for(64);
        let asked: Vec<_> = shards.iter().map(|shard| governor.enqueue(*shard)).collect();
        tokio::time::sleep(Duration::from_mins(10)).await;
        drop(asked);
        most = most.max(store.saved.lock().map_or(0, |saved| saved.used));
    }
    assert!((256..=500).contains(&most), "{most}");
}
