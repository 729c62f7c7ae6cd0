//! A new channel. (Discord docs: Guild resource, Create Guild Channel.)

use super::form::Wanted;
use super::{category, shown, tidy};
use crate::model::ChannelKind;
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, created};
use crate::rest::error::ApiError;
use crate::rest::overwrites;
use crate::validate::form::{Form, Path};
use crate::world::NewChannel;

/// `POST /guilds/{guild}/channels`
pub(super) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|w| {
        access::guild_with(w, caller, guild_id, Permissions::MANAGE_CHANNELS, call.now).map(|_| ())
    })?;
    let body = call.object()?;
    let mut form = Form::default();
    let code = form.choice(body, "type", Path::ROOT, &[0, 2, 4, 5, 13, 14, 15, 16]).unwrap_or(0);
    form.finish()?;
    let kind = u64::try_from(code).ok().and_then(ChannelKind::from_code).unwrap_or_default();
    created(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        let wanted = Wanted::read(body, guild, kind, true)?;
        let parent_id = category(guild, wanted.parent.flatten(), kind, None)?;
        let overwrites = overwrites::read_list(guild, caller.bot_id, body.get("permission_overwrites"), now)?;
        let name = tidy(wanted.name.unwrap_or_default(), kind);
        let fresh = wanted.fresh_ids(&mut world.ids, now);
        let new = NewChannel { name, kind, parent_id, overwrites, ..NewChannel::default() };
        let (id, told) =
            world.create_channel_with(guild_id, new, now, |channel| wanted.put(channel, &fresh))?;
        Ok::<_, ApiError>((shown(world, id, caller.bot_id)?, told))
    })?)
}
