//! The platform's tables: the checks that every owner runs, and what the typed functions promise.

use std::sync::Arc;

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use guildhall_store::{
    OperatorPath, Store,
    platform::{
        claim,
        gap::{self, Gap},
        identify::{self, IdentifyBudget},
        inbox,
        outbox::{self, Outgoing},
        session::{self, ShardKey, ShardSession},
        setting,
    },
    purge, retention, testing,
};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database,
};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

async fn open(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind).await.unwrap();
    let store = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    (database, store)
}

on_each_database! {
    the_schema_passes_its_own_checks,
    an_event_enters_once_per_guild_and_only_with_its_effect,
    entries_go_after_an_hour,
    the_outbox_gives_what_is_due_and_keeps_its_nonce,
    rows_that_failed_for_good_go_after_their_time_and_others_stay,
    a_guild_is_purged_in_parts_and_the_table_named_last_goes_last,
    a_session_never_turns_back,
    budgets_gaps_and_settings_are_kept,
    a_database_belongs_to_the_bot_that_came_first,
}

async fn a_database_belongs_to_the_bot_that_came_first(kind: Kind) {
    let (_database, store) = open(kind).await;
    claim::take(&store, "bot-1", NOW).await.unwrap();
    claim::take(&store, "bot-1", NOW).await.unwrap();
    let error = claim::take(&store, "sandbox", NOW).await.unwrap_err();
    assert!(error.to_string().contains("`bot-1`\nhint: "), "{error}");
}

fn guild(number: u64) -> GuildScope {
    GuildScope(GuildId::new(number).unwrap())
}

async fn the_schema_passes_its_own_checks(kind: Kind) {
    let (_database, store) = open(kind).await;
    assert_eq!(testing::prepare_every_statement(&store, &[]).await.unwrap(), Vec::<String>::new());
    let inventory = testing::inventory_names_every_table_and_column(&store, &[]).await.unwrap();
    assert_eq!(inventory, Vec::<String>::new());
    assert_eq!(testing::guild_statements_filter_by_guild(&[]), Vec::<String>::new());
    assert_eq!(testing::persons_are_found(&[]), Vec::<String>::new());
    let derived = [testing::derived_statements(&[])];
    assert!(derived[0].statements.len() > 30);
    assert_eq!(testing::prepare_every_statement(&store, &derived).await.unwrap(), Vec::<String>::new());
    assert_eq!(testing::guild_statements_filter_by_guild(&derived), Vec::<String>::new());
}

async fn an_event_enters_once_per_guild_and_only_with_its_effect(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    assert!(inbox::enter(&mut tx.guild(guild(1)), "e", NOW).await.unwrap());
    drop(tx);
    let mut tx = store.write().await.unwrap();
    assert!(inbox::enter(&mut tx.guild(guild(1)), "e", NOW).await.unwrap());
    assert!(!inbox::enter(&mut tx.guild(guild(1)), "e", NOW).await.unwrap());
    assert!(inbox::enter(&mut tx.guild(guild(2)), "e", NOW).await.unwrap());
    let user = UserScope(UserId::new(1).unwrap());
    assert!(inbox::enter_direct(&mut tx.user(user), "e", NOW).await.unwrap());
    assert!(!inbox::enter_direct(&mut tx.user(user), "e", NOW).await.unwrap());
    tx.commit().await.unwrap();
}

async fn entries_go_after_an_hour(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    let hour = 60 * 60 * 1_000;
    for (key, seen) in [("old", NOW.as_millis() - hour - 1), ("young", NOW.as_millis() - hour)] {
        inbox::enter(&mut tx.guild(guild(1)), key, Timestamp(seen)).await.unwrap();
    }
    tx.commit().await.unwrap();
    retention::run(&store, NOW).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(inbox::enter(&mut tx.guild(guild(1)), "old", NOW).await.unwrap());
    assert!(!inbox::enter(&mut tx.guild(guild(1)), "young", NOW).await.unwrap());
}

