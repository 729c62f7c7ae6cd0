//! Backups that come by themselves.

use std::{sync::Arc, time::Duration};

use guildhall_backup::{Keys, Plan, Schedule, before_migration, folder, folder::Keep};
use guildhall_core::clock::{ManualClock, SharedClock};

use crate::world::{Kind, NEWER, NOW, SCHEMAS, World};

fn plan(world: &World, every: Duration) -> Plan {
    Plan {
        folder: world.folder.path().join("backups"),
        label: "bot-1".to_owned(),
        every,
        keep: Keep { last: 2, daily: 0, weekly: 0 },
        keys: Keys::plain(),
    }
}

#[tokio::test]
async fn backups_are_made_when_due_and_old_ones_go() {
    let world = World::full(Kind::File).await;
    let clock = Arc::new(ManualClock::at(NOW));
    let every = Duration::from_hours(6);
    let shared: SharedClock = Arc::clone(&clock) as SharedClock;
    let schedule = Schedule::new(world.store.clone(), shared, plan(&world, every));
    for round in 0..4 {
        assert!(schedule.look().await.unwrap().is_some(), "round {round}");
        assert!(schedule.look().await.unwrap().is_none(), "once is enough");
        clock.advance(every / 2);
        assert!(schedule.look().await.unwrap().is_none());
        clock.advance(every / 2);
    }
    let left = folder::list(&world.folder.path().join("backups"), "bot-1").unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(left[0].at, NOW + every * 3);
}

#[tokio::test]
async fn a_failure_waits_before_it_tries_again_and_removes_nothing() {
    let world = World::full(Kind::File).await;
    let clock = Arc::new(ManualClock::at(NOW));
    let shared = || Arc::clone(&clock) as SharedClock;
    let every = Duration::from_hours(6);
    let good = Schedule::new(world.store.clone(), shared(), plan(&world, every));
    good.look().await.unwrap().unwrap();
    clock.advance(every);
    let mut bad = plan(&world, every);
    bad.keys = Keys::load(&guildhall_backup::KeyOptions::default()).unwrap();
    let bad = Schedule::new(world.store.clone(), shared(), bad);
    assert!(bad.look().await.is_err());
    assert!(bad.look().await.unwrap().is_none(), "not at once");
    clock.advance(Duration::from_mins(10));
    assert!(bad.look().await.is_err());
    let left = folder::list(&world.folder.path().join("backups"), "bot-1").unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn none_is_made_where_nobody_asked() {
    let world = World::full(Kind::File).await;
    let schedule = Schedule::new(world.store.clone(), Arc::clone(&world.clock), plan(&world, Duration::ZERO));
    assert!(schedule.look().await.unwrap().is_none());
    assert!(!world.folder.path().join("backups").exists());
}

#[tokio::test]
async fn before_the_tables_on_a_server_change_there_is_a_backup() {
    let world = World::full(Kind::Postgres).await;
    let plan = plan(&world, Duration::ZERO);
    let before = |schemas: [guildhall_store::Schema; 2]| {
        let (world, plan) = (&world, &plan);
        async move { before_migration(&world.options, &schemas, plan, &world.clock).await.unwrap() }
    };
    assert!(before(SCHEMAS).await.is_none(), "nothing would change");
    let made = before([NEWER, guildhall_backup::SCHEMA]).await.expect("a step has not run");
    assert_eq!(made.trailer.totals, world.sums(guildhall_backup::Scope::Whole).await);
    assert_eq!(made.header.versions().iter().find(|(owner, _)| owner == "world").unwrap().1, 1);
}
