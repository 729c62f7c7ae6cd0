//! The audit log. (Discord docs: Audit Log, Get Guild Audit Log.)

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, ok};
use super::error::ApiError;
use super::routes::{Auth, Pace, Table};
use crate::model::{AuditAction, AuditEntry, Guild};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, time_of};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/audit-logs", Auth::Bot, Pace::Ordinary, list);
}

/// `GET /guilds/{guild}/audit-logs`
pub(crate) fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 50, (1, 100))?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let (user_id, target_id) = (call.query_id("user_id")?, call.query_id("target_id")?);
    let action = match call.query_number("action_type", 0, (0, usize::from(u16::MAX)))? {
        // 0 stands for all of them.
        0 => None,
        code => Some(AuditAction::from_code(code).ok_or_else(|| {
            ApiError::field(&["action_type"], "BASE_TYPE_CHOICES", "Value is not a known action type.")
        })?),
    };
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::VIEW_AUDIT_LOG, call.now)?;
        let age = Millis::try_from(world.limits.audit_log_age).unwrap_or(Millis::MAX / 2);
        let fits = |entry: &&AuditEntry| {
            time_of(entry.id) >= call.now - age
                && before.is_none_or(|id| entry.id < id)
                && after.is_none_or(|id| entry.id > id)
                && user_id.is_none_or(|id| entry.user_id == Some(id))
                && target_id.is_none_or(|id| entry.target_id == Some(id))
                && action.is_none_or(|action| entry.action == action)
        };
        let found = guild.extras().audit_log.iter().filter(fits);
        // With `after` alone the log is read forwards.
        let entries: Vec<&AuditEntry> = if after.is_some() && before.is_none() {
            found.take(limit).collect()
        } else {
            found.rev().take(limit).collect()
        };
        Ok::<_, ApiError>(page(world, guild, &entries))
    })?)
}

/// Entries with everything that they name and that still exists.
fn page(world: &World, guild: &Guild, entries: &[&AuditEntry]) -> Value {
    let ids = |pick: &dyn Fn(&AuditEntry) -> Option<Id>| -> BTreeSet<Id> {
        entries.iter().filter_map(|entry| pick(entry)).collect()
    };
    let mut users = ids(&|entry| entry.user_id);
    users.extend(ids(&|entry| entry.target_id.filter(|_| entry.action.targets_user())));
    let targets = |range: std::ops::RangeInclusive<u16>| {
        ids(&|entry| entry.target_id.filter(|_| range.contains(&entry.action.code())))
    };
    let threads = targets(110..=112);
    let threads = threads.iter().filter_map(|id| guild.channel(*id)).filter(|c| c.thread.is_some());
    let commands = targets(121..=121);
    let (events, rules) = (targets(100..=102), targets(140..=142));
    let events = events.iter();
    let rules = guild.extras().automod.iter().filter(|rule| rules.contains(&rule.id));
    let users: Vec<Value> = users.iter().filter_map(|id| world.users.get(id)).map(wire::user).collect();
    json!({
        "audit_log_entries": entries.iter().map(|entry| wire::audit_entry(entry)).collect::<Vec<_>>(),
        "users": users,
        "threads": threads.map(|thread| wire::channel(world, thread, None)).collect::<Vec<_>>(),
        "application_commands":
            commands.iter().filter_map(|id| world.commands.get(id)).map(wire::command::command).collect::<Vec<_>>(),
        "webhooks": [],
        "integrations": [],
        "guild_scheduled_events": events
            .filter_map(|id| guild.extras().events.get(id))
            .map(|event| wire::scheduled_event(world, guild.id, event, false))
            .collect::<Vec<_>>(),
        "auto_moderation_rules": rules.map(|rule| wire::automod_rule(guild.id, rule)).collect::<Vec<_>>(),
    })
}
