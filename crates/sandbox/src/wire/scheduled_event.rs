//! Scheduled events on the wire (Discord docs: Guild Scheduled Event).

use serde_json::{Value, json};

use crate::{
    clock::iso,
    model::{EventException, ScheduledEvent},
    snowflake::{Id, Sid},
    wire,
    world::World,
};

/// An event with its creator, and with the number of those interested where it is asked for.
pub fn scheduled_event(world: &World, guild_id: Id, event: &ScheduledEvent, with_count: bool) -> Value {
    let mut all = json!({
        "id": Sid(event.id),
        "guild_id": Sid(guild_id),
        "channel_id": event.channel_id.map(Sid),
        "creator_id": Sid(event.creator_id),
        "name": event.name,
        "description": event.description,
        "image": event.image,
        "scheduled_start_time": iso(event.start),
        "scheduled_end_time": event.end.map(iso),
        "privacy_level": 2,
        "status": event.status,
        "entity_type": event.entity_type,
        "entity_id": null,
        "entity_metadata": event.location.as_ref().map(|location| json!({ "location": location })),
        "recurrence_rule": event.recurrence,
        "guild_scheduled_event_exceptions":
            event.exceptions.iter().map(|one| event_exception(event.id, one)).collect::<Vec<_>>(),
    });
    if let Some(creator) = world.users.get(&event.creator_id) {
        all["creator"] = wire::user(creator);
    }
    if with_count {
        all["user_count"] = json!(event.subscribers.len());
    }
    all
}

/// An occurrence that differs.
pub fn event_exception(event_id: Id, exception: &EventException) -> Value {
    json!({
        "event_id": Sid(event_id),
        "event_exception_id": Sid(exception.id),
        "scheduled_start_time": exception.start.map(iso),
        "scheduled_end_time": exception.end.map(iso),
        "is_canceled": exception.canceled,
    })
}
