//! Forwards: a copy of a message as it was. (Discord docs: Message resource, Message Reference Types.)

use serde_json::{Value, json};

use crate::model::Message;
use crate::rest::access;
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis, Sid};
use crate::validate::form::parse_snowflake;
use crate::world::World;

/// Whether a message is to be a forward.
pub(crate) fn wanted(field: Option<&Value>) -> bool {
    field.is_some_and(|field| field["type"] == 1)
}

/// The reference and the copy for a forward by this user.
pub(crate) fn take(
    world: &World,
    user: Id,
    field: &Value,
    now: Millis,
) -> Result<(Value, Vec<Message>), ApiError> {
    let Some(channel_id) = parse_snowflake(&field["channel_id"]) else {
        let text = "This field is required";
        return Err(ApiError::field(&["message_reference", "channel_id"], "BASE_TYPE_REQUIRED", text));
    };
    let id = parse_snowflake(&field["message_id"]).unwrap_or(0);
    let seen = access::channel(world, user, channel_id, now)?;
    let message = world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none());
    let message = message.ok_or(error::UNKNOWN_MESSAGE)?;
    if !matches!(message.kind, 0 | 19 | 20 | 23) || message.poll.is_some() {
        return Err(error::INVALID_MESSAGE_TYPE);
    }
    let application = world.application_of_bot(user);
    if application.is_some_and(|application| !world.may_read_content(application, message)) {
        return Err(error::CANNOT_FORWARD_UNREAD);
    }
    let mut reference = json!({ "type": 1, "channel_id": Sid(channel_id), "message_id": Sid(id) });
    if let Some(guild) = seen.guild {
        reference["guild_id"] = json!(Sid(guild.id));
    }
    // A forward of a forward has the first one's copy: nesting goes no deeper than one.
    if !message.snapshots.is_empty() {
        return Ok((reference, message.snapshots.clone()));
    }
    let copy = Message {
        channel_id,
        kind: message.kind,
        content: message.content.clone(),
        embeds: message.embeds.clone(),
        attachments: message.attachments.clone(),
        components: message.components.clone(),
        sticker_items: message.sticker_items.clone(),
        mentions: message.mentions.clone(),
        mention_roles: message.mention_roles.clone(),
        flags: message.flags,
        sent_at: message.sent_at,
        edited_at: message.edited_at,
        ..Message::default()
    };
    Ok((reference, vec![copy]))
}
