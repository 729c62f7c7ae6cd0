//! Messages, reactions, pins, polls.

use anyhow::Result;
use futures::future::try_join_all;
use guildhall_e2e::Order;
use serde_json::{Value, json};
use twilight_model::channel::Message;
use twilight_model::channel::message::MessageFlags;
use twilight_model::id::Id;
use twilight_model::id::marker::ChannelMarker;

use super::Doing;
use crate::Bot;
use crate::heard::told;
use crate::messages::{Parts, fill};

/// Does the order if it is one of these.
pub(super) async fn perform(at: &Doing<'_>) -> Result<Option<Value>> {
    let (bot, order) = (at.bot, at.order);
    let http = &at.bot.http;
    Ok(Some(match order.what() {
        "send" => {
            let parts = Parts::of(&order.0)?;
            // First the flags: components are measured by them.
            let request =
                http.create_message(at.channel()?).flags(parts.flags.unwrap_or(MessageFlags::empty()));
            let mut request = fill!(request, parts, new);
            if let Some(poll) = &parts.poll {
                request = request.poll(poll);
            }
            if order.has("reply_to") {
                request = request.reply(Id::new(order.id("reply_to")?));
            }
            told(&request.await?.model().await?)
        }
        "edit" => {
            let parts = Parts::of(&order.0)?;
            let mut request = fill!(http.update_message(at.channel()?, at.message()?), parts, edit);
            if let Some(kept) = &parts.kept {
                request = request.keep_attachment_ids(kept);
            }
            told(&request.await?.model().await?)
        }
        "delete" => {
            http.delete_message(at.channel()?, at.message()?).await?;
            Value::Null
        }
        "bulk_delete" => {
            let ids = order.texts("messages").iter().map(|id| id.parse()).collect::<Result<Vec<_>, _>>()?;
            http.delete_messages(at.channel()?, &ids).await?;
            Value::Null
        }
        "fetch" => told(&http.message(at.channel()?, at.message()?).await?.model().await?),
        "history" => history(bot, order, at.channel()?).await?,
        "react" => {
            http.create_reaction(at.channel()?, at.message()?, &at.emoji()).await?;
            Value::Null
        }
        "unreact" => {
            http.delete_current_user_reaction(at.channel()?, at.message()?, &at.emoji()).await?;
            Value::Null
        }
        "reactions" => {
            let users = http.reactions(at.channel()?, at.message()?, &at.emoji()).await?.models().await?;
            let found = http.message(at.channel()?, at.message()?).await?.model().await?;
            json!({
                "users": users.iter().map(|user| user.id).collect::<Vec<_>>(),
                "count": found.reactions.first().map(|one| one.count),
            })
        }
        "pin" => {
            http.create_pin(at.channel()?, at.message()?).await?;
            Value::Null
        }
        "unpin" => {
            http.delete_pin(at.channel()?, at.message()?).await?;
            Value::Null
        }
        "pins" => {
            let found = http.pins(at.channel()?).await?.model().await?;
            json!({ "ids": found.items.iter().map(|pin| pin.message.id).collect::<Vec<_>>() })
        }
        "crosspost" => {
            http.crosspost_message(at.channel()?, at.message()?).await?;
            Value::Null
        }
        "typing" => {
            http.create_typing_trigger(at.channel()?).await?;
            Value::Null
        }
        "dm" => {
            let opened = http.create_private_channel(at.user()?).await?.model().await?;
            told(&http.create_message(opened.id).content(order.text("content")).await?.model().await?)
        }
        "poll_end" => told(&http.end_poll(at.channel()?, at.message()?).await?.model().await?),
        "burst" => {
            let (channel, prefix) = (at.channel()?, order.text("prefix"));
            let each = (0..order.number("count")).map(|n| async move {
                let content = format!("{prefix} {n}");
                anyhow::Ok(http.create_message(channel).content(&content).await?.model().await?)
            });
            json!({ "count": try_join_all(each).await?.len() })
        }
        _ => return Ok(None),
    }))
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
