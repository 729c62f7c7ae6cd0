//! Files that a person attaches to a command or a modal. The request names them by their number; the
//! interaction names them by the id under which the sandbox keeps them.

use serde_json::{Map, Value, json};

use super::error::ControlError;
use crate::rest::body::Upload;
use crate::snowflake::{Id, Millis, Sid};
use crate::validate::file_types;
use crate::validate::form::parse_snowflake;
use crate::validate::modal;
use crate::wire;
use crate::world::World;
use crate::world::interactions::NewInteraction;

/// An option of type ATTACHMENT.
const ATTACHMENT: u64 = 11;
/// A component by which files are uploaded.
const FILE_UPLOAD: u64 = 19;

/// What is needed to keep a file.
pub(super) struct Files<'f> {
    /// The files of the request.
    pub uploads: &'f [Upload],
    /// Where files are served.
    pub base: &'f str,
    /// Now.
    pub now: Millis,
}

/// Puts the files into the places that name them.
pub(super) fn attach(
    world: &mut World,
    new: &mut NewInteraction,
    files: &Files<'_>,
) -> Result<(), ControlError> {
    let mut kept = Map::new();
    let place = new.channel_id;
    match new.kind {
        2 => {
            let id = new.data.get("id").and_then(parse_snowflake).unwrap_or(0);
            let defined = world.commands.get(&id).and_then(|command| command.body.get("options")).cloned();
            if let Some(Value::Array(options)) = new.data.get_mut("options") {
                let defined = defined.unwrap_or_default();
                in_options(world, options, &defined, (place, files), &mut kept)?;
            }
        }
        5 => {
            let modal = new.opener_id.and_then(|id| world.interactions.get(&id)?.modal.clone());
            let modal = modal.unwrap_or_default();
            let wanted = modal::inputs(modal["components"].as_array().map_or(&[], Vec::as_slice));
            for top in new.data["components"].as_array_mut().into_iter().flatten() {
                let Some(input) = top.get_mut("component") else { continue };
                if input["type"].as_u64() != Some(FILE_UPLOAD) {
                    continue;
                }
                let want = wanted.iter().find(|want| want["custom_id"] == input["custom_id"]);
                let types = want.map_or(&Value::Null, |want| &want["file_types"]);
                for value in input["values"].as_array_mut().into_iter().flatten() {
                    *value = keep(world, value, types, (place, files), &mut kept)?;
                }
            }
        }
        _ => {}
    }
    if !kept.is_empty() {
        new.data["resolved"] = json!({ "attachments": kept });
    }
    Ok(())
}

fn in_options(
    world: &mut World,
    options: &mut [Value],
    defined: &Value,
    place: (Id, &Files<'_>),
    kept: &mut Map<String, Value>,
) -> Result<(), ControlError> {
    for option in options {
        let list = defined.as_array().map_or(&[][..], Vec::as_slice);
        let definition = list.iter().find(|one| one["name"] == option["name"]).unwrap_or(&Value::Null);
        if let Some(Value::Array(inner)) = option.get_mut("options") {
            in_options(world, inner, &definition["options"], place, kept)?;
        } else if option["type"].as_u64() == Some(ATTACHMENT) {
            option["value"] = keep(world, &option["value"], &definition["file_types"], place, kept)?;
        }
    }
    Ok(())
}

/// Keeps the file of a number, and gives its id.
fn keep(
    world: &mut World,
    number: &Value,
    types: &Value,
    (place, files): (Id, &Files<'_>),
    kept: &mut Map<String, Value>,
) -> Result<Value, ControlError> {
    let wanted = parse_snowflake(number);
    let file = wanted.and_then(|number| files.uploads.iter().find(|file| file.index == number));
    let file = file.ok_or_else(|| ControlError::bad(format!("there is no file {number}")))?;
    if !file_types::accepts(types, &file.filename) {
        return Err(ControlError::bad(format!("`{}` is not of a type that is taken", file.filename)));
    }
    let attachment = world.keep_file(place, file, files.base, files.now);
    kept.insert(attachment.id.to_string(), wire::message::attachment(world, &attachment));
    Ok(json!(Sid(attachment.id)))
}
