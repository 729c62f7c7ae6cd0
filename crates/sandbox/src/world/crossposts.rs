//! Published messages and their copies in the channels that follow, and what is counted by the hour.

use serde_json::json;

use super::{Dispatch, World, WorldError};
use crate::{
    model::{Message, message::WebhookAuthor},
    snowflake::{Id, Millis, Sid},
};

/// What may happen only so often in an hour.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Hourly {
    /// Publishing in a channel.
    Crossposts,
    /// Edits of messages in a channel that are older than an hour.
    OldEdits,
}

/// How long an hour is.
const HOUR: Millis = 3_600_000;

/// What stands in the place of a message whose source is gone.
const DELETED: &str = "[Original Message Deleted]";

impl World {
    /// Takes one of `limit` in an hour; or else how many milliseconds to wait.
    pub fn take_hourly(&mut self, what: Hourly, id: Id, limit: u32, now: Millis) -> Result<(), u64> {
        self.hourly.retain(|_, (since, _)| now - *since < HOUR);
        let (since, used) = self.hourly.entry((what, id)).or_insert((now, 0));
        if *used >= limit {
            return Err(u64::try_from(*since + HOUR - now).unwrap_or(0));
        }
        *used += 1;
        Ok(())
    }

    /// Publishes a message: every channel that follows gets a copy.
    pub fn publish(&mut self, channel_id: Id, id: Id, now: Millis) -> Result<Vec<Dispatch>, WorldError> {
        let ((), mut told) = self.update_message(channel_id, id, |m| m.flags |= Message::CROSSPOSTED)?;
        let source = self.message(channel_id, id).ok_or(WorldError::UnknownMessage)?.clone();
        let reference = json!({
            "type": 0,
            "channel_id": Sid(channel_id),
            "guild_id": source.guild_id.map(Sid),
            "message_id": Sid(id),
        });
        let hooks = self.webhooks.values().filter(|hook| hook.source_channel_id == Some(channel_id));
        let hooks: Vec<_> =
            hooks.map(|hook| (hook.id, hook.channel_id, hook.name.clone(), hook.avatar.clone())).collect();
        for (hook_id, target, name, avatar) in hooks {
            let copy = Message {
                channel_id: target,
                author_id: hook_id,
                webhook: Some(Box::new(WebhookAuthor { id: hook_id, name, avatar })),
                content: source.content.clone(),
                embeds: source.embeds.clone(),
                attachments: source.attachments.clone(),
                components: source.components.clone(),
                flags: Message::IS_CROSSPOST
                    | (source.flags & (Message::SUPPRESS_EMBEDS | Message::COMPONENTS_V2)),
                reference: Some(reference.clone()),
                ..Message::default()
            };
            told.extend(self.create_message(copy, now)?.1);
        }
        Ok(told)
    }

    /// An edit of a published message reaches its copies.
    pub fn edit_copies(&mut self, source: &Message) -> Result<Vec<Dispatch>, WorldError> {
        self.change_copies(source, |copy| {
            copy.content.clone_from(&source.content);
            copy.embeds.clone_from(&source.embeds);
            copy.components.clone_from(&source.components);
            copy.attachments.clone_from(&source.attachments);
            copy.edited_at = source.edited_at;
        })
    }

    /// So does its removal.
    pub(super) fn orphan_copies(&mut self, source: &Message) -> Result<Vec<Dispatch>, WorldError> {
        self.change_copies(source, |copy| {
            DELETED.clone_into(&mut copy.content);
            copy.embeds.clear();
            copy.components.clear();
            copy.attachments.clear();
            copy.flags |= Message::SOURCE_DELETED;
        })
    }

    fn change_copies(
        &mut self,
        source: &Message,
        change: impl Fn(&mut Message),
    ) -> Result<Vec<Dispatch>, WorldError> {
        if source.flags & Message::CROSSPOSTED == 0 {
            return Ok(Vec::new());
        }
        let hooks = self.webhooks.values().filter(|hook| hook.source_channel_id == Some(source.channel_id));
        let targets: Vec<Id> = hooks.map(|hook| hook.channel_id).collect();
        let wanted = json!(Sid(source.id));
        let mut told = Vec::new();
        for target in targets {
            let all = self.messages.get(&target).into_iter().flat_map(|all| all.values());
            let copies = all.filter(|m| m.flags & Message::IS_CROSSPOST != 0);
            let copies = copies.filter(|m| m.reference.as_ref().is_some_and(|r| r["message_id"] == wanted));
            let ids: Vec<Id> = copies.map(|copy| copy.id).collect();
            for id in ids {
                told.extend(self.update_message(target, id, &change)?.1);
            }
        }
        Ok(told)
    }
}
