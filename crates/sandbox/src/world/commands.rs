//! Registering application commands. (Discord docs: Application Commands.)

use serde_json::{Map, Value, json};

use crate::{
    model::Command,
    snowflake::{Id, Millis},
    world::World,
};

/// How many commands of each type one scope may hold: chat input, user, message, entry point.
pub const MAX_BY_KIND: [usize; 4] = [100, 15, 15, 1];

impl World {
    /// The commands of one application in one scope, oldest first.
    pub fn commands_of(&self, application_id: Id, guild_id: Option<Id>) -> impl Iterator<Item = &Command> {
        self.commands.values().filter(move |c| c.application_id == application_id && c.guild_id == guild_id)
    }

    /// A command by its unique key.
    pub fn command_named(
        &self,
        application_id: Id,
        guild_id: Option<Id>,
        kind: u8,
        name: &str,
    ) -> Option<&Command> {
        self.commands_of(application_id, guild_id).find(|c| c.kind == kind && c.name == name)
    }

    /// Creates a command, or replaces the one with the same name, type and scope, which keeps its id.
    pub fn put_command(
        &mut self,
        now: Millis,
        application_id: Id,
        guild_id: Option<Id>,
        body: &Map<String, Value>,
    ) -> Id {
        let kind = body.get("type").and_then(Value::as_u64).and_then(|n| u8::try_from(n).ok()).unwrap_or(1);
        let name = body.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let old = self.command_named(application_id, guild_id, kind, &name);
        let (old_id, permissions) = old.map(|c| (Some(c.id), c.permissions.clone())).unwrap_or_default();
        let version = self.ids.next(now);
        let id = old_id.unwrap_or_else(|| self.ids.next(now));
        let body = with_defaults(body, guild_id.is_none());
        let command = Command { id, application_id, guild_id, kind, name, version, body, permissions };
        self.commands.insert(id, command);
        id
    }

    /// Replaces each given field of a command; a new name drops its permission overwrites.
    pub fn patch_command(&mut self, now: Millis, id: Id, body: &Map<String, Value>) {
        let version = self.ids.next(now);
        let Some(command) = self.commands.get_mut(&id) else { return };
        let global = command.guild_id.is_none();
        let mut merged = command.body.clone();
        merged.extend(body.iter().map(|(key, value)| (key.clone(), value.clone())));
        if let Some(name) = body.get("name").and_then(Value::as_str)
            && name.trim() != command.name
        {
            name.trim().clone_into(&mut command.name);
            command.permissions.clear();
        }
        command.body = with_defaults(&merged, global);
        command.version = version;
    }

    /// Makes the commands of a scope exactly these. Returns their ids in the order given.
    pub fn overwrite_commands(
        &mut self,
        now: Millis,
        application_id: Id,
        guild_id: Option<Id>,
        bodies: &[Value],
    ) -> Vec<Id> {
        let ids: Vec<Id> = bodies
            .iter()
            .filter_map(Value::as_object)
            .map(|body| self.put_command(now, application_id, guild_id, body))
            .collect();
        self.commands
            .retain(|id, c| c.application_id != application_id || c.guild_id != guild_id || ids.contains(id));
        ids
    }
}

/// Keeps the documented keys, and fills in what Discord fills in.
fn with_defaults(body: &Map<String, Value>, global: bool) -> Map<String, Value> {
    let mut out = Map::new();
    for key in ["description", "name_localizations", "description_localizations", "options", "handler"] {
        if let Some(value) = body.get(key).filter(|v| !v.is_null()) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    out.entry("description").or_insert_with(|| json!(""));
    for key in ["name_localizations", "description_localizations"] {
        out.entry(key).or_insert(Value::Null);
    }
    let permissions = match body.get("default_member_permissions") {
        Some(Value::Number(number)) => json!(number.to_string()),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    out.insert("default_member_permissions".to_owned(), permissions);
    out.insert("nsfw".to_owned(), json!(body.get("nsfw").and_then(Value::as_bool).unwrap_or(false)));
    if global {
        let dm = body.get("dm_permission").and_then(Value::as_bool).unwrap_or(true);
        let contexts = match body.get("contexts") {
            Some(Value::Array(list)) => json!(list),
            _ if !dm => json!([0]),
            _ => Value::Null,
        };
        let in_dm = contexts.as_array().is_none_or(|list| list.contains(&json!(1)));
        out.insert("dm_permission".to_owned(), json!(dm && in_dm));
        out.insert("contexts".to_owned(), contexts);
    }
    let kinds = body.get("integration_types").filter(|v| v.is_array()).cloned().unwrap_or_else(|| json!([0]));
    out.insert("integration_types".to_owned(), kinds);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(name: &str) -> Map<String, Value> {
        let value = json!({ "name": name, "description": "d" });
        value.as_object().cloned().expect("object")
    }

    #[test]
    fn the_same_name_replaces_and_keeps_the_id() {
        let mut world = World::default();
        let now = 1_790_000_000_000;
        let first = world.put_command(now, 1, None, &body("a"));
        let version = world.commands[&first].version;
        assert_eq!(world.put_command(now + 1, 1, None, &body("a")), first);
        assert_ne!(world.commands[&first].version, version);
        assert_ne!(world.put_command(now, 1, Some(5), &body("a")), first);
    }

    #[test]
    fn an_overwrite_removes_what_it_does_not_name_in_its_scope_only() {
        let mut world = World::default();
        let now = 1_790_000_000_000;
        let kept = world.put_command(now, 1, None, &body("a"));
        world.put_command(now, 1, None, &body("b"));
        let guild = world.put_command(now, 1, Some(5), &body("b"));
        let ids = world.overwrite_commands(now, 1, None, &[json!({ "name": "a", "description": "new" })]);
        assert_eq!(ids, [kept]);
        assert_eq!(world.commands.keys().copied().collect::<Vec<_>>(), {
            let mut both = vec![kept, guild];
            both.sort_unstable();
            both
        });
    }
}
