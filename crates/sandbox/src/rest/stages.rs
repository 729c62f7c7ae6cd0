//! Stages. (Discord docs: Stage Instance.)

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{ChannelKind, StageInstance};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/stage-instances", Auth::Bot, Pace::Ordinary, create);
    table.get("/stage-instances/{channel}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/stage-instances/{channel}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/stage-instances/{channel}", Auth::Bot, Pace::Ordinary, delete);
}

/// A stage channel and its guild, for one who moderates stages there.
fn moderated(world: &World, user: Id, channel_id: Id, now: Millis) -> Result<(Id, Permissions), ApiError> {
    let wanted = Permissions::MANAGE_CHANNELS | Permissions::MUTE_MEMBERS | Permissions::MOVE_MEMBERS;
    let seen = access::channel(world, user, channel_id, now)?;
    let guild = seen.guild.filter(|_| seen.channel.kind == ChannelKind::Stage);
    let guild = guild.ok_or(error::WRONG_CHANNEL_TYPE)?;
    seen.need(wanted)?;
    Ok((guild.id, seen.own))
}

/// `POST /stage-instances`
pub(crate) fn create(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let body = call.object()?;
    let (mut form, at) = (Form::default(), Path::ROOT);
    if !body.contains_key("channel_id") {
        form.required(at.key("channel_id"));
    }
    let channel_id = form.snowflake(body, "channel_id", at).unwrap_or(0);
    let topic = form.required_string(body, "topic", at, (1, 120)).unwrap_or_default();
    let privacy = form.choice(body, "privacy_level", at, &[1, 2]).unwrap_or(2);
    let notify = form.boolean(body, "send_start_notification", at).unwrap_or(false);
    let event_id = form.snowflake(body, "guild_scheduled_event_id", at);
    form.finish()?;
    ok(call.change(|world, now| {
        let (guild_id, own) = moderated(world, me, channel_id, now)?;
        if notify {
            access::need(own, Permissions::MENTION_EVERYONE)?;
        }
        let stage = StageInstance {
            channel_id,
            topic: topic.to_owned(),
            privacy_level: if privacy == 1 { 1 } else { 2 },
            event_id,
            ..StageInstance::default()
        };
        let (_, told) = world.open_stage(guild_id, stage, now)?;
        Ok((shown(world, guild_id, channel_id)?, told))
    })?)
}

fn shown(world: &World, guild_id: Id, channel_id: Id) -> Result<serde_json::Value, ApiError> {
    let stage = world.stage(guild_id, channel_id).ok_or(error::UNKNOWN_STAGE)?;
    Ok(wire::stage(guild_id, stage))
}

/// `GET /stage-instances/{channel}`
pub(crate) fn get(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        let seen = access::channel(world, me, channel_id, call.now)?;
        shown(world, seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id, channel_id)
    })?)
}

/// `PATCH /stage-instances/{channel}`
pub(crate) fn edit(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    let topic = form.string(body, "topic", Path::ROOT, (1, 120));
    let privacy = form.choice(body, "privacy_level", Path::ROOT, &[1, 2]);
    form.finish()?;
    ok(call.change(|world, now| {
        let (guild_id, _) = moderated(world, me, channel_id, now)?;
        let ((), told) = world.update_stage(guild_id, channel_id, |stage| {
            if let Some(topic) = topic {
                topic.clone_into(&mut stage.topic);
            }
            stage.privacy_level = privacy.and_then(|n| u8::try_from(n).ok()).unwrap_or(stage.privacy_level);
        })?;
        Ok((shown(world, guild_id, channel_id)?, told))
    })?)
}

/// `DELETE /stage-instances/{channel}`
pub(crate) fn delete(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    call.change(|world, now| {
        let (guild_id, _) = moderated(world, me, channel_id, now)?;
        Ok(world.close_stage(guild_id, channel_id)?)
    })?;
    Ok(Reply::Empty)
}
