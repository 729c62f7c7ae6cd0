//! Who may do what: the documented algorithm (Discord docs: Permissions, Permission Overwrites).

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

use serde::{Serialize, Serializer};

use crate::{
    model::{Channel, Guild, OverwriteKind},
    snowflake::{Id, Millis},
};

/// A set of permissions. On the wire it is a decimal string.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Permissions(pub u64);

macro_rules! permissions {
    ($($name:ident = $bit:literal,)*) => {
        impl Permissions {
            $(
                #[doc = concat!("The documented permission `", stringify!($name), "`.")]
                pub const $name: Self = Self(1 << $bit);
            )*

            /// Every permission.
            pub const ALL: Self = Self($((1 << $bit))|*);

            /// Every permission with its documented name.
            pub const NAMES: &'static [(&'static str, Self)] = &[$((stringify!($name), Self::$name)),*];
        }
    };
}

permissions! {
    CREATE_INSTANT_INVITE = 0,
    KICK_MEMBERS = 1,
    BAN_MEMBERS = 2,
    ADMINISTRATOR = 3,
    MANAGE_CHANNELS = 4,
    MANAGE_GUILD = 5,
    ADD_REACTIONS = 6,
    VIEW_AUDIT_LOG = 7,
    PRIORITY_SPEAKER = 8,
    STREAM = 9,
    VIEW_CHANNEL = 10,
    SEND_MESSAGES = 11,
    SEND_TTS_MESSAGES = 12,
    MANAGE_MESSAGES = 13,
    EMBED_LINKS = 14,
    ATTACH_FILES = 15,
    READ_MESSAGE_HISTORY = 16,
    MENTION_EVERYONE = 17,
    USE_EXTERNAL_EMOJIS = 18,
    VIEW_GUILD_INSIGHTS = 19,
    CONNECT = 20,
    SPEAK = 21,
    MUTE_MEMBERS = 22,
    DEAFEN_MEMBERS = 23,
    MOVE_MEMBERS = 24,
    USE_VAD = 25,
    CHANGE_NICKNAME = 26,
    MANAGE_NICKNAMES = 27,
    MANAGE_ROLES = 28,
    MANAGE_WEBHOOKS = 29,
    MANAGE_GUILD_EXPRESSIONS = 30,
    USE_APPLICATION_COMMANDS = 31,
    REQUEST_TO_SPEAK = 32,
    MANAGE_EVENTS = 33,
    MANAGE_THREADS = 34,
    CREATE_PUBLIC_THREADS = 35,
    CREATE_PRIVATE_THREADS = 36,
    USE_EXTERNAL_STICKERS = 37,
    SEND_MESSAGES_IN_THREADS = 38,
    USE_EMBEDDED_ACTIVITIES = 39,
    MODERATE_MEMBERS = 40,
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 41,
    USE_SOUNDBOARD = 42,
    CREATE_GUILD_EXPRESSIONS = 43,
    CREATE_EVENTS = 44,
    USE_EXTERNAL_SOUNDS = 45,
    SEND_VOICE_MESSAGES = 46,
    SET_VOICE_CHANNEL_STATUS = 48,
    SEND_POLLS = 49,
    USE_EXTERNAL_APPS = 50,
    PIN_MESSAGES = 51,
    BYPASS_SLOWMODE = 52,
}

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);

    /// What everyone may do in a new server.
    pub const DEFAULT: Self = Self(
        Self::CREATE_INSTANT_INVITE.0
            | Self::ADD_REACTIONS.0
            | Self::STREAM.0
            | Self::VIEW_CHANNEL.0
            | Self::SEND_MESSAGES.0
            | Self::EMBED_LINKS.0
            | Self::ATTACH_FILES.0
            | Self::READ_MESSAGE_HISTORY.0
            | Self::USE_EXTERNAL_EMOJIS.0
            | Self::CONNECT.0
            | Self::SPEAK.0
            | Self::USE_VAD.0
            | Self::CHANGE_NICKNAME.0
            | Self::USE_APPLICATION_COMMANDS.0
            | Self::REQUEST_TO_SPEAK.0
            | Self::CREATE_PUBLIC_THREADS.0
            | Self::CREATE_PRIVATE_THREADS.0
            | Self::USE_EXTERNAL_STICKERS.0
            | Self::SEND_MESSAGES_IN_THREADS.0
            | Self::USE_EMBEDDED_ACTIVITIES.0
            | Self::USE_SOUNDBOARD.0
            | Self::USE_EXTERNAL_SOUNDS.0
            | Self::SEND_VOICE_MESSAGES.0
            | Self::SEND_POLLS.0
            | Self::USE_EXTERNAL_APPS.0,
    );

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in it but not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Takes away what others imply: no sight means nothing, no sending means no attachments and the like,
    /// no connecting means no voice (Discord docs: Permissions, Implicit Permissions).
    pub fn implied(self, channel: &Channel) -> Self {
        if !self.contains(Self::VIEW_CHANNEL) {
            return Self::NONE;
        }
        let mut rest = self;
        let sends =
            if channel.kind.is_thread() { Self::SEND_MESSAGES_IN_THREADS } else { Self::SEND_MESSAGES };
        if !rest.contains(sends) {
            let need_sending =
                Self::MENTION_EVERYONE | Self::SEND_TTS_MESSAGES | Self::ATTACH_FILES | Self::EMBED_LINKS;
            rest = rest.without(need_sending);
        }
        if channel.kind.is_voice() && !rest.contains(Self::CONNECT) {
            let need_voice = Self::SPEAK
                | Self::STREAM
                | Self::MUTE_MEMBERS
                | Self::DEAFEN_MEMBERS
                | Self::MOVE_MEMBERS
                | Self::PRIORITY_SPEAKER
                | Self::USE_VAD
                | Self::MANAGE_CHANNELS
                | Self::MANAGE_ROLES;
            rest = rest.without(need_voice);
        }
        rest
    }
}

