//! What goes in comes out.

use std::path::Path;

use guildhall_backup::{BackupError, Keys, Restored, Scope, Target, Totals, create, restore, verify};
use guildhall_core::scope::GuildScope;
use guildhall_store::{Store, StoreOptions, params, testing};

use crate::world::{self, ASK, Kind, NOW, World, guild_id};

async fn put_back(world: &World, file: &Path, replace: bool) -> Result<Restored, BackupError> {
    let (target, keys) = (Target::Whole { replace }, Keys::plain());
    restore(&world.store, file, &keys, target, &world.clock, &[], &|_| {}).await
}

#[tokio::test]
async fn a_whole_store_comes_back_into_any_kind_of_database_with_equal_checksums() {
    let mut targets = Vec::new();
    for kind in Kind::ALL {
        targets.push(World::empty(kind).await);
    }
    let mut sums: Option<Totals> = None;
    for kind in Kind::ALL {
        let world = World::full(kind).await;
        let mut tx = world.store.write().await.unwrap();
        let long = "x\u{1F600}".repeat(200_000);
        let mut guild = tx.guild(GuildScope(guild_id(1)));
        guild.execute(&ASK, params![1_000, long, 0.5, 0]).await.unwrap();
        tx.commit().await.unwrap();
        world.settle(77, 5_000).await;

        let created = world.back_up("all", Scope::Whole, &Keys::plain()).await;
        let file = world.file("all");
        assert_eq!(created.header.created_at, NOW);
        assert!(created.trailer.chunks > 2, "several chunks: {}", created.trailer.chunks);
        let verified = verify(&file, &Keys::plain(), |_| {}).await.unwrap();
        assert_eq!(verified.trailer, created.trailer);
        let totals = created.trailer.totals;
        assert_eq!(totals, world.sums(Scope::Whole).await);
        assert_eq!((totals.guilds.count, totals.users.count), (4, 2));
        assert_eq!(totals.tables["answer"].count, 3 * 6 + 10_000);
        assert_eq!(*sums.get_or_insert(totals.clone()), totals, "{kind:?} holds the same");

        for target in &targets {
            let restored = put_back(target, &file, true).await.unwrap();
            assert_eq!(restored.rows, totals.rows());
            assert_eq!(target.sums(Scope::Whole).await, totals, "{kind:?} to {:?}", target.store.layout());
        }
    }
}

#[tokio::test]
async fn a_store_with_data_is_only_replaced_when_somebody_says_so() {
    for kind in Kind::ALL {
        let (world, other) = (World::full(kind).await, World::empty(kind).await);
        world.back_up("all", Scope::Whole, &Keys::plain()).await;
        let file = world.file("all");
        put_back(&other, &file, false).await.unwrap();
        other.settle(4, 1).await;
        let again = put_back(&other, &file, false).await;
        assert!(matches!(again, Err(BackupError::NotEmpty)), "{again:?}");
        put_back(&other, &file, true).await.unwrap();
        assert_eq!(other.sums(Scope::Whole).await, world.sums(Scope::Whole).await);
    }
}

#[tokio::test]
async fn a_backup_can_be_made_beside_the_process_that_has_the_data() {
    for kind in Kind::ALL {
        let world = World::full(kind).await;
        let beside = world.beside().await;
        let created =
            create(&beside, Scope::Whole, &world.file("all"), &Keys::plain(), &world.clock, &|_| {})
                .await
                .unwrap();
        assert_eq!(created.trailer.totals, world.sums(Scope::Whole).await);
        world.settle(5, 3).await;
        beside.close().await;
        world.settle(6, 3).await;
        assert_eq!(world.sums(Scope::Whole).await.guilds.count, 5);
    }
}

