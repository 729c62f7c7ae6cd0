//! Looking for messages in a guild. (Discord docs: Message resource, Search Guild Messages.)

mod filter;

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, Caller, Reply, ok};
use super::error::{self, ApiError};
use super::messages::show;
use super::routes::{Auth, Pace, Table};
use crate::gateway::intents::Intents;
use crate::model::{Channel, Message};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::wire;
use crate::world::World;

use filter::Filter;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/messages/search", Auth::Bot, Pace::Ordinary, search);
}

/// `GET /guilds/{guild}/messages/search`
fn search(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 25, (1, 25))?;
    let offset = call.query_number("offset", 0, (0, 9975))?;
    let filter = Filter::read(call)?;
    let oldest_first = match call.query("sort_order") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(filter::not_a_choice("sort_order")),
    };
    if !matches!(call.query("sort_by"), None | Some("timestamp" | "relevance")) {
        return Err(filter::not_a_choice("sort_by"));
    }
    if let Some(wait) = index(call, caller, guild_id)? {
        let found = call.read(|world| indexed(world, guild_id));
        return Ok(Reply::Json(202, not_ready(wait, found)));
    }
    ok(call.read(|world| {
        let mut hits = hits(world, caller, guild_id, &filter, call.now)?;
        hits.sort_by_key(|message| message.id);
        if !oldest_first {
            hits.reverse();
        }
        let page: Vec<&Message> = hits.iter().skip(offset).take(limit).copied().collect();
        Ok::<_, ApiError>(answer(world, caller, &page, hits.len()))
    })?)
}

/// Checks that the caller may search, and begins the index of a guild that was never searched before.
/// While it is not ready, tells for how long.
fn index(call: &Call, caller: Caller, guild_id: Id) -> Result<Option<Millis>, ApiError> {
    call.change(|world, now| {
        access::guild_with(world, caller, guild_id, Permissions::READ_MESSAGE_HISTORY, now)?;
        let application = world.applications.get(&caller.application_id);
        if application.is_some_and(|app| !app.privileged.contains(Intents::MESSAGE_CONTENT)) {
            return Err(error::MISSING_ACCESS);
        }
        let delay = Millis::try_from(world.limits.search_index_delay).unwrap_or(Millis::MAX);
        let since = *world.searched.entry(guild_id).or_insert(now);
        Ok((Some(since.saturating_add(delay) - now).filter(|left| *left > 0), Vec::new()))
    })
}

fn indexed(world: &World, guild_id: Id) -> usize {
    let channels = world.guilds.get(&guild_id).into_iter().flat_map(|guild| &guild.channels);
    channels.filter_map(|channel| world.messages.get(&channel.id)).map(std::collections::BTreeMap::len).sum()
}

fn not_ready(wait: Millis, documents: usize) -> Value {
    json!({
        "message": "Index not yet available. Try again later",
        "code": 110_000,
        "documents_indexed": documents,
        "retry_after": (wait + 999) / 1000,
    })
}

/// Every message that fits, in channels whose history the caller may read.
fn hits<'w>(
    world: &'w World,
    caller: Caller,
    guild_id: Id,
    filter: &Filter<'_>,
    now: Millis,
) -> Result<Vec<&'w Message>, ApiError> {
    let guild = access::guild(world, caller.bot_id, guild_id)?;
    let readable = |channel: &&Channel| {
        filter.channel(guild, channel)
            && permissions::can_view(guild, channel, caller.bot_id)
            && permissions::in_channel(guild, channel, caller.bot_id, now)
                .contains(Permissions::READ_MESSAGE_HISTORY)
    };
    let channels = guild.channels.iter().filter(readable);
    let messages = channels.filter_map(|channel| world.messages.get(&channel.id));
    let messages = messages.flat_map(|all| filter.range(all));
    Ok(messages.filter(|m| m.ephemeral_for.is_none() && filter.message(world, m)).collect())
}

fn answer(world: &World, caller: Caller, page: &[&Message], total: usize) -> Value {
    let message = |message: &&Message| {
        let mut all = show(world, caller, message);
        if let Value::Object(keys) = &mut all {
            keys.remove("reactions");
            keys.insert("hit".to_owned(), json!(true));
        }
        json!([all])
    };
    let mut threads: Vec<&Channel> = Vec::new();
    for channel in page.iter().filter_map(|message| world.channel(message.channel_id)) {
        if channel.thread.is_some() && !threads.iter().any(|known| known.id == channel.id) {
            threads.push(channel);
        }
    }
    let own = threads.iter().filter_map(|channel| {
        let (_, since) = channel.thread.as_ref()?.members.iter().find(|(id, _)| *id == caller.bot_id)?;
        Some(wire::thread_member(channel.id, caller.bot_id, *since))
    });
    json!({
        "messages": page.iter().map(message).collect::<Vec<_>>(),
        "doing_deep_historical_index": false,
        "total_results": total,
        "threads": threads.iter().map(|c| wire::channel(world, c, Some(caller.bot_id))).collect::<Vec<_>>(),
        "members": own.collect::<Vec<_>>(),
    })
}
