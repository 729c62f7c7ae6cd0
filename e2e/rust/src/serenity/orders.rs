//! What the test orders, done with the library's own calls.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::try_join_all;
use guildhall_e2e::{Order, body, files, say};
use secrecy_of_serenity::ExposeSecret;
use serde_json::{Value, json};
use serenity::all::{
    ActivityData, ChannelId, ChunkGuildFilter, CreateAttachment, CreateMessage, EditAttachments, EditMessage,
    GuildId, HttpError, MessageId, MessagePagination, OnlineStatus, ReactionType, RoleId, TargetId, UserId,
    WebhookId,
};

use crate::heard::told;
use crate::{Bot, connect};

/// With the limiter off, waiting after a refusal is left to whom uses the library, and it does not say how
/// long to wait.
const PAUSE: Duration = Duration::from_millis(300);

/// Does one order and tells the outcome.
pub(crate) async fn obey(bot: Arc<Bot>, order: Order) {
    let reference = order.0["ref"].clone();
    if order.what() == "reshard" {
        let shards = u32::try_from(order.number("shards")).unwrap_or(1);
        tokio::spawn(connect(Arc::clone(&bot), "b", shards));
        return say("done", json!({ "ref": reference }));
    }
    match patiently(|| perform(&bot, &order)).await {
        Ok(mut values) => {
            if !values.is_object() {
                values = json!({});
            }
            values["ref"] = reference;
            say("done", values);
        }
        Err(error) => match error.downcast_ref::<serenity::Error>() {
            Some(serenity::Error::Http(HttpError::UnsuccessfulRequest(answer))) => say(
                "refused",
                json!({
                    "ref": reference, "status": answer.status_code.as_u16(), "code": answer.error.code,
                    "text": answer.error.message,
                }),
            ),
            _ => say("error", json!({ "ref": reference, "text": format!("{} {error:?}", order.what()) })),
        },
    }
}