async fn the_outbox_gives_what_is_due_and_keeps_its_nonce(kind: Kind) {
    let (_database, store) = open(kind).await;
    let outgoing = |kind: &str, not_before| Outgoing {
        kind: kind.to_owned(),
        payload: "{}".to_owned(),
        not_before: Timestamp(not_before),
    };
    let mut tx = store.write().await.unwrap();
    let later = outbox::add(&mut tx.guild(guild(1)), outgoing("later", 100), NOW).await.unwrap();
    let first = outbox::add(&mut tx.guild(guild(1)), outgoing("first", 10), NOW).await.unwrap();
    let other = outbox::add(&mut tx.guild(guild(2)), outgoing("other", 20), NOW).await.unwrap();
    let due = outbox::due(&mut tx.operator(OperatorPath::Outbox), Timestamp(50), 10, "").await.unwrap();
    assert_eq!(due.iter().map(|row| row.id).collect::<Vec<_>>(), [first, other]);

    outbox::retry(&mut tx.guild(guild(1)), first.id, Timestamp(60), "503").await.unwrap();
    outbox::done(&mut tx.guild(guild(2)), other.id).await.unwrap();
    outbox::failed(&mut tx.guild(guild(1)), later.id, "50013").await.unwrap();
    let mut operator = tx.operator(OperatorPath::Outbox);
    assert_eq!(outbox::next_due(&mut operator).await.unwrap(), Some(Timestamp(60)));
    let again = outbox::due(&mut operator, Timestamp(1_000), 10, "").await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].attempts, &again[0].nonce), (1, &due[0].nonce));
    assert_eq!(outbox::waiting(&mut operator).await.unwrap(), 1);

    let fresh = outbox::add(&mut tx.guild(guild(2)), outgoing("fresh", 0), NOW).await.unwrap();
    assert_ne!(fresh.id, other.id, "a number is never given twice");
    // Another guild cannot finish the row, whatever number it names.
    outbox::done(&mut tx.guild(guild(3)), first.id).await.unwrap();
    assert_eq!(outbox::waiting(&mut tx.operator(OperatorPath::Outbox)).await.unwrap(), 2);
}

async fn rows_that_failed_for_good_go_after_their_time_and_others_stay(kind: Kind) {
    let (_database, store) = open(kind).await;
    let outgoing =
        |kind: &str| Outgoing { kind: kind.to_owned(), payload: "{}".to_owned(), not_before: Timestamp(0) };
    let mut tx = store.write().await.unwrap();
    for number in 0..8 {
        let row = outbox::add(&mut tx.guild(guild(1)), outgoing("m"), Timestamp(number)).await.unwrap();
        if number % 2 == 0 {
            outbox::failed(&mut tx.guild(guild(1)), row.id, "50013").await.unwrap();
        }
    }
    assert_eq!(outbox::given_up(&mut tx.operator(OperatorPath::Diagnosis)).await.unwrap(), 4);
    tx.commit().await.unwrap();
    let month = std::time::Duration::from_hours(24 * u64::from(outbox::KEEP_FAILED_DAYS));
    retention::run(&store, Timestamp(5) + month).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let mut operator = tx.operator(OperatorPath::Diagnosis);
    assert_eq!(outbox::given_up(&mut operator).await.unwrap(), 1);
    assert_eq!(outbox::waiting(&mut operator).await.unwrap(), 4);
}

