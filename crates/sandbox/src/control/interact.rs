//! A person runs a command, asks for suggestions, uses a component, or submits a modal. What a real
//! client would not let them send is refused here with the reason.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::activities;
use super::attached::{Files, attach};
use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::files::{self, FileBody};
use super::interactions::settled;
use super::named;
use super::routes::Routes;
use crate::engine::Counter;
use crate::journal::{Entry, Kind};
use crate::model::{Command, InteractionState, Message};
use crate::rest::access;
use crate::rest::body::Upload;
use crate::rest::error;
use crate::rest::face::Face;
use crate::snowflake::{Id, Sid};
use crate::validate::command::check_values;
use crate::validate::modal;
use crate::world::World;
use crate::world::interactions::NewInteraction;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new().post(
        "/as/{user}/channels/{channel}/interactions",
        create,
        "Uses a command, a component or a modal, or asks for suggestions",
    )
}

/// What a person does, and the files they attach.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Doing {
    #[serde(flatten)]
    done: Done,
    /// Files, which options and file uploads name by their number in this list, as text: `"0"`. A body of
    /// type `multipart/form-data` has them as parts `files[0]` beside `payload_json` instead.
    #[serde(default)]
    files: Vec<FileBody>,
}

/// One of the four.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Done {
    /// A command is run.
    Command(Ran),
    /// Suggestions are asked for.
    Autocomplete(Ran),
    /// A component is used.
    Component(Used),
    /// A modal is submitted.
    Modal(Submitted),
}

/// A command with its options.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Ran {
    application_id: AnyId,
    command_id: Option<AnyId>,
    /// The version that the person's client knows; an outdated one of a global command is refused.
    version: Option<AnyId>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<u8>,
    target_id: Option<AnyId>,
    #[serde(default)]
    options: Vec<Value>,
    /// Options by name, in place of `options`: `{"text": "hi"}`, and for a sub-command `{"add": {"text": "hi"}}`.
    values: Option<Map<String, Value>>,
    /// The name in `values` for which suggestions are asked.
    focused: Option<String>,
}

impl Ran {
    /// A chat command by its name.
    pub(super) fn named(application_id: Id, name: &str, options: Vec<Value>) -> Self {
        Self {
            application_id: AnyId(application_id),
            command_id: None,
            version: None,
            name: Some(name.to_owned()),
            kind: Some(1),
            target_id: None,
            options,
            values: None,
            focused: None,
        }
    }
}

/// A component of a message.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Used {
    message_id: AnyId,
    custom_id: String,
    component_type: Option<u64>,
    values: Option<Vec<String>>,
}

/// A filled-in modal.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Submitted {
    #[serde(alias = "modal_id")]
    interaction_id: AnyId,
    custom_id: Option<String>,
    #[serde(default)]
    components: Vec<Value>,
    /// Values by the inputs' `custom_id`, in place of `components`; those left out keep their defaults.
    fields: Option<Map<String, Value>>,
}

/// `POST /control/as/{user}/channels/{channel}/interactions`
pub(crate) async fn create(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
    Given(doing): Given<Doing>,
) -> Result<Json<Value>, ControlError> {
    let now = face.engine.now();
    let (uploads, _) = files::read(&doing.files, face.engine.limits().attachment_bytes)?;
    let done = doing.done;
    let new = face.engine.read(|world| {
        world.user(user)?;
        match &done {
            Done::Command(ran) => command(world, user, channel, ran, false, now),
            Done::Autocomplete(ran) => command(world, user, channel, ran, true, now),
            Done::Component(press) => component(world, user, channel, press, now),
            Done::Modal(submitted) => modal_submit(world, user, channel, submitted),
        }
    })?;
    if let Some(launched) = activities::by_itself(&face, &new)? {
        return Ok(Json(launched));
    }
    let id = send_with(&face, new, &uploads)?;
    if matches!(done, Done::Autocomplete(_)) {
        return suggestions(&face, id).await;
    }
    Ok(Json(json!({ "interaction_id": Sid(id), "state": "pending" })))
}

