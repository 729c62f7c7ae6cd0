//! The bot leaves a guild. Its data stays for a while, so that a rejoin finds everything as it was.

use std::time::Duration;

use guildhall_core::event::{EventKind, EventSet};
use guildhall_framework::{Ctx, Event, Failure, OnEvent};
use guildhall_store::params;
use serde::Deserialize;

use super::schema;

/// How long the data of a guild stays after the bot has left.
pub(super) const GRACE: Duration = Duration::from_hours(24 * 30);

/// What Discord says of a guild that is gone (Discord docs: Gateway Events, Guild Delete).
#[derive(Deserialize)]
struct Gone {
    unavailable: Option<bool>,
}

/// Sets the day on which the guild's data goes.
pub(super) struct Left;

impl OnEvent for Left {
    const KINDS: EventSet = EventSet::of(&[EventKind::GuildDelete]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        // An outage at Discord's: the bot is still a member.
        if event.read::<Gone>()?.unavailable == Some(true) {
            return Ok(());
        }
        let now = ctx.now();
        ctx.db().await?.execute(&schema::LEAVE, params![now, now + GRACE]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::clock::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{NOON, World};

    async fn joined(world: &World, key: &str) {
        let guild = json!({ "name": "House", "joined_at": "2026-11-20T11:59:00+00:00" });
        world.event(1, EventKind::GuildCreate, key, guild).await.unwrap();
    }

    async fn left(world: &World, key: &str, payload: Value) {
        world.event(1, EventKind::GuildDelete, key, payload).await.unwrap();
    }

    async fn left_at(world: &World) -> Option<Timestamp> {
        world.rows(1, &schema::FIND, params![]).await[0].get("left_at").unwrap()
    }

    #[tokio::test]
    async fn an_outage_is_not_a_farewell() {
        let world = World::new().await;
        joined(&world, "a").await;
        left(&world, "b", json!({ "id": "1", "unavailable": true })).await;
        assert_eq!(left_at(&world).await, None);
    }

    #[tokio::test]
    async fn leaving_starts_the_grace_period_and_coming_back_ends_it_without_a_second_welcome() {
        let world = World::new().await;
        joined(&world, "a").await;
        left(&world, "b", json!({ "id": "1" })).await;
        assert_eq!(left_at(&world).await, Some(NOON));
        let due = |at| params![at];
        assert_eq!(world.rows(1, &schema::IS_DUE, due(NOON + GRACE)).await.len(), 1);
        assert!(world.rows(1, &schema::IS_DUE, due(NOON + GRACE - Duration::from_secs(1))).await.is_empty());
        world.clock.advance(Duration::from_hours(1));
        left(&world, "c", json!({ "id": "1" })).await;
        assert_eq!(left_at(&world).await, Some(NOON), "the first farewell counts");
        joined(&world, "d").await;
        assert_eq!(left_at(&world).await, None);
        assert!(world.rows(1, &schema::IS_DUE, due(NOON + GRACE * 2)).await.is_empty());
        assert_eq!(world.sent.lock().len(), 1);
    }

    #[tokio::test]
    async fn a_guild_that_nobody_knows_leaves_no_trace() {
        let world = World::new().await;
        left(&world, "a", json!({ "id": "1" })).await;
        assert!(world.rows(1, &schema::FIND, params![]).await.is_empty());
    }
}
