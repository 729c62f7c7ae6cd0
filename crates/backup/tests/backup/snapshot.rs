//! A backup is one moment, however much is written meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use guildhall_backup::{Keys, Scope, Target, restore};
use guildhall_core::scope::GuildScope;
use guildhall_store::{OperatorPath, OperatorStatement, Store, operator, params};

use crate::world::{Kind, PAY, World, guild_id, user_id};

const COINS: OperatorStatement =
    operator("coins", "SELECT CAST(COALESCE(SUM(coins), 0) AS BIGINT) AS coins FROM purse");

async fn coins(store: &Store) -> i64 {
    let mut tx = store.read().await.unwrap();
    tx.operator(OperatorPath::Diagnosis).fetch_one(&COINS, params![]).await.unwrap().get("coins").unwrap()
}

/// Coins move between servers all the time, and in every moment there are as many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_heavy_writes_is_one_moment() {
    // With a file for each guild there is a moment for each guild.
    for kind in [Kind::File, Kind::Postgres] {
        under_writes(World::full(kind).await).await;
    }
}

async fn under_writes(world: World) {
    world.settle(77, 6_000).await;
    world.settle(78, 6_000).await;
    assert_eq!(coins(&world.store).await, 0);
    let (stop, moved) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = {
        let (store, stop, moved) = (world.store.clone(), Arc::clone(&stop), Arc::clone(&moved));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let number = moved.load(Ordering::Relaxed);
                let mut tx = store.write().await.unwrap();
                for (id, coins) in [(77, 1), (2, -1), (1, 1), (78, -1)] {
                    let mut guild = tx.guild(GuildScope(guild_id(id)));
                    guild.member(user_id(1 + number % 50)).execute(&PAY, params![coins]).await.unwrap();
                }
                tx.commit().await.unwrap();
                moved.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    for round in 0..2 {
        let name = format!("round-{round}");
        let before = moved.load(Ordering::Relaxed);
        let created = world.back_up(&name, Scope::Whole, &Keys::plain()).await;
        assert!(moved.load(Ordering::Relaxed) > before, "the writer went on");
        let other = World::empty(Kind::File).await;
        let whole = Target::Whole { replace: false };
        let (file, keys) = (world.file(&name), Keys::plain());
        restore(&other.store, &file, &keys, whole, &other.clock, &[], &|_| {}).await.unwrap();
        assert_eq!(coins(&other.store).await, 0, "round {round}");
        assert_eq!(other.sums(Scope::Whole).await, created.trailer.totals);
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

/// The futures can be spawned.
#[tokio::test]
async fn a_backup_can_run_in_a_task_of_its_own() {
    let world = Arc::new(World::full(Kind::File).await);
    let task = {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            world.back_up("all", Scope::Whole, &Keys::plain()).await;
            let whole = Target::Whole { replace: true };
            let (file, keys) = (world.file("all"), Keys::plain());
            restore(&world.store, &file, &keys, whole, &world.clock, &[], &|_| {}).await.unwrap();
        })
    };
    task.await.unwrap();
}
