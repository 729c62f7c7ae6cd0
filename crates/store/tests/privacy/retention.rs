//! What is old goes, as each guild has chosen.

use std::time::Duration;

use guildhall_core::{clock::Timestamp, scope::GuildScope};
use guildhall_store::{Class, params, retention};

use crate::stage::{NOTES, NOTES_TOTAL, NOW, Stage, guild};
use guildhall_testkit::{database::Kind, on_each_database};

on_each_database! {
    each_guild_keeps_as_long_as_it_has_chosen,
    a_preview_says_what_a_choice_would_do_here_and_nowhere_else,
    batches_are_bounded_and_all_goes_in_the_end,
}

const DAY: Duration = Duration::from_hours(24);

async fn kept(stage: &Stage, place: u64) -> (Vec<i64>, i64) {
    let mut read = stage.store.read().await.unwrap();
    let mut tx = read.guild(GuildScope(guild(place)));
    let rows = tx.fetch_all(&NOTES, params![]).await.unwrap();
    let ids = rows.iter().map(|row| row.get("id").unwrap()).collect();
    (ids, tx.fetch_one(&NOTES_TOTAL, params![]).await.unwrap().get("notes").unwrap())
}

async fn choose(stage: &Stage, place: u64, days: Option<u32>) {
    let mut tx = stage.store.write().await.unwrap();
    retention::choose(&mut tx.guild(GuildScope(guild(place))), Class::MESSAGES, days, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

fn notes(found: &[retention::Outdated]) -> u64 {
    found.iter().find(|found| found.table == "note").map_or(0, |found| found.rows)
}

/// An id of the size that Discord gives.
const REAL: u64 = 175_928_847_299_117_000;

async fn each_guild_keeps_as_long_as_it_has_chosen(kind: Kind) {
    let stage = Stage::new(kind).await;
    // The default, a shorter time, a longer one, and for good.
    for (place, days) in [(2, Some(10)), (3, Some(300)), (4, None)] {
        choose(&stage, REAL + place, days).await;
    }
    for place in 1..=4 {
        for (id, age) in [(1, 400), (2, 200), (3, 20), (4, 1)] {
            stage.note(REAL + place, id, 20, NOW - DAY * age).await;
        }
    }
    let all = retention::preview_all(&stage.store, NOW).await.unwrap();
    assert_eq!(notes(&all), 2 + 3 + 1);
    assert_eq!(kept(&stage, REAL + 2).await.0.len(), 4, "a preview removes nothing");
    let gone = retention::run(&stage.store, NOW).await.unwrap();
    assert_eq!(notes(&gone), 2 + 3 + 1);
    assert_eq!(kept(&stage, REAL + 1).await, (vec![3, 4], 2));
    assert_eq!(kept(&stage, REAL + 2).await, (vec![4], 1));
    assert_eq!(kept(&stage, REAL + 3).await, (vec![2, 3, 4], 3));
    assert_eq!(kept(&stage, REAL + 4).await, (vec![1, 2, 3, 4], 4));
    // A second run finds nothing to do.
    assert_eq!(notes(&retention::run(&stage.store, NOW).await.unwrap()), 0);
}

async fn a_preview_says_what_a_choice_would_do_here_and_nowhere_else(kind: Kind) {
    let stage = Stage::new(kind).await;
    for place in 1..=2 {
        stage.note(place, 1, 20, NOW - DAY * 20).await;
    }
    let mut read = stage.store.read().await.unwrap();
    let tables = || stage.store.schemas().iter().flat_map(|schema| schema.inventory);
    for (chosen, rows) in
        [(None, 0), (Some((Class::MESSAGES, Some(10))), 1), (Some((Class::MESSAGES, None)), 0)]
    {
        let mut tx = read.guild(GuildScope(guild(1)));
        let found = retention::preview(&mut tx, tables(), chosen, NOW).await.unwrap();
        assert_eq!(notes(&found), rows, "{chosen:?}");
    }
}

async fn batches_are_bounded_and_all_goes_in_the_end(kind: Kind) {
    let stage = Stage::new(kind).await;
    for id in 0..250 {
        stage.note(1, id, 20, Timestamp(0)).await;
    }
    assert_eq!(notes(&retention::run(&stage.store, NOW).await.unwrap()), 250);
    assert_eq!(kept(&stage, 1).await, (vec![], 0));
    assert!(stage.found("canary").await.is_empty(), "the words that find notes went with them");
}
