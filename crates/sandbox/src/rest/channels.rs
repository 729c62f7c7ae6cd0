//! Channels of a guild, and a channel by itself. (Discord docs: Channel resource; Guild resource.)

use serde_json::{Map, Value, json};

use super::access;
use super::call::{Answer, Call, Reply, created, ok};
use super::error::{self, ApiError};
use super::overwrites;
use super::routes::{Auth, Pace, Table};
use crate::model::{Channel, ChannelKind};
use crate::permissions::{self, Permissions};
use crate::snowflake::Id;
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::{NewChannel, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/channels", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/channels", Auth::Bot, Pace::Ordinary, create);
    table.patch("/guilds/{guild}/channels", Auth::Bot, Pace::Ordinary, positions);
    table.get("/guilds/{guild}/threads/active", Auth::Bot, Pace::Ordinary, active_threads);
    table.get("/channels/{channel}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/channels/{channel}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/channels/{channel}", Auth::Bot, Pace::Ordinary, delete);
    table.post("/channels/{channel}/typing", Auth::Bot, Pace::Ordinary, typing);
}

/// `GET /guilds/{guild}/channels`
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let channels = guild.channels.iter().filter(|c| c.thread.is_none());
        Ok::<_, ApiError>(channels.map(|c| wire::channel(world, c, Some(bot))).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/threads/active`
pub(crate) fn active_threads(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let open = |c: &&Channel| {
            c.thread.as_ref().is_some_and(|t| !t.archived) && permissions::can_view(guild, c, bot)
        };
        let threads: Vec<&Channel> = guild.channels.iter().filter(open).collect();
        let own = threads.iter().filter_map(|c| {
            let (_, since) = c.thread.as_ref()?.members.iter().find(|(id, _)| *id == bot)?;
            Some(wire::thread_member(c.id, bot, *since))
        });
        let members: Vec<Value> = own.collect();
        let threads: Vec<Value> = threads.into_iter().map(|c| wire::channel(world, c, Some(bot))).collect();
        Ok::<_, ApiError>(json!({ "threads": threads, "members": members, "has_more": false }))
    })?)
}

/// What a request says about a channel.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
#[derive(Default)]
struct Wanted<'b> {
    name: Option<&'b str>,
    topic: Option<Option<&'b str>>,
    nsfw: Option<bool>,
    slowmode: Option<i64>,
    position: Option<i64>,
    parent: Option<Option<Id>>,
    bitrate: Option<i64>,
    user_limit: Option<i64>,
}

fn read<'b>(form: &mut Form, body: &'b Map<String, Value>, kind: ChannelKind) -> Wanted<'b> {
    let at = Path::ROOT;
    let topic_max = if matches!(kind, ChannelKind::Forum | ChannelKind::Media) { 4096 } else { 1024 };
    let users_max = if kind == ChannelKind::Stage { 10_000 } else { 99 };
    Wanted {
        name: form.string(body, "name", at, (1, 100)),
        topic: body.contains_key("topic").then(|| form.string(body, "topic", at, (0, topic_max))),
        nsfw: form.boolean(body, "nsfw", at),
        slowmode: form.integer(body, "rate_limit_per_user", at, (0, 21_600)),
        position: form.integer(body, "position", at, (0, i64::from(i32::MAX))),
        parent: body.contains_key("parent_id").then(|| form.snowflake(body, "parent_id", at)),
        bitrate: form.integer(body, "bitrate", at, (8_000, 384_000)),
        user_limit: form.integer(body, "user_limit", at, (0, users_max)),
    }
}

/// Text channels have lower-case names with dashes, as the real ones do.
fn tidy(name: &str, kind: ChannelKind) -> String {
    match kind {
        ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum | ChannelKind::Media => {
            name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
        }
        _ => name.to_owned(),
    }
}

/// `POST /guilds/{guild}/channels`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|w| {
        access::guild_with(w, caller, guild_id, Permissions::MANAGE_CHANNELS, call.now).map(|_| ())
    })?;
    let body = call.object()?;
    let mut form = Form::default();
    form.required_string(body, "name", Path::ROOT, (1, 100));
    let code = form.choice(body, "type", Path::ROOT, &[0, 2, 4, 5, 13, 14, 15, 16]).unwrap_or(0);
    let kind = u64::try_from(code).ok().and_then(ChannelKind::from_code).unwrap_or_default();
    let wanted = read(&mut form, body, kind);
    form.finish()?;
    created(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        let parent = category(guild, wanted.parent.flatten(), kind)?;
        let overwrites = overwrites::read_list(guild, caller.bot_id, body.get("permission_overwrites"), now)?;
        let new = NewChannel {
            name: tidy(wanted.name.unwrap_or_default(), kind),
            kind,
            parent_id: parent,
            topic: wanted.topic.flatten().map(str::to_owned),
            position: wanted.position.and_then(|n| i32::try_from(n).ok()),
            overwrites,
            nsfw: wanted.nsfw.unwrap_or(false),
            rate_limit_per_user: wanted.slowmode.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            ..NewChannel::default()
        };
        let (id, mut told) = world.create_channel(guild_id, new, now)?;
        if wanted.bitrate.or(wanted.user_limit).is_some() && kind.is_voice() {
            // The creation event already went out of date; tell of the full channel instead.
            told = world.update_channel(id, |channel| voice(channel, &wanted))?.1;
            for dispatch in &mut told {
                dispatch.event = "CHANNEL_CREATE";
            }
        }
        let channel = world.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
        Ok((wire::channel(world, channel, Some(caller.bot_id)), told))
    })?)
}

fn voice(channel: &mut Channel, wanted: &Wanted<'_>) {
    if let Some(voice) = &mut channel.voice {
        voice.bitrate = wanted.bitrate.and_then(|n| u32::try_from(n).ok()).unwrap_or(voice.bitrate);
        voice.user_limit = wanted.user_limit.and_then(|n| u32::try_from(n).ok()).unwrap_or(voice.user_limit);
    }
}

/// A parent must be a category of the same guild, and a category has none. (50 children at most.)
fn category(
    guild: &crate::model::Guild,
    parent: Option<Id>,
    kind: ChannelKind,
) -> Result<Option<Id>, ApiError> {
    let Some(id) = parent else { return Ok(None) };
    let refused = |code, text: &str| Err(ApiError::field(&["parent_id"], code, text));
    if kind == ChannelKind::Category {
        return refused("CHANNEL_PARENT_INVALID", "Categories cannot have subcategories");
    }
    match guild.channel(id) {
        None => refused("CHANNEL_PARENT_INVALID", "Category does not exist"),
        Some(c) if c.kind != ChannelKind::Category => {
            refused("CHANNEL_PARENT_INVALID_TYPE", "Not a category")
        }
        Some(_) if guild.channels.iter().filter(|c| c.parent_id == Some(id)).count() >= 50 => {
            refused("CHANNEL_PARENT_MAX_CHANNELS", "Maximum number of channels in category reached (50)")
        }
        Some(_) => Ok(Some(id)),
    }
}

/// `PATCH /guilds/{guild}/channels`
pub(crate) fn positions(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let Value::Array(items) = &call.body else {
        return Err(ApiError::field(&[], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
    };
    let mut form = Form::default();
    let mut moves = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = Path::ROOT.index(index);
        let Some(item) = form.object(item, at) else { continue };
        let id = form.snowflake(item, "id", at);
        let position = form.integer(item, "position", at, (0, i64::from(i32::MAX)));
        let parent = item.contains_key("parent_id").then(|| form.snowflake(item, "parent_id", at));
        moves.extend(id.map(|id| (id, position.and_then(|p| i32::try_from(p).ok()), parent)));
    }
    form.finish()?;
    if moves.iter().filter(|(_, _, parent)| parent.is_some()).count() > 1 {
        return Err(ApiError::new(400, 40_009, "Only one channel's parent can be changed at a time"));
    }
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_CHANNELS, now)?;
        for (id, _, parent) in &moves {
            let channel = guild.channel(*id).ok_or(error::UNKNOWN_CHANNEL)?;
            category(guild, parent.flatten(), channel.kind)?;
        }
        let mut told = Vec::new();
        for (id, position, parent) in &moves {
            let change = |channel: &mut Channel| {
                channel.position = position.unwrap_or(channel.position);
                channel.parent_id = parent.unwrap_or(channel.parent_id);
            };
            told.extend(world.update_channel(*id, change)?.1);
        }
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}

/// `GET /channels/{channel}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        let seen = access::channel(world, bot, id, call.now)?;
        Ok::<_, ApiError>(wire::channel(world, seen.channel, Some(bot)))
    })?)
}

