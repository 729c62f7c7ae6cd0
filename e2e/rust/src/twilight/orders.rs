//! What the test orders, done with the library's own calls.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::try_join_all;
use guildhall_e2e::{Order, say};
use serde_json::{Map, Value, json};
use twilight_http::api_error::ApiError;
use twilight_http::error::ErrorType;
use twilight_http::request::AuditLogReason as _;
use twilight_http::request::channel::reaction::RequestReactionType;
use twilight_model::application::command::Command;
use twilight_model::channel::{ChannelType, Message};
use twilight_model::gateway::payload::outgoing::{RequestGuildMembers, UpdatePresence};
use twilight_model::gateway::presence::{ActivityType, MinimalActivity, Status};
use twilight_model::guild::Permissions;
use twilight_model::http::interaction::{
    InteractionResponse, InteractionResponseData, InteractionResponseType,
};
use twilight_model::http::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType};
use twilight_model::id::Id;
use twilight_model::id::marker::{
    ChannelMarker, GenericMarker, GuildMarker, MessageMarker, RoleMarker, UserMarker, WebhookMarker,
};
use twilight_model::util::Timestamp;

use crate::Bot;
use crate::heard::told;
use crate::messages::{Parts, fill, response};

/// Does one order and tells the outcome.
pub(crate) async fn obey(bot: Arc<Bot>, order: Order) {
    let reference = order.0["ref"].clone();
    match perform(&bot, &order).await {
        Ok(mut values) => {
            if !values.is_object() {
                values = json!({});
            }
            values["ref"] = reference;
            say("done", values);
        }
        Err(error) => match error.downcast_ref::<twilight_http::Error>().map(twilight_http::Error::kind) {
            Some(ErrorType::Response { error: ApiError::General(answer), status, .. }) => say(
                "refused",
                json!({
                    "ref": reference, "status": status.get(), "code": answer.code,
                    "text": format!("{} {answer:?}", answer.message),
                }),
            ),
            _ => say("error", json!({ "ref": reference, "text": format!("{} {error:?}", order.what()) })),
        },
    }
}

