//! The audit log: what was done by whom, kept for the guild and told to those who may read it.
//! (Discord docs: Audit Log.)

use serde_json::{Map, Value, json};

use super::{Dispatch, World};
use crate::{
    model::{AuditAction, AuditEntry},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid, time_of},
    wire,
};

/// Two of the same kind within this time are one entry with a count.
const GATHERED_WITHIN: Millis = 5 * 60 * 1000;

/// Keys that the log calls otherwise than the object does.
const RENAMED: [(&str, &str); 6] = [
    ("avatar", "avatar_hash"),
    ("banner", "banner_hash"),
    ("discovery_splash", "discovery_splash_hash"),
    ("icon", "icon_hash"),
    ("image", "image_hash"),
    ("splash", "splash_hash"),
];

/// The one who acts, while an operation runs.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Who.
    pub user_id: Id,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub now: Millis,
}

/// An entry to be made. Who acts, why and when is known to the world.
#[derive(Clone, Debug)]
pub struct Audit {
    action: AuditAction,
    target_id: Option<Id>,
    changes: Vec<Value>,
    options: Map<String, Value>,
}

impl Audit {
    /// An entry without a target.
    pub fn new(action: AuditAction) -> Self {
        Self { action, target_id: None, changes: Vec::new(), options: Map::new() }
    }

    /// An entry for something that was made (null before), changed, or removed (null after), with the keys
    /// that differ.
    pub fn of(
        [made, changed, removed]: [AuditAction; 3],
        id: Id,
        before: &Value,
        after: &Value,
        keys: &[&str],
    ) -> Self {
        let action = match (before.is_null(), after.is_null()) {
            (true, _) => made,
            (_, true) => removed,
            _ => changed,
        };
        Self::new(action).target(id).diff(before, after, keys)
    }

    /// What it was done to.
    pub fn target(mut self, id: Id) -> Self {
        self.target_id = Some(id);
        self
    }

    /// Notes which of these keys differ between two wire objects; null stands for nothing, before
    /// something is made and after it is removed.
    pub fn diff(mut self, before: &Value, after: &Value, keys: &[&str]) -> Self {
        for key in keys {
            let (old, new) = (&before[*key], &after[*key]);
            if old != new {
                let name = RENAMED.iter().find(|(from, _)| from == key).map_or(*key, |(_, to)| to);
                self = self.change(name, old.clone(), new.clone());
            }
        }
        self
    }

    /// Notes one change; null stands for nothing.
    pub fn change(mut self, key: &str, old: Value, new: Value) -> Self {
        let mut change = json!({ "key": key });
        if !old.is_null() {
            change["old_value"] = old;
        }
        if !new.is_null() {
            change["new_value"] = new;
        }
        self.changes.push(change);
        self
    }

    /// Notes a detail; the log keeps these as text.
    pub fn option(mut self, key: &str, value: impl std::fmt::Display) -> Self {
        self.options.insert(key.to_owned(), Value::String(format!("{value}")));
        self
    }
}

impl World {
    /// Says who acts from now on; nobody with none, and then nothing is logged.
    pub fn act(&mut self, acting: Option<Acting>) {
        self.acting = acting;
    }

    /// Who acts now.
    pub fn acting(&self) -> Option<&Acting> {
        self.acting.as_ref()
    }

    /// Notes what must be told after the operation, even when it is refused.
    pub fn owe(&mut self, told: Vec<Dispatch>) {
        self.owed.extend(told);
    }

    /// Takes what is owed.
    pub fn pay(&mut self) -> Vec<Dispatch> {
        std::mem::take(&mut self.owed)
    }

    /// Does something that follows from what is logged already, and is not logged itself.
    pub fn silently<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let acting = self.acting.take();
        let result = change(self);
        self.acting = acting;
        result
    }

    /// Puts an entry into a guild's audit log and returns what must be told. Nothing happens when nobody
    /// acts, or when an update changed nothing.
    pub fn audit(&mut self, guild_id: Id, audit: Audit) -> Vec<Dispatch> {
        let Some(Acting { user_id, reason, now }) = self.acting.clone() else { return Vec::new() };
        self.audit_by(guild_id, Some(user_id), reason, now, audit)
    }

    /// The same, done by someone else than the one who acts, such as a rule.
    pub fn audit_by(
        &mut self,
        guild_id: Id,
        user_id: Option<Id>,
        reason: Option<String>,
        now: Millis,
        audit: Audit,
    ) -> Vec<Dispatch> {
        if audit.action.is_update() && audit.changes.is_empty() {
            return Vec::new();
        }
        let id = self.ids.next(now);
        let oldest = now - Millis::try_from(self.limits.audit_log_age).unwrap_or(Millis::MAX / 2);
        let most = self.limits.audit_log_entries;
        let Some(guild) = self.guilds.get_mut(&guild_id) else { return Vec::new() };
        let log = &mut guild.extras_mut().audit_log;
        while log.len() >= most.max(1) || log.front().is_some_and(|entry| time_of(entry.id) < oldest) {
            log.pop_front();
        }
        let mut entry = AuditEntry {
            id,
            action: audit.action,
            user_id,
            target_id: audit.target_id,
            reason: reason.map(|reason| reason.chars().take(512).collect()),
            changes: audit.changes,
            options: audit.options,
        };
        if entry.action.is_gathered() {
            if gather(log, &entry, now) {
                return Vec::new();
            }
            entry.options.entry("count").or_insert_with(|| json!("1"));
        }
        let mut data = wire::audit_entry(&entry);
        log.push_back(entry);
        data["guild_id"] = json!(Sid(guild_id));
        vec![
            Dispatch::guild("GUILD_AUDIT_LOG_ENTRY_CREATE", guild_id, &data)
                .gated(None, Permissions::VIEW_AUDIT_LOG),
        ]
    }
}

/// Raises the count of a recent entry of the same kind, if there is one among the last few.
fn gather(log: &mut std::collections::VecDeque<AuditEntry>, entry: &AuditEntry, now: Millis) -> bool {
    let recent = log.iter_mut().rev().take(20).take_while(|old| now - time_of(old.id) < GATHERED_WITHIN);
    let same = |old: &&mut AuditEntry| {
        old.action == entry.action
            && (old.user_id, old.target_id, &old.reason) == (entry.user_id, entry.target_id, &entry.reason)
            && old.options.get("channel_id") == entry.options.get("channel_id")
    };
    let Some(old) = recent.into_iter().find(same) else { return false };
    let count = old.options.get("count").and_then(Value::as_str).and_then(|n| n.parse::<u64>().ok());
    old.options.insert("count".to_owned(), json!((count.unwrap_or(1) + 1).to_string()));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_notes_what_differs_under_the_logs_own_names() {
        let (before, after) = (
            json!({ "name": "a", "icon": "x", "nsfw": false }),
            json!({ "name": "b", "icon": null, "nsfw": false }),
        );
        let audit = Audit::new(AuditAction::GuildUpdate).diff(&before, &after, &["name", "icon", "nsfw"]);
        assert_eq!(
            audit.changes,
            [
                json!({ "key": "name", "old_value": "a", "new_value": "b" }),
                json!({ "key": "icon_hash", "old_value": "x" }),
            ]
        );
    }
}
