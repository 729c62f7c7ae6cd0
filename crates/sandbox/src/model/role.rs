//! Roles.

use crate::{permissions::Permissions, snowflake::Id};

/// A role.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its id; the guild's id for the everyone role.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it lets its members do.
    pub permissions: Permissions,
    /// Its place in the hierarchy; everyone is 0.
    pub position: i32,
    /// Its colour as an RGB number.
    pub color: u32,
    /// The second colour of a gradient.
    pub secondary_color: Option<u32>,
    /// The third colour of a holographic role.
    pub tertiary_color: Option<u32>,
    /// Whether its members are listed apart.
    pub hoist: bool,
    /// Whether an application manages it.
    pub managed: bool,
    /// Whether anyone may mention it.
    pub mentionable: bool,
    /// The icon's hash.
    pub icon: Option<String>,
    /// An emoji as its icon.
    pub unicode_emoji: Option<String>,
    /// Role flags.
    pub flags: u64,
    /// What the role stands for.
    pub tags: Option<RoleTags>,
}

/// What a managed role stands for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoleTags {
    /// The bot whose role it is.
    pub bot_id: Option<Id>,
    /// The integration whose role it is.
    pub integration_id: Option<Id>,
    /// Whether it is the boosters' role.
    pub premium_subscriber: bool,
}