impl BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Permissions {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Permissions {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitAndAssign for Permissions {
    fn bitand_assign(&mut self, other: Self) {
        self.0 &= other.0;
    }
}

impl Not for Permissions {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What a member may do in the guild as a whole; nothing for those who are not members.
pub fn in_guild(guild: &Guild, user_id: Id, now: Millis) -> Permissions {
    let Some(member) = guild.member(user_id) else { return Permissions::NONE };
    if guild.owner_id == user_id {
        return Permissions::ALL;
    }
    let mut base = guild.role(guild.id).map_or(Permissions::NONE, |role| role.permissions);
    for role in member.roles.iter().filter_map(|id| guild.role(*id)) {
        base |= role.permissions;
    }
    if base.contains(Permissions::ADMINISTRATOR) {
        return Permissions::ALL;
    }
    if member.timed_out(now) { base & during_timeout() } else { base }
}

/// What a member may do in one channel, as the API tells it: without the implied rules.
/// A thread takes its channel's permissions.
pub fn in_channel(guild: &Guild, channel: &Channel, user_id: Id, now: Millis) -> Permissions {
    let Some(member) = guild.member(user_id) else { return Permissions::NONE };
    let base = in_guild(guild, user_id, Millis::MAX);
    if base == Permissions::ALL {
        return base;
    }
    let parent = channel.parent_id.filter(|_| channel.kind.is_thread()).and_then(|id| guild.channel(id));
    let own = overwritten(guild, parent.unwrap_or(channel), &member.roles, user_id, base);
    if member.timed_out(now) { own & during_timeout() } else { own }
}

/// What everyone may do in a channel by everyone's role and overwrite alone.
pub fn of_everyone(guild: &Guild, channel: &Channel) -> Permissions {
    let base = guild.role(guild.id).map_or(Permissions::NONE, |role| role.permissions);
    overwritten(guild, channel, &[], 0, base)
}

/// Whether a member may see a channel; private threads also need membership or the right to manage threads.
pub fn can_view(guild: &Guild, channel: &Channel, user_id: Id) -> bool {
    let own = in_channel(guild, channel, user_id, Millis::MAX);
    if !own.contains(Permissions::VIEW_CHANNEL) {
        return false;
    }
    let Some(thread) =
        channel.thread.as_ref().filter(|_| channel.kind == crate::model::ChannelKind::PrivateThread)
    else {
        return true;
    };
    own.contains(Permissions::MANAGE_THREADS) || thread.members.iter().any(|(id, _)| *id == user_id)
}

/// Applies a channel's overwrites: everyone's, then all roles' at once, then the member's own.
fn overwritten(
    guild: &Guild,
    channel: &Channel,
    roles: &[Id],
    user_id: Id,
    base: Permissions,
) -> Permissions {
    let mut own = base;
    if let Some(everyone) = channel.overwrite(guild.id) {
        own = own.without(everyone.deny) | everyone.allow;
    }
    let (mut allow, mut deny) = (Permissions::NONE, Permissions::NONE);
    for overwrite in &channel.overwrites {
        if overwrite.kind == OverwriteKind::Role && overwrite.id != guild.id && roles.contains(&overwrite.id)
        {
            allow |= overwrite.allow;
            deny |= overwrite.deny;
        }
    }
    own = own.without(deny) | allow;
    for overwrite in &channel.overwrites {
        if overwrite.kind == OverwriteKind::Member && overwrite.id == user_id {
            own = own.without(overwrite.deny) | overwrite.allow;
        }
    }
    own
}

/// What a timed out member keeps.
fn during_timeout() -> Permissions {
    Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY
}

#[cfg(test)]
mod tests;
