//! A user is added by an application that they allowed to. (Discord docs: Guild resource, Add Guild Member.)

use super::edit::{Change, check_roles};
use super::show;
use crate::model::Scopes;
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, Reply, created};
use crate::rest::error::{self, ApiError};
use crate::validate::form::{Form, Path};

/// `PUT /guilds/{guild}/members/{user}`; 204 when the user is a member already.
pub(super) fn add(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let body = call.object()?;
    let mut form = Form::default();
    let token = form.required_string(body, "access_token", Path::ROOT, (1, 10_240)).unwrap_or_default();
    form.finish()?;
    let wanted = Change::read(body, call.now)?;
    let added = call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::CREATE_INSTANT_INVITE, now)?;
        let grant = world.bearer(token, now).ok_or(error::INVALID_OAUTH2_TOKEN)?;
        if grant.user_id != user_id || grant.application_id != caller.application_id {
            return Err(error::INVALID_OAUTH2_TOKEN);
        }
        if !grant.scopes.contains(Scopes::GUILDS_JOIN) {
            return Err(error::MISSING_SCOPE);
        }
        if guild.member(user_id).is_some() {
            return Ok((None, Vec::new()));
        }
        let own = permissions::in_guild(guild, caller.bot_id, now);
        let roles = wanted.roles.clone().unwrap_or_default();
        for (given, needed) in [
            (wanted.nick.is_some(), Permissions::MANAGE_NICKNAMES),
            (!roles.is_empty(), Permissions::MANAGE_ROLES),
            (wanted.mute == Some(true), Permissions::MUTE_MEMBERS),
            (wanted.deaf == Some(true), Permissions::DEAFEN_MEMBERS),
        ] {
            access::need(own, if given { needed } else { Permissions::NONE })?;
        }
        check_roles(guild, caller.bot_id, &roles, &[])?;
        let (nick, mute, deaf) = (wanted.nick.clone().flatten(), wanted.mute, wanted.deaf);
        let ((), told) = world.add_member_as(guild_id, user_id, &roles, now, |member| {
            member.nick = nick;
            member.mute = mute.unwrap_or(false);
            member.deaf = deaf.unwrap_or(false);
        })?;
        Ok::<_, ApiError>((Some(show(world, world.member(guild_id, user_id)?)), told))
    })?;
    match added {
        Some(member) => created(member),
        None => Ok(Reply::Empty),
    }
}
