//! The first answer to an interaction. (Discord docs: Receiving and Responding, Create Interaction Response.)

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::mentions::Allowed;
use super::messages::{check_flags, draft, normal};
use super::routes::{Auth, Pace, Table};
use crate::engine::Counter;
use crate::model::{Interaction, InteractionState, Message};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Sid};
use crate::validate;
use crate::validate::form::{Form, Path};
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::{Dispatch, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/interactions/{interaction}/{token}/callback", Auth::Open, Pace::Free, callback);
}

const PONG: i64 = 1;
const MESSAGE: i64 = 4;
const DEFERRED_MESSAGE: i64 = 5;
const DEFERRED_UPDATE: i64 = 6;
const UPDATE: i64 = 7;
const AUTOCOMPLETE: i64 = 8;
const MODAL: i64 = 9;
const PREMIUM_REQUIRED: i64 = 10;
const LAUNCH_ACTIVITY: i64 = 12;
/// The flag of applications that have an activity.
pub(crate) const EMBEDDED: u64 = 1 << 17;

/// Flags a message callback may set.
const FLAGS: i64 = super::messages::CREATE_FLAGS | rules::EPHEMERAL;

/// `POST /interactions/{interaction}/{token}/callback`
pub(crate) fn callback(call: &Call) -> Answer {
    let answer = first_answer(call);
    if let Err(refused) = &answer
        && refused.code == error::UNKNOWN_INTERACTION.code
        && let Some(interaction) = named(call)
    {
        call.face.engine.counters().count(Counter::LateAnswers, Some(interaction.application_id));
        call.face.engine.apply(|world, _| ((), world.expire_interaction(interaction.id)));
    }
    answer
}

fn first_answer(call: &Call) -> Answer {
    let interaction = find(call)?;
    let body = call.object()?;
    let kind = checked_type(body, &interaction)?;
    let empty = Map::new();
    let data = body.get("data").and_then(Value::as_object).unwrap_or(&empty);
    check_data(call, body, data, kind, &interaction)?;
    let base = call.face.base_url();
    let message_id = call.change(|world, now| {
        // Looked up again under the lock, so that of two answers at once only one gets through.
        open(world, interaction.id, now)?;
        let own = channel_rights(world, &interaction, now);
        let context = draft::Context {
            channel_id: interaction.channel_id,
            author_id: world.application(interaction.application_id)?.bot_id,
            own,
            allowed: Allowed::USERS,
            files: &call.files,
            base: &base,
            now,
        };
        answer(world, &interaction, kind, data, &context)
    })?;
    if call.query_flag("with_response") {
        ok(describe(call, interaction.id, kind, message_id))
    } else {
        Ok(Reply::Empty)
    }
}

/// What the bot may do where it answers; files and embeds are always allowed in answers.
pub(crate) fn channel_rights(world: &World, interaction: &Interaction, now: i64) -> Permissions {
    let bot = world.applications.get(&interaction.application_id).map_or(0, |a| a.bot_id);
    world.channel_permissions(interaction.channel_id, bot, now)
        | Permissions::ATTACH_FILES
        | Permissions::EMBED_LINKS
}

fn find(call: &Call) -> Result<Interaction, ApiError> {
    call.id(0, "interaction_id")?;
    let interaction = named(call).ok_or(error::UNKNOWN_INTERACTION)?;
    call.read(|world| open(world, interaction.id, call.now))?;
    Ok(interaction)
}

/// The interaction that the path names, whatever became of it.
fn named(call: &Call) -> Option<Interaction> {
    let id = call.id(0, "interaction_id").ok()?;
    let token = call.text(1);
    call.read(|world| world.interactions.get(&id).filter(|i| i.token == token).cloned())
}

/// An interaction that can still be answered: within its deadline, and not answered yet.
fn open(world: &World, id: Id, now: i64) -> Result<(), ApiError> {
    let interaction = world.interactions.get(&id).ok_or(error::UNKNOWN_INTERACTION)?;
    match interaction.state {
        InteractionState::Pending => {}
        InteractionState::Expired | InteractionState::Failed => return Err(error::UNKNOWN_INTERACTION),
        _ => return Err(error::ALREADY_ACKNOWLEDGED),
    }
    let deadline = i64::try_from(world.limits.interaction_deadline).unwrap_or(i64::MAX);
    if now - interaction.created_at > deadline { Err(error::UNKNOWN_INTERACTION) } else { Ok(()) }
}

