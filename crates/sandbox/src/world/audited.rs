//! What of each change goes into the audit log.

use serde_json::{Value, json};

use super::{Audit, Dispatch, World};
use crate::{
    model::{AuditAction, Channel},
    snowflake::{Id, parse},
    wire,
};

const GUILD: &[&str] = &[
    "name",
    "description",
    "icon",
    "splash",
    "discovery_splash",
    "banner",
    "owner_id",
    "features",
    "preferred_locale",
    "afk_channel_id",
    "afk_timeout",
    "rules_channel_id",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
    "system_channel_id",
    "system_channel_flags",
    "mfa_level",
    "verification_level",
    "explicit_content_filter",
    "default_message_notifications",
    "premium_progress_bar_enabled",
    "vanity_url_code",
    "widget_enabled",
    "widget_channel_id",
];

const CHANNEL: &[&str] = &[
    "name",
    "type",
    "position",
    "topic",
    "nsfw",
    "bitrate",
    "user_limit",
    "rtc_region",
    "video_quality_mode",
    "rate_limit_per_user",
    "default_thread_rate_limit_per_user",
    "default_auto_archive_duration",
    "default_reaction_emoji",
    "default_sort_order",
    "default_forum_layout",
    "available_tags",
    "flags",
    "parent_id",
];

const THREAD: &[&str] = &["name", "type", "rate_limit_per_user", "flags", "applied_tags"];
const THREAD_METADATA: &[&str] = &["archived", "locked", "auto_archive_duration", "invitable"];

const ROLE: &[&str] =
    &["name", "permissions", "color", "colors", "hoist", "mentionable", "position", "icon", "unicode_emoji"];

const MEMBER: &[&str] =
    &["nick", "mute", "deaf", "communication_disabled_until", "avatar", "banner", "flags"];

impl World {
    /// Looks at something before it changes, when the change will be logged.
    pub(super) fn audited<T>(&self, look: impl FnOnce(&Self) -> T) -> Option<T> {
        self.acting().is_some().then(|| look(self))
    }

    /// A change of the guild's own properties.
    pub(super) fn audit_guild(&mut self, id: Id, before: &Value, after: &Value) -> Vec<Dispatch> {
        self.audit(id, Audit::new(AuditAction::GuildUpdate).target(id).diff(before, after, GUILD))
    }

    /// A channel or thread that was made (null before), changed, or removed (null after). Overwrites have
    /// entries of their own.
    pub(super) fn audit_channel(
        &mut self,
        guild_id: Id,
        channel: &Channel,
        before: &Value,
        after: &Value,
    ) -> Vec<Dispatch> {
        let thread = channel.thread.is_some();
        let action = match (thread, before.is_null(), after.is_null()) {
            (false, true, _) => AuditAction::ChannelCreate,
            (false, _, true) => AuditAction::ChannelDelete,
            (false, ..) => AuditAction::ChannelUpdate,
            (true, true, _) => AuditAction::ThreadCreate,
            (true, _, true) => AuditAction::ThreadDelete,
            (true, ..) => AuditAction::ThreadUpdate,
        };
        let audit = Audit::new(action).target(channel.id);
        if thread {
            let (old, new) = (&before["thread_metadata"], &after["thread_metadata"]);
            let audit = audit.diff(before, after, THREAD).diff(old, new, THREAD_METADATA);
            return self.audit(guild_id, audit);
        }
        let audit = audit.diff(before, after, CHANNEL);
        if action != AuditAction::ChannelUpdate {
            return self.audit(guild_id, audit.diff(before, after, &["permission_overwrites"]));
        }
        let mut told = self.audit(guild_id, audit);
        told.extend(self.audit_overwrites(guild_id, channel.id, before, after));
        told
    }

    fn audit_overwrites(
        &mut self,
        guild_id: Id,
        channel_id: Id,
        before: &Value,
        after: &Value,
    ) -> Vec<Dispatch> {
        let list = |of: &Value| of["permission_overwrites"].as_array().cloned().unwrap_or_default();
        let (old, new) = (list(before), list(after));
        let find =
            |all: &[Value], id: &Value| all.iter().find(|one| one["id"] == *id).cloned().unwrap_or_default();
        let mut pairs: Vec<(Value, Value)> =
            old.iter().map(|one| (one.clone(), find(&new, &one["id"]))).collect();
        pairs.extend(
            new.iter().filter(|one| find(&old, &one["id"]).is_null()).map(|one| (Value::Null, one.clone())),
        );
        let mut told = Vec::new();
        for (old, new) in pairs.into_iter().filter(|(old, new)| old != new) {
            let (action, shown) = match (&old, &new) {
                (Value::Null, new) => (AuditAction::ChannelOverwriteCreate, new),
                (old, Value::Null) => (AuditAction::ChannelOverwriteDelete, old),
                (_, new) => (AuditAction::ChannelOverwriteUpdate, new),
            };
            let id = shown["id"].as_str().unwrap_or_default();
            let mut audit =
                Audit::new(action).target(channel_id).option("id", id).option("type", &shown["type"]);
            let role = parse(id).and_then(|id| self.guilds.get(&guild_id)?.role(id));
            if let Some(role) = role.filter(|_| shown["type"] == 0) {
                audit = audit.option("role_name", &role.name);
            }
            audit = audit.diff(&old, &new, &["id", "type", "allow", "deny"]);
            told.extend(self.audit(guild_id, audit));
        }
        told
    }

