//! Voice states and the status of a voice channel. (Discord docs: Voice; Channel, Set Voice Channel Status.)

use serde_json::Value;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{ChannelKind, VoiceState};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, Path};
use crate::validate::time::read_time;
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/voice-states/@me", Auth::Bot, Pace::Ordinary, get_me);
    table.patch("/guilds/{guild}/voice-states/@me", Auth::Bot, Pace::Ordinary, edit_me);
    table.get("/guilds/{guild}/voice-states/{user}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/voice-states/{user}", Auth::Bot, Pace::Ordinary, edit);
    table.put("/channels/{channel}/voice-status", Auth::Bot, Pace::Ordinary, set_status);
}

fn show(call: &Call, guild_id: Id, user_id: Id) -> Result<Value, ApiError> {
    let viewer = call.caller()?.bot_id;
    call.read(|world| {
        let guild = access::guild(world, viewer, guild_id)?;
        let state = world.voice_state(guild_id, user_id).ok_or(error::UNKNOWN_VOICE_STATE)?;
        let mut all = wire::voice_state(guild, state, true);
        if let Some(member) = guild.member(user_id) {
            all["member"] = wire::member(member, world.users.get(&user_id));
        }
        Ok(all)
    })
}

/// `GET /guilds/{guild}/voice-states/@me`
pub(crate) fn get_me(call: &Call) -> Answer {
    ok(show(call, call.id(0, "guild_id")?, call.caller()?.bot_id)?)
}

/// `GET /guilds/{guild}/voice-states/{user}`
pub(crate) fn get(call: &Call) -> Answer {
    ok(show(call, call.id(0, "guild_id")?, call.id(1, "user_id")?)?)
}

/// What a request says about a voice state.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
struct Wanted {
    channel_id: Option<Id>,
    suppress: Option<bool>,
    request: Option<Option<Millis>>,
}

fn read(call: &Call) -> Result<Wanted, ApiError> {
    let body = call.object()?;
    let (mut form, at) = (Form::default(), Path::ROOT);
    let key = "request_to_speak_timestamp";
    let request = body.contains_key(key).then(|| {
        let at_time = read_time(&mut form, body, key, at);
        // A little is allowed for the request's way here.
        if at_time.is_some_and(|asked| asked < call.now - 60_000) {
            form.error(at.key(key), "DATE_TIME_TYPE_PAST", "Must be the present or a future time.");
        }
        at_time
    });
    let wanted = Wanted {
        channel_id: form.snowflake(body, "channel_id", at),
        suppress: form.boolean(body, "suppress", at),
        request,
    };
    form.finish()?;
    Ok(wanted)
}

/// The state of someone who is on a stage, in the channel that the request names.
fn on_stage(world: &World, guild_id: Id, user_id: Id, wanted: &Wanted) -> Result<VoiceState, ApiError> {
    let state = world.voice_state(guild_id, user_id).ok_or(error::UNKNOWN_VOICE_STATE)?;
    let channel = state.channel_id.and_then(|id| world.channel(id)).ok_or(error::UNKNOWN_CHANNEL)?;
    if let Some(named) = wanted.channel_id
        && named != channel.id
    {
        return Err(if world.channel(named).is_some() {
            error::NOT_IN_VOICE
        } else {
            error::UNKNOWN_CHANNEL
        });
    }
    if channel.kind == ChannelKind::Stage { Ok(state.clone()) } else { Err(error::WRONG_CHANNEL_TYPE) }
}

fn rights(
    world: &World,
    guild_id: Id,
    state: &VoiceState,
    user: Id,
    now: Millis,
) -> Result<Permissions, ApiError> {
    let guild = world.guild(guild_id)?;
    let channel = state.channel_id.and_then(|id| guild.channel(id)).ok_or(error::UNKNOWN_CHANNEL)?;
    Ok(permissions::in_channel(guild, channel, user, now).implied(channel))
}

/// `PATCH /guilds/{guild}/voice-states/@me`
pub(crate) fn edit_me(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    let wanted = read(call)?;
    call.change(|world, now| {
        access::guild(world, me, guild_id)?;
        let state = on_stage(world, guild_id, me, &wanted)?;
        let own = rights(world, guild_id, &state, me, now)?;
        // Going silent and taking a request back are free.
        if wanted.suppress == Some(false) {
            access::need(own, Permissions::MUTE_MEMBERS)?;
        }
        if wanted.request.flatten().is_some() {
            access::need(own, Permissions::REQUEST_TO_SPEAK)?;
        }
        Ok(world.update_voice(guild_id, me, now, |state| {
            state.suppress = wanted.suppress.unwrap_or(state.suppress);
            state.request_to_speak = wanted.request.unwrap_or(state.request_to_speak);
        })?)
    })?;
    Ok(Reply::Empty)
}

/// `PATCH /guilds/{guild}/voice-states/{user}`
pub(crate) fn edit(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let wanted = read(call)?;
    call.change(|world, now| {
        access::guild(world, me, guild_id)?;
        let state = on_stage(world, guild_id, user_id, &wanted)?;
        access::need(rights(world, guild_id, &state, me, now)?, Permissions::MUTE_MEMBERS)?;
        let bot = world.users.get(&user_id).is_some_and(|user| user.bot);
        Ok(world.update_voice(guild_id, user_id, now, |state| {
            if let Some(suppress) = wanted.suppress {
                state.suppress = suppress;
                // An invitation to speak, which a person still has to take; a bot is at it at once.
                state.request_to_speak = (!suppress && !bot).then_some(now);
            }
        })?)
    })?;
    Ok(Reply::Empty)
}

/// `PUT /channels/{channel}/voice-status`
pub(crate) fn set_status(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    let status = form.string(body, "status", Path::ROOT, (0, 500)).filter(|text| !text.is_empty());
    form.finish()?;
    call.change(|world, now| {
        let wanted = Permissions::SET_VOICE_CHANNEL_STATUS;
        let seen = access::channel_with(world, me, channel_id, wanted, now)?;
        let voice = seen.channel.kind == ChannelKind::Voice;
        let guild_id = seen.guild.filter(|_| voice).ok_or(error::WRONG_CHANNEL_TYPE)?.id;
        // From outside it is a matter of managing the channel.
        if world.voice_state(guild_id, me).is_none_or(|state| state.channel_id != Some(channel_id)) {
            seen.need(Permissions::MANAGE_CHANNELS)?;
        }
        Ok(world.set_voice_status(guild_id, channel_id, status.map(str::to_owned))?)
    })?;
    Ok(Reply::Empty)
}
