//! Application commands, global and per guild. (Discord docs: Application Commands, Endpoints.)

pub(crate) mod permissions;

use serde_json::{Map, Value};

use super::call::{Answer, Call, Reply, created, ok};
use super::error::{self, ApiError};
use super::limits::Rule;
use super::routes::{Auth, Pace, Table};
use crate::model::{Command, Scopes};
use crate::snowflake::{Id, Millis};
use crate::validate;
use crate::validate::form::Path;
use crate::wire::command::{command, command_localized};
use crate::world::commands::MAX_BY_KIND;
use crate::world::{Dispatch, World};

const COMMAND: Pace = Pace::Own(5, 20_000);
/// A bot, or an application for itself.
const OWN: Auth = Auth::Either(Scopes::APPLICATIONS_COMMANDS_UPDATE);
const PERMISSIONS: Auth = Auth::Either(Scopes::APPLICATIONS_COMMANDS_PERMISSIONS_UPDATE);

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/applications/{application}/commands", OWN, COMMAND, list);
    table.post("/applications/{application}/commands", OWN, COMMAND, create);
    table.put("/applications/{application}/commands", OWN, COMMAND, overwrite);
    table.get("/applications/{application}/commands/{command}", OWN, COMMAND, get);
    table.patch("/applications/{application}/commands/{command}", OWN, COMMAND, edit);
    table.delete("/applications/{application}/commands/{command}", OWN, COMMAND, delete);
    table.get("/applications/{application}/guilds/{guild}/commands", OWN, COMMAND, list_guild);
    table.post("/applications/{application}/guilds/{guild}/commands", OWN, COMMAND, create_guild);
    table.put("/applications/{application}/guilds/{guild}/commands", OWN, COMMAND, overwrite_guild);
    table.get(
        "/applications/{application}/guilds/{guild}/commands/permissions",
        PERMISSIONS,
        Pace::Ordinary,
        permissions::list,
    );
    table.get("/applications/{application}/guilds/{guild}/commands/{command}", OWN, COMMAND, get_guild);
    table.patch("/applications/{application}/guilds/{guild}/commands/{command}", OWN, COMMAND, edit_guild);
    table.delete("/applications/{application}/guilds/{guild}/commands/{command}", OWN, COMMAND, delete_guild);
    table.get(
        "/applications/{application}/guilds/{guild}/commands/{command}/permissions",
        PERMISSIONS,
        Pace::Ordinary,
        permissions::get,
    );
    table.put(
        "/applications/{application}/guilds/{guild}/commands/{command}/permissions",
        Auth::Bearer(Scopes::APPLICATIONS_COMMANDS_PERMISSIONS_UPDATE),
        Pace::Ordinary,
        permissions::put,
    );
}

/// Creations are counted over a day.
const DAY_MS: u64 = 86_400_000;

/// Where commands live: the application and, for guild commands, the guild.
#[derive(Clone, Copy)]
struct Place {
    application_id: Id,
    guild_id: Option<Id>,
}

/// The application of the path must be the caller's own.
pub(super) fn own_application(call: &Call) -> Result<Id, ApiError> {
    let id = call.id(0, "application_id")?;
    let caller = call.caller()?;
    if call.read(|world| !world.applications.contains_key(&id)) {
        return Err(error::UNKNOWN_APPLICATION);
    }
    if id == caller.application_id { Ok(id) } else { Err(error::NOT_AUTHORIZED_FOR_APPLICATION) }
}

fn global(call: &Call) -> Result<Place, ApiError> {
    Ok(Place { application_id: own_application(call)?, guild_id: None })
}

fn in_guild(call: &Call) -> Result<Place, ApiError> {
    let application_id = own_application(call)?;
    let guild_id = call.id(1, "guild_id")?;
    // Without the guild there is no `applications.commands` scope in it either.
    if !call.read(|world| world.is_guild_installed(application_id, guild_id)) {
        return Err(error::MISSING_ACCESS);
    }
    Ok(Place { application_id, guild_id: Some(guild_id) })
}

/// `GET /applications/{application}/commands`
pub(crate) fn list(call: &Call) -> Answer {
    show_all(call, global(call)?)
}

/// `GET /applications/{application}/guilds/{guild}/commands`
pub(crate) fn list_guild(call: &Call) -> Answer {
    show_all(call, in_guild(call)?)
}

fn show_all(call: &Call, place: Place) -> Answer {
    let full = call.query_flag("with_localizations");
    let locale = call.locale.as_deref();
    ok(call.read(|world| {
        let list = world.commands_of(place.application_id, place.guild_id);
        list.map(|c| if full { command(c) } else { command_localized(c, locale) }).collect::<Vec<_>>()
    }))
}

/// `POST /applications/{application}/commands`
pub(crate) fn create(call: &Call) -> Answer {
    create_in(call, global(call)?)
}

/// `POST /applications/{application}/guilds/{guild}/commands`
pub(crate) fn create_guild(call: &Call) -> Answer {
    create_in(call, in_guild(call)?)
}

fn create_in(call: &Call, place: Place) -> Answer {
    let body = call.object()?;
    validate::command::check(body, Path::ROOT, None, place.guild_id.is_none())?;
    let (kind, name) = key(body);
    let exists = call.read(|w| w.command_named(place.application_id, place.guild_id, kind, name).is_some());
    if exists {
        return ok(put(call, place, body));
    }
    if call.read(|world| count(world, place, kind)) >= MAX_BY_KIND[usize::from(kind) - 1] {
        return Err(error::TOO_MANY_COMMANDS);
    }
    count_create(call, place)?;
    created(put(call, place, body))
}

