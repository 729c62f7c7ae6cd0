//! Changing a channel; threads have rules of their own. (Discord docs: Channel resource, Modify Channel.)

use serde_json::{Map, Value};

use super::form::Wanted;
use super::{category, managed, shown, tidy};
use crate::model::{Channel, ChannelKind, Guild};
use crate::permissions::Permissions;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::{access, overwrites, threads};
use crate::validate::form::{Form, Path};

/// `PATCH /channels/{channel}`
pub(super) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let thread = call.read(|world| {
        let seen = access::channel(world, caller.bot_id, id, call.now)?;
        Ok::<_, ApiError>(seen.channel.thread.is_some())
    })?;
    if thread {
        let wanted = threads::edit::Wanted::read(body)?;
        return ok(call.change(|world, now| {
            let told = threads::edit::apply(world, caller.bot_id, id, wanted, now)?;
            Ok((shown(world, id, caller.bot_id)?, told))
        })?);
    }
    ok(call.change(|world, now| {
        let channel = managed(world, call, id)?;
        let guild = world.guild(channel.guild_id.unwrap_or(0))?;
        let kind = new_kind(body, guild, channel)?;
        let wanted = Wanted::read(body, guild, kind, false)?;
        let parent = match wanted.parent {
            Some(parent) => Some(category(guild, parent, kind, Some(id))?),
            None => None,
        };
        let overwrites = match body.get("permission_overwrites") {
            Some(list) => {
                access::channel_with(world, caller.bot_id, id, Permissions::MANAGE_ROLES, now)?;
                Some(overwrites::read_list(guild, caller.bot_id, Some(list), now)?)
            }
            None => None,
        };
        let fresh = wanted.fresh_ids(&mut world.ids, now);
        let change = |channel: &mut Channel| {
            channel.kind = kind;
            if let Some(name) = wanted.name {
                channel.name = tidy(name, kind);
            }
            channel.parent_id = parent.unwrap_or(channel.parent_id);
            if let Some(overwrites) = overwrites {
                channel.overwrites = overwrites;
            }
            wanted.put(channel, &fresh);
        };
        let ((), told) = world.update_channel(id, change)?;
        Ok((shown(world, id, caller.bot_id)?, told))
    })?)
}

/// A channel can turn from text into announcements and back, in guilds that have announcements.
fn new_kind(body: &Map<String, Value>, guild: &Guild, channel: &Channel) -> Result<ChannelKind, ApiError> {
    let mut form = Form::default();
    let wanted = form.integer(body, "type", Path::ROOT, (0, 16));
    form.finish()?;
    let Some(wanted) = wanted.and_then(|n| u64::try_from(n).ok()).and_then(ChannelKind::from_code) else {
        return Ok(channel.kind);
    };
    if wanted == channel.kind {
        return Ok(wanted);
    }
    let turns = |kind| matches!(kind, ChannelKind::Text | ChannelKind::Announcement);
    let news = guild.features.iter().any(|feature| feature == "NEWS");
    if turns(wanted) && turns(channel.kind) && news { Ok(wanted) } else { Err(error::WRONG_CHANNEL_TYPE) }
}
