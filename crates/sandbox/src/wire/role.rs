//! Roles on the wire (Discord docs: Permissions, Role Object).

use serde::Serialize;
use serde_json::Value;

use crate::{
    model::{Role, RoleTags},
    permissions::Permissions,
    snowflake::Sid,
    wire::value,
};

/// A role.
#[derive(Debug, Serialize)]
pub struct RoleWire<'a> {
    id: Sid,
    name: &'a str,
    permissions: Permissions,
    position: i32,
    color: u32,
    colors: Colors,
    hoist: bool,
    managed: bool,
    mentionable: bool,
    icon: Option<&'a str>,
    unicode_emoji: Option<&'a str>,
    flags: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
struct Colors {
    primary_color: u32,
    secondary_color: Option<u32>,
    tertiary_color: Option<u32>,
}

/// The booster mark is true when its key is there with null, and false when it is not.
#[derive(Debug, Serialize)]
struct Tags {
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_id: Option<Sid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration_id: Option<Sid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    premium_subscriber: Option<()>,
}

impl Tags {
    fn of(tags: RoleTags) -> Self {
        Self {
            bot_id: tags.bot_id.map(Sid),
            integration_id: tags.integration_id.map(Sid),
            premium_subscriber: tags.premium_subscriber.then_some(()),
        }
    }
}

impl<'a> RoleWire<'a> {
    /// Borrows a role.
    pub fn of(role: &'a Role) -> Self {
        Self {
            id: Sid(role.id),
            name: &role.name,
            permissions: role.permissions,
            position: role.position,
            color: role.color,
            colors: Colors {
                primary_color: role.color,
                secondary_color: role.secondary_color,
                tertiary_color: role.tertiary_color,
            },
            hoist: role.hoist,
            managed: role.managed,
            mentionable: role.mentionable,
            icon: role.icon.as_deref(),
            unicode_emoji: role.unicode_emoji.as_deref(),
            flags: role.flags,
            tags: role.tags.map(Tags::of),
        }
    }
}

/// A role.
pub fn role(role: &Role) -> Value {
    value(&RoleWire::of(role))
}