#[tokio::test]
async fn what_an_older_program_wrote_comes_back_and_then_goes_the_rest_of_the_way() {
    for kind in [Kind::File, Kind::PerGuild] {
        let world = World::full(kind).await;
        let created = world.back_up("all", Scope::Whole, &Keys::plain()).await;
        let newer = [world::NEWER, guildhall_backup::SCHEMA];
        let folder = tempfile::tempdir().unwrap();
        let options = match kind {
            Kind::PerGuild => StoreOptions::per_guild(folder.path()),
            _ => StoreOptions::new(folder.path().join("data.db")),
        };
        let open = || Store::open(options.clone(), &newer, world.clock.clone());
        let store = open().await.unwrap();
        let target = Target::Whole { replace: false };
        let (file, keys) = (world.file("all"), Keys::plain());
        let refused = restore(&store, &file, &keys, target, &world.clock, &[], &|_| {}).await;
        assert!(matches!(refused, Err(BackupError::Tables { .. })), "{refused:?}");
        store.close().await;
        drop(store);

        let folder = tempfile::tempdir().unwrap();
        let options = match kind {
            Kind::PerGuild => StoreOptions::per_guild(folder.path()),
            _ => StoreOptions::new(folder.path().join("data.db")),
        };
        let versions = created.header.versions();
        let store = Store::open_at(options.clone(), &newer, &versions, world.clock.clone()).await.unwrap();
        restore(&store, &file, &keys, target, &world.clock, &[], &|_| {}).await.unwrap();
        store.close().await;
        drop(store);
        let store = Store::open(options, &newer, world.clock.clone()).await.unwrap();
        let totals = guildhall_backup::checksums(&store, Scope::Whole, &|_| {}).await.unwrap();
        assert_eq!(totals.tables["question"].count, created.trailer.totals.tables["question"].count);
        let mut tx = store.read().await.unwrap();
        let mut guild = tx.guild(GuildScope(guild_id(1)));
        let row = guild.fetch_one(&world::MOOD, params![0]).await.unwrap();
        assert_eq!(
            row.get::<String>("mood").unwrap(),
            "calm",
            "the newer migration ran over what was put back"
        );
    }
}

#[tokio::test]
async fn a_store_without_rows_is_a_backup_too() {
    let world = World::empty(Kind::File).await;
    let created = world.back_up("none", Scope::Whole, &Keys::plain()).await;
    assert_eq!((created.trailer.totals.rows(), created.trailer.chunks), (0, 0));
    verify(&world.file("none"), &Keys::plain(), |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_file_is_never_overwritten_and_an_unfinished_one_never_stays() {
    let world = World::full(Kind::File).await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let path = world.file("all");
    let before = std::fs::read(&path).unwrap();
    let again = create(&world.store, Scope::Whole, &path, &Keys::plain(), &world.clock, &|_| {}).await;
    assert!(matches!(again, Err(BackupError::File { .. })), "{again:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_not_served_and_can_be_run_again() {
    let world = World::full(Kind::File).await;
    world.settle(77, 500).await;
    let created = world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let (other, file, keys) = (World::empty(Kind::File).await, world.file("all"), Keys::plain());
    let whole = Target::Whole { replace: false };
    // Dropped as soon as something is in: a kill, as far as the database can tell.
    let cut = std::sync::atomic::AtomicBool::new(false);
    let watch = |_| cut.store(true, std::sync::atomic::Ordering::Relaxed);
    {
        let mut run = Box::pin(restore(&other.store, &file, &keys, whole, &other.clock, &[], &watch));
        let ended = std::future::poll_fn(|context| {
            let state = run.as_mut().poll(context);
            let cut = cut.load(std::sync::atomic::Ordering::Relaxed);
            if cut || state.is_ready() {
                std::task::Poll::Ready(cut && state.is_pending())
            } else {
                std::task::Poll::Pending
            }
        });
        assert!(ended.await, "it was cut short");
    }
    let refused = guildhall_backup::refuse_half_restored(&other.store).await;
    assert!(matches!(refused, Err(BackupError::HalfRestored(_))), "{refused:?}");
    restore(&other.store, &file, &keys, whole, &other.clock, &[], &|_| {}).await.unwrap();
    guildhall_backup::refuse_half_restored(&other.store).await.unwrap();
    assert_eq!(other.sums(Scope::Whole).await, created.trailer.totals);
}

#[tokio::test]
async fn the_schema_of_backups_is_declared_well() {
    let world = World::empty(Kind::File).await;
    let schemas = [guildhall_backup::SCHEMA];
    assert_eq!(testing::prepare_every_statement(&world.store, &schemas).await.unwrap(), Vec::<String>::new());
    assert_eq!(testing::guild_statements_filter_by_guild(&schemas), Vec::<String>::new());
    let faults =
        testing::inventory_names_every_table_and_column(&world.store, world.store.schemas()).await.unwrap();
    assert_eq!(faults, Vec::<String>::new());
}