/// Sends an interaction without files.
pub(super) fn send(face: &Arc<Face>, new: NewInteraction) -> Result<Id, ControlError> {
    send_with(face, new, &[])
}

/// Sends the interaction and sees to its deadline.
fn send_with(face: &Arc<Face>, mut new: NewInteraction, uploads: &[Upload]) -> Result<Id, ControlError> {
    let engine = Arc::clone(&face.engine);
    let (application_id, kind) = (new.application_id, new.kind);
    let name = new.data.get("name").or(new.data.get("custom_id")).and_then(Value::as_str).unwrap_or_default();
    let label = format!(
        "{} {name}",
        ["", "ping", "command", "component", "autocomplete", "modal"][usize::from(kind)]
    );
    let body = bytes::Bytes::from(new.data.to_string());
    let base = face.base_url();
    let id = engine.try_apply(|world, now| {
        attach(world, &mut new, &Files { uploads, base: &base, now })?;
        Ok::<_, ControlError>(world.create_interaction(new, now)?)
    })?;
    let entry = Entry {
        application_id: Some(application_id),
        subject: Some(id.to_string().into()),
        body,
        ..Entry::new(Kind::Interaction, label)
    };
    engine.journal().push(entry, engine.now());
    engine.counters().count(Counter::Interactions, Some(application_id));
    let deadline = i64::try_from(engine.limits().interaction_deadline).unwrap_or(i64::MAX);
    let deadline = engine.now().saturating_add(deadline);
    tokio::spawn(async move {
        tokio::select! {
            () = engine.clock().sleep_until(deadline) => engine.apply(|world, _| ((), world.expire_interaction(id))),
            () = engine.stopped().cancelled() => {}
        }
    });
    Ok(id)
}

async fn suggestions(face: &Face, id: Id) -> Result<Json<Value>, ControlError> {
    let wait = Duration::from_millis(face.engine.limits().interaction_deadline.saturating_add(1000));
    let standing = settled(face, id, wait).await?;
    if standing["state"] == InteractionState::Responded.word() {
        let choices = if standing["choices"].is_null() { json!([]) } else { standing["choices"].clone() };
        return Ok(Json(json!({ "interaction_id": Sid(id), "choices": choices })));
    }
    Err(ControlError::late("loading options failed")
        .hint("the application did not answer the autocomplete in time"))
}

pub(super) fn command(
    world: &World,
    user: Id,
    channel: Id,
    ran: &Ran,
    autocomplete: bool,
    now: i64,
) -> Result<NewInteraction, ControlError> {
    let seen = access::channel(world, user, channel, now)?;
    let application_id = ran.application_id.0;
    let fits = |command: &&Command| {
        command.application_id == application_id
            && ran.command_id.is_none_or(|AnyId(id)| command.id == id)
            && ran.name.as_ref().is_none_or(|name| command.name == *name)
            && ran.kind.is_none_or(|kind| command.kind == kind)
            && command.guild_id.is_none_or(|id| seen.guild.is_some_and(|guild| guild.id == id))
    };
    let found = world.commands.values().find(fits);
    let found = found.ok_or_else(outdated)?;
    // Clients hear at once of guild commands, and of global ones only when they are refused
    // (Discord docs: Application Commands, Updating and Deleting a Command).
    if found.guild_id.is_none() && ran.version.is_some_and(|AnyId(known)| known != found.version) {
        return Err(outdated());
    }
    if world.may_use(found, seen.channel, user, now).is_none() {
        return Err(ControlError::forbidden("this person may not use this command here"));
    }
    let mut data = Map::new();
    data.insert("id".to_owned(), json!(Sid(found.id)));
    data.insert("name".to_owned(), json!(found.name));
    data.insert("type".to_owned(), json!(found.kind));
    if let Some(guild_id) = found.guild_id {
        data.insert("guild_id".to_owned(), json!(Sid(guild_id)));
    }
    if found.kind == 1 {
        let none = Vec::new();
        let defined = found.body.get("options").and_then(Value::as_array).unwrap_or(&none);
        let named = ran.values.as_ref().map(|values| named::options(defined, values, ran.focused.as_deref()));
        let options = named.as_ref().unwrap_or(&ran.options);
        check_values(defined, options, autocomplete)
            .map_err(|problem| ControlError::bad(problem.to_string()))?;
        if !autocomplete {
            known_entities(world, &seen, options)?;
        }
        if !options.is_empty() {
            data.insert("options".to_owned(), json!(options));
        }
    } else if found.kind != activities::ENTRY_POINT {
        let AnyId(target) = ran.target_id.ok_or_else(|| ControlError::bad("`target_id` is missing"))?;
        let there = if found.kind == 2 {
            world.users.contains_key(&target)
        } else {
            world.message(channel, target).is_some_and(|m| m.ephemeral_for.is_none())
        };
        if !there {
            return Err(ControlError::missing("the target is not there"));
        }
        data.insert("target_id".to_owned(), json!(Sid(target)));
    }
    Ok(NewInteraction {
        kind: if autocomplete { 4 } else { 2 },
        application_id,
        user_id: user,
        channel_id: channel,
        source_message_id: None,
        opener_id: None,
        data: Value::Object(data),
    })
}

