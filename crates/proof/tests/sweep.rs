//! The canary sweep on each kind of database.

use std::sync::Arc;

use guildhall_core::clock::{ManualClock, Timestamp};
use guildhall_framework::Registry;
use guildhall_proof::{schemas, sweep};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database,
};

on_each_database!(no_guild_is_shown_what_belongs_to_another, what_others_do_changes_nothing_for_a_guild);

async fn no_guild_is_shown_what_belongs_to_another(kind: Kind) {
    let registry = Arc::new(Registry::new(guildhall_features::all()).unwrap());
    let database = Database::new(kind).await.unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_176_000_000)));
    let store = database.open(&schemas(&registry), clock).await.unwrap();
    let size = sweep::Size { guilds: 50, acts: 8_000, at_once: 4, seed: 7, only: None, trace: None };
    let report = sweep::run(store.clone(), registry, sweep::Ears::install(), size, |_| {}).await.unwrap();
    store.close().await;
    assert!(report.is_clean(), "{report:#?}");
    assert!(report.searched > size.acts && report.own > 500, "{report:#?}");
}

/// The same acts of one guild, with the others at work and without.
async fn what_others_do_changes_nothing_for_a_guild(kind: Kind) {
    let mut traces = Vec::new();
    for only in [Some(1), None] {
        let registry = Arc::new(Registry::new(guildhall_features::all()).unwrap());
        let database = Database::new(kind).await.unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(1_795_176_000_000)));
        let store = database.open(&schemas(&registry), clock).await.unwrap();
        let size = sweep::Size { guilds: 5, acts: 1_500, at_once: 1, seed: 11, only, trace: Some(1) };
        let report = sweep::run(store.clone(), registry, sweep::Ears::default(), size, |_| {}).await.unwrap();
        store.close().await;
        traces.push((report.acts, report.trace));
    }
    let (alone, among) = (&traces[0], &traces[1]);
    assert!(alone.1.len() > 200 && alone.0 * 3 < among.0, "{} and {}", alone.0, among.0);
    for (one, two) in alone.1.iter().zip(&among.1) {
        assert_eq!(one, two);
    }
    assert_eq!(alone.1.len(), among.1.len());
}
