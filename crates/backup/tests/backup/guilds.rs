//! One guild comes back, and no other one notices.

use guildhall_backup::{BackupError, Keys, Scope, Target, Totals, restore};
use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_store::{GuildStatement, guild, params};

use crate::world::{Kind, PAY, World, guild_id, user_id};

const RUIN: GuildStatement = guild("ruin", "DELETE FROM answer WHERE guild_id = $1 AND question < $2");

async fn put_back(world: &World, name: &str, from: GuildId, to: GuildId) -> Result<Totals, BackupError> {
    let target = Target::Guild { from, to };
    let (file, keys) = (world.file(name), Keys::plain());
    let done = restore(&world.store, &file, &keys, target, &world.clock, &[], &|_| {}).await?;
    Ok(done.totals)
}

async fn others(world: &World) -> Vec<Totals> {
    let mut all = Vec::new();
    for id in [2, 9_007_199_254_740_993] {
        all.push(world.sums(Scope::Guild(guild_id(id))).await);
    }
    all
}

#[tokio::test]
async fn one_guild_is_put_back_without_touching_another() {
    for kind in Kind::ALL {
        one_comes_back(&World::full(kind).await).await;
    }
}

async fn one_comes_back(world: &World) {
    let (one, before) = (Scope::Guild(guild_id(1)), others(world).await);
    let good = world.sums(one).await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    world.back_up("one", one, &Keys::plain()).await;
    let everything = world.sums(Scope::Whole).await;
    for name in ["all", "one"] {
        let mut tx = world.store.write().await.unwrap();
        let mut guild = tx.guild(GuildScope(guild_id(1)));
        assert_eq!(guild.execute(&RUIN, params![2]).await.unwrap(), 4);
        guild.member(user_id(99)).execute(&PAY, params![1]).await.unwrap();
        tx.commit().await.unwrap();
        assert_ne!(world.sums(one).await, good);
        assert_eq!(put_back(world, name, guild_id(1), guild_id(1)).await.unwrap(), good);
        assert_eq!(world.sums(one).await, good);
        assert_eq!(others(world).await, before);
        assert_eq!(world.sums(Scope::Whole).await, everything, "users' and nobody's rows are as before");
    }
}

#[tokio::test]
async fn a_guild_can_come_back_under_another_id() {
    let world = World::full(Kind::File).await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    let before = others(&world).await;
    let one = world.sums(Scope::Guild(guild_id(1))).await;
    put_back(&world, "all", guild_id(1), guild_id(31)).await.unwrap();
    let copy = world.sums(Scope::Guild(guild_id(31))).await;
    assert_eq!(copy.rows(), one.rows());
    assert_ne!(copy.guilds, one.guilds, "the id is part of the sum over guilds");
    assert_eq!(world.sums(Scope::Guild(guild_id(1))).await, one);
    assert_eq!(others(&world).await, before);
}

#[tokio::test]
async fn a_guild_that_is_not_there_is_said_to_be_missing_and_nothing_goes() {
    let world = World::full(Kind::File).await;
    world.back_up("all", Scope::Whole, &Keys::plain()).await;
    world.back_up("one", Scope::Guild(guild_id(1)), &Keys::plain()).await;
    let before = world.sums(Scope::Whole).await;
    for (name, from) in [("all", 404), ("one", 2)] {
        let done = put_back(&world, name, guild_id(from), guild_id(2)).await;
        assert!(matches!(done, Err(BackupError::NoGuild(_))), "{done:?}");
    }
    let whole = Target::Whole { replace: true };
    let (file, keys) = (world.file("one"), Keys::plain());
    let done = restore(&world.store, &file, &keys, whole, &world.clock, &[], &|_| {}).await;
    assert!(matches!(done, Err(BackupError::Tables { .. })), "{done:?}");
    assert_eq!(world.sums(Scope::Whole).await, before);
}
