//! Application commands.

use serde_json::{Map, Value};

use crate::snowflake::Id;

/// A registered command.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// Its id.
    pub id: Id,
    /// Whose command it is.
    pub application_id: Id,
    /// The guild it is registered in; none for everywhere.
    pub guild_id: Option<Id>,
    /// 1 chat input, 2 user, 3 message, 4 entry point.
    pub kind: u8,
    /// Its name.
    pub name: String,
    /// Changes with every edit.
    pub version: Id,
    /// All other keys as they travel, with defaults filled in.
    pub body: Map<String, Value>,
    /// Who may use it in a guild, as they travel: `(guild, overwrites)`.
    pub permissions: Vec<(Id, Vec<Value>)>,
}

impl Command {
    /// Who may use it in a guild.
    pub fn permissions_in(&self, guild_id: Id) -> &[Value] {
        of_guild(&self.permissions, guild_id)
    }
}

/// The part of a list by guild that is for one guild.
pub(super) fn of_guild(list: &[(Id, Vec<Value>)], guild_id: Id) -> &[Value] {
    list.iter().find(|(id, _)| *id == guild_id).map_or(&[], |(_, list)| list)
}
