//! Members on the wire (Discord docs: Guild, Guild Member Object).

use serde::Serialize;
use serde_json::Value;

use crate::{
    clock::iso,
    model::{Member, User},
    snowflake::{Id, Sid},
    wire::{user::UserWire, value},
};

/// A member; inside messages it has no `user`, in events it has the guild's id.
#[derive(Debug, Serialize)]
pub struct MemberWire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    guild_id: Option<Sid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserWire<'a>>,
    nick: Option<&'a str>,
    avatar: Option<&'a str>,
    banner: Option<&'a str>,
    roles: Vec<Sid>,
    joined_at: String,
    premium_since: Option<String>,
    deaf: bool,
    mute: bool,
    flags: u64,
    pending: bool,
    communication_disabled_until: Option<String>,
    avatar_decoration_data: (),
    collectibles: (),
}

impl<'a> MemberWire<'a> {
    /// Borrows a member, with or without the user.
    pub fn of(member: &'a Member, user: Option<&'a User>) -> Self {
        Self {
            guild_id: None,
            user: user.map(UserWire::of),
            nick: member.nick.as_deref(),
            avatar: member.avatar.as_deref(),
            banner: member.banner.as_deref(),
            roles: member.roles.iter().copied().map(Sid).collect(),
            joined_at: iso(member.joined_at),
            premium_since: member.premium_since.map(iso),
            deaf: member.deaf,
            mute: member.mute,
            flags: member.flags,
            pending: member.pending,
            communication_disabled_until: member.timeout_until.map(iso),
            avatar_decoration_data: (),
            collectibles: (),
        }
    }

    /// Adds the guild's id, as member events have it.
    pub fn in_guild(mut self, guild_id: Id) -> Self {
        self.guild_id = Some(Sid(guild_id));
        self
    }
}

/// A member, with or without the user.
pub fn member(member: &Member, user: Option<&User>) -> Value {
    value(&MemberWire::of(member, user))
}