/// The callback type, which must fit the kind of interaction.
fn checked_type(body: &Map<String, Value>, interaction: &Interaction) -> Result<i64, ApiError> {
    let mut form = Form::default();
    if body.get("type").is_none_or(Value::is_null) {
        form.required(Path::ROOT.key("type"));
    }
    let from_message = interaction.source_message_id.is_some();
    let choices: &[i64] = match interaction.kind {
        2 => &[MESSAGE, DEFERRED_MESSAGE, MODAL, PREMIUM_REQUIRED, LAUNCH_ACTIVITY],
        3 => &[MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL, PREMIUM_REQUIRED, LAUNCH_ACTIVITY],
        4 => &[AUTOCOMPLETE],
        _ if from_message => &[MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, PREMIUM_REQUIRED],
        _ => &[MESSAGE, DEFERRED_MESSAGE, PREMIUM_REQUIRED],
    };
    let kind = form.choice(body, "type", Path::ROOT, choices);
    form.finish()?;
    debug_assert_ne!(kind, Some(PONG), "nothing that a gateway delivers is a ping");
    kind.ok_or(error::INVALID_FORM_BODY)
}

fn check_data(
    call: &Call,
    body: &Map<String, Value>,
    data: &Map<String, Value>,
    kind: i64,
    interaction: &Interaction,
) -> Result<(), ApiError> {
    let at = Path::ROOT.key("data");
    match kind {
        MESSAGE => {
            rules::check(data, at, Place::Callback, call.files.len())?;
            check_flags(data.get("flags"), FLAGS)?;
            if rules::is_empty(data, call.files.len()) {
                return Err(error::EMPTY_MESSAGE);
            }
            Ok(())
        }
        DEFERRED_MESSAGE => check_flags(data.get("flags"), rules::EPHEMERAL),
        UPDATE => {
            let flags = interaction
                .source_message_id
                .and_then(|id| call.read(|world| world.message(interaction.channel_id, id).map(|m| m.flags)));
            let flags = flags.and_then(|f| i64::try_from(f).ok()).unwrap_or(0);
            Ok(rules::check(data, at, Place::Edit(flags), call.files.len())?)
        }
        AUTOCOMPLETE => check_choices(data),
        MODAL => Ok(validate::modal::check(body.get("data").unwrap_or(&Value::Null))?),
        LAUNCH_ACTIVITY if has_activity(call, interaction) => Ok(()),
        LAUNCH_ACTIVITY => {
            Err(ApiError::field(&["type"], "ACTIVITY_NOT_ENABLED", "The application has no activity"))
        }
        _ => Ok(()),
    }
}

/// Whether the application has an activity to be launched (its flag EMBEDDED).
fn has_activity(call: &Call, interaction: &Interaction) -> bool {
    let own = |world: &World| world.applications.get(&interaction.application_id).map_or(0, |a| a.own_flags);
    call.read(own) & EMBEDDED != 0
}

fn check_choices(data: &Map<String, Value>) -> Result<(), ApiError> {
    let mut form = Form::default();
    let at = Path::ROOT.key("data");
    if !data.contains_key("choices") {
        form.required(at.key("choices"));
    }
    let list = at.key("choices");
    for (index, choice) in form.list(data, "choices", at, 25).iter().enumerate() {
        let Some(choice) = form.object(choice, list.index(index)) else { continue };
        form.required_string(choice, "name", list.index(index), (1, 100));
        match choice.get("value") {
            None | Some(Value::Null) => form.required(list.index(index).key("value")),
            Some(Value::String(_)) => {
                form.string(choice, "value", list.index(index), (0, 100));
            }
            Some(_) => {}
        }
    }
    Ok(form.finish()?)
}

/// Carries the answer out and returns the message it made or changed.
fn answer(
    world: &mut World,
    interaction: &Interaction,
    kind: i64,
    data: &Map<String, Value>,
    context: &draft::Context<'_>,
) -> Result<(Option<Id>, Vec<Dispatch>), ApiError> {
    let id = interaction.id;
    let ephemeral = data.get("flags").and_then(Value::as_i64).unwrap_or(0) & rules::EPHEMERAL != 0
        || hidden(world, interaction, context.now);
    match kind {
        MESSAGE | DEFERRED_MESSAGE => {
            let mut message = if kind == MESSAGE {
                draft::build(world, data, context)?
            } else {
                Message {
                    channel_id: context.channel_id,
                    author_id: context.author_id,
                    flags: Message::LOADING | if ephemeral { Message::EPHEMERAL } else { 0 },
                    ..Message::default()
                }
            };
            dress(world, &mut message, interaction, ephemeral);
            let (message_id, mut told) = world.create_message(message, context.now)?;
            let state =
                if kind == MESSAGE { InteractionState::Responded } else { InteractionState::Deferred };
            told.extend(world.move_interaction(id, state, |i| {
                i.response_message_id = Some(message_id);
                i.ephemeral = ephemeral;
            }));
            Ok((Some(message_id), told))
        }
        UPDATE => {
            let source = interaction.source_message_id.ok_or(error::UNKNOWN_MESSAGE)?;
            let mut told = super::messages::apply_edit(world, data, source, context)?;
            told.extend(world.move_interaction(id, InteractionState::Responded, |i| {
                i.response_message_id = Some(source);
            }));
            Ok((Some(source), told))
        }
        DEFERRED_UPDATE => {
            let told = world.move_interaction(id, InteractionState::Acknowledged, |i| {
                i.response_message_id = i.source_message_id;
            });
            Ok((interaction.source_message_id, told))
        }
        AUTOCOMPLETE => {
            let choices = data.get("choices").cloned();
            Ok((None, world.move_interaction(id, InteractionState::Responded, |i| i.choices = choices)))
        }
        MODAL => {
            let mut modal = Value::Object(data.clone());
            modal["components"] =
                json!(normal::components(data["components"].as_array().map_or(&[], Vec::as_slice)));
            Ok((None, world.move_interaction(id, InteractionState::Modal, |i| i.modal = Some(modal))))
        }
        _ => {
            if kind == LAUNCH_ACTIVITY {
                let (channel, user) = (interaction.channel_id, interaction.user_id);
                world.launch_activity(interaction.application_id, channel, user, context.now)?;
            }
            Ok((None, world.move_interaction(id, InteractionState::Responded, |_| {})))
        }
    }
}