/// `PATCH /channels/{channel}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let kind = call.read(|world| managed(world, call, id).map(|channel| channel.kind))?;
    let mut form = Form::default();
    let wanted = read(&mut form, body, kind);
    form.finish()?;
    ok(call.change(|world, now| {
        let guild_id = managed(world, call, id)?.guild_id.unwrap_or(0);
        let guild = world.guild(guild_id)?;
        let parent = match wanted.parent {
            Some(parent) => Some(category(guild, parent, kind)?),
            None => None,
        };
        let overwrites = match body.get("permission_overwrites") {
            Some(list) => {
                access::channel_with(world, caller.bot_id, id, Permissions::MANAGE_ROLES, now)?;
                Some(overwrites::read_list(guild, caller.bot_id, Some(list), now)?)
            }
            None => None,
        };
        let ((), told) = world.update_channel(id, |channel| {
            if let Some(name) = wanted.name {
                channel.name = tidy(name, kind);
            }
            if let Some(topic) = wanted.topic {
                channel.topic = topic.filter(|t| !t.is_empty()).map(str::to_owned);
            }
            channel.nsfw = wanted.nsfw.unwrap_or(channel.nsfw);
            channel.rate_limit_per_user =
                wanted.slowmode.and_then(|n| u32::try_from(n).ok()).unwrap_or(channel.rate_limit_per_user);
            channel.position =
                wanted.position.and_then(|n| i32::try_from(n).ok()).unwrap_or(channel.position);
            channel.parent_id = parent.unwrap_or(channel.parent_id);
            if let Some(overwrites) = overwrites {
                channel.overwrites = overwrites;
            }
            voice(channel, &wanted);
            if let Some(thread) = &mut channel.thread {
                thread.archived = body.get("archived").and_then(Value::as_bool).unwrap_or(thread.archived);
                thread.locked = body.get("locked").and_then(Value::as_bool).unwrap_or(thread.locked);
            }
        })?;
        let channel = world.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
        Ok((wire::channel(world, channel, Some(caller.bot_id)), told))
    })?)
}

