//! The guild, its roles and members.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::{Value, json};
use twilight_http::request::AuditLogReason as _;
use twilight_model::guild::Permissions;
use twilight_model::id::Id;
use twilight_model::id::marker::GuildMarker;
use twilight_model::util::Timestamp;

use super::Doing;
use crate::Bot;

/// Does the order if it is one of these.
pub(super) async fn perform(at: &Doing<'_>) -> Result<Option<Value>> {
    let (bot, order) = (at.bot, at.order);
    let http = &at.bot.http;
    Ok(Some(match order.what() {
        "role_create" => {
            let permissions =
                Permissions::from_bits_retain(order.text("permissions").parse().unwrap_or_default());
            let mut request = http.create_role(at.guild()?).name(order.text("name")).permissions(permissions);
            if order.has("reason") {
                request = request.reason(order.text("reason"));
            }
            json!({ "id": request.await?.model().await?.id })
        }
        "role_edit" => {
            http.update_role(at.guild()?, at.role()?).name(Some(order.text("name"))).await?.model().await?;
            Value::Null
        }
        "role_delete" => {
            http.delete_role(at.guild()?, at.role()?).await?;
            Value::Null
        }
        "role_give" => {
            http.add_guild_member_role(at.guild()?, at.user()?, at.role()?).await?;
            Value::Null
        }
        "role_take" => {
            http.remove_guild_member_role(at.guild()?, at.user()?, at.role()?).await?;
            Value::Null
        }
        "nick" => {
            http.update_guild_member(at.guild()?, at.user()?)
                .nick(Some(order.text("nick")))
                .await?
                .model()
                .await?;
            Value::Null
        }
        "timeout" => {
            #[expect(clippy::disallowed_methods, reason = "a bot of its own, outside Guildhall's clock")]
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            let until = Timestamp::from_secs(i64::try_from(now + order.number("seconds"))?)?;
            http.update_guild_member(at.guild()?, at.user()?)
                .communication_disabled_until(Some(until))
                .await?
                .model()
                .await?;
            Value::Null
        }
        "kick" => {
            http.remove_guild_member(at.guild()?, at.user()?).await?;
            Value::Null
        }
        "ban" => {
            let mut request = http.create_ban(at.guild()?, at.user()?);
            if order.has("reason") {
                request = request.reason(order.text("reason"));
            }
            request.await?;
            Value::Null
        }
        "unban" => {
            http.delete_ban(at.guild()?, at.user()?).await?;
            Value::Null
        }
        "bans" => {
            let bans = http.bans(at.guild()?).await?.models().await?;
            json!({ "ids": bans.iter().map(|ban| ban.user.id).collect::<Vec<_>>() })
        }
        "guild_edit" => {
            http.update_guild(at.guild()?).name(order.text("name")).await?.model().await?;
            Value::Null
        }
        "audit_log" => {
            let log = http.audit_log(at.guild()?).limit(10).await?.model().await?;
            json!({ "reasons": log.entries.iter().map(|entry| &entry.reason).collect::<Vec<_>>() })
        }
        "members" => {
            let found = http
                .guild_members(at.guild()?)
                .limit(u16::try_from(order.number("limit"))?)
                .await?
                .models()
                .await?;
            json!({ "ids": found.iter().map(|member| member.user.id).collect::<Vec<_>>() })
        }
        "survey" => survey(bot, at.guild()?).await?,
        _ => return Ok(None),
    }))
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
