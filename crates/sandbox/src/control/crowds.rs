//! People, members, channels and roles by the thousand. Names follow a pattern in which `{n}` is the number,
//! from 0.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::guilds::permissions;
use super::routes::Routes;
use crate::model::ChannelKind;
use crate::rest::face::Face;
use crate::snowflake::{Id, Sid};
use crate::world::{NewChannel, NewRole, WorldError};

/// People made by one request.
const MOST_PEOPLE: u32 = 100_000;
/// Channels and roles of a guild at Discord.
const MOST_CHANNELS: usize = 500;
const MOST_ROLES: usize = 250;

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/users/bulk", users, "Makes people by the ten thousand; `ids` has them in order")
        .post("/guilds/{guild}/members/bulk", members, "Lets many people join, new ones or given ones")
        .post("/guilds/{guild}/channels/bulk", channels, "Makes many channels")
        .post("/guilds/{guild}/roles/bulk", roles, "Makes many roles")
}

/// Puts the number into a name.
pub(super) fn numbered(pattern: &str, number: u32) -> String {
    pattern.replace("{n}", &number.to_string())
}

fn ids(ids: &[Id]) -> Json<Value> {
    Json(json!({ "count": ids.len(), "ids": ids.iter().copied().map(Sid).collect::<Vec<_>>() }))
}

fn at_most(count: u32, most: u32) -> Result<(), ControlError> {
    if count > most { Err(ControlError::bad(format!("at most {most} at once"))) } else { Ok(()) }
}

fn checked(pattern: &str, count: u32) -> Result<(), ControlError> {
    at_most(count, MOST_PEOPLE)?;
    let length = numbered(pattern, count).chars().count();
    if (2..=32).contains(&length) {
        Ok(())
    } else {
        Err(ControlError::bad("a username has 2 to 32 characters"))
    }
}

/// How many people.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct People {
    count: u32,
    /// The username; `person{n}` when not given.
    pattern: Option<String>,
}

async fn users(
    State(face): State<Arc<Face>>,
    Given(body): Given<People>,
) -> Result<Json<Value>, ControlError> {
    let pattern = body.pattern.as_deref().unwrap_or("person{n}");
    checked(pattern, body.count)?;
    Ok(ids(&face.engine.apply(|world, now| {
        let made = (0..body.count).map(|number| world.create_user(&numbered(pattern, number), None, now));
        (made.collect::<Vec<_>>(), Vec::new())
    })))
}

/// Who joins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Joining {
    /// People who are there already.
    #[serde(default)]
    user_ids: Vec<AnyId>,
    /// How many new people join beside them.
    #[serde(default)]
    count: u32,
    /// The username of new people; `member{n}` when not given.
    pattern: Option<String>,
    /// The roles that each of them gets.
    #[serde(default)]
    roles: Vec<AnyId>,
}

async fn members(
    State(face): State<Arc<Face>>,
    At(PathId(guild)): At<PathId>,
    Given(body): Given<Joining>,
) -> Result<Json<Value>, ControlError> {
    let pattern = body.pattern.as_deref().unwrap_or("member{n}");
    checked(pattern, body.count)?;
    let roles: Vec<Id> = body.roles.iter().map(|AnyId(id)| *id).collect();
    let joined = face.engine.try_apply(|world, now| {
        world.guild(guild)?;
        // Whoever does not exist is found before anyone joins.
        body.user_ids.iter().try_for_each(|AnyId(id)| world.user(*id).map(|_| ()))?;
        let mut all: Vec<Id> = body.user_ids.iter().map(|AnyId(id)| *id).collect();
        all.extend((0..body.count).map(|number| world.create_user(&numbered(pattern, number), None, now)));
        all.retain(|id| !world.is_member(guild, *id));
        let mut told = Vec::new();
        for id in &all {
            told.extend(world.add_member(guild, *id, &roles, now)?.1);
        }
        Ok::<_, WorldError>((all, told))
    })?;
    Ok(ids(&joined))
}

/// Which channels.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Channels {
    count: u32,
    /// The name; `channel-{n}` when not given.
    pattern: Option<String>,
    /// As at Discord: 0 text, 2 voice, 4 category, 5 announcement, 13 stage, 15 forum, 16 media.
    #[serde(rename = "type", default)]
    kind: u64,
    parent_id: Option<AnyId>,
}

async fn channels(
    State(face): State<Arc<Face>>,
    At(PathId(guild)): At<PathId>,
    Given(body): Given<Channels>,
) -> Result<Json<Value>, ControlError> {
    let kind = ChannelKind::from_code(body.kind).filter(|kind| !kind.is_dm() && !kind.is_thread());
    let kind =
        kind.ok_or_else(|| ControlError::bad(format!("a guild has no channel of type {}", body.kind)))?;
    let pattern = body.pattern.as_deref().unwrap_or("channel-{n}");
    let made = face.engine.try_apply(|world, now| {
        let there = world.guild(guild)?.channels.iter().filter(|channel| channel.thread.is_none()).count();
        room(there, body.count, MOST_CHANNELS, "channels")?;
        let (mut all, mut told) = (Vec::new(), Vec::new());
        for number in 0..body.count {
            let parent_id = body.parent_id.map(|AnyId(id)| id);
            let new =
                NewChannel { name: numbered(pattern, number), kind, parent_id, ..NewChannel::default() };
            let (id, events) = world.create_channel(guild, new, now)?;
            all.push(id);
            told.extend(events);
        }
        Ok::<_, ControlError>((all, told))
    })?;
    Ok(ids(&made))
}

fn room(there: usize, more: u32, most: usize, what: &str) -> Result<(), ControlError> {
    let wanted = there.saturating_add(usize::try_from(more).unwrap_or(usize::MAX));
    if wanted <= most { Ok(()) } else { Err(ControlError::bad(format!("a guild has at most {most} {what}"))) }
}

/// Which roles.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Roles {
    count: u32,
    /// The name; `role {n}` when not given.
    pattern: Option<String>,
    /// A permission set, as a number or as text.
    permissions: Option<Value>,
}

async fn roles(
    State(face): State<Arc<Face>>,
    At(PathId(guild)): At<PathId>,
    Given(body): Given<Roles>,
) -> Result<Json<Value>, ControlError> {
    let pattern = body.pattern.as_deref().unwrap_or("role {n}");
    let made = face.engine.try_apply(|world, now| {
        room(world.guild(guild)?.roles.len(), body.count, MOST_ROLES, "roles")?;
        let (mut all, mut told) = (Vec::new(), Vec::new());
        for number in 0..body.count {
            let permissions = permissions(body.permissions.as_ref());
            let new = NewRole { name: numbered(pattern, number), permissions, ..NewRole::default() };
            let (id, events) = world.create_role(guild, new, now)?;
            all.push(id);
            told.extend(events);
        }
        Ok::<_, ControlError>((all, told))
    })?;
    Ok(ids(&made))
}
