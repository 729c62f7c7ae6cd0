//! Announcement channels: published messages and those who follow.
//! (Discord docs: Channel resource, Follow Announcement Channel; Message resource, Crosspost Message.)

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, ok};
use super::error::{self, ApiError};
use super::limits::Scope;
use super::messages::show;
use super::routes::{Auth, Pace, Table};
use crate::model::{ChannelKind, Message, Webhook};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Sid};
use crate::validate::form::{Form, Path};
use crate::world::{Hourly, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/channels/{channel}/followers", Auth::Bot, Pace::Ordinary, follow);
    table.post("/channels/{channel}/messages/{message}/crosspost", Auth::Bot, Pace::Ordinary, crosspost);
}

/// `POST /channels/{channel}/followers`
fn follow(call: &Call) -> Answer {
    let user = call.caller()?.bot_id;
    let source_id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    let target_id = form.snowflake(body, "webhook_channel_id", Path::ROOT);
    if target_id.is_none() && !body.contains_key("webhook_channel_id") {
        form.required(Path::ROOT.key("webhook_channel_id"));
    }
    form.finish()?;
    let target_id = target_id.unwrap_or(0);
    ok(call.change(|world, now| {
        let source = access::channel(world, user, source_id, now)?;
        let source_guild = source.guild.ok_or(error::WRONG_CHANNEL_TYPE)?;
        if source.channel.kind != ChannelKind::Announcement {
            return Err(error::WRONG_CHANNEL_TYPE);
        }
        let target = access::channel_with(world, user, target_id, Permissions::MANAGE_WEBHOOKS, now)?;
        let guild_id = target.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id;
        if !matches!(target.channel.kind, ChannelKind::Text | ChannelKind::Announcement) {
            return Err(error::WRONG_CHANNEL_TYPE);
        }
        let name: String =
            format!("{} #{}", source_guild.name, source.channel.name).chars().take(80).collect();
        let notice = Message {
            channel_id: target_id,
            kind: 12,
            author_id: user,
            content: name.clone(),
            reference: Some(json!({
                "type": 0, "channel_id": Sid(source_id), "guild_id": Sid(source_guild.id),
            })),
            ..Message::default()
        };
        let webhook = Webhook {
            kind: Webhook::FOLLOWER,
            guild_id,
            channel_id: target_id,
            name,
            avatar: source_guild.icon.clone(),
            user_id: Some(user),
            source_channel_id: Some(source_id),
            ..Webhook::default()
        };
        let (webhook_id, mut told) = world.create_webhook(webhook, now)?;
        told.extend(world.create_message(notice, now)?.1);
        Ok((json!({ "channel_id": Sid(source_id), "webhook_id": Sid(webhook_id) }), told))
    })?)
}

/// `POST /channels/{channel}/messages/{message}/crosspost`
fn crosspost(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (channel_id, id) = (call.id(0, "channel_id")?, call.id(1, "message_id")?);
    ok(call.change(|world, now| {
        let seen = access::channel(world, caller.bot_id, channel_id, now)?;
        if seen.channel.kind != ChannelKind::Announcement {
            return Err(error::WRONG_CHANNEL_TYPE);
        }
        seen.need(Permissions::SEND_MESSAGES)?;
        let message = may_publish(world, channel_id, id)?;
        if message.author_id != caller.bot_id {
            seen.need(Permissions::MANAGE_MESSAGES)?;
        }
        let limit = world.limits.crossposts;
        if let Err(left) = world.take_hourly(Hourly::Crossposts, channel_id, limit, now) {
            // The channel is full for everyone.
            return Err(error::WRITE_LIMIT.limited(left, Scope::Shared));
        }
        let told = world.publish(channel_id, id, now)?;
        let message = world.message(channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?;
        let shown: Value = show(world, caller, message);
        Ok((shown, told))
    })?)
}

fn may_publish(world: &World, channel_id: Id, id: Id) -> Result<&Message, ApiError> {
    let message = world.message(channel_id, id).filter(|m| m.ephemeral_for.is_none());
    let message = message.ok_or(error::UNKNOWN_MESSAGE)?;
    if message.flags & Message::CROSSPOSTED != 0 {
        return Err(error::ALREADY_CROSSPOSTED);
    }
    if message.kind != 0 || message.flags & Message::IS_CROSSPOST != 0 || message.poll.is_some() {
        return Err(error::INVALID_MESSAGE_TYPE);
    }
    Ok(message)
}