async fn perform(bot: &Arc<Bot>, order: &Order) -> Result<Value> {
    let http = &bot.http;
    let interactions = http.interaction(bot.application);
    let id = |key: &str| order.id(key);
    let channel = || id("channel").map(Id::<ChannelMarker>::new);
    let message = || id("message").map(Id::<MessageMarker>::new);
    let guild = || id("guild").map(Id::<GuildMarker>::new);
    let user = || id("user").map(Id::<UserMarker>::new);
    let role = || id("role").map(Id::<RoleMarker>::new);
    let thread = || id("thread").map(Id::<ChannelMarker>::new);
    let emoji = RequestReactionType::Unicode { name: order.text("emoji") };
    let data = &order.0["data"];
    let token = || -> Result<String> {
        let tokens = bot.tokens.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
        tokens.get(order.text("to")).cloned().ok_or_else(|| anyhow::anyhow!("no interaction"))
    };
    Ok(match order.what() {
        "send" => {
            let parts = Parts::of(&order.0)?;
            let mut request = fill!(http.create_message(channel()?), parts, new);
            if let Some(flags) = parts.flags {
                request = request.flags(flags);
            }
            if let Some(poll) = &parts.poll {
                request = request.poll(poll);
            }
            if order.has("reply_to") {
                request = request.reply(Id::new(id("reply_to")?));
            }
            told(&request.await?.model().await?)
        }
        "edit" => {
            let parts = Parts::of(&order.0)?;
            let mut request = fill!(http.update_message(channel()?, message()?), parts, edit);
            if let Some(kept) = &parts.kept {
                request = request.keep_attachment_ids(kept);
            }
            told(&request.await?.model().await?)
        }
        "delete" => {
            http.delete_message(channel()?, message()?).await?;
            Value::Null
        }
        "bulk_delete" => {
            let ids = order.texts("messages").iter().map(|id| id.parse()).collect::<Result<Vec<_>, _>>()?;
            http.delete_messages(channel()?, &ids).await?;
            Value::Null
        }
        "fetch" => told(&http.message(channel()?, message()?).await?.model().await?),
        "history" => history(bot, order, channel()?).await?,
        "react" => {
            http.create_reaction(channel()?, message()?, &emoji).await?;
            Value::Null
        }
        "unreact" => {
            http.delete_current_user_reaction(channel()?, message()?, &emoji).await?;
            Value::Null
        }
        "reactions" => {
            let users = http.reactions(channel()?, message()?, &emoji).await?.models().await?;
            let found = http.message(channel()?, message()?).await?.model().await?;
            json!({
                "users": users.iter().map(|user| user.id).collect::<Vec<_>>(),
                "count": found.reactions.first().map(|one| one.count),
            })
        }
        "pin" => {
            http.create_pin(channel()?, message()?).await?;
            Value::Null
        }
        "unpin" => {
            http.delete_pin(channel()?, message()?).await?;
            Value::Null
        }
        "pins" => {
            let found = http.pins(channel()?).await?.model().await?;
            json!({ "ids": found.items.iter().map(|pin| pin.message.id).collect::<Vec<_>>() })
        }
        "crosspost" => {
            http.crosspost_message(channel()?, message()?).await?;
            Value::Null
        }
        "thread_start" => {
            let name = order.text("name");
            let made: Id<ChannelMarker> = if order.has("message") {
                http.create_thread_from_message(channel()?, message()?, name).await?.model().await?.id
            } else if order.has("forum") {
                let request = http.create_forum_thread(channel()?, name).message();
                request.content(order.text("content")).await?.model().await?.channel.id
            } else {
                let kind = if order.0["private"] == true {
                    ChannelType::PrivateThread
                } else {
                    ChannelType::PublicThread
                };
                http.create_thread(channel()?, name, kind).await?.model().await?.id
            };
            json!({ "id": made })
        }
        "thread_edit" => {
            let mut request = http.update_thread(thread()?);
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
            http.add_thread_member(thread()?, user()?).await?;
            Value::Null
        }
        "thread_remove" => {
            http.remove_thread_member(thread()?, user()?).await?;
            Value::Null
        }
        "thread_join" => {
            http.join_thread(thread()?).await?;
            Value::Null
        }
        "thread_members" => {
            let found = http.thread_members(thread()?).await?.models().await?;
            let mut ids: Vec<_> =
                found.iter().filter_map(|one| one.user_id).map(|id| id.to_string()).collect();
            ids.sort();
            json!({ "ids": ids })
        }
        "role_create" => {
            let permissions =
                Permissions::from_bits_retain(order.text("permissions").parse().unwrap_or_default());
            let mut request = http.create_role(guild()?).name(order.text("name")).permissions(permissions);
            if order.has("reason") {
                request = request.reason(order.text("reason"));
            }
            json!({ "id": request.await?.model().await?.id })
        }
        "role_edit" => {
            http.update_role(guild()?, role()?).name(Some(order.text("name"))).await?.model().await?;
            Value::Null
        }
        "role_delete" => {
            http.delete_role(guild()?, role()?).await?;
            Value::Null
        }
        "role_give" => {
            http.add_guild_member_role(guild()?, user()?, role()?).await?;
            Value::Null
        }
        "role_take" => {
            http.remove_guild_member_role(guild()?, user()?, role()?).await?;
            Value::Null
        }
        "channel_create" => {
            let kind = ChannelType::from(u8::try_from(order.number("type"))?);
            json!({ "id": http.create_guild_channel(guild()?, order.text("name")).kind(kind).await?.model().await?.id })
        }
        "channel_edit" => {
            let mut request = http.update_channel(channel()?);
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
            http.delete_channel(channel()?).await?;
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
                id: Id::<GenericMarker>::new(id("target")?),
                kind,
            };
            http.update_channel_permission(channel()?, &overwrite).await?;
            Value::Null
        }
        "nick" => {
            http.update_guild_member(guild()?, user()?).nick(Some(order.text("nick"))).await?.model().await?;
            Value::Null
        }
        "timeout" => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
            let until = Timestamp::from_secs(i64::try_from(now + order.number("seconds"))?)?;
            http.update_guild_member(guild()?, user()?)
                .communication_disabled_until(Some(until))
                .await?
                .model()
                .await?;
            Value::Null
        }
        "kick" => {
            http.remove_guild_member(guild()?, user()?).await?;
            Value::Null
        }
        "ban" => {
            let mut request = http.create_ban(guild()?, user()?);
            if order.has("reason") {
                request = request.reason(order.text("reason"));
            }
            request.await?;
            Value::Null
        }
        "unban" => {
            http.delete_ban(guild()?, user()?).await?;
            Value::Null
        }
        "bans" => {
            let bans = http.bans(guild()?).await?.models().await?;
            json!({ "ids": bans.iter().map(|ban| ban.user.id).collect::<Vec<_>>() })
        }
        "guild_edit" => {
            http.update_guild(guild()?).name(order.text("name")).await?.model().await?;
            Value::Null
        }
        "audit_log" => {
            let log = http.audit_log(guild()?).limit(10).await?.model().await?;
            json!({ "reasons": log.entries.iter().map(|entry| &entry.reason).collect::<Vec<_>>() })
        }
        "webhook_create" => {
            let made = http.create_webhook(channel()?, order.text("name")).await?.model().await?;
            json!({ "id": made.id, "token": made.token })
        }
        "webhook_send" | "webhook_edit" | "webhook_delete" => webhook(bot, order).await?,
        "invite_create" => {
            let uses = u16::try_from(order.number("max_uses"))?;
            json!({ "code": http.create_invite(channel()?).max_uses(uses).unique(true).await?.model().await?.code })
        }
        "invite_uses" => {
            let invites = http.guild_invites(guild()?).await?.models().await?;
            json!({ "uses": invites.iter().map(|one| (one.code.clone(), json!(one.uses))).collect::<Map<_, _>>() })
        }
        "invite_delete" => {
            http.delete_invite(order.text("code")).await?;
            Value::Null
        }
        "members" => {
            let found = http
                .guild_members(guild()?)
                .limit(u16::try_from(order.number("limit"))?)
                .await?
                .models()
                .await?;
            json!({ "ids": found.iter().map(|member| member.user.id).collect::<Vec<_>>() })
        }
        "chunk" => chunk(bot, order, guild()?).await?,
        "commands" => {
            let list = commands(&order.0["list"])?;
            let made = if order.has("guild") {
                interactions.set_guild_commands(guild()?, &list).await?.models().await?
            } else {
                interactions.set_global_commands(&list).await?.models().await?
            };
            let mut names: Vec<&String> = made.iter().map(|one| &one.name).collect();
            names.sort();
            let ids: Map<_, _> = made.iter().map(|one| (one.name.clone(), json!(one.id))).collect();
            json!({ "names": names, "ids": ids })
        }
        "respond" => {
            let response = response(&order.0["type"], data)?;
            interactions.create_response(Id::new(id("to")?), &token()?, &response).await?;
            Value::Null
        }
        "respond_twice" => {
            let again = InteractionResponseData { content: Some("again".to_owned()), ..Default::default() };
            let kind = InteractionResponseType::ChannelMessageWithSource;
            let response = InteractionResponse { kind, data: Some(again) };
            interactions.create_response(Id::new(id("to")?), &token()?, &response).await?;
            Value::Null
        }
        "original_get" => told(&interactions.response(&token()?).await?.model().await?),
        "original_edit" => {
            let (parts, token) = (Parts::of(data)?, token()?);
            let mut request = fill!(interactions.update_response(&token), parts, edit);
            if let Some(flags) = parts.flags {
                request = request.flags(flags);
            }
            told(&request.await?.model().await?)
        }
        "original_delete" => {
            interactions.delete_response(&token()?).await?;
            Value::Null
        }
        "followup" => {
            let (parts, token) = (Parts::of(data)?, token()?);
            let mut request = fill!(interactions.create_followup(&token), parts, new);
            if let Some(flags) = parts.flags {
                request = request.flags(flags);
            }
            told(&request.await?.model().await?)
        }
        "followup_edit" => {
            let (parts, token) = (Parts::of(data)?, token()?);
            told(&fill!(interactions.update_followup(&token, message()?), parts, edit).await?.model().await?)
        }
        "followup_delete" => {
            interactions.delete_followup(&token()?, message()?).await?;
            Value::Null
        }
        "typing" => {
            http.create_typing_trigger(channel()?).await?;
            Value::Null
        }
        "presence" => {
            let status = if order.text("status") == "idle" { Status::Idle } else { Status::Online };
            let name = order.text("activity").to_owned();
            let activity = MinimalActivity { kind: ActivityType::Playing, name, url: None };
            if let Some(sender) = bot.sender() {
                sender.command(&UpdatePresence::new([activity.into()], false, None, status)?)?;
            }
            Value::Null
        }
        "dm" => {
            let opened = http.create_private_channel(user()?).await?.model().await?;
            told(&http.create_message(opened.id).content(order.text("content")).await?.model().await?)
        }
        "poll_end" => told(&http.end_poll(channel()?, message()?).await?.model().await?),
        "burst" => {
            let (channel, prefix) = (channel()?, order.text("prefix"));
            let each = (0..order.number("count")).map(|n| async move {
                let content = format!("{prefix} {n}");
                anyhow::Ok(http.create_message(channel).content(&content).await?.model().await?)
            });
            json!({ "count": try_join_all(each).await?.len() })
        }
        "survey" => survey(bot, guild()?).await?,
        "reshard" => {
            bot.connect("b", u32::try_from(order.number("shards"))?);
            Value::Null
        }
        "retire" => {
            bot.retire("a");
            Value::Null
        }
        other => bail!("unknown order {other}"),
    })
}