fn outdated() -> ControlError {
    ControlError::missing("this command is outdated").hint("list the channel's commands again")
}

/// Users, roles and channels that are chosen must be there.
fn known_entities(world: &World, seen: &access::Seen<'_>, options: &[Value]) -> Result<(), ControlError> {
    for option in options {
        let id = crate::validate::form::parse_snowflake(&option["value"]);
        let user = |id: Id| world.users.contains_key(&id);
        let role = |id: Id| seen.guild.is_some_and(|guild| guild.role(id).is_some());
        let channel = |id: Id| seen.guild.is_some_and(|guild| guild.channel(id).is_some());
        let known = match option["type"].as_u64() {
            Some(1 | 2) => {
                known_entities(world, seen, option["options"].as_array().map_or(&[], Vec::as_slice))?;
                true
            }
            Some(6) => id.is_some_and(user),
            Some(7) => id.is_some_and(channel),
            Some(8) => id.is_some_and(role),
            Some(9) => id.is_some_and(|id| user(id) || role(id)),
            _ => true,
        };
        if !known {
            return Err(ControlError::bad(format!(
                "option {} names something that is not there",
                option["name"]
            )));
        }
    }
    Ok(())
}

fn component(
    world: &World,
    user: Id,
    channel: Id,
    press: &Used,
    now: i64,
) -> Result<NewInteraction, ControlError> {
    let seen = access::channel(world, user, channel, now)?;
    let fits = |m: &&Message| m.ephemeral_for.is_none_or(|only| only == user);
    let message = world.message(channel, press.message_id.0).filter(fits).ok_or(error::UNKNOWN_MESSAGE)?;
    let component = find(&message.components, &press.custom_id).ok_or_else(|| {
        ControlError::missing(format!("the message has no component `{}`", press.custom_id))
    })?;
    let kind = component["type"].as_u64().unwrap_or(0);
    if press.component_type.is_some_and(|wanted| wanted != kind) {
        return Err(ControlError::bad(format!("the component is of type {kind}")));
    }
    if component["disabled"].as_bool() == Some(true) {
        return Err(ControlError::bad("the component is disabled"));
    }
    let mut data = json!({ "custom_id": press.custom_id, "component_type": kind, "id": component["id"] });
    if kind != 2 {
        let values = press.values.clone().unwrap_or_default();
        check_selection(component, &values)?;
        chosen_entities(world, &seen, component, &values)?;
        data["values"] = json!(values);
    }
    let application =
        message.application_id.or_else(|| world.application_of_bot(message.author_id).map(|a| a.id));
    let application_id = application.ok_or_else(|| ControlError::bad("no application wrote this message"))?;
    Ok(NewInteraction {
        kind: 3,
        application_id,
        user_id: user,
        channel_id: channel,
        source_message_id: Some(message.id),
        opener_id: None,
        data,
    })
}

