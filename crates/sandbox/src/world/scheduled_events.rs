//! Scheduled events: made, changed, removed, followed.

use serde_json::{Value, json};

use super::{Audit, Changed, Dispatch, World, WorldError};
use crate::{
    model::{AuditAction, EventException, ScheduledEvent},
    snowflake::{Id, Millis, Sid},
    wire,
};

const KEYS: &[&str] = &[
    "name",
    "description",
    "image",
    "channel_id",
    "entity_type",
    "status",
    "privacy_level",
    "scheduled_start_time",
    "scheduled_end_time",
    "recurrence_rule",
];

/// Finished events that a guild keeps, so that their status can be looked up.
const FINISHED_KEPT: usize = 100;

impl World {
    /// Schedules an event; its id is filled in here.
    pub fn create_event(&mut self, guild_id: Id, mut event: ScheduledEvent, now: Millis) -> Changed<Id> {
        let most = self.limits.scheduled_events;
        let id = self.ids.next(now);
        event.id = id;
        event.subscribers.insert(event.creator_id);
        let events = &mut self.guild_mut(guild_id)?.extras_mut().events;
        if events.values().filter(|event| !event.finished()).count() >= most {
            return Err(WorldError::TooManyEvents);
        }
        if events.values().filter(|event| event.finished()).count() >= FINISHED_KEPT
            && let Some(oldest) = events.values().find(|event| event.finished()).map(|event| event.id)
        {
            events.remove(&oldest);
        }
        events.insert(id, event);
        self.expect_event(guild_id, id, now);
        Ok((id, self.tell_event("GUILD_SCHEDULED_EVENT_CREATE", guild_id, id, &Value::Null)?))
    }

    /// Changes an event.
    pub fn update_event(
        &mut self,
        guild_id: Id,
        id: Id,
        now: Millis,
        change: impl FnOnce(&mut ScheduledEvent),
    ) -> Changed<()> {
        let before = wire::scheduled_event(self, guild_id, self.scheduled_event(guild_id, id)?, false);
        let events = &mut self.guild_mut(guild_id)?.extras_mut().events;
        change(events.get_mut(&id).ok_or(WorldError::UnknownEvent)?);
        self.expect_event(guild_id, id, now);
        Ok(((), self.tell_event("GUILD_SCHEDULED_EVENT_UPDATE", guild_id, id, &before)?))
    }

    /// Removes an event.
    pub fn delete_event(&mut self, guild_id: Id, id: Id) -> Changed<()> {
        let event = self.scheduled_event(guild_id, id)?.clone();
        let data = wire::scheduled_event(self, guild_id, &event, false);
        self.guild_mut(guild_id)?.extras_mut().events.remove(&id);
        self.due.cancel(event.due_at, super::due::Thing::Event(guild_id, id));
        let mut told = vec![visible("GUILD_SCHEDULED_EVENT_DELETE", guild_id, &event, &data)];
        let audit = Audit::new(AuditAction::ScheduledEventDelete).target(id);
        told.extend(self.audit(guild_id, audit.diff(&data, &Value::Null, KEYS)));
        Ok(((), told))
    }

    fn tell_event(
        &mut self,
        name: &'static str,
        guild_id: Id,
        id: Id,
        before: &Value,
    ) -> Result<Vec<Dispatch>, WorldError> {
        let event = self.scheduled_event(guild_id, id)?;
        let data = wire::scheduled_event(self, guild_id, event, false);
        let mut told = vec![visible(name, guild_id, event, &data)];
        let action = match before {
            Value::Null => AuditAction::ScheduledEventCreate,
            _ => AuditAction::ScheduledEventUpdate,
        };
        told.extend(self.audit(guild_id, Audit::new(action).target(id).diff(before, &data, KEYS)));
        Ok(told)
    }

    /// An event.
    pub fn scheduled_event(&self, guild_id: Id, id: Id) -> Result<&ScheduledEvent, WorldError> {
        self.guild(guild_id)?.extras().events.get(&id).ok_or(WorldError::UnknownEvent)
    }

    /// Puts an exception in place of the one with the same id, or takes it away with none.
    pub fn set_event_exception(
        &mut self,
        guild_id: Id,
        id: Id,
        exception_id: Id,
        exception: Option<EventException>,
    ) -> Changed<()> {
        let now = self.now;
        let known = &self.scheduled_event(guild_id, id)?.exceptions;
        let known = known.iter().any(|known| known.id == exception_id);
        let action = match (known, &exception) {
            (false, None) => return Err(WorldError::UnknownEventException),
            (false, Some(_)) => AuditAction::ScheduledEventExceptionCreate,
            (true, Some(_)) => AuditAction::ScheduledEventExceptionUpdate,
            (true, None) => AuditAction::ScheduledEventExceptionDelete,
        };
        let shown = |one: &EventException| wire::event_exception(id, one);
        let old = self.scheduled_event(guild_id, id)?.exceptions.iter().find(|one| one.id == exception_id);
        let (old, new) = (old.map_or(Value::Null, shown), exception.as_ref().map_or(Value::Null, shown));
        let ((), mut told) = self.silently(|world| {
            world.update_event(guild_id, id, now, |event| {
                event.exceptions.retain(|known| known.id != exception_id);
                event.exceptions.extend(exception);
                event.exceptions.sort_by_key(|one| one.id);
            })
        })?;
        let keys = ["scheduled_start_time", "scheduled_end_time", "is_canceled"];
        let audit = Audit::new(action).target(id).option("event_exception_id", exception_id);
        told.extend(self.audit(guild_id, audit.diff(&old, &new, &keys)));
        Ok(((), told))
    }

    /// A user follows an event, or one occurrence of it, or no longer does.
    pub fn follow_event(
        &mut self,
        guild_id: Id,
        id: Id,
        exception_id: Option<Id>,
        user_id: Id,
        follows: bool,
    ) -> Changed<()> {
        let events = &mut self.guild_mut(guild_id)?.extras_mut().events;
        let event = events.get_mut(&id).ok_or(WorldError::UnknownEvent)?;
        let subscribers = match exception_id {
            None => &mut event.subscribers,
            Some(exception) => {
                let found = event.exceptions.iter_mut().find(|one| one.id == exception);
                &mut found.ok_or(WorldError::UnknownEventException)?.subscribers
            }
        };
        let changed = if follows { subscribers.insert(user_id) } else { subscribers.remove(&user_id) };
        if !changed {
            return Ok(((), Vec::new()));
        }
        let mut data = json!({
            "guild_scheduled_event_id": Sid(id),
            "user_id": Sid(user_id),
            "guild_id": Sid(guild_id),
        });
        if let Some(exception_id) = exception_id {
            data["guild_scheduled_event_exception_id"] = json!(Sid(exception_id));
        }
        let name =
            if follows { "GUILD_SCHEDULED_EVENT_USER_ADD" } else { "GUILD_SCHEDULED_EVENT_USER_REMOVE" };
        Ok(((), vec![visible(name, guild_id, event, &data)]))
    }
}

/// An event in a channel is for those who see the channel.
fn visible(name: &'static str, guild_id: Id, event: &ScheduledEvent, data: &Value) -> Dispatch {
    let told = Dispatch::guild(name, guild_id, data);
    event.channel_id.into_iter().fold(told, Dispatch::in_channel)
}
