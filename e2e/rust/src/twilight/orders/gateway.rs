//! What goes over the gateway.

use std::time::Duration;

use anyhow::{Result, bail};
use guildhall_e2e::Order;
use serde_json::{Value, json};
use twilight_model::gateway::payload::outgoing::{RequestGuildMembers, UpdatePresence};
use twilight_model::gateway::presence::{ActivityType, MinimalActivity, Status};
use twilight_model::id::Id;
use twilight_model::id::marker::{GuildMarker, UserMarker};

use super::Doing;
use crate::Bot;

/// Does the order if it is one of these.
pub(super) async fn perform(at: &Doing<'_>) -> Result<Option<Value>> {
    let (bot, order) = (at.bot, at.order);
    Ok(Some(match order.what() {
        "chunk" => chunk(bot, order, at.guild()?).await?,
        "presence" => {
            let status = if order.text("status") == "idle" { Status::Idle } else { Status::Online };
            let name = order.text("activity").to_owned();
            let activity = MinimalActivity { kind: ActivityType::Playing, name, url: None };
            if let Some(sender) = bot.sender() {
                sender.command(&UpdatePresence::new([activity.into()], false, None, status)?)?;
            }
            Value::Null
        }
        "reshard" => {
            bot.connect("b", u32::try_from(order.number("shards"))?);
            Value::Null
        }
        "retire" => {
            bot.retire("a");
            Value::Null
        }
        _ => return Ok(None),
    }))
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
