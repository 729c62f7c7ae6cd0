//! Channels, threads, webhooks, invites.

use anyhow::Result;
use guildhall_e2e::Order;
use serde_json::{Map, Value, json};
use twilight_model::channel::ChannelType;
use twilight_model::guild::Permissions;
use twilight_model::http::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType};
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GenericMarker, WebhookMarker};

use super::Doing;
use crate::Bot;
use crate::heard::told;

/// Does the order if it is one of these.
pub(super) async fn perform(at: &Doing<'_>) -> Result<Option<Value>> {
    let (bot, order) = (at.bot, at.order);
    let http = &at.bot.http;
    Ok(Some(match order.what() {
        "thread_start" => {
            let name = order.text("name");
            let made: Id<ChannelMarker> = if order.has("message") {
                http.create_thread_from_message(at.channel()?, at.message()?, name).await?.model().await?.id
            } else if order.has("forum") {
                let request = http.create_forum_thread(at.channel()?, name).message();
                request.content(order.text("content")).await?.model().await?.channel.id
            } else {
                let kind = if order.0["private"] == true {
                    ChannelType::PrivateThread
                } else {
                    ChannelType::PublicThread
                };
                http.create_thread(at.channel()?, name, kind).await?.model().await?.id
            };
            json!({ "id": made })
        }
        "thread_edit" => {
            let mut request = http.update_thread(at.thread()?);
            if let Some(archived) = order.0["archived"].as_bool() {
                request = request.archived(archived);
            }
            if let Some(locked) = order.0["locked"].as_bool() {
                request = request.locked(locked);
            }
            if order.has("name") {
                request = request.name(order.text("name"));
            }
            request.await?.model().await?;
            Value::Null
        }
        "thread_add" => {
            http.add_thread_member(at.thread()?, at.user()?).await?;
            Value::Null
        }
        "thread_remove" => {
            http.remove_thread_member(at.thread()?, at.user()?).await?;
            Value::Null
        }
        "thread_join" => {
            http.join_thread(at.thread()?).await?;
            Value::Null
        }
        "thread_members" => {
            let found = http.thread_members(at.thread()?).await?.models().await?;
            let mut ids: Vec<_> =
                found.iter().filter_map(|one| one.user_id).map(|id| id.to_string()).collect();
            ids.sort();
            json!({ "ids": ids })
        }
        "channel_create" => {
            let kind = ChannelType::from(u8::try_from(order.number("type"))?);
            json!({ "id": http.create_guild_channel(at.guild()?, order.text("name")).kind(kind).await?.model().await?.id })
        }
        "channel_edit" => {
            let mut request = http.update_channel(at.channel()?);
            if order.has("name") {
                request = request.name(order.text("name"));
            }
            if order.has("topic") {
                request = request.topic(order.text("topic"));
            }
            request.await?.model().await?;
            Value::Null
        }
        "channel_delete" => {
            http.delete_channel(at.channel()?).await?;
            Value::Null
        }
        "overwrite" => {
            let bits =
                |key: &str| Some(Permissions::from_bits_retain(order.text(key).parse().unwrap_or_default()));
            let kind = if order.number("type") == 0 {
                PermissionOverwriteType::Role
            } else {
                PermissionOverwriteType::Member
            };
            let overwrite = PermissionOverwrite {
                allow: bits("allow"),
                deny: bits("deny"),
                id: Id::<GenericMarker>::new(order.id("target")?),
                kind,
            };
            http.update_channel_permission(at.channel()?, &overwrite).await?;
            Value::Null
        }
        "webhook_create" => {
            let made = http.create_webhook(at.channel()?, order.text("name")).await?.model().await?;
            json!({ "id": made.id, "token": made.token })
        }
        "webhook_send" | "webhook_edit" | "webhook_delete" => webhook(bot, order).await?,
        "invite_create" => {
            let uses = u16::try_from(order.number("max_uses"))?;
            json!({ "code": http.create_invite(at.channel()?).max_uses(uses).unique(true).await?.model().await?.code })
        }
        "invite_uses" => {
            let invites = http.guild_invites(at.guild()?).await?.models().await?;
            json!({ "uses": invites.iter().map(|one| (one.code.clone(), json!(one.uses))).collect::<Map<_, _>>() })
        }
        "invite_delete" => {
            http.delete_invite(order.text("code")).await?;
            Value::Null
        }
        _ => return Ok(None),
    }))
}

async fn webhook(bot: &Bot, order: &Order) -> Result<Value> {
    let (id, token) = (Id::<WebhookMarker>::new(order.id("webhook")?), order.text("token"));
    let content = order.text("content");
    Ok(match order.what() {
        "webhook_send" => {
            let mut request = bot.http.execute_webhook(id, token).content(content);
            if order.has("username") {
                request = request.username(order.text("username"));
            }
            told(&request.wait().await?.model().await?)
        }
        "webhook_edit" => {
            let message = Id::new(order.id("message")?);
            let request = bot.http.update_webhook_message(id, token, message);
            told(&request.content(Some(content)).await?.model().await?)
        }
        _ => {
            bot.http.delete_webhook(id).token(token).await?;
            Value::Null
        }
    })
}