    /// A role that was made, changed or removed.
    pub(super) fn audit_role(
        &mut self,
        guild_id: Id,
        id: Id,
        before: &Value,
        after: &Value,
    ) -> Vec<Dispatch> {
        let kinds = [AuditAction::RoleCreate, AuditAction::RoleUpdate, AuditAction::RoleDelete];
        self.audit(guild_id, Audit::of(kinds, id, before, after, ROLE))
    }

    /// A change of a member; that of roles has an entry of its own.
    pub(super) fn audit_member(
        &mut self,
        guild_id: Id,
        user_id: Id,
        before: &Value,
        after: &Value,
    ) -> Vec<Dispatch> {
        let audit = Audit::new(AuditAction::MemberUpdate).target(user_id).diff(before, after, MEMBER);
        let mut told = self.audit(guild_id, audit);
        let missing = |from: &Value, of: &Value| -> Value {
            let kept = from["roles"].as_array().cloned().unwrap_or_default();
            let all = of["roles"].as_array().into_iter().flatten().filter(|id| !kept.contains(id));
            let named = all.map(|id| {
                let role = id.as_str().and_then(parse).and_then(|id| self.guilds.get(&guild_id)?.role(id));
                json!({ "id": id, "name": role.map(|role| role.name.as_str()) })
            });
            named.collect()
        };
        let mut audit = Audit::new(AuditAction::MemberRoleUpdate).target(user_id);
        for (key, list) in [("$add", missing(before, after)), ("$remove", missing(after, before))] {
            if list.as_array().is_some_and(|list| !list.is_empty()) {
                audit = audit.change(key, Value::Null, list);
            }
        }
        told.extend(self.audit(guild_id, audit));
        told
    }

    /// Someone else's message was removed. One's own messages are not logged.
    pub(super) fn audit_message_delete(&mut self, message: &crate::model::Message) -> Vec<Dispatch> {
        let own = self.acting().is_none_or(|acting| acting.user_id == message.author_id);
        let Some(guild_id) = message.guild_id.filter(|_| !own && message.ephemeral_for.is_none()) else {
            return Vec::new();
        };
        let audit = Audit::new(AuditAction::MessageDelete)
            .target(message.author_id)
            .option("channel_id", message.channel_id);
        self.audit(guild_id, audit)
    }

    /// A message was pinned or unpinned.
    pub(super) fn audit_pin(&mut self, message: &crate::model::Message, pinned: bool) -> Vec<Dispatch> {
        let Some(guild_id) = message.guild_id else { return Vec::new() };
        let action = if pinned { AuditAction::MessagePin } else { AuditAction::MessageUnpin };
        let audit = Audit::new(action)
            .target(message.author_id)
            .option("channel_id", message.channel_id)
            .option("message_id", message.id);
        self.audit(guild_id, audit)
    }

    /// A member as it is compared.
    pub(super) fn member_now(&self, guild_id: Id, user_id: Id) -> Value {
        self.member(guild_id, user_id).map_or(Value::Null, |member| wire::member(member, None))
    }

    /// A role as it is compared.
    pub(super) fn role_now(&self, guild_id: Id, id: Id) -> Value {
        self.guilds.get(&guild_id).and_then(|guild| guild.role(id)).map_or(Value::Null, wire::role)
    }

    /// A command's permissions in a guild were changed; each change is under the id it is for.
    pub fn audit_command_permissions(
        &mut self,
        guild_id: Id,
        (application_id, target_id): (Id, Id),
        before: &[Value],
        after: &[Value],
    ) -> Vec<Dispatch> {
        let find =
            |all: &[Value], id: &Value| all.iter().find(|one| one["id"] == *id).cloned().unwrap_or_default();
        let mut audit = Audit::new(AuditAction::CommandPermissionUpdate)
            .target(target_id)
            .option("application_id", application_id);
        for old in before {
            let new = find(after, &old["id"]);
            if *old != new {
                audit = audit.change(old["id"].as_str().unwrap_or_default(), old.clone(), new);
            }
        }
        for new in after.iter().filter(|new| find(before, &new["id"]).is_null()) {
            audit = audit.change(new["id"].as_str().unwrap_or_default(), Value::Null, new.clone());
        }
        self.audit(guild_id, audit)
    }

    /// Someone was kicked: a member was removed by another.
    pub(super) fn audit_kick(&mut self, guild_id: Id, user_id: Id) -> Vec<Dispatch> {
        if self.acting().is_none_or(|acting| acting.user_id == user_id) {
            return Vec::new();
        }
        self.audit(guild_id, Audit::new(AuditAction::MemberKick).target(user_id))
    }

    /// Messages were removed together.
    pub(super) fn audit_bulk_delete(&mut self, guild_id: Id, channel_id: Id, count: usize) -> Vec<Dispatch> {
        let audit = Audit::new(AuditAction::MessageBulkDelete).target(channel_id).option("count", count);
        self.audit(guild_id, audit)
    }

    /// A bot was added.
    pub(super) fn audit_bot(&mut self, guild_id: Id, bot_id: Id) -> Vec<Dispatch> {
        self.audit(guild_id, Audit::new(AuditAction::BotAdd).target(bot_id))
    }

    /// A ban was made or lifted.
    pub(super) fn audit_ban(&mut self, guild_id: Id, user_id: Id, banned: bool) -> Vec<Dispatch> {
        let action = if banned { AuditAction::MemberBanAdd } else { AuditAction::MemberBanRemove };
        self.audit(guild_id, Audit::new(action).target(user_id))
    }
}
