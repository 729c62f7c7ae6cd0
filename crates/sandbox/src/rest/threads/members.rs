//! Who is in a thread. (Discord docs: Channel resource, Join Thread and its neighbours.)

use serde_json::Value;

use crate::gateway::intents::Intents;
use crate::model::{ChannelKind, Thread};
use crate::permissions::{self, Permissions};
use crate::rest::access::{self, Seen};
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis};
use crate::wire;
use crate::world::{Dispatch, World};

/// A thread that the user sees.
fn thread(world: &World, user: Id, id: Id, now: Millis) -> Result<(Seen<'_>, &Thread), ApiError> {
    let seen = access::channel(world, user, id, now)?;
    let thread = seen.channel.thread.as_deref().ok_or(error::WRONG_CHANNEL_TYPE)?;
    Ok((seen, thread))
}

/// A thread in which something can be changed.
fn open(world: &World, user: Id, id: Id, now: Millis) -> Result<(Seen<'_>, &Thread), ApiError> {
    let (seen, thread) = thread(world, user, id, now)?;
    if thread.archived { Err(error::THREAD_ARCHIVED) } else { Ok((seen, thread)) }
}

/// Who is in a thread is told only to applications that may know members.
fn may_list(world: &World, call: &Call) -> Result<(), ApiError> {
    let application = world.applications.get(&call.caller()?.application_id);
    let refused = application.is_some_and(|app| !app.privileged.contains(Intents::GUILD_MEMBERS));
    if refused { Err(error::MISSING_ACCESS) } else { Ok(()) }
}

fn shown(world: &World, thread_id: Id, (user_id, since): (Id, Millis), with_member: bool) -> Value {
    let mut all = wire::thread_member(thread_id, user_id, since);
    let guild = world.guild_of_channel(thread_id);
    if let Some(member) = guild.and_then(|guild| guild.member(user_id)).filter(|_| with_member) {
        all["member"] = wire::member(member, world.users.get(&user_id));
    }
    all
}

/// `GET /channels/{channel}/thread-members`; with `with_member` the list is paged by user.
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    let with_member = call.query_flag("with_member");
    let limit = call.query_number("limit", 100, (1, 100))?;
    let after = call.query_id("after")?.unwrap_or(0);
    ok(call.read(|world| {
        let (_, thread) = thread(world, bot, id, call.now)?;
        may_list(world, call)?;
        let mut members = thread.members.clone();
        members.sort_unstable();
        if with_member {
            members.retain(|(user, _)| *user > after);
            members.truncate(limit);
        }
        Ok::<_, ApiError>(members.into_iter().map(|m| shown(world, id, m, with_member)).collect::<Vec<_>>())
    })?)
}

/// `GET /channels/{channel}/thread-members/{user}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    let user = if call.text(1) == "@me" { bot } else { call.id(1, "user_id")? };
    ok(call.read(|world| {
        let (_, thread) = thread(world, bot, id, call.now)?;
        let found = thread.members.iter().find(|(member, _)| *member == user);
        let found = found.ok_or(error::UNKNOWN_MEMBER)?;
        Ok::<_, ApiError>(shown(world, id, *found, call.query_flag("with_member")))
    })?)
}

/// `PUT /channels/{channel}/thread-members/@me`
pub(crate) fn join(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    call.change(|world, now| enter(world, bot, id, now))?;
    Ok(Reply::Empty)
}

/// A user joins a thread by themselves.
pub(crate) fn enter(
    world: &mut World,
    user: Id,
    id: Id,
    now: Millis,
) -> Result<((), Vec<Dispatch>), ApiError> {
    open(world, user, id, now)?;
    Ok(world.add_thread_member(id, user, user, now)?)
}

/// `DELETE /channels/{channel}/thread-members/@me`
pub(crate) fn leave(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let id = call.id(0, "channel_id")?;
    call.change(|world, now| exit(world, bot, id, now))?;
    Ok(Reply::Empty)
}

/// A user leaves a thread by themselves.
pub(crate) fn exit(
    world: &mut World,
    user: Id,
    id: Id,
    now: Millis,
) -> Result<((), Vec<Dispatch>), ApiError> {
    open(world, user, id, now)?;
    Ok(world.remove_thread_member(id, user, user, now)?)
}

/// `PUT /channels/{channel}/thread-members/{user}`
pub(crate) fn add(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (id, user) = (call.id(0, "channel_id")?, call.id(1, "user_id")?);
    call.change(|world, now| invite(world, bot, id, user, now))?;
    Ok(Reply::Empty)
}

/// One user adds another.
pub(crate) fn invite(
    world: &mut World,
    by: Id,
    id: Id,
    user: Id,
    now: Millis,
) -> Result<((), Vec<Dispatch>), ApiError> {
    let (seen, thread) = open(world, by, id, now)?;
    seen.need(seen.sending())?;
    let guild = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?;
    let moderates = seen.own.contains(Permissions::MANAGE_THREADS) || thread.owner_id == by;
    if seen.channel.kind == ChannelKind::PrivateThread && !thread.invitable && !moderates {
        return Err(error::MISSING_PERMISSIONS);
    }
    guild.member(user).ok_or(error::UNKNOWN_MEMBER)?;
    let parent = seen.channel.parent_id.and_then(|parent| guild.channel(parent));
    if !parent.is_some_and(|parent| permissions::can_view(guild, parent, user)) {
        return Err(error::MISSING_ACCESS);
    }
    Ok(world.add_thread_member(id, user, by, now)?)
}

/// `DELETE /channels/{channel}/thread-members/{user}`
pub(crate) fn remove(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (id, user) = (call.id(0, "channel_id")?, call.id(1, "user_id")?);
    call.change(|world, now| expel(world, bot, id, user, now))?;
    Ok(Reply::Empty)
}

/// One user takes another out.
pub(crate) fn expel(
    world: &mut World,
    by: Id,
    id: Id,
    user: Id,
    now: Millis,
) -> Result<((), Vec<Dispatch>), ApiError> {
    let (seen, thread) = open(world, by, id, now)?;
    let own = seen.channel.kind == ChannelKind::PrivateThread && thread.owner_id == by;
    if !own {
        seen.need(Permissions::MANAGE_THREADS)?;
    }
    Ok(world.remove_thread_member(id, user, by, now)?)
}
