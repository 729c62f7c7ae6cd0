//! Looking for threads in a channel by name, tag and time. The route is in Discord's published
//! description but not in its documentation.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::lists::shown;
use crate::model::Channel;
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, not_snowflake, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::messages::show;
use crate::snowflake::{Id, parse};

/// Tags that can be asked for.
const MOST_TAGS: usize = 20;

/// `GET /channels/{channel}/threads/search`
pub(crate) fn search(call: &Call) -> Answer {
    let caller = call.caller()?;
    let id = call.id(0, "channel_id")?;
    let limit = call.query_number("limit", 25, (1, 25))?;
    let offset = call.query_number("offset", 0, (0, 9975))?;
    let (min, max) = (call.query_id("min_id")?.unwrap_or(0), call.query_id("max_id")?.unwrap_or(Id::MAX));
    let name = call.query("name").unwrap_or_default().to_lowercase();
    if name.chars().count() > 100 {
        return Err(ApiError::field(&["name"], "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length."));
    }
    let tags = tags(call)?;
    let every = call.query("tag_setting") == Some("match_all");
    let archived = call.query("archived").map(|_| call.query_flag("archived"));
    ok(call.read(|world| {
        let seen = access::channel(world, caller.bot_id, id, call.now)?;
        seen.channel.kind.public_thread().ok_or(error::WRONG_CHANNEL_TYPE)?;
        seen.need(Permissions::READ_MESSAGE_HISTORY)?;
        let guild = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?;
        let fits = |channel: &&Channel| {
            let Some(thread) = channel.thread.as_deref() else { return false };
            let has = |tag: &Id| thread.applied_tags.contains(tag);
            channel.parent_id == Some(id)
                && (min..=max).contains(&channel.id)
                && archived.is_none_or(|archived| thread.archived == archived)
                && channel.name.to_lowercase().contains(&name)
                && (tags.is_empty() || if every { tags.iter().all(has) } else { tags.iter().any(has) })
                && permissions::can_view(guild, channel, caller.bot_id)
        };
        let mut found: Vec<&Channel> = guild.channels.iter().filter(fits).collect();
        sort(&mut found, call);
        let page: Vec<&Channel> = found.iter().skip(offset).take(limit).copied().collect();
        let mut all = shown(world, &page, caller.bot_id, found.len() > offset + page.len());
        all["total_results"] = json!(found.len());
        let first = page.iter().filter_map(|channel| world.message(channel.id, channel.id));
        all["first_messages"] =
            first.map(|message| show(world, caller, message)).collect::<Vec<Value>>().into();
        Ok::<_, ApiError>(all)
    })?)
}

fn tags(call: &Call) -> Result<Vec<Id>, ApiError> {
    let given = call.query.iter().filter(|(key, _)| key == "tag").flat_map(|(_, value)| value.split(','));
    given.take(MOST_TAGS).map(|text| parse(text).ok_or_else(|| not_snowflake(&["tag"], text))).collect()
}

fn sort(found: &mut [&Channel], call: &Call) {
    let key = |channel: &&Channel| match call.query("sort_by") {
        Some("creation_time") => i128::from(channel.id),
        Some("archive_time") => channel.thread.as_ref().map_or(0, |thread| i128::from(thread.archived_at)),
        _ => i128::from(channel.last_message_id.unwrap_or(channel.id)),
    };
    if call.query("sort_order") == Some("asc") {
        found.sort_by_key(key);
    } else {
        found.sort_by_key(|channel| Reverse(key(channel)));
    }
}
