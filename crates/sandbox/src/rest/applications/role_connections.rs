//! Linked roles: what an application asks of people's accounts, and what it says about a person.
//! (Discord docs: Application Role Connection Metadata; User, Update Current User Application Role Connection.)

use serde_json::{Map, Value, json};

use crate::model::Scopes;
use crate::rest::call::{Answer, Call, Caller, Reply, ok};
use crate::rest::commands::own_application;
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::validate::form::{Form, Path};

const WRITE: Auth = Auth::Bearer(Scopes::ROLE_CONNECTIONS_WRITE);

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    let metadata = "/applications/{application}/role-connections/metadata";
    table.get(metadata, Auth::Bot, Pace::Ordinary, list);
    table.put(metadata, Auth::Bot, Pace::Ordinary, replace);
    let connection = "/users/@me/applications/{application}/role-connection";
    table.get(connection, WRITE, Pace::Ordinary, get);
    table.put(connection, WRITE, Pace::Ordinary, put);
    table.delete(connection, WRITE, Pace::Ordinary, delete);
}

/// `GET /applications/{application}/role-connections/metadata`
fn list(call: &Call) -> Answer {
    let id = own_application(call)?;
    ok(call.read(|world| world.application(id).map(|a| a.role_connection_metadata.clone()))?)
}

/// `PUT /applications/{application}/role-connections/metadata`
fn replace(call: &Call) -> Answer {
    let id = own_application(call)?;
    let Value::Array(items) = &call.body else {
        return Err(ApiError::field(&[], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
    };
    let mut form = Form::default();
    if items.len() > 5 {
        form.length(Path::ROOT, 0, 5);
    }
    let mut kept = Vec::new();
    for (index, item) in items.iter().take(5).enumerate() {
        let here = Path::ROOT.index(index);
        let Some(item) = form.object(item, here) else { continue };
        if item.get("type").is_none() {
            form.required(here.key("type"));
        }
        let kind = form.choice(item, "type", here, &[1, 2, 3, 4, 5, 6, 7, 8]);
        let key = form.required_string(item, "key", here, (1, 50));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if key.is_some_and(|key| !key.chars().all(plain)) {
            let text = "Must be a-z, 0-9, or _ characters.";
            form.error(here.key("key"), "STRING_TYPE_REGEX", text);
        }
        let name = form.required_string(item, "name", here, (1, 100));
        let description = form.required_string(item, "description", here, (1, 200));
        let mut shown = json!({ "type": kind, "key": key, "name": name, "description": description });
        for texts in ["name_localizations", "description_localizations"] {
            if let Some(map) = item.get(texts).filter(|value| value.is_object()) {
                shown[texts] = map.clone();
            }
        }
        kept.push(shown);
    }
    form.finish()?;
    ok(call.change(|world, _| {
        let application = world.applications.get_mut(&id).ok_or(error::UNKNOWN_APPLICATION)?;
        application.role_connection_metadata.clone_from(&kept);
        Ok((kept, Vec::new()))
    })?)
}

fn own(call: &Call) -> Result<Caller, ApiError> {
    let caller = call.caller()?;
    if call.id(0, "application_id")? == caller.application_id {
        Ok(caller)
    } else {
        Err(error::NOT_AUTHORIZED_FOR_APPLICATION)
    }
}

/// `GET /users/@me/applications/{application}/role-connection`
fn get(call: &Call) -> Answer {
    let caller = own(call)?;
    let found = call.read(|world| {
        let authorization = world.oauth.authorizations.get(&(caller.application_id, caller.bot_id))?;
        authorization.role_connection.clone()
    });
    ok(found.unwrap_or_else(|| json!({ "platform_username": null, "metadata": {} })))
}

/// `PUT /users/@me/applications/{application}/role-connection`
fn put(call: &Call) -> Answer {
    let caller = own(call)?;
    let body = call.object()?;
    let asked = call
        .read(|world| world.application(caller.application_id).map(|a| a.role_connection_metadata.clone()))?;
    let mut form = Form::default();
    let platform = form.string(body, "platform_name", Path::ROOT, (0, 50));
    let username = form.string(body, "platform_username", Path::ROOT, (0, 100));
    let here = Path::ROOT.key("metadata");
    let empty = Map::new();
    let given = match body.get("metadata").filter(|value| !value.is_null()) {
        Some(value) => form.object(value, here).unwrap_or(&empty),
        None => &empty,
    };
    let mut metadata = Map::new();
    for (key, value) in given {
        if !asked.iter().any(|item| item["key"] == key.as_str()) {
            form.error(here.key(key), "BASE_TYPE_CHOICES", "The application asks for no such key.");
            continue;
        }
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text.chars().count() > 100 {
            form.length(here.key(key), 0, 100);
        }
        metadata.insert(key.clone(), json!(text));
    }
    form.finish()?;
    let shown = json!({ "platform_name": platform.unwrap_or_default(),
        "platform_username": username, "metadata": metadata });
    keep(call, caller, Some(shown.clone()))?;
    ok(shown)
}

/// `DELETE /users/@me/applications/{application}/role-connection`
fn delete(call: &Call) -> Answer {
    keep(call, own(call)?, None)?;
    Ok(Reply::Empty)
}

fn keep(call: &Call, caller: Caller, connection: Option<Value>) -> Result<(), ApiError> {
    call.change(|world, _| {
        let key = (caller.application_id, caller.bot_id);
        let authorization = world.oauth.authorizations.get_mut(&key).ok_or(error::UNAUTHORIZED)?;
        authorization.role_connection = connection;
        Ok(((), Vec::new()))
    })
}
