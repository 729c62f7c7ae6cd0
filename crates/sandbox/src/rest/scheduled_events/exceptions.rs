//! Single occurrences of a recurring event that differ from the others.

use super::{may_change, seen};
use crate::model::EventException;
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::{at as id_at, time_of};
use crate::validate::form::{Form, Path};
use crate::validate::time::read_time;
use crate::wire;

/// Exceptions of one event.
const MOST: usize = 100;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/guilds/{guild}/scheduled-events/{event}/exceptions", Auth::Bot, Pace::Ordinary, create);
    let one = "/guilds/{guild}/scheduled-events/{event}/exceptions/{exception}";
    table.patch(one, Auth::Bot, Pace::Ordinary, edit);
    table.delete(one, Auth::Bot, Pace::Ordinary, delete);
}

/// `POST /guilds/{guild}/scheduled-events/{event}/exceptions`
fn create(call: &Call) -> Answer {
    let body = call.object()?;
    let mut form = Form::default();
    let key = "original_scheduled_start_time";
    if body.get(key).is_none_or(serde_json::Value::is_null) {
        form.required(Path::ROOT.key(key));
    }
    let original = read_time(&mut form, body, key, Path::ROOT);
    form.finish()?;
    // The id is the moment at which the occurrence would have begun.
    let exception = EventException { id: id_at(original.unwrap_or(0)), ..EventException::default() };
    put(call, exception.id, Some(exception))
}

/// `PATCH /guilds/{guild}/scheduled-events/{event}/exceptions/{exception}`
fn edit(call: &Call) -> Answer {
    put(call, call.id(2, "exception_id")?, None)
}

/// Stores a new exception, or changes the one that is there.
fn put(call: &Call, exception_id: u64, new: Option<EventException>) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    let body = call.object()?;
    let mut form = Form::default();
    let start = read_time(&mut form, body, "scheduled_start_time", Path::ROOT);
    let end = read_time(&mut form, body, "scheduled_end_time", Path::ROOT);
    let canceled = form.boolean(body, "is_canceled", Path::ROOT);
    form.finish()?;
    ok(call.change(|world, now| {
        let event = seen(world, me, guild_id, id)?;
        may_change(world, me, guild_id, event, now)?;
        if event.recurrence.is_none() {
            let code = "GUILD_SCHEDULED_EVENT_NOT_RECURRING";
            return Err(ApiError::field(&[], code, "Only recurring events have exceptions."));
        }
        let known = event.exceptions.iter().find(|known| known.id == exception_id).cloned();
        if known.is_none() && event.exceptions.len() >= MOST {
            let code = "GUILD_SCHEDULED_EVENT_TOO_MANY_EXCEPTIONS";
            return Err(ApiError::field(&[], code, "Too many exceptions."));
        }
        let mut exception = known.or(new).ok_or(error::UNKNOWN_EVENT_EXCEPTION)?;
        if body.contains_key("scheduled_start_time") {
            exception.start = start;
        }
        if body.contains_key("scheduled_end_time") {
            exception.end = end;
        }
        exception.canceled = canceled.unwrap_or(exception.canceled);
        let begins = exception.start.unwrap_or_else(|| time_of(exception.id));
        if exception.end.is_some_and(|end| end <= begins) {
            let code = "GUILD_SCHEDULED_EVENT_END_BEFORE_START";
            return Err(ApiError::field(&["scheduled_end_time"], code, "The end must be after the start."));
        }
        let shown = wire::event_exception(id, &exception);
        let ((), told) = world.set_event_exception(guild_id, id, exception_id, Some(exception))?;
        Ok((shown, told))
    })?)
}

/// `DELETE /guilds/{guild}/scheduled-events/{event}/exceptions/{exception}`
fn delete(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    let exception_id = call.id(2, "exception_id")?;
    call.change(|world, now| {
        may_change(world, me, guild_id, seen(world, me, guild_id, id)?, now)?;
        Ok(world.set_event_exception(guild_id, id, exception_id, None)?)
    })?;
    Ok(Reply::Empty)
}
