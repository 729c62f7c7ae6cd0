//! Webhooks on the wire (Discord docs: Webhook, Webhook Object).

use serde_json::{Value, json};

use super::user;
use crate::{model::Webhook, snowflake::Sid, world::World};

/// Who looks at a webhook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WebhookView {
    /// Who knows its token, and is not told who made it.
    Holder,
    /// Its own application, or a manager of a webhook without one.
    Owner,
    /// A manager of another application's webhook, who is not told the token.
    Other,
}

/// A webhook. `base` is where it is reached, such as `http://127.0.0.1:8080`.
pub fn webhook(world: &World, webhook: &Webhook, view: WebhookView, base: &str) -> Value {
    let mut all = json!({
        "id": Sid(webhook.id),
        "type": webhook.kind,
        "guild_id": Sid(webhook.guild_id),
        "channel_id": Sid(webhook.channel_id),
        "name": webhook.name,
        "avatar": webhook.avatar,
        "application_id": webhook.application_id.map(Sid),
    });
    if view != WebhookView::Holder
        && let Some(maker) = webhook.user_id.and_then(|id| world.users.get(&id))
    {
        all["user"] = user(maker);
    }
    if view != WebhookView::Other && !webhook.token.is_empty() {
        all["token"] = json!(webhook.token);
        all["url"] = json!(format!("{base}/api/webhooks/{}/{}", webhook.id, webhook.token));
    }
    if let Some(id) = webhook.source_channel_id
        && let (Some(guild), Some(channel)) = (world.guild_of_channel(id), world.channel(id))
    {
        all["source_guild"] = json!({ "id": Sid(guild.id), "name": guild.name, "icon": guild.icon });
        all["source_channel"] = json!({ "id": Sid(id), "name": channel.name });
    }
    all
}
