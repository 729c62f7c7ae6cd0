//! Who an export or an erasure is about, and why it happens.

use guildhall_core::id::{GuildId, UserId};

/// Who an export or an erasure is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// A user, in all guilds and beyond them.
    User(UserId),
    /// A user in one guild.
    Member(GuildId, UserId),
    /// A guild.
    Guild(GuildId),
}

impl Subject {
    /// Its kind, as it is stored.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Member(..) => "member",
            Self::Guild(_) => "guild",
        }
    }

    /// The guild, where it is about one.
    pub const fn guild(self) -> Option<GuildId> {
        match self {
            Self::User(_) => None,
            Self::Member(guild, _) | Self::Guild(guild) => Some(guild),
        }
    }

    /// The user, where it is about one.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::Guild(_) => None,
            Self::User(user) | Self::Member(_, user) => Some(user),
        }
    }

    pub(crate) fn of(kind: &str, guild: Option<GuildId>, user: Option<UserId>) -> Option<Self> {
        match (kind, guild, user) {
            ("user", None, Some(user)) => Some(Self::User(user)),
            ("member", Some(guild), Some(user)) => Some(Self::Member(guild, user)),
            ("guild", Some(guild), None) => Some(Self::Guild(guild)),
            _ => None,
        }
    }
}

/// Why something is erased.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reason {
    /// The person, or the guild's owner, asked by a command.
    Asked,
    /// They asked by mail, and an operator did it.
    Mail,
    /// Discord has deleted the account: nobody is left whose wishes could be kept.
    AccountDeleted,
    /// The bot has left the guild.
    Left,
}

impl Reason {
    /// Every reason.
    pub const ALL: &[Self] = &[Self::Asked, Self::Mail, Self::AccountDeleted, Self::Left];

    /// Its name, as it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Mail => "mail",
            Self::AccountDeleted => "account-deleted",
            Self::Left => "left",
        }
    }

    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }
}
