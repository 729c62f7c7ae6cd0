//! What follows the first answer to an interaction: its message, and more messages.
//! (Discord docs: Receiving and Responding, Followup Messages.)

use serde_json::{Value, json};

use super::call::{Answer, Call, Reply, not_snowflake, ok};
use super::error::{self, ApiError};
use super::incoming;
use super::interactions::{channel_rights, dress, hidden};
use super::mentions::Allowed;
use super::messages::{CREATE_FLAGS, apply_edit, check_flags, draft};
use super::routes::{Auth, Pace, Table};
use crate::model::{Interaction, InteractionState, Message};
use crate::snowflake::{Id, Sid, parse};
use crate::validate::form::Path;
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::{Dispatch, World};

const HOOK: Pace = Pace::Shared("webhook", 5, 2_000);

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/webhooks/{application}/{token}", Auth::Open, HOOK, create);
    table.get("/webhooks/{application}/{token}/messages/@original", Auth::Open, HOOK, get);
    table.get("/webhooks/{application}/{token}/messages/{message}", Auth::Open, HOOK, get);
    table.patch("/webhooks/{application}/{token}/messages/@original", Auth::Open, HOOK, edit);
    table.patch("/webhooks/{application}/{token}/messages/{message}", Auth::Open, HOOK, edit);
    table.delete("/webhooks/{application}/{token}/messages/@original", Auth::Open, HOOK, delete);
    table.delete("/webhooks/{application}/{token}/messages/{message}", Auth::Open, HOOK, delete);
}

/// The interaction behind the token, as long as the token lives.
fn interaction<'w>(world: &'w World, call: &Call, now: i64) -> Result<&'w Interaction, ApiError> {
    let application_id = call.id(0, "webhook_id")?;
    if !world.applications.contains_key(&application_id) {
        return Err(error::UNKNOWN_WEBHOOK);
    }
    let found =
        world.interaction_by_token(application_id, call.text(1)).ok_or(error::INVALID_WEBHOOK_TOKEN)?;
    let lifetime = i64::try_from(world.limits.interaction_lifetime).unwrap_or(i64::MAX);
    if now - found.created_at > lifetime {
        return Err(error::INVALID_WEBHOOK_TOKEN);
    }
    match found.state {
        // Before the first answer there is no webhook yet.
        InteractionState::Pending | InteractionState::Expired | InteractionState::Failed => {
            Err(error::UNKNOWN_WEBHOOK)
        }
        _ => Ok(found),
    }
}

/// The message that the path means: `@original` or one of this interaction's follow-ups.
fn target(world: &World, call: &Call, now: i64) -> Result<(Interaction, Id), ApiError> {
    let interaction = interaction(world, call, now)?;
    let original = interaction.response_message_id;
    // The two routes differ in whether the last segment is variable.
    let id = match call.params.get(2).map(String::as_str) {
        None | Some("@original") => original.ok_or(error::UNKNOWN_MESSAGE)?,
        Some(text) => parse(text).ok_or_else(|| not_snowflake(&["message_id"], text))?,
    };
    let own = original == Some(id) || interaction.followups.contains(&id);
    if !own || world.message(interaction.channel_id, id).is_none() {
        return Err(error::UNKNOWN_MESSAGE);
    }
    Ok((interaction.clone(), id))
}

fn context<'c>(
    world: &World,
    interaction: &Interaction,
    call: &'c Call,
    base: &'c str,
    now: i64,
) -> draft::Context<'c> {
    draft::Context {
        channel_id: interaction.channel_id,
        author_id: world.applications.get(&interaction.application_id).map_or(0, |a| a.bot_id),
        own: channel_rights(world, interaction, now),
        allowed: Allowed::USERS,
        files: &call.files,
        base,
        now,
    }
}

fn show(world: &World, interaction: &Interaction, id: Id) -> Result<Value, ApiError> {
    let bot = world.application(interaction.application_id)?.bot_id;
    let message = world.message(interaction.channel_id, id).ok_or(error::UNKNOWN_MESSAGE)?;
    Ok(wire::message(world, message, Some(bot)))
}

