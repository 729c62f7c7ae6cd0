//! The order of channels. (Discord docs: Guild resource, Modify Guild Channel Positions.)

use super::category;
use crate::model::{Channel, Guild};
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::error::{self, ApiError};
use crate::snowflake::Id;

/// Where one channel is to go.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
struct Move {
    id: Id,
    position: Option<i32>,
    parent: Option<Option<Id>>,
    sync: bool,
}

/// `PATCH /guilds/{guild}/channels`
pub(super) fn positions(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let moves = call.positions(|form, item, at, id, position| Move {
        id,
        position,
        parent: item.contains_key("parent_id").then(|| form.snowflake(item, "parent_id", at)),
        sync: form.boolean(item, "lock_permissions", at).unwrap_or(false),
    })?;
    if moves.iter().filter(|wanted| wanted.parent.is_some()).count() > 1 {
        return Err(ApiError::new(400, 40_009, "Only one channel's parent can be changed at a time"));
    }
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_CHANNELS, now)?;
        for wanted in &moves {
            let channel = guild.channel(wanted.id).filter(|channel| channel.thread.is_none());
            let channel = channel.ok_or(error::UNKNOWN_CHANNEL)?;
            category(guild, wanted.parent.flatten(), channel.kind, Some(wanted.id))?;
        }
        let mut told = Vec::new();
        for wanted in &moves {
            let overwrites =
                wanted.sync.then(|| parents(world.guild(guild_id).ok()?, wanted.parent.flatten()?));
            let overwrites = overwrites.flatten();
            let change = |channel: &mut Channel| {
                channel.position = wanted.position.unwrap_or(channel.position);
                channel.parent_id = wanted.parent.unwrap_or(channel.parent_id);
                channel.overwrites = overwrites.unwrap_or_else(|| std::mem::take(&mut channel.overwrites));
            };
            told.extend(world.update_channel(wanted.id, change)?.1);
        }
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}

/// What a channel copies from its new category when it is to be in step with it.
fn parents(guild: &Guild, id: Id) -> Option<Vec<crate::model::Overwrite>> {
    guild.channel(id).map(|category| category.overwrites.clone())
}
