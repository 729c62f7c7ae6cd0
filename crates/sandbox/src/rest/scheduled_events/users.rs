//! Who is interested in a scheduled event.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::seen;
use crate::rest::call::{Answer, Call, not_snowflake, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::{Id, Sid, parse};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    let event = "/guilds/{guild}/scheduled-events/{event}/users";
    table.get(event, Auth::Bot, Pace::Ordinary, list);
    table.get("/guilds/{guild}/scheduled-events/{event}/users/counts", Auth::Bot, Pace::Ordinary, counts);
    let exception = "/guilds/{guild}/scheduled-events/{event}/{exception}/users";
    table.get(exception, Auth::Bot, Pace::Ordinary, list);
}

/// `GET .../{event}/users` and `GET .../{event}/{exception}/users`
fn list(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    let exception = if call.params.len() > 2 { Some(call.id(2, "exception_id")?) } else { None };
    let limit = call.query_number("limit", 100, (1, 100))?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let with_member = call.query_flag("with_member");
    ok(call.read(|world| {
        let event = seen(world, me, guild_id, id)?;
        let all: &BTreeSet<Id> = match exception {
            None => &event.subscribers,
            Some(wanted) => {
                let found = event.exceptions.iter().find(|one| one.id == wanted);
                &found.ok_or(error::UNKNOWN_EVENT_EXCEPTION)?.subscribers
            }
        };
        let fits = |user: &&Id| before.is_none_or(|id| **user < id) && after.is_none_or(|id| **user > id);
        let mut page: Vec<Id> = match (before, after) {
            (Some(_), None) => all.iter().rev().filter(fits).take(limit).copied().collect(),
            _ => all.iter().filter(fits).take(limit).copied().collect(),
        };
        page.sort_unstable();
        let shown = page.into_iter().map(|user_id| {
            let mut one = json!({
                "guild_scheduled_event_id": Sid(id),
                "guild_scheduled_event_exception_id": exception.map(Sid),
                "user_id": Sid(user_id),
                "response": 1,
            });
            if let Some(user) = world.users.get(&user_id) {
                one["user"] = wire::user(user);
            }
            if let Ok(member) = world.member(guild_id, user_id)
                && with_member
            {
                one["member"] = wire::member(member, world.users.get(&user_id));
            }
            one
        });
        Ok::<_, ApiError>(shown.collect::<Vec<_>>())
    })?)
}

/// `GET .../{event}/users/counts`
fn counts(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "guild_scheduled_event_id")?);
    let key = "guild_scheduled_event_exception_ids";
    let texts = call.query.iter().filter(|(name, _)| name == key).flat_map(|(_, value)| value.split(','));
    let mut wanted = Vec::new();
    for text in texts.take(11) {
        wanted.push(parse(text).ok_or_else(|| not_snowflake(&[key], text))?);
    }
    if wanted.len() > 10 {
        return Err(ApiError::field(&[key], "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    ok(call.read(|world| {
        let event = seen(world, me, guild_id, id)?;
        let counted = event.exceptions.iter().filter(|one| wanted.contains(&one.id));
        let counted: Map<String, Value> =
            counted.map(|one| (one.id.to_string(), json!(one.subscribers.len()))).collect();
        Ok::<_, ApiError>(json!({
            "guild_scheduled_event_count": event.subscribers.len(),
            "guild_scheduled_event_exception_counts": counted,
        }))
    })?)
}