/// Whether answers are for the person alone, since they installed the application for themselves and may
/// not use such applications in public here (Discord docs: Permissions, `USE_EXTERNAL_APPS`).
pub(crate) fn hidden(world: &World, interaction: &Interaction, now: i64) -> bool {
    let own = world.channel_permissions(interaction.channel_id, interaction.user_id, now);
    !interaction.reach.guild
        && interaction.guild_id.is_some()
        && !own.contains(Permissions::USE_EXTERNAL_APPS)
}

/// Marks a message as an answer to an interaction.
pub(crate) fn dress(world: &World, message: &mut Message, interaction: &Interaction, ephemeral: bool) {
    message.application_id = Some(interaction.application_id);
    message.ephemeral_for = ephemeral.then_some(interaction.user_id);
    if ephemeral {
        message.flags |= Message::EPHEMERAL;
    }
    message.interaction_metadata = Some(world.interaction_metadata(interaction));
    let reply_to = if interaction.kind == 2 {
        let name = &interaction.data["name"];
        let user = world.users.get(&interaction.user_id).map(wire::user);
        message.interaction =
            Some(json!({ "id": Sid(interaction.id), "type": 2, "name": name, "user": user }));
        message.kind = if matches!(interaction.data["type"].as_u64(), Some(2 | 3)) { 23 } else { 20 };
        interaction.data.get("target_id").filter(|_| interaction.data["type"] == 3).cloned()
    } else {
        let source = interaction.source_message_id;
        message.kind = if source.is_some() { draft::REPLY } else { 0 };
        source.map(|id| json!(Sid(id)))
    };
    if let Some(message_id) = reply_to {
        let mut reference =
            json!({ "type": 0, "channel_id": Sid(interaction.channel_id), "message_id": message_id });
        if let Some(guild_id) = interaction.guild_id {
            reference["guild_id"] = json!(Sid(guild_id));
        }
        message.reference = Some(reference);
    }
}

/// The answer to `?with_response=true`. (Interaction Callback Response Object.)
fn describe(call: &Call, id: Id, kind: i64, message_id: Option<Id>) -> Value {
    call.read(|world| {
        let Some(interaction) = world.interactions.get(&id) else { return json!({}) };
        let bot = world.applications.get(&interaction.application_id).map_or(0, |a| a.bot_id);
        let message = message_id.and_then(|id| world.message(interaction.channel_id, id));
        let mut about = json!({
            "id": Sid(id),
            "type": interaction.kind,
            "channel_id": Sid(interaction.channel_id),
        });
        if let Some(guild_id) = interaction.guild_id {
            about["guild_id"] = json!(Sid(guild_id));
        }
        if let Some(message) = message {
            about["response_message_id"] = json!(Sid(message.id));
            about["response_message_loading"] = json!(message.flags & Message::LOADING != 0);
            about["response_message_ephemeral"] = json!(message.ephemeral_for.is_some());
        }
        let mut all = json!({ "interaction": about });
        if kind == LAUNCH_ACTIVITY {
            let running = world.activity_in(interaction.application_id, interaction.channel_id);
            let instance = running.map_or("", |activity| &activity.instance_id);
            all["interaction"]["activity_instance_id"] = json!(instance);
            all["resource"] = json!({ "type": kind, "activity_instance": { "id": instance } });
        }
        if let Some(message) = message.filter(|_| matches!(kind, MESSAGE | DEFERRED_MESSAGE | UPDATE)) {
            let kind = if kind == DEFERRED_MESSAGE { MESSAGE } else { kind };
            all["resource"] = json!({ "type": kind, "message": wire::message(world, message, Some(bot)) });
        }
        all
    })
}
