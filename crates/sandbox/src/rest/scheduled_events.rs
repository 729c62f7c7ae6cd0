//! Scheduled events. (Discord docs: Guild Scheduled Event.)

mod exceptions;
mod users;
mod wanted;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{ChannelKind, Guild, ScheduledEvent};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::wire;
use crate::world::World;
use wanted::Wanted;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/scheduled-events", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/scheduled-events", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/scheduled-events/{event}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/scheduled-events/{event}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/scheduled-events/{event}", Auth::Bot, Pace::Ordinary, delete);
    exceptions::routes(table);
    users::routes(table);
}

/// An event that the user sees: one in a channel, only with the channel.
fn seen(world: &World, user: Id, guild_id: Id, id: Id) -> Result<&ScheduledEvent, ApiError> {
    let guild = access::guild(world, user, guild_id)?;
    let event = guild.extras().events.get(&id).ok_or(error::UNKNOWN_EVENT)?;
    if shown_to(guild, event, user) { Ok(event) } else { Err(error::UNKNOWN_EVENT) }
}

fn shown_to(guild: &Guild, event: &ScheduledEvent, user: Id) -> bool {
    let channel = event.channel_id.and_then(|id| guild.channel(id));
    event.channel_id.is_none() || channel.is_some_and(|channel| permissions::can_view(guild, channel, user))
}

/// One's own events may be changed with the right to create them, others' with the right to manage them.
fn may_change(
    world: &World,
    user: Id,
    guild_id: Id,
    event: &ScheduledEvent,
    now: Millis,
) -> Result<(), ApiError> {
    let guild = world.guild(guild_id)?;
    let own = permissions::in_guild(guild, user, now);
    if event.creator_id == user && own.contains(Permissions::CREATE_EVENTS) {
        return Ok(());
    }
    access::need(own, Permissions::MANAGE_EVENTS)
}

/// What an event asks for in its channel, and that the channel is of its kind.
fn place(guild: &Guild, event: &ScheduledEvent, user: Id, now: Millis) -> Result<(), ApiError> {
    let Some(id) = event.channel_id else { return Ok(()) };
    let channel = guild.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
    let (kind, wanted) = if event.entity_type == ScheduledEvent::STAGE {
        let moderates = Permissions::MANAGE_CHANNELS | Permissions::MUTE_MEMBERS | Permissions::MOVE_MEMBERS;
        (ChannelKind::Stage, moderates)
    } else {
        (ChannelKind::Voice, Permissions::CONNECT)
    };
    if channel.kind != kind {
        return Err(error::WRONG_CHANNEL_TYPE);
    }
    let own = permissions::in_channel(guild, channel, user, now).implied(channel);
    if !own.contains(Permissions::VIEW_CHANNEL) {
        return Err(error::MISSING_ACCESS);
    }
    access::need(own, wanted)
}

/// `GET /guilds/{guild}/scheduled-events`
pub(crate) fn list(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    let count = call.query_flag("with_user_count");
    ok(call.read(|world| {
        let guild = access::guild(world, me, guild_id)?;
        let events = guild.extras().events.values().filter(|e| !e.finished() && shown_to(guild, e, me));
        let events = events.map(|event| wire::scheduled_event(world, guild_id, event, count));
        Ok::<_, ApiError>(events.collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/scheduled-events/{event}`
pub(crate) fn get(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    let count = call.query_flag("with_user_count");
    ok(call.read(|world| {
        let event = seen(world, me, guild_id, id)?;
        Ok::<_, ApiError>(wire::scheduled_event(world, guild_id, event, count))
    })?)
}

/// `POST /guilds/{guild}/scheduled-events`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let needed = Permissions::CREATE_EVENTS;
    call.read(|world| access::guild_with(world, caller, guild_id, needed, call.now).map(|_| ()))?;
    let wanted = Wanted::read(call.object()?, true)?;
    ok(call.change(|world, now| {
        let mut event = ScheduledEvent {
            creator_id: caller.bot_id,
            status: ScheduledEvent::SCHEDULED,
            ..ScheduledEvent::default()
        };
        wanted.apply(&mut event, world);
        wanted::check(&event, now, true)?;
        place(world.guild(guild_id)?, &event, caller.bot_id, now)?;
        let (id, told) = world.create_event(guild_id, event, now)?;
        let event = world.scheduled_event(guild_id, id)?;
        Ok((wire::scheduled_event(world, guild_id, event, false), told))
    })?)
}

/// `PATCH /guilds/{guild}/scheduled-events/{event}`
pub(crate) fn edit(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    let wanted = Wanted::read(call.object()?, false)?;
    ok(call.change(|world, now| {
        let before = seen(world, me, guild_id, id)?.clone();
        may_change(world, me, guild_id, &before, now)?;
        if before.finished() {
            return Err(error::EVENT_FINISHED);
        }
        let mut event = before.clone();
        wanted.apply(&mut event, world);
        wanted::transition(before.status, event.status)?;
        wanted::check(&event, now, event.start != before.start)?;
        if (before.channel_id, before.entity_type) != (event.channel_id, event.entity_type) {
            place(world.guild(guild_id)?, &event, me, now)?;
        }
        let ((), told) = world.update_event(guild_id, id, now, |stored| *stored = event)?;
        let event = world.scheduled_event(guild_id, id)?;
        Ok((wire::scheduled_event(world, guild_id, event, false), told))
    })?)
}

/// `DELETE /guilds/{guild}/scheduled-events/{event}`
pub(crate) fn delete(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    call.change(|world, now| {
        may_change(world, me, guild_id, seen(world, me, guild_id, id)?, now)?;
        Ok(world.delete_event(guild_id, id)?)
    })?;
    Ok(Reply::Empty)
}
