//! What goes in comes out.

use guildhall_backup::{BackupError, Keys, NothingErased, Scope, Target, restore, verify};
use guildhall_core::scope::GuildScope;
use guildhall_store::{params, testing};

use crate::world::{ASK, NOW, World, guild_id};

#[tokio::test]
async fn a_whole_store_comes_back_with_equal_checksums() {
    let world = World::full().await;
    let mut tx = world.store.write().await.unwrap();
    let long = "x\u{1F600}".repeat(200_000);
    let mut guild = tx.guild(GuildScope(guild_id(1)));
    guild.execute(&ASK, params![1_000, long, 0.5, 0]).await.unwrap();
    tx.commit().await.unwrap();
    world.settle(77, 5_000).await;

    let created = world.back_up("all", Scope::Whole, &Keys::plain()).await;
    assert_eq!(created.header.created_at, NOW);
    assert!(created.trailer.chunks > 2, "several chunks: {}", created.trailer.chunks);
    let verified = verify(&world.file("all"), &Keys::plain(), |_| {}).await.unwrap();
    assert_eq!(verified.trailer, created.trailer);
    assert_eq!(created.trailer.totals, world.sums(Scope::Whole).await);
    assert_eq!(created.trailer.totals.guilds.count, 4);
    assert_eq!(created.trailer.totals.users.count, 2);
    assert_eq!(created.trailer.totals.tables["answer"].count, 3 * 6 + 10_000);

    let other = World::empty().await;
    let whole = Target::Whole { replace: false };
    let file = world.file("all");
    let restored = restore(&other.store, &file, &Keys::plain(), whole, &other.clock, &NothingErased, &|_| {})
        .await
        .unwrap();
    assert_eq!(restored.rows, created.trailer.totals.rows());
    assert_eq!(other.sums(Scope::Whole).await, created.trailer.totals);

    let again =
        restore(&other.store, &file, &Keys::plain(), whole, &other.clock, &NothingErased, &|_| {}).await;
    assert!(matches!(again, Err(BackupError::NotEmpty)), "{again:?}");
    let replace = Target::Whole { replace: true };
    other.settle(4, 1).await;
    restore(&other.store, &file, &Keys::plain(), replace, &other.clock, &NothingErased, &|_| {})
        .await
        .unwrap();
    assert_eq!(other.sums(Scope::Whole).await, created.trailer.totals);
}

#[tokio::test]
async fn a_store_without_rows_is_a_backup_too() {
    let world = World::empty().await;
    let created = world.back_up("none", Scope::Whole, &Keys::plain()).await;
    assert_eq!((created.trailer.totals.rows(), created.trailer.chunks), (0, 0));
    verify(&world.file("none"), &Keys::plain(), |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_file_is_never_overwritten_and_an_unfinished_one_never_stays() {
    let world = World::full().await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let path = world.file("all");
    let before = std::fs::read(&path).unwrap();
    let again =
        guildhall_backup::create(&world.store, Scope::Whole, &path, &Keys::plain(), &world.clock, &|_| {})
            .await;
    assert!(matches!(again, Err(BackupError::File { .. })), "{again:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_not_served_and_can_be_run_again() {
    let world = World::full().await;
    world.settle(77, 500).await;
    let created = world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let (other, file, keys) = (World::empty().await, world.file("all"), Keys::plain());
    let whole = Target::Whole { replace: false };
    // Dropped as soon as something is in: a kill, as far as the database can tell.
    let cut = std::sync::atomic::AtomicBool::new(false);
    let watch = |_| cut.store(true, std::sync::atomic::Ordering::Relaxed);
    {
        let mut run =
            Box::pin(restore(&other.store, &file, &keys, whole, &other.clock, &NothingErased, &watch));
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
    restore(&other.store, &file, &keys, whole, &other.clock, &NothingErased, &|_| {}).await.unwrap();
    guildhall_backup::refuse_half_restored(&other.store).await.unwrap();
    assert_eq!(other.sums(Scope::Whole).await, created.trailer.totals);
}

#[tokio::test]
async fn the_schema_of_backups_is_declared_well() {
    let world = World::empty().await;
    let schemas = [guildhall_backup::SCHEMA];
    assert_eq!(testing::prepare_every_statement(&world.store, &schemas).await.unwrap(), Vec::<String>::new());
    assert_eq!(testing::guild_statements_filter_by_guild(&schemas), Vec::<String>::new());
    let faults =
        testing::inventory_names_every_table_and_column(&world.store, world.store.schemas()).await.unwrap();
    assert_eq!(faults, Vec::<String>::new());
}
