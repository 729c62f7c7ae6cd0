//! Commands, and answers to interactions.

use anyhow::Result;
use serde_json::{Map, Value, json};
use twilight_model::application::command::Command;
use twilight_model::channel::message::MessageFlags;
use twilight_model::http::interaction::{
    InteractionResponse, InteractionResponseData, InteractionResponseType,
};
use twilight_model::id::Id;

use super::Doing;
use crate::heard::told;
use crate::messages::{Parts, fill, response};

/// Does the order if it is one of these.
pub(super) async fn perform(at: &Doing<'_>) -> Result<Option<Value>> {
    let order = at.order;
    let interactions = at.bot.http.interaction(at.bot.application);
    let data = &order.0["data"];
    Ok(Some(match order.what() {
        "commands" => {
            let list = commands(&order.0["list"])?;
            let made = if order.has("guild") {
                interactions.set_guild_commands(at.guild()?, &list).await?.models().await?
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
            interactions.create_response(Id::new(order.id("to")?), &at.token()?, &response).await?;
            Value::Null
        }
        "respond_twice" => {
            let again = InteractionResponseData { content: Some("again".to_owned()), ..Default::default() };
            let kind = InteractionResponseType::ChannelMessageWithSource;
            let response = InteractionResponse { kind, data: Some(again) };
            interactions.create_response(Id::new(order.id("to")?), &at.token()?, &response).await?;
            Value::Null
        }
        "original_get" => told(&interactions.response(&at.token()?).await?.model().await?),
        "original_edit" => {
            let (parts, token) = (Parts::of(data)?, at.token()?);
            told(&fill!(interactions.update_response(&token), parts, edit).await?.model().await?)
        }
        "original_delete" => {
            interactions.delete_response(&at.token()?).await?;
            Value::Null
        }
        "followup" => {
            let (parts, token) = (Parts::of(data)?, at.token()?);
            let flags = parts.flags.unwrap_or(MessageFlags::empty());
            told(&fill!(interactions.create_followup(&token).flags(flags), parts, new).await?.model().await?)
        }
        "followup_edit" => {
            let (parts, token) = (Parts::of(data)?, at.token()?);
            told(
                &fill!(interactions.update_followup(&token, at.message()?), parts, edit)
                    .await?
                    .model()
                    .await?,
            )
        }
        "followup_delete" => {
            interactions.delete_followup(&at.token()?, at.message()?).await?;
            Value::Null
        }
        _ => return Ok(None),
    }))
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