/// `POST /webhooks/{application}/{token}`
pub(crate) fn create(call: &Call) -> Answer {
    if incoming::meant(call) {
        return incoming::execute::execute(call);
    }
    call.read(|world| interaction(world, call, call.now).map(|_| ()))?;
    let body = call.object()?;
    rules::check(body, Path::ROOT, Place::Webhook, call.files.len())?;
    check_flags(body.get("flags"), CREATE_FLAGS | rules::EPHEMERAL)?;
    if rules::is_empty(body, call.files.len()) {
        return Err(error::EMPTY_MESSAGE);
    }
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let found = interaction(world, call, now)?.clone();
        let context = context(world, &found, call, &base, now);
        if found.state == InteractionState::Deferred
            && let Some(original) = found.response_message_id
        {
            // Right after a deferral the first follow-up edits the promised message.
            let told = settle(world, &found, original, body, &context)?;
            return Ok((show(world, &found, original)?, told));
        }
        // Where only the person installed the application, answers are few
        // (Discord docs: Receiving and Responding, Followup Messages).
        if !found.reach.guild && found.followups.len() >= world.limits.user_install_followups {
            return Err(error::TOO_MANY_FOLLOWUPS);
        }
        let ephemeral = body.get("flags").and_then(Value::as_i64).unwrap_or(0) & rules::EPHEMERAL != 0
            || hidden(world, &found, now);
        let mut message = draft::build(world, body, &context)?;
        dress(world, &mut message, &found, ephemeral);
        message.interaction = None;
        message.kind = 0;
        message.reference = None;
        if let Some(original) = found.response_message_id {
            message.kind = draft::REPLY;
            let mut reference =
                json!({ "type": 0, "channel_id": Sid(found.channel_id), "message_id": Sid(original) });
            if let Some(guild_id) = found.guild_id {
                reference["guild_id"] = json!(Sid(guild_id));
            }
            message.reference = Some(reference);
            if let Some(metadata) = &mut message.interaction_metadata {
                metadata["original_response_message_id"] = json!(Sid(original));
            }
        }
        let (id, told) = world.create_message(message, now)?;
        if let Some(found) = world.interactions.get_mut(&found.id) {
            found.followups.push(id);
        }
        Ok((show(world, &found, id)?, told))
    })?)
}

/// Fills the promised message of a deferred answer.
fn settle(
    world: &mut World,
    interaction: &Interaction,
    id: Id,
    body: &serde_json::Map<String, Value>,
    context: &draft::Context<'_>,
) -> Result<Vec<Dispatch>, ApiError> {
    let mut told = apply_edit(world, body, id, context)?;
    let filled = world.update_message(context.channel_id, id, |message| {
        message.flags &= !Message::LOADING;
        message.edited_at = None;
    })?;
    // One update is enough, and it is the one without the loading mark.
    told.clear();
    told.extend(filled.1);
    told.extend(world.move_interaction(interaction.id, InteractionState::Responded, |_| {}));
    Ok(told)
}

/// `GET /webhooks/{application}/{token}/messages/{message}`
pub(crate) fn get(call: &Call) -> Answer {
    if incoming::meant(call) {
        return incoming::messages::get(call);
    }
    ok(call.read(|world| {
        let (found, id) = target(world, call, call.now)?;
        show(world, &found, id)
    })?)
}

/// `PATCH /webhooks/{application}/{token}/messages/{message}`
pub(crate) fn edit(call: &Call) -> Answer {
    if incoming::meant(call) {
        return incoming::messages::edit(call);
    }
    let body = call.object()?;
    let flags = call.read(|world| {
        let (found, id) = target(world, call, call.now)?;
        Ok::<_, ApiError>(world.message(found.channel_id, id).map_or(0, |m| m.flags))
    })?;
    let flags = i64::try_from(flags).unwrap_or(0);
    rules::check(body, Path::ROOT, Place::Edit(flags), call.files.len())?;
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let (found, id) = target(world, call, now)?;
        let context = context(world, &found, call, &base, now);
        let deferred = found.state == InteractionState::Deferred && found.response_message_id == Some(id);
        let told = if deferred {
            settle(world, &found, id, body, &context)?
        } else {
            apply_edit(world, body, id, &context)?
        };
        Ok((show(world, &found, id)?, told))
    })?)
}

/// `DELETE /webhooks/{application}/{token}/messages/{message}`
pub(crate) fn delete(call: &Call) -> Answer {
    if incoming::meant(call) {
        return incoming::messages::delete(call);
    }
    call.change(|world, now| {
        let (found, id) = target(world, call, now)?;
        let (_, mut told) = world.delete_message(found.channel_id, id)?;
        if found.response_message_id == Some(id) {
            told.extend(world.move_interaction(found.id, InteractionState::Responded, |i| {
                i.response_message_id = None;
            }));
        } else if let Some(found) = world.interactions.get_mut(&found.id) {
            found.followups.retain(|other| *other != id);
        }
        Ok(((), told))
    })?;
    Ok(Reply::Empty)
}
