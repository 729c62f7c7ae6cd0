//! Scopes: who a piece of data belongs to. A row is reached only through the scope that owns it.

use crate::id::{GuildId, UserId};

/// One guild's own data.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct GuildScope(pub GuildId);

/// One member's data: a user within a guild.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct MemberScope {
    /// The guild.
    pub guild: GuildId,
    /// The user in it.
    pub user: UserId,
}

/// Data that follows a user across guilds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct UserScope(pub UserId);
