//! A webhook's own messages, looked up, edited and removed by its token. (Discord docs: Webhook resource.)

use super::by_token;
use super::execute::{allowed_body, context};
use crate::model::{Message, Webhook};
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::messages::apply_edit;
use crate::snowflake::Id;
use crate::validate::form::Path;
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::World;

/// The webhook and its message: in its channel, or in the thread that the query names.
fn target<'w>(world: &'w World, call: &Call) -> Result<(&'w Webhook, &'w Message), ApiError> {
    let webhook = by_token(world, call)?;
    let mut channel_id = webhook.channel_id;
    if let Some(id) = call.query_id("thread_id")? {
        let thread = world.channel(id).filter(|channel| channel.parent_id == Some(channel_id));
        channel_id = thread.ok_or(error::UNKNOWN_CHANNEL)?.id;
    }
    // There is no first answer that `@original` could mean.
    let id = if call.params.len() > 2 { call.id(2, "message_id")? } else { 0 };
    let own = |message: &&Message| message.webhook.as_ref().is_some_and(|author| author.id == webhook.id);
    let message = world.message(channel_id, id).filter(own).ok_or(error::UNKNOWN_MESSAGE)?;
    Ok((webhook, message))
}

/// `GET /webhooks/{webhook}/{token}/messages/{message}`
pub(crate) fn get(call: &Call) -> Answer {
    ok(call.read(|world| {
        let (_, message) = target(world, call)?;
        Ok::<_, ApiError>(wire::message(world, message, None))
    })?)
}

/// `PATCH /webhooks/{webhook}/{token}/messages/{message}`
pub(crate) fn edit(call: &Call) -> Answer {
    let (webhook, channel_id, id, flags): (Webhook, Id, Id, u64) = call.read(|world| {
        let (webhook, message) = target(world, call)?;
        Ok::<_, ApiError>((webhook.clone(), message.channel_id, message.id, message.flags))
    })?;
    let body = allowed_body(call.object()?, &webhook, call.query_flag("with_components"))?;
    let place = Place::Edit(i64::try_from(flags).unwrap_or(0));
    rules::check(&body, Path::ROOT, place, call.files.len())?;
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let context = context(call, &webhook, channel_id, &base, now);
        let told = apply_edit(world, &body, id, &context)?;
        let message = world.message(channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?;
        Ok((wire::message(world, message, None), told))
    })?)
}

/// `DELETE /webhooks/{webhook}/{token}/messages/{message}`
pub(crate) fn delete(call: &Call) -> Answer {
    call.change(|world, _| {
        let (_, message) = target(world, call)?;
        let (channel_id, id) = (message.channel_id, message.id);
        let (_, told) = world.silently(|world| world.delete_message(channel_id, id))?;
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}
