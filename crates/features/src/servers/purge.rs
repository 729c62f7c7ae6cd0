//! Removes what is kept about guilds that the bot left long ago.

use std::time::Duration;

use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_framework::{Failure, Schedule, Services, When, caching::forget_subject};
use guildhall_store::{
    OperatorPath, Reason, Subject, params, purge,
    tombstone::{self, Tombstone},
};

use super::schema;

/// Guilds that one run of the job removes.
const BATCH: u32 = 100;
/// Rows that one transaction removes.
const ROWS: u32 = 1_000;

/// Removes everything that is kept about guilds whose time has come.
pub(super) fn schedule() -> Schedule {
    let every = When::Every(Duration::from_hours(1));
    // Each transaction leaves things in order.
    Schedule { cut: true, ..Schedule::new("servers_purge", every, |services| Box::pin(run(services))) }
}

async fn run(services: &Services) -> Result<(), Failure> {
    let due = {
        let mut read = services.store.read().await?;
        let mut tx = read.operator(OperatorPath::Retention);
        tx.fetch_all(&schema::DUE, params![services.clock.now(), BATCH]).await?
    };
    for row in due {
        let guild: GuildId = row.get("guild_id")?;
        purge_guild(services, guild).await?;
    }
    Ok(())
}

/// In many transactions, so that others get their turn between two.
async fn purge_guild(services: &Services, guild: GuildId) -> Result<(), Failure> {
    let (mut rows, now) = (0, services.clock.now());
    loop {
        let mut write = services.store.write().await?;
        let mut tx = write.guild(GuildScope(guild));
        // The bot may have come back meanwhile. The row that says otherwise is the last to go.
        if tx.fetch_optional(&schema::IS_DUE, params![services.clock.now()]).await?.is_none() {
            break;
        }
        rows += purge::some(&mut tx, services.store.schemas(), schema::SERVER, ROWS).await?;
        write.commit().await?;
        services.forget_set_up(guild);
    }
    if rows == 0 {
        return Ok(());
    }
    services.store.emptied(guild).await?;
    forget_subject(&services.cache, Subject::Guild(guild)).await;
    // Also an older backup must not bring it back.
    let stone = Tombstone { subject: Subject::Guild(guild), erased_at: now, reason: Reason::Left };
    services.journal.add(stone).await?;
    let mut write = services.store.write().await?;
    let mut tx = write.operator(OperatorPath::Privacy);
    tombstone::write(&mut tx, &stone).await?;
    tombstone::finish(&mut tx, &stone, services.clock.now()).await?;
    write.commit().await?;
    tracing::info!(guild.id = %guild, rows, "the data of a guild that the bot has left is removed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use guildhall_core::event::EventKind;
    use guildhall_store::{GuildStatement, ScopeKind, guild as statement};
    use serde_json::json;

    use super::*;
    use crate::{
        servers::leave::GRACE,
        testing::{World, words},
    };

    /// How many rows each table of guilds and members holds for a guild.
    async fn kept(world: &World, guild: u64) -> Vec<(&'static str, i64)> {
        let mut counts = Vec::new();
        let schemas = world.services.registry.schemas();
        let tables =
            schemas.iter().chain([&guildhall_store::platform::SCHEMA]).flat_map(|schema| schema.inventory);
        for table in tables.filter(|table| matches!(table.scope, ScopeKind::Guild | ScopeKind::Member)) {
            let sql = format!("SELECT COUNT(*) AS rows_kept FROM {} WHERE guild_id = $1", table.name);
            let count: GuildStatement = statement("count", Box::leak(sql.into_boxed_str()));
            let rows = world.rows(guild, &count, params![]).await;
            counts.push((table.name, rows[0].get("rows_kept").unwrap()));
        }
        counts
    }

    /// A guild with something in every table that these features fill.
    async fn lived_in(world: &World, guild: u64) {
        let joined = json!({ "name": "House", "joined_at": "2026-11-20T11:59:00+00:00" });
        world.event(guild, EventKind::GuildCreate, "join", joined).await.unwrap();
        let on = json!({ "feature": "statistics", "enabled": true });
        world.manager(guild, 20).run("server_config", on).await.unwrap();
        world.member(guild, 20).run("learn", json!({ "content": "A canary word" })).await.unwrap();
        let message = json!({ "id": "1500000000000000000", "type": 0, "author": { "id": "20" } });
        world.event(guild, EventKind::MessageCreate, "message", message).await.unwrap();
        world.task("servers_save_usage").await;
    }

    #[tokio::test]
    async fn a_guild_that_stays_away_is_removed_from_every_table_and_no_other_is_touched() {
        let world = World::new().await;
        lived_in(&world, 1).await;
        lived_in(&world, 2).await;
        let before = kept(&world, 2).await;
        let filled = before.iter().filter(|(_, rows)| *rows > 0).count();
        assert!(filled >= 9, "{before:?}");
        world.event(1, EventKind::GuildDelete, "leave", json!({ "id": "1" })).await.unwrap();
        world.clock.advance(GRACE / 2);
        world.task("servers_purge").await;
        assert!(kept(&world, 1).await.iter().any(|(_, rows)| *rows > 0), "the grace period is not over");
        world.clock.advance(GRACE / 2);
        world.task("servers_purge").await;
        let left: Vec<_> = kept(&world, 1).await.into_iter().filter(|(_, rows)| *rows > 0).collect();
        assert_eq!(left, []);
        assert_eq!(kept(&world, 2).await, before);
        let asked = world.member(2, 30).run("ask_knowledge", json!({ "query": "canary" })).await.unwrap();
        assert!(words(&asked).contains("A canary word"));
    }

    #[tokio::test]
    async fn a_guild_that_came_back_keeps_everything() {
        let world = World::new().await;
        lived_in(&world, 1).await;
        world.event(1, EventKind::GuildDelete, "leave", json!({ "id": "1" })).await.unwrap();
        let back = json!({ "name": "House", "joined_at": "2026-11-20T12:30:00+00:00" });
        world.event(1, EventKind::GuildCreate, "back", back).await.unwrap();
        let before = kept(&world, 1).await;
        world.clock.advance(GRACE * 2);
        world.task("servers_purge").await;
        assert_eq!(kept(&world, 1).await, before);
    }
}