/// Tries again what was refused for its rate.
async fn patiently<F, Fut>(call: F) -> Result<Value>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Value>>,
{
    loop {
        let outcome = call().await;
        let limited = outcome.as_ref().err().and_then(|error| error.downcast_ref()).is_some_and(|error| {
            matches!(error, serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) if answer.status_code == 429)
        });
        if !limited {
            return outcome;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn uploads(data: &Value) -> Vec<CreateAttachment> {
    files(data).into_iter().map(|(name, bytes)| CreateAttachment::bytes(bytes, name)).collect()
}

/// Has the library no builders for this?
fn is_raw(data: &Value) -> bool {
    data["flags"].as_u64().unwrap_or_default() & (1 << 15) != 0
}

async fn perform(bot: &Bot, order: &Order) -> Result<Value> {
    let http = &bot.http;
    let channel = || order.id("channel").map(ChannelId::new);
    let message = || order.id("message").map(MessageId::new);
    let guild = || order.id("guild").map(GuildId::new);
    let user = || order.id("user").map(UserId::new);
    let role = || order.id("role").map(RoleId::new);
    let thread = || order.id("thread").map(ChannelId::new);
    let emoji = || ReactionType::Unicode(order.text("emoji").to_owned());
    let reason = order.0["reason"].as_str();
    let data = &order.0["data"];
    let token = || -> Result<String> {
        let tokens = bot.tokens.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
        tokens.get(order.text("to")).cloned().ok_or_else(|| anyhow::anyhow!("no interaction"))
    };
    Ok(match order.what() {
        "send" if order.has("files") => {
            let builder = CreateMessage::new().content(order.text("content")).add_files(uploads(&order.0));
            told(&channel()?.send_message(http, builder).await?)
        }
        "edit" if order.has("files") => {
            let mut attachments = EditAttachments::new();
            for id in order.texts("keep") {
                attachments = attachments.keep(id.parse::<u64>()?.into());
            }
            for file in uploads(&order.0) {
                attachments = attachments.add(file);
            }
            let builder = EditMessage::new().attachments(attachments);
            told(&channel()?.edit_message(http, message()?, builder).await?)
        }
        "send" => {
            let mut values = told(&http.send_message(channel()?, uploads(&order.0), &body(&order.0)).await?);
            values["raw"] = json!(is_raw(&order.0));
            values
        }
        "edit" => told(&http.edit_message(channel()?, message()?, &body(&order.0), uploads(&order.0)).await?),
        "delete" => json!(http.delete_message(channel()?, message()?, None).await?),
        "bulk_delete" => {
            let map = json!({ "messages": order.texts("messages") });
            json!(http.delete_messages(channel()?, &map, None).await?)
        }
        "fetch" => told(&http.get_message(channel()?, message()?).await?),
        "history" => history(bot, order, channel()?).await?,
        "react" => json!(http.create_reaction(channel()?, message()?, &emoji()).await?),
        "unreact" => json!(http.delete_reaction_me(channel()?, message()?, &emoji()).await?),
        "reactions" => {
            let users = http.get_reaction_users(channel()?, message()?, &emoji(), 100, None).await?;
            let found = http.get_message(channel()?, message()?).await?;
            let count = found.reactions.iter().find(|one| one.reaction_type == emoji()).map(|one| one.count);
            json!({ "users": users.iter().map(|user| user.id).collect::<Vec<_>>(), "count": count })
        }
        "pin" => json!(http.pin_message(channel()?, message()?, None).await?),
        "unpin" => json!(http.unpin_message(channel()?, message()?, None).await?),
        "pins" => {
            json!({ "ids": http.get_pins(channel()?).await?.iter().map(|one| one.id).collect::<Vec<_>>() })
        }
        "crosspost" => told(&http.crosspost_message(channel()?, message()?).await?),
        "thread_start" => {
            let mut map = json!({ "name": order.text("name") });
            let made = if order.has("message") {
                http.create_thread_from_message(channel()?, message()?, &map, None).await?
            } else if order.has("forum") {
                map["message"] = json!({ "content": order.text("content") });
                http.create_forum_post(channel()?, &map, None).await?
            } else {
                map["type"] = json!(if order.0["private"] == true { 12 } else { 11 });
                http.create_thread(channel()?, &map, None).await?
            };
            json!({ "id": made.id })
        }
        "thread_edit" => {
            http.edit_thread(thread()?, &order.only(&["archived", "locked", "name"]), None).await?;
            Value::Null
        }
        "thread_add" => json!(http.add_thread_channel_member(thread()?, user()?).await?),
        "thread_remove" => json!(http.remove_thread_channel_member(thread()?, user()?).await?),
        "thread_join" => json!(http.join_thread_channel(thread()?).await?),
        "thread_members" => {
            let mut ids: Vec<String> = http
                .get_channel_thread_members(thread()?)
                .await?
                .iter()
                .map(|one| one.user_id.to_string())
                .collect();
            ids.sort();
            json!({ "ids": ids })
        }
        "role_create" => {
            let made = http.create_role(guild()?, &order.only(&["name", "permissions"]), reason).await?;
            json!({ "id": made.id })
        }
        "role_edit" => {
            http.edit_role(guild()?, role()?, &order.only(&["name"]), None).await?;
            Value::Null
        }
        "role_delete" => json!(http.delete_role(guild()?, role()?, None).await?),
        "role_give" => json!(http.add_member_role(guild()?, user()?, role()?, None).await?),
        "role_take" => json!(http.remove_member_role(guild()?, user()?, role()?, None).await?),
        "channel_create" => {
            json!({ "id": http.create_channel(guild()?, &order.only(&["name", "type"]), None).await?.id })
        }
        "channel_edit" => {
            http.edit_channel(channel()?, &order.only(&["name", "topic"]), None).await?;
            Value::Null
        }
        "channel_delete" => {
            http.delete_channel(channel()?, None).await?;
            Value::Null
        }
        "overwrite" => {
            let target = TargetId::new(order.id("target")?);
            json!(
                http.create_permission(channel()?, target, &order.only(&["allow", "deny", "type"]), None)
                    .await?
            )
        }
        "nick" => {
            http.edit_member(guild()?, user()?, &order.only(&["nick"]), None).await?;
            Value::Null
        }
        "timeout" => {
            let until =
                serenity::all::Timestamp::now().unix_timestamp() + i64::try_from(order.number("seconds"))?;
            let until = serenity::all::Timestamp::from_unix_timestamp(until)?;
            http.edit_member(guild()?, user()?, &json!({ "communication_disabled_until": until }), None)
                .await?;
            Value::Null
        }
        "kick" => json!(http.kick_member(guild()?, user()?, None).await?),
        "ban" => json!(http.ban_user(guild()?, user()?, 0, reason).await?),
        "unban" => json!(http.remove_ban(guild()?, user()?, None).await?),
        "bans" => {
            let bans = http.get_bans(guild()?, None, None).await?;
            json!({ "ids": bans.iter().map(|ban| ban.user.id).collect::<Vec<_>>() })
        }
        "guild_edit" => {
            http.edit_guild(guild()?, &order.only(&["name"]), None).await?;
            Value::Null
        }
        "audit_log" => {
            let log = http.get_audit_logs(guild()?, None, None, None, Some(10)).await?;
            json!({ "reasons": log.entries.iter().map(|entry| &entry.reason).collect::<Vec<_>>() })
        }
        "webhook_create" => {
            let made = http.create_webhook(channel()?, &order.only(&["name"]), None).await?;
            let token = made.token.as_ref().map(ExposeSecret::expose_secret);
            json!({ "id": made.id, "token": token })
        }
        "webhook_send" | "webhook_edit" | "webhook_delete" => webhook(bot, order).await?,
        "invite_create" => {
            json!({ "code": http.create_invite(channel()?, &order.only(&["max_uses"]), None).await?.code })
        }
        "invite_uses" => {
            let invites = http.get_guild_invites(guild()?).await?;
            json!({ "uses": invites.iter().map(|one| (one.code.clone(), json!(one.uses))).collect::<serde_json::Map<_, _>>() })
        }
        "invite_delete" => {
            http.delete_invite(order.text("code"), None).await?;
            Value::Null
        }
        "members" => {
            let found = http.get_guild_members(guild()?, Some(order.number("limit")), None).await?;
            json!({ "ids": found.iter().map(|member| member.user.id).collect::<Vec<_>>() })
        }
        "chunk" => chunk(bot, order, guild()?).await?,
        "commands" => {
            let made = if order.has("guild") {
                http.create_guild_commands(guild()?, &order.0["list"]).await?
            } else {
                http.create_global_commands(&order.0["list"]).await?
            };
            let mut names: Vec<&String> = made.iter().map(|one| &one.name).collect();
            names.sort();
            let ids: serde_json::Map<_, _> =
                made.iter().map(|one| (one.name.clone(), json!(one.id))).collect();
            json!({ "names": names, "ids": ids })
        }
        "respond" | "respond_twice" => {
            let to = order.id("to")?.into();
            let map = if order.what() == "respond" {
                json!({ "type": order.0["type"], "data": body(data) })
            } else {
                json!({ "type": 4, "data": { "content": "again" } })
            };
            http.create_interaction_response(to, &token()?, &map, uploads(data)).await?;
            json!({ "raw": is_raw(data) })
        }
        "original_get" => told(&http.get_original_interaction_response(&token()?).await?),
        "original_edit" => {
            told(&http.edit_original_interaction_response(&token()?, &body(data), uploads(data)).await?)
        }
        "original_delete" => json!(http.delete_original_interaction_response(&token()?).await?),
        "followup" => told(&http.create_followup_message(&token()?, &body(data), uploads(data)).await?),
        "followup_edit" => {
            told(&http.edit_followup_message(&token()?, message()?, &body(data), uploads(data)).await?)
        }
        "followup_delete" => json!(http.delete_followup_message(&token()?, message()?).await?),
        "typing" => json!(http.broadcast_typing(channel()?).await?),
        "presence" => {
            if let Some(shard) = bot.shard() {
                let status =
                    if order.text("status") == "idle" { OnlineStatus::Idle } else { OnlineStatus::Online };
                shard.set_presence(Some(ActivityData::playing(order.text("activity"))), status);
            }
            Value::Null
        }
        "dm" => {
            let opened = http.create_private_channel(&json!({ "recipient_id": order.text("user") })).await?;
            told(&http.send_message(opened.id, Vec::new(), &order.only(&["content"])).await?)
        }
        "poll_end" => told(&http.expire_poll(channel()?, message()?).await?),
        "burst" => {
            let (channel, prefix) = (channel()?, order.text("prefix"));
            let each = (0..order.number("count")).map(|n| {
                patiently(move || async move {
                    let map = json!({ "content": format!("{prefix} {n}") });
                    Ok(told(&http.send_message(channel, Vec::new(), &map).await?))
                })
            });
            json!({ "count": try_join_all(each).await?.len() })
        }
        "survey" => survey(bot, guild()?).await?,
        "retire" => {
            let manager = bot.managers.lock().ok().and_then(|mut held| held.remove("a"));
            if let Some(manager) = manager {
                manager.shutdown_all().await;
            }
            if let Ok(mut shards) = bot.shards.lock() {
                shards.remove("a");
            }
            Value::Null
        }
        other => bail!("unknown order {other}"),
    })
}

/// The library gives one page; going on is left to its users.
async fn history(bot: &Bot, order: &Order, channel: ChannelId) -> Result<Value> {
    let limit = usize::try_from(order.number("limit"))?;
    let after = order.has("after");
    let mut target = match (order.id("before"), order.id("after"), order.id("around")) {
        (Ok(id), ..) => Some(MessagePagination::Before(MessageId::new(id))),
        (_, Ok(id), _) => Some(MessagePagination::After(MessageId::new(id))),
        (.., Ok(id)) => Some(MessagePagination::Around(MessageId::new(id))),
        _ => None,
    };
    let mut found = Vec::new();
    while found.len() < limit {
        let size = u8::try_from((limit - found.len()).min(100))?;
        let page = bot.http.get_messages(channel, target, Some(size)).await?;
        let ended = page.len() < 100 || order.has("around");
        if after {
            found.splice(0..0, page);
        } else {
            found.extend(page);
        }
        target = if after {
            found.first().map(|one| MessagePagination::After(one.id))
        } else {
            found.last().map(|one| MessagePagination::Before(one.id))
        };
        if ended {
            break;
        }
    }
    Ok(json!({ "contents": found.iter().map(|one| &one.content).collect::<Vec<_>>() }))
}

async fn webhook(bot: &Bot, order: &Order) -> Result<Value> {
    let (id, token) = (WebhookId::new(order.id("webhook")?), order.text("token"));
    let map = order.only(&["content", "username"]);
    Ok(match order.what() {
        "webhook_send" => {
            let sent = bot.http.execute_webhook(id, None, token, true, Vec::new(), &map).await?;
            sent.as_ref().map(told).unwrap_or_default()
        }
        "webhook_edit" => {
            let message = MessageId::new(order.id("message")?);
            told(&bot.http.edit_webhook_message(id, None, token, message, &map, Vec::new()).await?)
        }
        _ => json!(bot.http.delete_webhook_with_token(id, token, None).await?),
    })
}

/// Asks over the gateway and gathers the answer.
async fn chunk(bot: &Bot, order: &Order, guild: GuildId) -> Result<Value> {
    let Some(shard) = bot.shard() else { bail!("no shard") };
    let mut chunks = bot.chunks.subscribe();
    let filter = if order.has("ids") {
        let ids = order.texts("ids").iter().map(|id| Ok(UserId::new(id.parse()?))).collect::<Result<_>>()?;
        ChunkGuildFilter::UserIds(ids)
    } else if order.text("query").is_empty() {
        ChunkGuildFilter::None
    } else {
        ChunkGuildFilter::Query(order.text("query").to_owned())
    };
    let nonce = if order.has("nonce") { order.text("nonce").to_owned() } else { order.0["ref"].to_string() };
    shard.chunk_guild(guild, Some(u16::try_from(order.number("limit"))?), false, filter, Some(nonce.clone()));
    let gather = async {
        let (mut users, mut not_found, mut parts) = (Vec::new(), Vec::new(), 0);
        loop {
            let part = chunks.recv().await?;
            if part.nonce.as_ref() != Some(&nonce) {
                continue;
            }
            users.extend(part.members.keys().map(ToString::to_string));
            not_found.extend(part.not_found.iter().map(ToString::to_string));
            // They come in any order, since each event is handled in a task of its own.
            parts += 1;
            if parts == part.chunk_count {
                users.sort();
                return Ok(json!({ "users": users, "not_found": not_found }));
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), gather).await?
}

/// Reads whatever a bot commonly reads, for the validator's sake.
async fn survey(bot: &Bot, guild: GuildId) -> Result<Value> {
    let http = &bot.http;
    http.get_guild(guild).await?;
    let roles = http.get_guild_roles(guild).await?;
    let channels = http.get_channels(guild).await?;
    let guilds = http.get_guilds(None, Some(5)).await?;
    let me = http.get_current_user().await?;
    let member = http.get_member(guild, me.id).await?;
    let user = http.get_user(me.id).await?;
    let info = http.get_current_application_info().await?;
    Ok(json!({
        "roles": roles.len(), "channels": channels.len(), "guilds": guilds.len(),
        "same": member.user.id == user.id && !info.name.is_empty(),
    }))
}
