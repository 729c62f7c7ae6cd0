//! The parts of a message that a text command is made of.

use std::collections::HashMap;

use guildhall_core::{
    clock::Timestamp,
    id::{ChannelId, MessageId, RoleId, UserId},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};
use twilight_model::{
    application::interaction::InteractionMember, channel::Attachment, guild::Permissions, user::User,
};

/// What members write themselves: an ordinary message, and a reply (Discord docs: Message, Message Types).
const WRITTEN: [u8; 2] = [0, 19];

/// A message.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) channel_id: ChannelId,
    pub(super) author: Author,
    webhook_id: Option<IgnoredAny>,
    #[serde(rename = "type", default)]
    kind: u8,
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) member: Member,
    #[serde(default)]
    attachments: Vec<Value>,
    #[serde(default)]
    mentions: Vec<Value>,
}

/// Who wrote it.
#[derive(Debug, Deserialize)]
pub(super) struct Author {
    pub(super) id: UserId,
    #[serde(default)]
    bot: bool,
}

/// What they are in the server.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Member {
    #[serde(default)]
    pub(super) roles: Vec<RoleId>,
}

impl Message {
    /// Whether a person wrote it: a bot that answers bots never ends.
    pub(super) fn is_by_a_person(&self) -> bool {
        !self.author.bot && self.webhook_id.is_none() && WRITTEN.contains(&self.kind)
    }

    /// When it was written, by Discord's clock.
    pub(super) fn written(&self) -> Timestamp {
        Timestamp(self.id.created_at_ms())
    }

    /// Its files. One that does not read is not there.
    pub(super) fn files(&self) -> Vec<Attachment> {
        self.attachments.iter().filter_map(|file| Attachment::deserialize(file).ok()).collect()
    }

    /// The people whom it mentions, with what `permissions` says that they may do.
    pub(super) fn people(
        &self,
        permissions: impl Fn(UserId, &[RoleId]) -> Permissions,
    ) -> HashMap<u64, (User, Option<InteractionMember>)> {
        let person = |mention: &Value| {
            let user = User::deserialize(mention).ok()?;
            let member = mention.get("member").and_then(|member| {
                let Member { roles } = Member::deserialize(member).ok()?;
                let held = permissions(user.id.into_nonzero().into(), &roles);
                member_of(member, held)
            });
            Some((user.id.get(), (user, member)))
        };
        self.mentions.iter().filter_map(person).collect()
    }
}

/// A member as an interaction describes one. A message leaves out what is usual, and does not say what they may do.
pub(super) fn member_of(member: &Value, held: Permissions) -> Option<InteractionMember> {
    let mut whole = json!({ "flags": 0, "pending": false });
    whole.as_object_mut()?.extend(member.as_object()?.clone());
    whole["permissions"] = json!(held.bits().to_string());
    serde_json::from_value(whole).ok()
}
