//! The walls themselves: what the catalogue says, what happens to whoever walks into them, and that the checks
//! notice when one is missing.

use std::sync::Arc;

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::{GuildId, UserId},
};
use guildhall_framework::Registry;
use guildhall_proof::{mutants, schemas};
use guildhall_store::{ColumnKind, Store, Value, testing};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database,
};

fn registry() -> Registry {
    Registry::new(guildhall_features::all()).unwrap()
}

async fn open(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind).await.unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_176_000_000)));
    let store = database.open(&schemas(&registry()), clock).await.unwrap();
    (database, store)
}

on_each_database!(every_statement_compiles_and_every_key_begins_with_its_owner, tables_are_declared);

async fn every_statement_compiles_and_every_key_begins_with_its_owner(kind: Kind) {
    let (_database, store) = open(kind).await;
    assert_eq!(testing::prepare_every_statement(&store, store.schemas()).await.unwrap(), [""; 0]);
    assert_eq!(testing::catalogue(&store).await.unwrap(), [""; 0]);
}

async fn tables_are_declared(kind: Kind) {
    let (_database, store) = open(kind).await;
    let faults = testing::inventory_names_every_table_and_column(&store, store.schemas()).await.unwrap();
    assert_eq!(faults, [""; 0]);
    assert!(store.tables().len() > 12);
}

#[tokio::test]
async fn a_statement_without_any_filter_stays_within_its_guild() {
    for kind in [Kind::PerGuild, Kind::Postgres] {
        let (_database, store) = open(kind).await;
        let of = |number| (GuildId::new(number).unwrap(), UserId::new(number + 10).unwrap());
        for (guild, user) in [of(1), of(2)] {
            for whose in [testing::Whose::Guild(guild, user), testing::Whose::User(user)] {
                let tables = testing::fill(&store, whose, |_, column| match column.kind {
                    ColumnKind::Int => Value::Int(1),
                    ColumnKind::Real => Value::Real(1.0),
                    ColumnKind::Text => Value::Text("text".to_owned()),
                    ColumnKind::Blob => Value::Blob(vec![1]),
                });
                assert!(!tables.await.unwrap().is_empty());
            }
        }
        assert_eq!(testing::across(&store, of(1), of(2)).await.unwrap(), [""; 0], "{}", kind.name());
        if kind == Kind::Postgres {
            assert_eq!(testing::across_users(&store, of(1).1, of(2).1).await.unwrap(), [""; 0]);
        }
    }
}

#[test]
fn a_statement_that_lost_its_filter_is_found_out() {
    let report = mutants::statements(&registry());
    let total = report.total();
    println!("statements: {} of {} mutants killed, {:?}", total.killed, total.made, report.kinds);
    assert_eq!(report.survivors, [""; 0]);
    assert!(total.made > 100, "{total:?}");
}

#[tokio::test]
async fn a_wall_that_was_taken_down_is_found_out() {
    let (database, store) = open(Kind::Postgres).await;
    let superuser = database.server().unwrap().superuser_url("guildhall");
    let report = mutants::walls(&store, &superuser).await.unwrap();
    let total = report.total();
    println!("walls: {} of {} mutants killed, {:?}", total.killed, total.made, report.kinds);
    assert_eq!(report.survivors, [""; 0]);
    assert!(total.made > 100, "{total:?}");
}

#[tokio::test]
async fn every_statement_of_a_guild_finds_its_rows_by_an_index_and_the_walls_cost_little() {
    let (database, store) = open(Kind::Postgres).await;
    let superuser = database.server().unwrap().superuser_url("guildhall");
    let report = guildhall_proof::cost::measure(&store, &registry(), &superuser, 2).await.unwrap();
    println!("row-level security: {:.2} times the time without it, {report:#?}", report.ratio);
    assert_eq!(report.scans, [""; 0]);
    assert!(report.statements > 25, "{report:#?}");
    // A busy machine measures badly; the benchmark is for the figure.
    assert!(report.ratio < 2.0, "{report:#?}");
}
