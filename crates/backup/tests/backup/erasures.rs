//! What was erased after a backup does not come back with it.

use std::{sync::Arc, time::Duration};

use guildhall_backup::{Keys, Scope, Target, erasures, fill, restore};
use guildhall_core::{clock::ManualClock, clock::SharedClock, scope::GuildScope};
use guildhall_store::{
    GuildStatement, OperatorPath, OperatorStatement, Reason, Store, StoreOptions, Subject, erase, guild,
    operator, params, tombstone::Journal,
};

use crate::world::{Kind, NOW, PAY, SCHEMAS, World, guild_id, user_id};

const PURSES: GuildStatement =
    guild("purses", "SELECT COUNT(*) AS found FROM purse WHERE guild_id = $1 AND user_id = $2");
const PAGES: OperatorStatement = operator("pages", "SELECT COUNT(*) AS found FROM diary WHERE user_id = $1");

/// How many purses the person has in a server.
async fn purses(store: &Store, id: u64) -> i64 {
    let mut tx = store.read().await.unwrap();
    let mut guild = tx.guild(GuildScope(guild_id(id)));
    guild.fetch_one(&PURSES, params![user_id(5)]).await.unwrap().get("found").unwrap()
}

async fn pages(store: &Store) -> i64 {
    let mut tx = store.read().await.unwrap();
    let mut all = tx.operator(OperatorPath::Diagnosis);
    all.fetch_one(&PAGES, params![user_id(5)]).await.unwrap().get("found").unwrap()
}

#[tokio::test]
async fn a_person_who_was_erased_stays_erased_whatever_is_restored() {
    for kind in Kind::ALL {
        let world = World::full(kind).await;
        world.back_up("all", Scope::Whole, &Keys::plain()).await;
        let (file, keys) = (world.file("all"), Keys::plain());
        let clock: SharedClock = Arc::new(ManualClock::at(NOW + Duration::from_hours(1)));
        assert_eq!((purses(&world.store, 1).await, pages(&world.store).await), (1, 2));
        let person = Subject::User(user_id(5));
        erase::run(&world.store, &Journal::none(), person, Reason::Asked, clock.now()).await.unwrap();
        assert_eq!((purses(&world.store, 1).await, pages(&world.store).await), (0, 0));

        // They come back to server 2 later, of their own will.
        let mut tx = world.store.write().await.unwrap();
        tx.guild(GuildScope(guild_id(2))).member(user_id(5)).execute(&PAY, params![1]).await.unwrap();
        tx.commit().await.unwrap();
        let one = Target::Guild { from: guild_id(1), to: guild_id(1) };
        let done = restore(&world.store, &file, &keys, one, &clock, &[], &|_| {}).await.unwrap();
        assert_eq!(done.erased_again, 1);
        assert_eq!((purses(&world.store, 1).await, purses(&world.store, 2).await), (0, 1), "{kind:?}");

        // Everything is replaced, the list of erasures with it: a file remembers.
        let journal = erasures::journal(world.folder.path(), "bot-1");
        let whole = Target::Whole { replace: true };
        let journals = [journal.clone()];
        let done = restore(&world.store, &file, &keys, whole, &clock, &journals, &|_| {}).await.unwrap();
        assert!(done.erased_again > 0);
        assert_eq!((purses(&world.store, 1).await, pages(&world.store).await), (0, 0), "{kind:?}");
        assert_eq!(purses(&world.store, 2).await, 0, "what was put back is from before the erasure");

        // The database is lost altogether.
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(folder.path().join("fresh.db"));
        let filled = fill(options, &SCHEMAS, &file, &keys, &clock, &[journal], &|_| {}).await.unwrap();
        assert_eq!((purses(&filled.store, 1).await, pages(&filled.store).await), (0, 0), "{kind:?}");
        assert!(filled.restored.totals.rows() > 0);
    }
}

#[tokio::test]
async fn a_server_that_the_bot_had_left_can_be_put_back_and_one_whose_owner_erased_it_cannot() {
    for (reason, left) in [(Reason::Left, 1), (Reason::Asked, 0)] {
        let world = World::full(Kind::File).await;
        world.back_up("all", Scope::Whole, &Keys::plain()).await;
        let clock: SharedClock = Arc::new(ManualClock::at(NOW + Duration::from_hours(1)));
        let server = Subject::Guild(guild_id(1));
        erase::run(&world.store, &Journal::none(), server, reason, clock.now()).await.unwrap();
        assert_eq!(purses(&world.store, 1).await, 0);
        let one = Target::Guild { from: guild_id(1), to: guild_id(1) };
        let (file, keys) = (world.file("all"), Keys::plain());
        restore(&world.store, &file, &keys, one, &clock, &[], &|_| {}).await.unwrap();
        assert_eq!(purses(&world.store, 1).await, left, "{reason:?}");
    }
}