/// Commands as the library's own type, which wants keys that Discord leaves out of requests.
fn commands(list: &Value) -> Result<Vec<Command>> {
    let filled = list.as_array().into_iter().flatten().map(|one| {
        let mut filled = json!({ "version": "1", "type": 1, "description": "", "options": [] });
        for (key, value) in one.as_object().into_iter().flatten() {
            filled[key] = value.clone();
        }
        filled
    });
    Ok(serde_json::from_value(filled.collect())?)
}

/// The library gives one page; going on is left to its users.
async fn history(bot: &Bot, order: &Order, channel: Id<ChannelMarker>) -> Result<Value> {
    let limit = usize::try_from(order.number("limit"))?;
    let mut found: Vec<Message> = Vec::new();
    let (mut before, mut after) = (order.id("before").ok(), order.id("after").ok());
    while found.len() < limit {
        let size = u16::try_from((limit - found.len()).min(100))?;
        let request = bot.http.channel_messages(channel);
        let page = match (before, after, order.id("around").ok()) {
            (Some(id), ..) => request.before(Id::new(id)).limit(size).await?.models().await?,
            (_, Some(id), _) => request.after(Id::new(id)).limit(size).await?.models().await?,
            (.., Some(id)) => request.around(Id::new(id)).limit(size).await?.models().await?,
            _ => request.limit(size).await?.models().await?,
        };
        let ended = page.len() < 100 || order.has("around");
        if after.is_some() {
            found.splice(0..0, page);
            after = found.first().map(|one| one.id.get());
        } else {
            found.extend(page);
            before = found.last().map(|one| one.id.get());
        }
        if ended {
            break;
        }
    }
    Ok(json!({ "contents": found.iter().map(|one| &one.content).collect::<Vec<_>>() }))
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

/// Asks over the gateway and gathers the answer.
async fn chunk(bot: &Bot, order: &Order, guild: Id<GuildMarker>) -> Result<Value> {
    let Some(sender) = bot.sender() else { bail!("no shard") };
    let mut chunks = bot.chunks.subscribe();
    let nonce = if order.has("nonce") { order.text("nonce").to_owned() } else { order.0["ref"].to_string() };
    let builder = RequestGuildMembers::builder(guild).nonce(nonce.clone());
    let command = if order.has("ids") {
        let ids =
            order.texts("ids").iter().map(|id| id.parse()).collect::<Result<Vec<Id<UserMarker>>, _>>()?;
        builder.user_ids(ids)?
    } else {
        builder.query(order.text("query"), Some(order.number("limit")))
    };
    sender.command(&command)?;
    let gather = async {
        let (mut users, mut not_found) = (Vec::new(), Vec::new());
        loop {
            let part = chunks.recv().await?;
            if part.nonce.as_ref() != Some(&nonce) {
                continue;
            }
            users.extend(part.members.iter().map(|member| member.user.id.to_string()));
            not_found.extend(part.not_found.iter().map(ToString::to_string));
            if part.chunk_index + 1 == part.chunk_count {
                users.sort();
                return Ok(json!({ "users": users, "not_found": not_found }));
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), gather).await?
}

/// Reads whatever a bot commonly reads, for the validator's sake.
async fn survey(bot: &Bot, guild: Id<GuildMarker>) -> Result<Value> {
    let http = &bot.http;
    http.guild(guild).await?.model().await?;
    let roles = http.roles(guild).await?.models().await?;
    let channels = http.guild_channels(guild).await?.models().await?;
    let guilds = http.current_user_guilds().limit(5).await?.models().await?;
    let me = http.current_user().await?.model().await?;
    let member = http.guild_member(guild, me.id).await?.model().await?;
    let user = http.user(me.id).await?.model().await?;
    let info = http.current_user_application().await?.model().await?;
    Ok(json!({
        "roles": roles.len(), "channels": channels.len(), "guilds": guilds.len(),
        "same": member.user.id == user.id && !info.name.is_empty(),
    }))
}
