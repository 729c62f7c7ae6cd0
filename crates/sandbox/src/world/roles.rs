//! Roles: made, changed, moved, removed.

use serde_json::{Value, json};

use super::{Changed, Dispatch, World, WorldError};
use crate::{
    model::{Guild, Role, RoleTags},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid},
    wire,
};

/// The most roles in a guild (error 30005).
const MOST: usize = 250;

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it grants.
    pub permissions: Permissions,
    /// Its colour.
    pub color: u32,
    /// The second colour of a gradient.
    pub secondary_color: Option<u32>,
    /// The third colour of a holographic role.
    pub tertiary_color: Option<u32>,
    /// The icon's hash.
    pub icon: Option<String>,
    /// An emoji as its icon.
    pub unicode_emoji: Option<String>,
    /// Whether its members are listed apart.
    pub hoist: bool,
    /// Whether anyone may mention it.
    pub mentionable: bool,
    /// Whether an application manages it.
    pub managed: bool,
    /// What it stands for.
    pub tags: Option<RoleTags>,
    /// A fixed id; made up when none is given.
    pub id: Option<Id>,
}

impl Default for NewRole {
    fn default() -> Self {
        Self {
            name: "new role".to_owned(),
            permissions: Permissions::NONE,
            color: 0,
            secondary_color: None,
            tertiary_color: None,
            icon: None,
            unicode_emoji: None,
            hoist: false,
            mentionable: false,
            managed: false,
            tags: None,
            id: None,
        }
    }
}

impl World {
    /// Makes a role just above everyone's; those above move up by one.
    pub fn create_role(&mut self, guild_id: Id, new: NewRole, now: Millis) -> Changed<Id> {
        let id = new.id.unwrap_or_else(|| self.ids.next(now));
        let guild = self.guild_mut(guild_id)?;
        if guild.roles.len() >= MOST {
            return Err(WorldError::TooManyRoles);
        }
        for role in guild.roles.iter_mut().filter(|role| role.position > 0) {
            role.position += 1;
        }
        guild.roles.push(Role {
            id,
            name: new.name,
            permissions: new.permissions,
            position: 1,
            color: new.color,
            secondary_color: new.secondary_color,
            tertiary_color: new.tertiary_color,
            icon: new.icon,
            unicode_emoji: new.unicode_emoji,
            hoist: new.hoist,
            managed: new.managed,
            mentionable: new.mentionable,
            tags: new.tags,
            ..Role::default()
        });
        let mut told = vec![tell("GUILD_ROLE_CREATE", guild, id)?];
        if let Some(after) = self.audited(|world| world.role_now(guild_id, id)) {
            told.extend(self.audit_role(guild_id, id, &Value::Null, &after));
        }
        Ok((id, told))
    }

    /// Changes a role.
    pub fn update_role(&mut self, guild_id: Id, id: Id, change: impl FnOnce(&mut Role)) -> Changed<()> {
        let before = self.audited(|world| world.role_now(guild_id, id));
        let seen = self.seen(guild_id);
        let guild = self.guild_mut(guild_id)?;
        change(guild.role_mut(id).ok_or(WorldError::UnknownRole)?);
        let mut told = vec![tell("GUILD_ROLE_UPDATE", guild, id)?];
        told.extend(self.tell_gained(guild_id, &seen));
        if let Some(before) = before {
            let after = self.role_now(guild_id, id);
            told.extend(self.audit_role(guild_id, id, &before, &after));
        }
        Ok(((), told))
    }

    /// Gives roles new places. Places are then numbered anew without gaps, everyone's at 0.
    pub fn move_roles(&mut self, guild_id: Id, places: &[(Id, i32)]) -> Changed<()> {
        let before = self.audited(|world| {
            world
                .guild(guild_id)
                .map(|guild| guild.roles.iter().map(|role| (role.id, wire::role(role))).collect::<Vec<_>>())
        });
        let guild = self.guild_mut(guild_id)?;
        if places.iter().any(|(id, _)| guild.role(*id).is_none()) {
            return Err(WorldError::UnknownRole);
        }
        let place = |role: &Role| places.iter().find(|(id, _)| *id == role.id).map(|(_, place)| *place);
        // A moved role goes before one that kept the same place, and the older of two before the younger.
        let mut order: Vec<(bool, i32, bool, Id)> = guild
            .roles
            .iter()
            .map(|role| {
                (role.id != guild.id, place(role).unwrap_or(role.position), place(role).is_some(), role.id)
            })
            .collect();
        order.sort_unstable();
        let mut moved = Vec::new();
        for (position, (_, _, _, id)) in order.into_iter().enumerate() {
            let position = i32::try_from(position).unwrap_or(i32::MAX);
            if let Some(role) = guild.role_mut(id).filter(|role| role.position != position) {
                role.position = position;
                moved.push(id);
            }
        }
        let told = moved.into_iter().map(|id| tell("GUILD_ROLE_UPDATE", guild, id));
        let mut told: Vec<Dispatch> = told.collect::<Result<_, _>>()?;
        for (id, before) in before.transpose()?.unwrap_or_default() {
            // Only what was asked for is logged; the others made room for it.
            if places.iter().any(|(asked, _)| *asked == id) {
                let after = self.role_now(guild_id, id);
                told.extend(self.audit_role(guild_id, id, &before, &after));
            }
        }
        Ok(((), told))
    }

    /// Removes a role from the guild, its members and its channels. Members hear of it as they do at
    /// Discord: by the role's removal alone.
    pub fn delete_role(&mut self, guild_id: Id, id: Id) -> Changed<()> {
        let before = self.audited(|world| world.role_now(guild_id, id));
        let seen = self.seen(guild_id);
        let guild = self.guild_mut(guild_id)?;
        if id == guild_id || guild.role(id).is_none() {
            return Err(WorldError::UnknownRole);
        }
        guild.roles.retain(|role| role.id != id);
        for member in guild.members.values_mut() {
            member.roles.retain(|role| *role != id);
        }
        for channel in &mut guild.channels {
            channel.overwrites.retain(|overwrite| overwrite.id != id);
        }
        let data = json!({ "guild_id": Sid(guild_id), "role_id": Sid(id) });
        let mut told = vec![Dispatch::guild("GUILD_ROLE_DELETE", guild_id, &data)];
        told.extend(self.tell_gained(guild_id, &seen));
        if let Some(before) = before {
            told.extend(self.audit_role(guild_id, id, &before, &Value::Null));
        }
        Ok(((), told))
    }
}

fn tell(event: &'static str, guild: &Guild, id: Id) -> Result<Dispatch, WorldError> {
    let role = guild.role(id).ok_or(WorldError::UnknownRole)?;
    Ok(Dispatch::guild(event, guild.id, &json!({ "guild_id": Sid(guild.id), "role": wire::role(role) })))
}