fn put(call: &Call, place: Place, body: &Map<String, Value>) -> Value {
    changed(call, |world, now| {
        let id = world.put_command(now, place.application_id, place.guild_id, body);
        command(&world.commands[&id])
    })
}

/// Changes commands and tells people's clients, which then fetch them anew. No bot hears of it.
fn changed<T>(call: &Call, change: impl FnOnce(&mut World, Millis) -> T) -> T {
    let told = Dispatch::users("APPLICATION_COMMANDS_CHANGED", Vec::new(), &Value::Null);
    call.face.engine.apply(|world, now| (change(world, now), vec![told]))
}

fn key(body: &Map<String, Value>) -> (u8, &str) {
    let kind = body.get("type").and_then(Value::as_u64).and_then(|n| u8::try_from(n).ok()).unwrap_or(1);
    (kind, body.get("name").and_then(Value::as_str).unwrap_or_default().trim())
}

fn count(world: &World, place: Place, kind: u8) -> usize {
    world.commands_of(place.application_id, place.guild_id).filter(|c| c.kind == kind).count()
}

/// Counts one creation against the 200 a day and guild.
fn count_create(call: &Call, place: Place) -> Result<(), ApiError> {
    let limit = call.face.engine.limits().command_creates;
    let rule = Rule { bucket: ("", "command creates"), limit, window_ms: DAY_MS };
    let major = place.guild_id.unwrap_or(0);
    let taken = call.face.limits.take_route(call.stamp(), place.application_id, rule, major);
    taken
        .map(|_| ())
        .map_err(|limited| error::TOO_MANY_COMMAND_CREATES.limited(limited.retry_after_ms, limited.scope))
}

/// `PUT /applications/{application}/commands`
pub(crate) fn overwrite(call: &Call) -> Answer {
    overwrite_in(call, global(call)?)
}

/// `PUT /applications/{application}/guilds/{guild}/commands`
pub(crate) fn overwrite_guild(call: &Call) -> Answer {
    overwrite_in(call, in_guild(call)?)
}

fn overwrite_in(call: &Call, place: Place) -> Answer {
    let Value::Array(bodies) = &call.body else {
        return Err(ApiError::field(&[], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
    };
    validate::command::check_bulk(bodies, place.guild_id.is_none())?;
    let keys: Vec<(u8, &str)> = bodies.iter().filter_map(Value::as_object).map(key).collect();
    for (kind, max) in (1..).zip(MAX_BY_KIND) {
        if keys.iter().filter(|(k, _)| *k == kind).count() > max {
            return Err(error::TOO_MANY_COMMANDS);
        }
    }
    for (kind, name) in keys {
        if call.read(|w| w.command_named(place.application_id, place.guild_id, kind, name).is_none()) {
            count_create(call, place)?;
        }
    }
    ok(changed(call, |world, now| {
        let ids = world.overwrite_commands(now, place.application_id, place.guild_id, bodies);
        ids.iter().map(|id| command(&world.commands[id])).collect::<Vec<_>>()
    }))
}

fn find(call: &Call, place: Place, index: usize) -> Result<Command, ApiError> {
    let id = call.id(index, "command_id")?;
    let here = |c: &&Command| c.application_id == place.application_id && c.guild_id == place.guild_id;
    call.read(|world| world.commands.get(&id).filter(here).cloned()).ok_or(error::UNKNOWN_COMMAND)
}

/// `GET /applications/{application}/commands/{command}`
pub(crate) fn get(call: &Call) -> Answer {
    ok(command(&find(call, global(call)?, 1)?))
}

/// `GET /applications/{application}/guilds/{guild}/commands/{command}`
pub(crate) fn get_guild(call: &Call) -> Answer {
    ok(command(&find(call, in_guild(call)?, 2)?))
}

/// `PATCH /applications/{application}/commands/{command}`
pub(crate) fn edit(call: &Call) -> Answer {
    edit_in(call, global(call)?, 1)
}

/// `PATCH /applications/{application}/guilds/{guild}/commands/{command}`
pub(crate) fn edit_guild(call: &Call) -> Answer {
    edit_in(call, in_guild(call)?, 2)
}

fn edit_in(call: &Call, place: Place, index: usize) -> Answer {
    let old = find(call, place, index)?;
    let body = call.object()?;
    validate::command::check(body, Path::ROOT, Some(i64::from(old.kind)), place.guild_id.is_none())?;
    let name = body.get("name").and_then(Value::as_str).map_or(old.name.as_str(), str::trim);
    let taken =
        call.read(|w| w.command_named(place.application_id, place.guild_id, old.kind, name).map(|c| c.id));
    if taken.is_some_and(|id| id != old.id) {
        let text = "An application command with that name already exists.";
        return Err(ApiError::field(&["name"], "APPLICATION_COMMANDS_DUPLICATE_NAME", text));
    }
    ok(changed(call, |world, now| {
        world.patch_command(now, old.id, body);
        command(&world.commands[&old.id])
    }))
}

/// `DELETE /applications/{application}/commands/{command}`
pub(crate) fn delete(call: &Call) -> Answer {
    delete_in(call, global(call)?, 1)
}

/// `DELETE /applications/{application}/guilds/{guild}/commands/{command}`
pub(crate) fn delete_guild(call: &Call) -> Answer {
    delete_in(call, in_guild(call)?, 2)
}

fn delete_in(call: &Call, place: Place, index: usize) -> Answer {
    let id = find(call, place, index)?.id;
    changed(call, |world, _| world.commands.remove(&id));
    Ok(Reply::Empty)
}
