//! Erasing users, members and guilds.

use guildhall_core::{clock::Timestamp, scope::GuildScope};
use guildhall_store::{
    OperatorPath, Reason, Store, StoreOptions, Subject, erase, params, testing,
    tombstone::{self, Tombstone},
};
use proptest::prelude::*;

use crate::stage::{NOTES, NOTES_TOTAL, NOW, SCHEMA, Stage, canary, clock, guild, user};
use guildhall_testkit::{database::Kind, on_each_database};

on_each_database! {
    the_schema_of_the_tests_passes_the_checks,
    a_user_is_erased_everywhere_and_nobody_else,
    a_member_is_erased_in_one_guild_alone,
    a_guild_is_erased_and_no_other,
    what_was_cut_short_or_is_known_to_the_journal_alone_is_done_at_the_next_start,
}

async fn the_schema_of_the_tests_passes_the_checks(kind: Kind) {
    let stage = Stage::new(kind).await;
    assert_eq!(testing::persons_are_found(&[SCHEMA]), [""; 0]);
    let inventory = testing::inventory_names_every_table_and_column(&stage.store, &[SCHEMA]).await.unwrap();
    assert_eq!(inventory, [""; 0]);
    let derived = [SCHEMA, testing::derived_statements(&[SCHEMA])];
    assert_eq!(testing::prepare_every_statement(&stage.store, &derived).await.unwrap(), [""; 0]);
    assert_eq!(testing::guild_statements_filter_by_guild(&derived), [""; 0]);
}

async fn total(stage: &Stage, place: u64) -> i64 {
    let mut read = stage.store.read().await.unwrap();
    let mut tx = read.guild(GuildScope(guild(place)));
    tx.fetch_one(&NOTES_TOTAL, params![]).await.unwrap().get("notes").unwrap()
}

async fn a_user_is_erased_everywhere_and_nobody_else(kind: Kind) {
    let stage = Stage::new(kind).await;
    for (place, who) in [(1, 20), (2, 20), (1, 21), (3, 21)] {
        stage.lived_in(place, who).await;
    }
    let preview = erase::preview(&stage.store, Subject::User(user(20)), Reason::Asked).await.unwrap();
    let erased = erase::run(&stage.store, &stage.journal, Subject::User(user(20)), Reason::Asked, NOW).await;
    let erased = erased.unwrap();
    let counts: Vec<_> = erased.tables().collect();
    // Of the guild where both are, all failed messages go: their words may be anyone's.
    let expected = [("job", 2), ("note", 6), ("note_word", 12), ("outbox", 5), ("profile", 1), ("seen", 2)];
    assert_eq!(counts, expected);
    let previewed: Vec<_> = preview.tables().collect();
    let expected = [("job", 2), ("note", 6), ("note_word", 12), ("outbox", 2), ("profile", 1), ("seen", 2)];
    assert_eq!(previewed, expected);
    assert_eq!(stage.found(&canary(20)).await, [""; 0]);
    // What they wished is kept, and what was erased is remembered by id.
    assert_eq!(stage.found("Int(20)").await, ["user_privacy", "privacy_audit", "tombstone"]);
    assert_eq!((total(&stage, 1).await, total(&stage, 2).await, total(&stage, 3).await), (3, 0, 3));
    assert_eq!(stage.found(&canary(21)).await.len(), 6 + 12 + 3 + 2 + 2 + 1);

    // A deleted account leaves nothing but the tombstones.
    let gone = Subject::User(user(20));
    erase::run(&stage.store, &stage.journal, gone, Reason::AccountDeleted, Timestamp(NOW.0 + 1))
        .await
        .unwrap();
    assert_eq!(stage.found("Int(20)").await, ["tombstone", "tombstone"]);
}

async fn a_member_is_erased_in_one_guild_alone(kind: Kind) {
    let stage = Stage::new(kind).await;
    for (place, who) in [(1, 20), (2, 20), (1, 21)] {
        stage.lived_in(place, who).await;
    }
    let before = stage.found(&canary(21)).await.len();
    let subject = Subject::Member(guild(1), user(20));
    erase::run(&stage.store, &stage.journal, subject, Reason::Asked, NOW).await.unwrap();
    let left = stage.found(&canary(20)).await;
    assert_eq!(left.iter().filter(|table| **table == "note").count(), 3, "those of the other guild");
    assert!(left.contains(&"profile") && left.contains(&"seen"));
    assert_eq!(stage.found(&canary(21)).await.len(), before - 1, "the failed message");
}

async fn a_guild_is_erased_and_no_other(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.lived_in(1, 20).await;
    stage.lived_in(2, 21).await;
    let before = stage.found(&canary(21)).await.len();
    let erased = erase::run(&stage.store, &stage.journal, Subject::Guild(guild(1)), Reason::Asked, NOW).await;
    assert!(erased.unwrap().total() > 10);
    assert_eq!(stage.found(&canary(20)).await, ["profile"], "which is not the guild's");
    assert_eq!(stage.found(&canary(21)).await.len(), before);
}

