//! Who sees and may do what: the checks most routes begin with.
//! (Discord docs: Permissions; Opcodes and Status Codes, JSON.)

use super::call::Caller;
use super::error::{self, ApiError};
use crate::model::{Channel, Guild};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::world::World;

/// A guild the user is in; others are unknown to them.
pub(crate) fn guild(world: &World, user_id: Id, guild_id: Id) -> Result<&Guild, ApiError> {
    world.guilds.get(&guild_id).filter(|guild| guild.member(user_id).is_some()).ok_or(error::UNKNOWN_GUILD)
}

/// A guild in which the user has these permissions.
pub(crate) fn guild_with(
    world: &World,
    caller: Caller,
    guild_id: Id,
    wanted: Permissions,
    now: Millis,
) -> Result<&Guild, ApiError> {
    let guild = guild(world, caller.bot_id, guild_id)?;
    need(permissions::in_guild(guild, caller.bot_id, now), wanted)?;
    need_factor(second_factor(world, guild, caller.bot_id), wanted)?;
    Ok(guild)
}

/// Refuses with 50013 unless all of `wanted` is there.
pub(crate) fn need(own: Permissions, wanted: Permissions) -> Result<(), ApiError> {
    if own.contains(wanted) { Ok(()) } else { Err(error::MISSING_PERMISSIONS) }
}

/// What takes two-factor login where a server asks for it: the starred ones.
/// (Discord docs: Permissions, Bitwise Permission Flags.)
const STARRED: Permissions = Permissions(
    Permissions::KICK_MEMBERS.0
        | Permissions::BAN_MEMBERS.0
        | Permissions::ADMINISTRATOR.0
        | Permissions::MANAGE_CHANNELS.0
        | Permissions::MANAGE_GUILD.0
        | Permissions::MANAGE_MESSAGES.0
        | Permissions::MANAGE_ROLES.0
        | Permissions::MANAGE_WEBHOOKS.0
        | Permissions::MANAGE_GUILD_EXPRESSIONS.0
        | Permissions::MANAGE_THREADS.0
        | Permissions::VIEW_CREATOR_MONETIZATION_ANALYTICS.0,
);

/// Whether the server's two-factor rule is kept: for a bot, by the owner of its application.
fn second_factor(world: &World, guild: &Guild, user_id: Id) -> bool {
    if guild.mfa_level == 0 {
        return true;
    }
    let who = world.application_of_bot(user_id).map_or(user_id, |application| application.owner_id);
    world.users.get(&who).is_none_or(|user| !user.mfa_off)
}

/// Refuses a user what takes two-factor login in a server that asks for it.
pub(crate) fn need_second_factor(
    world: &World,
    guild: &Guild,
    user_id: Id,
    wanted: Permissions,
) -> Result<(), ApiError> {
    need_factor(second_factor(world, guild, user_id), wanted)
}

/// Refuses with 60003 what takes two-factor login.
fn need_factor(second_factor: bool, wanted: Permissions) -> Result<(), ApiError> {
    if second_factor || !wanted.intersects(STARRED) { Ok(()) } else { Err(error::MFA_REQUIRED) }
}

/// A channel someone can see, and what they may do in it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'w> {
    /// The channel.
    pub channel: &'w Channel,
    /// Its guild.
    pub guild: Option<&'w Guild>,
    /// What the viewer may do, implicit rules applied.
    pub own: Permissions,
    /// Whether the server's two-factor rule is kept.
    pub second_factor: bool,
}

impl Seen<'_> {
    /// Refuses with 50013 unless all of `wanted` is there.
    pub(crate) fn need(&self, wanted: Permissions) -> Result<(), ApiError> {
        need(self.own, wanted)?;
        need_factor(self.second_factor, wanted)
    }

    /// Refuses changes in a thread that is archived (Discord docs: Threads, Active & Archived Threads).
    pub(crate) fn need_active(&self) -> Result<(), ApiError> {
        let archived = self.channel.thread.as_deref().is_some_and(|thread| thread.archived);
        if archived { Err(error::THREAD_ARCHIVED) } else { Ok(()) }
    }

    /// Refuses changes in a thread that is archived, or locked for those who do not moderate threads.
    /// (Discord docs: Threads, Locked Threads; Active & Archived Threads.)
    pub(crate) fn need_open(&self) -> Result<(), ApiError> {
        match self.channel.thread.as_deref() {
            Some(thread) if thread.archived => Err(error::THREAD_ARCHIVED),
            Some(thread) if thread.locked && !self.own.contains(Permissions::MANAGE_THREADS) => {
                Err(error::THREAD_LOCKED)
            }
            _ => Ok(()),
        }
    }

    /// The permission that sending here takes.
    pub(crate) fn sending(&self) -> Permissions {
        if self.channel.kind.is_thread() {
            Permissions::SEND_MESSAGES_IN_THREADS
        } else {
            Permissions::SEND_MESSAGES
        }
    }
}

/// What both sides of a direct message may do in it.
const IN_DM: Permissions = Permissions::ALL.without(Permissions::MANAGE_MESSAGES);

/// A channel as the user sees it: unknown (10003) when it is not there, no access (50001) when hidden.
pub(crate) fn channel(world: &World, user_id: Id, channel_id: Id, now: Millis) -> Result<Seen<'_>, ApiError> {
    let channel = world.channel(channel_id).ok_or(error::UNKNOWN_CHANNEL)?;
    let Some(guild_id) = channel.guild_id else {
        if !channel.recipients.contains(&user_id) {
            return Err(error::MISSING_ACCESS);
        }
        return Ok(Seen { channel, guild: None, own: IN_DM, second_factor: true });
    };
    let guild = world.guilds.get(&guild_id).ok_or(error::UNKNOWN_CHANNEL)?;
    if guild.member(user_id).is_none() || !permissions::can_view(guild, channel, user_id) {
        return Err(error::MISSING_ACCESS);
    }
    let own = permissions::in_channel(guild, channel, user_id, now).implied(channel);
    Ok(Seen { channel, guild: Some(guild), own, second_factor: second_factor(world, guild, user_id) })
}

/// A channel in which the user has these permissions.
pub(crate) fn channel_with(
    world: &World,
    user_id: Id,
    channel_id: Id,
    wanted: Permissions,
    now: Millis,
) -> Result<Seen<'_>, ApiError> {
    let seen = channel(world, user_id, channel_id, now)?;
    seen.need(wanted)?;
    Ok(seen)
}

/// Whether `actor` stands above `target`: the owner above all, else by the highest role.
/// (Discord docs: Permissions, Permission Hierarchy.)
pub(crate) fn outranks(guild: &Guild, actor: Id, target: Id) -> bool {
    if guild.owner_id == actor {
        return true;
    }
    if guild.owner_id == target {
        return false;
    }
    match (guild.top_role(actor), guild.top_role(target)) {
        (Some(own), Some(other)) => {
            (own.position, std::cmp::Reverse(own.id)) > (other.position, std::cmp::Reverse(other.id))
        }
        (Some(_), None) => true,
        _ => false,
    }
}

/// Whether `actor` may manage a role: it stands below the actor's own highest one.
pub(crate) fn above_role(guild: &Guild, actor: Id, role_id: Id) -> bool {
    if guild.owner_id == actor {
        return true;
    }
    match (guild.top_role(actor), guild.role(role_id)) {
        (Some(own), Some(role)) => {
            (own.position, std::cmp::Reverse(own.id)) > (role.position, std::cmp::Reverse(role.id))
        }
        _ => false,
    }
}