/// A guild channel that the caller may manage, a thread among them.
fn managed<'w>(world: &'w World, call: &Call, id: Id) -> Result<&'w Channel, ApiError> {
    let seen = access::channel(world, call.caller()?.bot_id, id, call.now)?;
    if seen.guild.is_none() {
        return Err(error::NOT_ON_DM);
    }
    let thread = seen.channel.thread.as_ref();
    let own = thread.is_some_and(|t| call.caller.is_some_and(|c| t.owner_id == c.bot_id));
    if !own {
        let wanted =
            if thread.is_some() { Permissions::MANAGE_THREADS } else { Permissions::MANAGE_CHANNELS };
        seen.need(wanted)?;
    }
    Ok(seen.channel)
}

/// `DELETE /channels/{channel}`; a direct message is only closed.
pub(crate) fn delete(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    let closed = call.read(|world| {
        let seen = access::channel(world, bot, id, call.now)?;
        Ok::<_, ApiError>(seen.guild.is_none().then(|| wire::channel(world, seen.channel, Some(bot))))
    })?;
    if let Some(shown) = closed {
        return ok(shown);
    }
    ok(call.change(|world, _| {
        managed(world, call, id)?;
        let (channel, told) = world.delete_channel(id)?;
        Ok((wire::channel(world, &channel, Some(bot)), told))
    })?)
}

/// `POST /channels/{channel}/typing`
pub(crate) fn typing(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    call.change(|world, now| {
        super::messages::may_send(world, bot, id, now)?;
        Ok(world.start_typing(id, bot, now)?)
    })?;
    Ok(Reply::Empty)
}