async fn what_was_cut_short_or_is_known_to_the_journal_alone_is_done_at_the_next_start(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.lived_in(1, 20).await;
    stage.lived_in(1, 21).await;
    let stone =
        |who, at| Tombstone { subject: Subject::User(user(who)), erased_at: at, reason: Reason::Asked };
    // One is in the database without an end, the other in the journal alone.
    let mut tx = stage.store.write().await.unwrap();
    tombstone::write(&mut tx.operator(OperatorPath::Privacy), &stone(20, NOW)).await.unwrap();
    tx.commit().await.unwrap();
    stage.journal.add(stone(21, NOW)).await.unwrap();
    erase::resume(&stage.store, &stage.journal, NOW).await.unwrap();
    assert_eq!(stage.found("canary").await, [""; 0]);
    assert_eq!(stage.journal.read().await.unwrap(), [stone(21, NOW), stone(20, NOW)]);
    let mut read = stage.store.read().await.unwrap();
    let mut tx = read.operator(OperatorPath::Privacy);
    assert_eq!(tombstone::unfinished(&mut tx).await.unwrap(), []);
    assert_eq!(tombstone::since(&mut tx, NOW).await.unwrap().len(), 2);
    assert_eq!(tombstone::since(&mut tx, Timestamp(NOW.0 + 1)).await.unwrap(), []);
    drop(read);
    // What comes later is not touched by a second start.
    stage.note(1, 1, 20, NOW).await;
    assert_eq!(erase::resume(&stage.store, &stage.journal, NOW).await.unwrap().total(), 0);
    assert_eq!(stage.found(&canary(20)).await.len(), 3);
}

#[tokio::test]
async fn an_older_copy_of_the_data_does_not_bring_back_what_was_erased() {
    let stage = Stage::new(Kind::Sqlite).await;
    stage.lived_in(1, 20).await;
    let Stage { store, journal, folder, database } = stage;
    store.close().await;
    drop(store);
    let copy = folder.path().join("copy.db");
    std::fs::copy(database.path(), &copy).unwrap();

    let store = database.open(&[SCHEMA], clock()).await.unwrap();
    erase::run(&store, &journal, Subject::User(user(20)), Reason::Mail, NOW).await.unwrap();

    let store = Store::open(StoreOptions::new(&copy), &[SCHEMA], clock()).await.unwrap();
    let restored = Stage { store, journal, folder, database };
    assert!(!restored.found(&canary(20)).await.is_empty());
    // What every start does.
    assert!(erase::resume(&restored.store, &restored.journal, NOW).await.unwrap().total() > 0);
    assert_eq!(restored.found(&canary(20)).await.len(), 0);
    assert_eq!(erase::resume(&restored.store, &restored.journal, NOW).await.unwrap().total(), 0);
}

/// Without a word: neither in the database's file, nor in its log, nor in the journal.
#[tokio::test]
async fn the_bytes_of_the_files_hold_nothing_any_more() {
    for kind in [Kind::Sqlite, Kind::PerGuild] {
        let stage = Stage::new(kind).await;
        stage.lived_in(1, 20).await;
        stage.lived_in(1, 21).await;
        erase::run(&stage.store, &stage.journal, Subject::User(user(20)), Reason::Asked, NOW).await.unwrap();
        let mut kept = 0;
        let mut folders =
            vec![stage.folder.path().to_owned(), stage.database.path().parent().unwrap().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).unwrap();
                let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
                assert!(!holds(&canary(20)), "{}", path.display());
                kept += u32::from(holds(&canary(21)));
            }
        }
        assert!(kept >= 1, "the other's words are in the database");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Notes are written while their author is erased; then nothing is written any more and the erasure is
    /// taken up again. Whatever came in between, nothing of the author is left, and every count is right.
    #[test]
    fn nothing_derived_stays_when_writes_race_with_an_erasure(
        writes in prop::collection::vec((1_u64..3, 20_u64..22), 1..24),
        pause in 0_usize..24,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = Stage::new(Kind::Sqlite).await;
            let subject = Subject::User(user(20));
            let writer = async {
                for (number, (place, who)) in writes.iter().enumerate() {
                    stage.note(*place, i64::try_from(number).unwrap(), *who, NOW).await;
                }
            };
            let eraser = async {
                for _ in 0..pause {
                    tokio::task::yield_now().await;
                }
                erase::run(&stage.store, &stage.journal, subject, Reason::Asked, NOW).await.unwrap();
            };
            tokio::join!(writer, eraser);
            erase::run(&stage.store, &stage.journal, subject, Reason::Asked, Timestamp(NOW.0 + 1)).await.unwrap();
            assert_eq!(stage.found(&canary(20)).await, [""; 0]);
            for place in 1..3 {
                let mut read = stage.store.read().await.unwrap();
                let mut tx = read.guild(GuildScope(guild(place)));
                let notes = tx.fetch_all(&NOTES, params![]).await.unwrap().len();
                let total = tx.fetch_optional(&NOTES_TOTAL, params![]).await.unwrap();
                let total: i64 = total.map_or(0, |row| row.get("notes").unwrap());
                assert_eq!(total, i64::try_from(notes).unwrap());
            }
        });
    }
}
