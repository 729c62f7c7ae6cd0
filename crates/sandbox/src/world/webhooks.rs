//! Webhooks: made, changed, removed.

use serde_json::{Value, json};

use super::{Audit, Changed, Dispatch, World, WorldError, invites::code_of};
use crate::{
    model::{AuditAction, Webhook},
    snowflake::{Id, Millis, Sid},
};

const AUDITED: &[&str] = &["name", "type", "channel_id", "avatar", "application_id"];

/// Letters and digits of a token.
const TOKEN: usize = 17;

impl World {
    /// A webhook whose channel is still there.
    pub fn webhook(&self, id: Id) -> Result<&Webhook, WorldError> {
        let found = self.webhooks.get(&id).filter(|hook| self.channel(hook.channel_id).is_some());
        found.ok_or(WorldError::UnknownWebhook)
    }

    /// Makes a webhook; its id and its token are made up here. A follower has no token.
    pub fn create_webhook(&mut self, mut webhook: Webhook, now: Millis) -> Changed<Id> {
        let (guild_id, channel_id) = (webhook.guild_id, webhook.channel_id);
        self.room_for_webhook(guild_id, channel_id)?;
        webhook.id = self.ids.next(now);
        if webhook.kind == Webhook::INCOMING {
            webhook.token = (1..=4).map(|n| code_of(webhook.id.rotate_left(n * 13), TOKEN)).collect();
        }
        let (id, shown) = (webhook.id, audited(&webhook));
        self.webhooks.insert(id, webhook);
        let mut told = vec![updated(guild_id, channel_id)];
        let audit = Audit::new(AuditAction::WebhookCreate).target(id).diff(&Value::Null, &shown, AUDITED);
        told.extend(self.audit(guild_id, audit));
        Ok((id, told))
    }

    /// Changes a webhook; when it moves, both channels are told.
    pub fn update_webhook(&mut self, id: Id, change: impl FnOnce(&mut Webhook)) -> Changed<()> {
        let old = self.webhook(id)?.clone();
        let mut new = old.clone();
        change(&mut new);
        if new.channel_id != old.channel_id {
            self.room_for_webhook(new.guild_id, new.channel_id)?;
        }
        let (before, after) = (audited(&old), audited(&new));
        let mut told = vec![updated(new.guild_id, new.channel_id)];
        if new.channel_id != old.channel_id {
            told.insert(0, updated(old.guild_id, old.channel_id));
        }
        let guild_id = new.guild_id;
        self.webhooks.insert(id, new);
        let audit = Audit::new(AuditAction::WebhookUpdate).target(id).diff(&before, &after, AUDITED);
        told.extend(self.audit(guild_id, audit));
        Ok(((), told))
    }

    /// Removes a webhook; its messages stay.
    pub fn delete_webhook(&mut self, id: Id) -> Changed<()> {
        let old = self.webhooks.remove(&id).ok_or(WorldError::UnknownWebhook)?;
        let mut told = vec![updated(old.guild_id, old.channel_id)];
        let audit = Audit::new(AuditAction::WebhookDelete).target(id);
        told.extend(self.audit(old.guild_id, audit.diff(&audited(&old), &Value::Null, AUDITED)));
        Ok(((), told))
    }

    /// Refuses one more than a channel (error 30007) or a guild (error 30058) may have.
    fn room_for_webhook(&self, guild_id: Id, channel_id: Id) -> Result<(), WorldError> {
        let own = || self.webhooks.values().filter(|hook| hook.guild_id == guild_id);
        if own().filter(|hook| hook.channel_id == channel_id).count() >= self.limits.webhooks_per_channel {
            return Err(WorldError::TooManyChannelWebhooks);
        }
        if own().count() >= self.limits.webhooks_per_guild {
            return Err(WorldError::TooManyGuildWebhooks);
        }
        Ok(())
    }
}

fn updated(guild_id: Id, channel_id: Id) -> Dispatch {
    let data = json!({ "guild_id": Sid(guild_id), "channel_id": Sid(channel_id) });
    Dispatch::guild("WEBHOOKS_UPDATE", guild_id, &data).in_channel(channel_id)
}

fn audited(webhook: &Webhook) -> Value {
    json!({
        "name": webhook.name,
        "type": webhook.kind,
        "channel_id": Sid(webhook.channel_id),
        "avatar": webhook.avatar,
        "application_id": webhook.application_id.map(Sid),
    })
}