async fn a_guild_is_purged_in_parts_and_the_table_named_last_goes_last(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    for place in [1, 2] {
        for number in 0..10 {
            inbox::enter(&mut tx.guild(guild(place)), &number.to_string(), NOW).await.unwrap();
        }
        setting::set(&mut tx.guild(guild(place)), "welcome", "on", "true", NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut removed = Vec::new();
    for _ in 0..5 {
        let mut tx = store.write().await.unwrap();
        let gone = purge::some(&mut tx.guild(guild(1)), store.schemas(), "guild_setting", 4).await.unwrap();
        let settings = setting::all(&mut tx.guild(guild(1))).await.unwrap().len();
        tx.commit().await.unwrap();
        removed.push((gone, settings));
    }
    assert_eq!(removed, [(4, 1), (4, 1), (3, 0), (0, 0), (0, 0)]);
    let mut tx = store.write().await.unwrap();
    assert!(inbox::enter(&mut tx.guild(guild(1)), "9", NOW).await.unwrap());
    assert!(!inbox::enter(&mut tx.guild(guild(2)), "9", NOW).await.unwrap());
    assert_eq!(setting::all(&mut tx.guild(guild(2))).await.unwrap().len(), 1);
}

async fn a_session_never_turns_back(kind: Kind) {
    let (_database, store) = open(kind).await;
    let key = ShardKey { shard: 0, total: 2 };
    let saved = |id: &str, sequence| ShardSession {
        session_id: id.to_owned(),
        resume_url: "wss://example".to_owned(),
        sequence,
        identity: "9".to_owned(),
        intents: 513,
        as_of: NOW,
    };
    let mut tx = store.write().await.unwrap();
    let mut operator = tx.operator(OperatorPath::Gateway);
    assert_eq!(session::load(&mut operator, "9", key).await.unwrap(), None);
    for (id, sequence, expected) in [("a", 5, 5), ("a", 3, 5), ("a", 8, 8), ("b", 1, 1)] {
        session::save(&mut operator, key, &saved(id, sequence)).await.unwrap();
        let loaded = session::load(&mut operator, "9", key).await.unwrap().unwrap();
        assert_eq!((loaded.session_id.as_str(), loaded.sequence), (id, expected));
    }
    // Another bot, and another number of shards, have sessions of their own.
    assert_eq!(session::load(&mut operator, "8", key).await.unwrap(), None);
    session::clear(&mut operator, "8", key).await.unwrap();
    assert_eq!(session::others(&mut operator, "9", 2).await.unwrap(), []);
    assert_eq!(session::others(&mut operator, "8", 1).await.unwrap(), []);
    let others = session::others(&mut operator, "9", 1).await.unwrap();
    assert_eq!(others.len(), 1);
    assert_eq!((others[0].0, others[0].1.session_id.as_str()), (key, "b"));
    session::clear(&mut operator, "9", key).await.unwrap();
    assert_eq!(session::load(&mut operator, "9", key).await.unwrap(), None);
}

async fn budgets_gaps_and_settings_are_kept(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut tx = store.write().await.unwrap();
    let mut operator = tx.operator(OperatorPath::Gateway);
    let budget = IdentifyBudget { window_start: NOW, used: 3, last: NOW };
    assert!(identify::spend(&mut operator, "9", None, budget).await.unwrap());
    assert_eq!(identify::load(&mut operator, "9").await.unwrap(), Some(budget));
    let more = IdentifyBudget { used: 4, ..budget };
    assert!(identify::spend(&mut operator, "9", Some(budget), more).await.unwrap());
    // Whoever looked before another spent has to look again.
    assert!(!identify::spend(&mut operator, "9", Some(budget), more).await.unwrap());
    assert!(!identify::spend(&mut operator, "9", None, budget).await.unwrap());
    assert_eq!(identify::load(&mut operator, "9").await.unwrap(), Some(more));
    let later = NOW + std::time::Duration::from_secs(5);
    assert_eq!(identify::enter_bucket(&mut operator, "9", 0, NOW, NOW).await.unwrap(), None);
    assert_eq!(identify::enter_bucket(&mut operator, "9", 1, NOW, NOW).await.unwrap(), None);
    let too_soon = Timestamp(NOW.0 - 1);
    assert_eq!(identify::enter_bucket(&mut operator, "9", 0, later, too_soon).await.unwrap(), Some(NOW));
    assert_eq!(identify::enter_bucket(&mut operator, "9", 0, later, NOW).await.unwrap(), None);
    assert_eq!(identify::load(&mut operator, "8").await.unwrap(), None);

    let missed = Gap {
        shard: 1,
        session: "s".to_owned(),
        from_sequence: 42,
        since: NOW,
        reason: "invalid session".to_owned(),
    };
    gap::record(&mut operator, &missed).await.unwrap();
    gap::record(&mut operator, &missed).await.unwrap();
    assert_eq!(gap::open(&mut operator, 10).await.unwrap(), std::slice::from_ref(&missed));
    assert!(gap::reconciled(&mut operator, &missed.id(), NOW).await.unwrap());
    assert!(!gap::reconciled(&mut operator, &missed.id(), NOW).await.unwrap());
    assert_eq!(gap::open(&mut operator, 10).await.unwrap(), []);

    setting::set(&mut tx.guild(guild(1)), "welcome", "on", "true", NOW).await.unwrap();
    setting::set(&mut tx.guild(guild(1)), "welcome", "on", "false", NOW).await.unwrap();
    assert_eq!(
        setting::get(&mut tx.guild(guild(1)), "welcome", "on").await.unwrap().as_deref(),
        Some("false")
    );
    assert_eq!(setting::get(&mut tx.guild(guild(2)), "welcome", "on").await.unwrap(), None);
    let everywhere = setting::everywhere(&mut tx.operator(OperatorPath::Settings)).await.unwrap();
    assert_eq!(everywhere.len(), 1);
    setting::remove(&mut tx.guild(guild(1)), "welcome", "on").await.unwrap();
    assert!(setting::all(&mut tx.guild(guild(1))).await.unwrap().is_empty());
}