/// A component by its `custom_id`, however deep it lies.
fn find<'c>(components: &'c [Value], custom_id: &str) -> Option<&'c Value> {
    components.iter().find_map(|component| {
        if component["custom_id"] == custom_id {
            return Some(component);
        }
        let inner = component["components"].as_array().map_or(&[][..], Vec::as_slice);
        let accessory = component.get("accessory").map_or(&[][..], std::slice::from_ref);
        find(inner, custom_id).or_else(|| find(accessory, custom_id))
    })
}

fn check_selection(component: &Value, values: &[String]) -> Result<(), ControlError> {
    let bound = |key: &str| component[key].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
    let (min, max) = (bound("min_values"), bound("max_values"));
    if !(min..=max).contains(&values.len()) {
        return Err(ControlError::bad(format!("choose {min} to {max} values")));
    }
    if let Some(options) = component["options"].as_array()
        && let Some(other) = values.iter().find(|v| !options.iter().any(|o| o["value"] == v.as_str()))
    {
        return Err(ControlError::bad(format!("`{other}` is none of the options")));
    }
    Ok(())
}

/// What is chosen in a menu of users, roles or channels must be there, and of the kinds that are offered.
fn chosen_entities(
    world: &World,
    seen: &access::Seen<'_>,
    component: &Value,
    values: &[String],
) -> Result<(), ControlError> {
    let user = |id: Id| world.users.contains_key(&id);
    let role = |id: Id| seen.guild.is_some_and(|guild| guild.role(id).is_some());
    let offered = component["channel_types"].as_array().filter(|kinds| !kinds.is_empty());
    let channel = |id: Id| {
        let found = seen.guild.and_then(|guild| guild.channel(id));
        found.is_some_and(|one| offered.is_none_or(|kinds| kinds.iter().any(|k| *k == one.kind.code())))
    };
    for value in values {
        let id = crate::snowflake::parse(value);
        let known = match component["type"].as_u64() {
            Some(5) => id.is_some_and(user),
            Some(6) => id.is_some_and(role),
            Some(7) => id.is_some_and(|id| user(id) || role(id)),
            Some(8) => id.is_some_and(channel),
            _ => true,
        };
        if !known {
            return Err(ControlError::bad(format!("`{value}` cannot be chosen here")));
        }
    }
    Ok(())
}

fn modal_submit(
    world: &World,
    user: Id,
    channel: Id,
    submitted: &Submitted,
) -> Result<NewInteraction, ControlError> {
    let opener = world.interactions.get(&submitted.interaction_id.0).filter(|i| i.user_id == user);
    let opener = opener.ok_or_else(|| ControlError::missing("no such interaction of this person"))?;
    let modal = opener.modal.as_ref().ok_or_else(|| ControlError::bad("the interaction opened no modal"))?;
    if submitted.custom_id.as_ref().is_some_and(|id| modal["custom_id"] != id.as_str()) {
        return Err(ControlError::bad("the modal has another `custom_id`"));
    }
    if opener.channel_id != channel {
        return Err(ControlError::bad("the modal was opened in another channel"));
    }
    let mut components = match &submitted.fields {
        Some(fields) => named::fields(modal, fields),
        None => submitted.components.clone(),
    };
    if let Some(refusal) = modal::refuse_submit(modal, &components) {
        return Err(ControlError::bad(refusal));
    }
    modal::number(modal, &mut components);
    Ok(NewInteraction {
        kind: 5,
        application_id: opener.application_id,
        user_id: user,
        channel_id: channel,
        source_message_id: opener.source_message_id,
        opener_id: Some(opener.id),
        data: json!({ "custom_id": modal["custom_id"], "components": components }),
    })
}
