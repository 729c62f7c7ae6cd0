//! What events and stages do by themselves (Discord docs: Guild Scheduled Event, Status Update Automation;
//! Stage Instance, Auto Closing). Events that recur are left alone, since how is not documented.

use super::{Dispatch, World, due::Thing};
use crate::{
    model::{ScheduledEvent, VoiceState},
    snowflake::{Id, Millis},
};

/// How long a channel may be without people, or a stage without speakers: "on the order of minutes".
const PATIENCE: Millis = 5 * 60_000;
/// How long an event may be late: "on the order of hours".
const LATENESS: Millis = 3 * 3_600_000;

impl World {
    /// Notes when an event next begins, ends or is called off by itself.
    pub(super) fn expect_event(&mut self, guild_id: Id, id: Id, now: Millis) {
        let Ok(event) = self.scheduled_event(guild_id, id) else { return };
        let empty = event.channel_id.is_none_or(|channel| !self.occupied(guild_id, channel));
        let external = event.entity_type == ScheduledEvent::EXTERNAL;
        let at = match event.status {
            _ if event.recurrence.is_some() => None,
            ScheduledEvent::SCHEDULED if external => Some(event.start),
            ScheduledEvent::SCHEDULED => Some(event.start + LATENESS),
            ScheduledEvent::ACTIVE if external => event.end,
            ScheduledEvent::ACTIVE if empty => Some(now + PATIENCE),
            _ => None,
        };
        let Ok(guild) = self.guild_mut(guild_id) else { return };
        let Some(event) = guild.extras_mut().events.get_mut(&id) else { return };
        let before = std::mem::replace(&mut event.due_at, at);
        let thing = Thing::Event(guild_id, id);
        match at {
            Some(at) => self.due.put(at, thing, before),
            None => self.due.cancel(before, thing),
        }
    }

    /// An event's time has come.
    pub(super) fn event_due(&mut self, guild_id: Id, id: Id, now: Millis) -> Vec<Dispatch> {
        let Ok(event) = self.scheduled_event(guild_id, id) else { return Vec::new() };
        let external = event.entity_type == ScheduledEvent::EXTERNAL;
        let status = match event.status {
            ScheduledEvent::SCHEDULED if external => ScheduledEvent::ACTIVE,
            ScheduledEvent::SCHEDULED => ScheduledEvent::CANCELED,
            _ => ScheduledEvent::COMPLETED,
        };
        let told = self.update_event(guild_id, id, now, |event| {
            event.due_at = None;
            event.status = status;
        });
        told.map(|((), told)| told).unwrap_or_default()
    }

    /// Sees to what hangs on who is in these channels, after someone came, went, or may speak now.
    pub(super) fn tend_channels(&mut self, guild_id: Id, channels: [Option<Id>; 2], now: Millis) {
        let Ok(guild) = self.guild(guild_id) else { return };
        if guild.extras.is_none() {
            return;
        }
        let here = |event: &&ScheduledEvent| {
            event.status == ScheduledEvent::ACTIVE
                && event.channel_id.is_some_and(|id| channels.contains(&Some(id)))
        };
        let events: Vec<Id> = guild.extras().events.values().filter(here).map(|event| event.id).collect();
        for id in events {
            self.expect_event(guild_id, id, now);
        }
        for channel_id in channels.into_iter().flatten() {
            self.expect_closing(guild_id, channel_id, now);
        }
    }

    /// Notes when a stage closes by itself: some time after its last speaker went.
    pub(super) fn expect_closing(&mut self, guild_id: Id, channel_id: Id, now: Millis) {
        let spoken =
            self.anyone(guild_id, channel_id, |state| !state.suppress && state.request_to_speak.is_none());
        let Some(stage) = self.stage(guild_id, channel_id) else { return };
        let at = match (spoken, stage.closes_at) {
            (true, _) => None,
            (false, Some(at)) => Some(at),
            (false, None) => Some(now + PATIENCE),
        };
        let Ok(guild) = self.guild_mut(guild_id) else { return };
        let stages = &mut guild.extras_mut().stages;
        let Some(stage) = stages.iter_mut().find(|stage| stage.channel_id == channel_id) else { return };
        let before = std::mem::replace(&mut stage.closes_at, at);
        let thing = Thing::Stage(guild_id, channel_id);
        match at {
            Some(at) => self.due.put(at, thing, before),
            None => self.due.cancel(before, thing),
        }
    }

    fn occupied(&self, guild_id: Id, channel_id: Id) -> bool {
        self.anyone(guild_id, channel_id, |_| true)
    }

    fn anyone(&self, guild_id: Id, channel_id: Id, fits: impl Fn(&VoiceState) -> bool) -> bool {
        let Ok(guild) = self.guild(guild_id) else { return false };
        guild.voice_states.iter().any(|state| state.channel_id == Some(channel_id) && fits(state))
    }
}
