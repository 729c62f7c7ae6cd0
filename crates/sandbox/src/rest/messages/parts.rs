//! Parts of a message with rules of their own: polls, stickers, voice messages.
//! (Discord docs: Message resource, Create Message; Voice Messages.)

use serde_json::{Map, Value};

use super::draft::Context;
use crate::model::{Message, Poll};
use crate::permissions::Permissions;
use crate::rest::error::{self, ApiError};
use crate::rest::stickers::standard_sticker;
use crate::snowflake::Id;
use crate::validate::form::parse_snowflake;
use crate::validate::message::IS_VOICE_MESSAGE;
use crate::validate::poll;
use crate::wire;
use crate::world::World;

/// The poll of a checked body.
pub(super) fn poll_of(
    body: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<Option<Box<Poll>>, ApiError> {
    let Some(given) = body.get("poll").filter(|poll| poll.is_object()) else { return Ok(None) };
    if !context.own.contains(Permissions::SEND_POLLS) {
        return Err(error::MISSING_PERMISSIONS);
    }
    Ok(Some(Box::new(poll::read(given, context.now))))
}

/// Premium buttons sell what the application offers (Discord docs: Component Reference, Premium Buttons).
pub(super) fn check_skus(world: &World, components: &[Value], context: &Context<'_>) -> Result<(), ApiError> {
    let own = world.application_of_bot(context.author_id).map(|application| application.id);
    let sold = |id: Id| {
        let sku = world.store.skus.get(&id);
        sku.is_some_and(|sku| own.is_none_or(|own| sku.application_id == own))
    };
    for component in components {
        if component["type"] == 2 && !parse_snowflake(&component["sku_id"]).is_none_or(sold) {
            let text = "The SKU is not one of the application's";
            return Err(ApiError::field(&["components"], "BUTTON_COMPONENT_INVALID_SKU", text));
        }
        let accessory = component.get("accessory").map_or(&[][..], std::slice::from_ref);
        check_skus(world, accessory, context)?;
        check_skus(world, component["components"].as_array().map_or(&[], Vec::as_slice), context)?;
    }
    Ok(())
}

/// The stickers of a checked body: those of the channel's guild, and those that everyone has. Members of
/// other guilds use theirs with the right to.
pub(super) fn stickers(
    world: &World,
    body: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<Vec<Value>, ApiError> {
    let ids = body.get("sticker_ids").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    ids.iter().filter_map(parse_snowflake).map(|id| sticker(world, id, context)).collect()
}

fn sticker(world: &World, id: Id, context: &Context<'_>) -> Result<Value, ApiError> {
    if let Some(standard) = standard_sticker(id) {
        let mut item = Map::new();
        for key in ["id", "name", "format_type"] {
            item.insert(key.to_owned(), standard[key].clone());
        }
        return Ok(Value::Object(item));
    }
    let found = world.sticker(id).ok_or(error::INVALID_STICKER)?;
    let here = world.guild_of_channel(context.channel_id).map(|guild| guild.id);
    let bot = world.users.get(&context.author_id).is_none_or(|user| user.bot);
    let external = !bot
        && world.is_member(found.guild_id, context.author_id)
        && context.own.contains(Permissions::USE_EXTERNAL_STICKERS);
    if here == Some(found.guild_id) || external {
        Ok(wire::sticker_item(found))
    } else {
        Err(error::INVALID_STICKER)
    }
}

/// A voice message is one audio file with its length and its shape, and nothing else.
pub(super) fn check_voice(
    message: &mut Message,
    body: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<(), ApiError> {
    if message.flags & IS_VOICE_MESSAGE.unsigned_abs() == 0 {
        return Ok(());
    }
    if !context.own.contains(Permissions::SEND_VOICE_MESSAGES) {
        return Err(error::NO_VOICE_MESSAGES);
    }
    let more = !message.content.is_empty()
        || !message.embeds.is_empty()
        || !message.components.is_empty()
        || !message.sticker_items.is_empty()
        || message.poll.is_some();
    if more {
        return Err(error::VOICE_WITH_CONTENT);
    }
    let [file] = &mut message.attachments[..] else { return Err(error::VOICE_NEEDS_AUDIO) };
    if !file.content_type.as_deref().is_some_and(|kind| kind.starts_with("audio/")) {
        return Err(error::VOICE_NEEDS_AUDIO);
    }
    let about = body.get("attachments").and_then(|list| list.get(0));
    let duration = about.and_then(|about| about["duration_secs"].as_f64()).filter(|secs| secs.is_finite());
    let waveform = about.and_then(|about| about["waveform"].as_str()).filter(|shape| shape.len() <= 400);
    let (Some(duration), Some(waveform)) = (duration, waveform) else {
        return Err(error::VOICE_NEEDS_METADATA);
    };
    file.duration_secs = Some(duration);
    file.waveform = Some(waveform.to_owned());
    Ok(())
}
