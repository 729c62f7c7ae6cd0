//! The bot joins a guild, or hears of one that it is in.

use std::time::Duration;

use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
};
use guildhall_framework::{Ctx, Event, Failure, OnEvent};
use guildhall_store::params;
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{schema, welcome};
use crate::view::cut;

/// A guild that the bot joined longer ago than this has been served before, by us or without our data:
/// it gets no welcome.
const FRESH: Duration = Duration::from_hours(24);

/// The parts of a guild that matter here (Discord docs: Gateway Events, Guild Create and Guild Update).
/// Only Guild Create says when the bot joined.
#[derive(Deserialize)]
struct Guild {
    name: Option<String>,
    joined_at: Option<String>,
    unavailable: Option<bool>,
}

/// Registers guilds and welcomes new ones once. Discord names every guild at each fresh session, so the
/// usual case, a guild that is known and unchanged, only reads.
pub(super) struct Joined;

impl OnEvent for Joined {
    const KINDS: EventSet = EventSet::of(&[EventKind::GuildCreate, EventKind::GuildUpdate]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        let guild: Guild = event.read()?;
        let Some(name) = guild.name.filter(|_| guild.unavailable != Some(true)) else {
            return Ok(());
        };
        let name = cut(&name, 100);
        let mut welcomed = false;
        if let Some(row) = ctx.snapshot().await?.fetch_optional(&schema::FIND, params![]).await? {
            if row.get::<String>("name")? == name && row.get::<Option<Timestamp>>("left_at")?.is_none() {
                return Ok(());
            }
            welcomed = row.get::<Option<Timestamp>>("welcomed_at")?.is_some();
        }
        let now = ctx.now();
        let fresh = guild.joined_at.as_deref().and_then(read_time).is_some_and(|at| now.since(at) < FRESH);
        let channel = || ctx.services().directory.channel_with(event.guild, welcome::NEEDS);
        let channel = if fresh && !welcomed { channel() } else { None };
        let row = params![name, now, channel.map(|_| now)];
        ctx.db().await?.execute(&schema::REGISTER, row).await?;
        if let Some(channel) = channel {
            let body = welcome::body(ctx);
            ctx.send(channel, body).await?;
        }
        Ok(())
    }
}

fn read_time(text: &str) -> Option<Timestamp> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use guildhall_core::id::ChannelId;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{CHANNEL, World, custom_ids};

    /// What Discord says of a guild; `joined` is the time at which the bot did.
    fn guild(name: &str, joined: &str) -> Value {
        json!({ "id": "1", "name": name, "joined_at": joined, "member_count": 3, "channels": [{ "id": "9" }] })
    }

    const TODAY: &str = "2026-11-20T11:59:00.123000+00:00";
    const LAST_WEEK: &str = "2026-11-13T12:00:00+00:00";

    async fn created(world: &World, key: &str, payload: Value) {
        world.event(1, EventKind::GuildCreate, key, payload).await.unwrap();
    }

    async fn column<T: guildhall_store::FromValue>(world: &World, column: &str) -> T {
        world.rows(1, &schema::FIND, params![]).await[0].get(column).unwrap()
    }

    #[tokio::test]
    async fn a_new_guild_is_registered_and_welcomed_once() {
        let world = World::new().await;
        world.register(&[("learn", 5)]);
        created(&world, "a", guild("House", TODAY)).await;
        {
            let sent = world.sent.lock();
            assert_eq!(sent.len(), 1);
            assert_eq!(sent[0].channel.get(), CHANNEL);
            assert_eq!(sent[0].guild.get(), 1);
            assert_eq!(custom_ids(&sent[0].body), ["servers:setup", "servers:features", "servers:privacy"]);
            assert!(sent[0].body.embeds[0].description.as_deref().unwrap().contains("</learn:5>"));
        }
        // The next session names the guild again, under another event.
        created(&world, "b", guild("House", TODAY)).await;
        assert_eq!(world.sent.lock().len(), 1);
        assert_eq!(column::<String>(&world, "name").await, "House");
    }

    #[tokio::test]
    async fn a_replayed_event_welcomes_once() {
        let world = World::new().await;
        created(&world, "a", guild("House", TODAY)).await;
        let again = world.event(1, EventKind::GuildCreate, "a", guild("Home", TODAY)).await;
        assert!(matches!(again, Err(Failure::DoneBefore)), "{again:?}");
        assert_eq!(world.sent.lock().len(), 1);
        assert_eq!(column::<String>(&world, "name").await, "House");
    }

    #[tokio::test]
    async fn a_known_guild_that_has_not_changed_writes_nothing() {
        let world = World::new().await;
        created(&world, "a", guild("House", TODAY)).await;
        // Whoever writes claims the event, and waits for the writer that is held here.
        let held = world.services.store.write().await.unwrap();
        created(&world, "b", guild("House", TODAY)).await;
        drop(held);
        created(&world, "b", guild("Home", TODAY)).await;
        assert_eq!(column::<String>(&world, "name").await, "Home");
    }

    #[tokio::test]
    async fn a_guild_that_the_bot_has_long_been_in_is_registered_silently() {
        let world = World::new().await;
        created(&world, "a", guild("House", LAST_WEEK)).await;
        assert!(world.sent.lock().is_empty());
        assert_eq!(column::<Option<Timestamp>>(&world, "welcomed_at").await, None);
        for joined in ["", "yesterday", "2026-11-20"] {
            created(&world, joined, guild(&format!("House {joined}"), joined)).await;
        }
        assert!(world.sent.lock().is_empty());
    }

    #[tokio::test]
    async fn without_a_channel_to_speak_in_nothing_is_said() {
        let world = World::new().await;
        *world.directory.open_channel.lock() = None;
        created(&world, "a", guild("House", TODAY)).await;
        assert!(world.sent.lock().is_empty());
        *world.directory.open_channel.lock() = ChannelId::new(CHANNEL);
        created(&world, "b", guild("House", TODAY)).await;
        assert!(world.sent.lock().is_empty(), "an unchanged guild is left alone");
    }

    #[tokio::test]
    async fn a_new_name_is_taken_note_of_and_an_outage_is_not() {
        let world = World::new().await;
        created(&world, "a", guild("House", TODAY)).await;
        world.event(1, EventKind::GuildUpdate, "b", json!({ "name": "Home" })).await.unwrap();
        assert_eq!(column::<String>(&world, "name").await, "Home");
        created(&world, "c", json!({ "id": "1", "unavailable": true })).await;
        assert_eq!(column::<String>(&world, "name").await, "Home");
        assert_eq!(world.sent.lock().len(), 1);
    }

    #[tokio::test]
    async fn a_payload_that_is_not_a_guild_fails_and_changes_nothing() {
        let world = World::new().await;
        let result = world.event(1, EventKind::GuildCreate, "a", json!({ "name": 7 })).await;
        assert!(matches!(result, Err(Failure::Internal(_))), "{result:?}");
        assert!(world.rows(1, &schema::FIND, params![]).await.is_empty());
    }
}
