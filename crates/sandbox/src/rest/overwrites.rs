//! Permission overwrites of a channel. (Discord docs: Channel resource, Edit Channel Permissions.)

use serde_json::{Map, Value};

use super::access;
use super::call::{Answer, Call, Reply};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Guild, Overwrite, OverwriteKind};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, FormErrors, Path, parse_snowflake};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.put("/channels/{channel}/permissions/{overwrite}", Auth::Bot, Pace::Ordinary, put);
    table.delete("/channels/{channel}/permissions/{overwrite}", Auth::Bot, Pace::Ordinary, delete);
}

/// `PUT /channels/{channel}/permissions/{overwrite}`
pub(crate) fn put(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "overwrite_id")?);
    let overwrite = read(call.object()?, id, Path::ROOT)?;
    call.change(|world, now| {
        let seen = access::channel_with(world, caller.bot_id, channel_id, Permissions::MANAGE_ROLES, now)?;
        let guild = seen.guild.ok_or(error::NOT_ON_DM)?;
        may_set(guild, caller.bot_id, &overwrite, now, seen.own)?;
        Ok(world.update_channel(channel_id, |channel| {
            channel.overwrites.retain(|o| o.id != id);
            channel.overwrites.push(overwrite);
        })?)
    })?;
    Ok(Reply::Empty)
}

/// `DELETE /channels/{channel}/permissions/{overwrite}`
pub(crate) fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "overwrite_id")?);
    call.change(|world, now| {
        let seen = access::channel_with(world, caller.bot_id, channel_id, Permissions::MANAGE_ROLES, now)?;
        seen.guild.ok_or(error::NOT_ON_DM)?;
        seen.channel.overwrite(id).ok_or(error::UNKNOWN_OVERWRITE)?;
        Ok(world.update_channel(channel_id, |channel| channel.overwrites.retain(|o| o.id != id))?)
    })?;
    Ok(Reply::Empty)
}

/// Nobody grants or denies what they lack, unless the channel itself lets them manage roles.
fn may_set(
    guild: &Guild,
    user: Id,
    overwrite: &Overwrite,
    now: Millis,
    own: Permissions,
) -> Result<(), ApiError> {
    let touched = overwrite.allow | overwrite.deny;
    let all = permissions::in_guild(guild, user, now) | own;
    if all.contains(touched) { Ok(()) } else { Err(error::MISSING_PERMISSIONS) }
}

/// The overwrites of a request; absent is none.
pub(crate) fn read_list(
    guild: &Guild,
    user: Id,
    field: Option<&Value>,
    now: Millis,
) -> Result<Vec<Overwrite>, ApiError> {
    let Some(Value::Array(items)) = field else { return Ok(Vec::new()) };
    if items.len() > 1000 {
        return Err(error::TOO_MANY_OVERWRITES);
    }
    let list = Path::ROOT.key("permission_overwrites");
    let mut out = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = list.index(index);
        let mut form = Form::default();
        let Some(object) = form.object(item, at) else { return Err(form.finish().unwrap_err().into()) };
        let Some(id) = object.get("id").and_then(parse_snowflake) else {
            form.required(at.key("id"));
            return Err(form.finish().unwrap_err().into());
        };
        let overwrite = read(object, id, at)?;
        may_set(guild, user, &overwrite, now, Permissions::NONE)?;
        out.push(overwrite);
    }
    Ok(out)
}

fn read(object: &Map<String, Value>, id: Id, at: Path<'_>) -> Result<Overwrite, FormErrors> {
    let mut form = Form::default();
    if object.get("type").is_none() {
        form.required(at.key("type"));
    }
    let kind = form.choice(object, "type", at, &[0, 1]);
    let mut bits = |key| form.snowflake(object, key, at).unwrap_or(0);
    let (allow, deny) = (Permissions(bits("allow")), Permissions(bits("deny")));
    form.finish()?;
    let kind = if kind == Some(1) { OverwriteKind::Member } else { OverwriteKind::Role };
    Ok(Overwrite { id, kind, allow, deny })
}
