//! Building guilds, one at a time or by the ten thousand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{AnyId, At, Given, PathId};
use super::routes::Routes;
use crate::model::{ChannelKind, Overwrite, OverwriteKind};
use crate::permissions::Permissions;
use crate::rest::face::Face;
use crate::snowflake::{Id, Sid};
use crate::wire;
use crate::world::{BulkGuilds, Dispatch, NewChannel, NewGuild, NewRole, World};

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/guilds", create, "Makes a guild with channels, roles and members")
        .post("/guilds/bulk", bulk, "Makes guilds by the ten thousand, without telling anyone")
        .delete("/guilds/{guild}", delete, "Deletes a guild")
        .post("/guilds/{guild}/outage", outage, "Lets a guild become unavailable, or available again")
        .post("/guilds/{guild}/channels", create_channel, "Makes a channel")
        .post("/guilds/{guild}/roles", create_role, "Makes a role")
        .put("/guilds/{guild}/members/{user}", add_member, "Lets a person join, or gives a member roles")
        .delete("/guilds/{guild}/members/{user}", remove_member, "Lets a member leave")
        .post("/guilds/{guild}/bots/{application}", add_bot, "Adds a bot to a guild")
        .delete("/guilds/{guild}/bots/{application}", remove_bot, "Removes a bot from a guild")
}

/// A permission set, as a number or a string.
pub(super) fn permissions(field: Option<&Value>) -> Permissions {
    Permissions(field.and_then(crate::validate::form::parse_snowflake).unwrap_or(0))
}

/// A role to be made.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct RoleBody {
    name: String,
    permissions: Option<Value>,
    color: Option<u32>,
    #[serde(default)]
    hoist: bool,
    #[serde(default)]
    mentionable: bool,
}

impl RoleBody {
    fn into_new(self) -> NewRole {
        NewRole {
            permissions: permissions(self.permissions.as_ref()),
            name: self.name,
            color: self.color.unwrap_or(0),
            hoist: self.hoist,
            mentionable: self.mentionable,
            ..NewRole::default()
        }
    }
}

/// A guild to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuildBody {
    name: String,
    owner_id: AnyId,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    roles: Vec<RoleBody>,
    #[serde(default)]
    members: Vec<AnyId>,
    member_count: Option<u32>,
}

/// `POST /control/guilds`
pub(crate) async fn create(
    State(face): State<Arc<Face>>,
    Given(body): Given<GuildBody>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply(|world, now| {
        let new = NewGuild { name: body.name, owner_id: body.owner_id.0, id: None };
        let (id, mut told) = world.create_guild(new, now)?;
        for name in body.channels {
            told.extend(world.create_channel(id, NewChannel { name, ..NewChannel::default() }, now)?.1);
        }
        for role in body.roles {
            told.extend(world.create_role(id, role.into_new(), now)?.1);
        }
        for AnyId(user) in body.members {
            told.extend(join(world, id, user, &[], now)?);
        }
        if let Some(count) = body.member_count {
            let guild = world.guild_mut(id)?;
            let known = u32::try_from(guild.members.len()).unwrap_or(u32::MAX);
            guild.phantom_members = count.saturating_sub(known);
        }
        Ok::<_, ControlError>((show(world, id)?, told))
    })?))
}

fn show(world: &World, id: Id) -> Result<Value, ControlError> {
    let guild = world.guild(id)?;
    let mut all = wire::guild(guild, true);
    all["member_count"] = json!(guild.member_count());
    all["channels"] = guild.channels.iter().map(|c| wire::channel(world, c, None)).collect();
    Ok(all)
}

/// A person joins as they do; a bot joins as an invited one does.
fn join(
    world: &mut World,
    guild: Id,
    user: Id,
    roles: &[Id],
    now: i64,
) -> Result<Vec<Dispatch>, ControlError> {
    let application = world.application_of_bot(user).map(|a| a.id);
    match application {
        Some(application) => Ok(world.add_bot(guild, application, Permissions::DEFAULT, now)?.1),
        None => Ok(world.add_member(guild, user, roles, now)?.1),
    }
}

/// `DELETE /control/guilds/{guild}`
pub(crate) async fn delete(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply(|world, _| world.delete_guild(id))?;
    Ok(Json(json!({ "deleted": Sid(id) })))
}

/// Guilds by the thousand.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkBody {
    count: u32,
    /// The name, with `{n}` for the number; `Guild {n}` when not given.
    pattern: Option<String>,
    #[serde(default)]
    channels: u16,
    #[serde(default)]
    roles: u16,
    #[serde(default)]
    members: u32,
    #[serde(default)]
    application_ids: Vec<AnyId>,
    owner_id: Option<AnyId>,
}

/// `POST /control/guilds/bulk`; without an owner, the first person there is owns them.
pub(crate) async fn bulk(
    State(face): State<Arc<Face>>,
    Given(body): Given<BulkBody>,
) -> Result<Json<Value>, ControlError> {
    if body.count > 1_000_000 {
        return Err(ControlError::bad("at most 1,000,000 guilds at once"));
    }
    let first = face.engine.apply(|world, now| {
        let people = world.users.values().filter(|user| !user.bot).map(|user| user.id);
        let owner_id = body.owner_id.map(|AnyId(id)| id).or_else(|| people.min());
        let owner_id = owner_id.unwrap_or_else(|| world.create_user("owner", None, now));
        let bulk = BulkGuilds {
            count: body.count,
            pattern: body.pattern.clone(),
            channels: body.channels,
            roles: body.roles,
            members: body.members,
            application_ids: body.application_ids.iter().map(|AnyId(id)| *id).collect(),
            owner_id,
        };
        (world.create_bulk(&bulk, now), Vec::new())
    })?;
    Ok(Json(json!({ "first_id": first.map(Sid), "count": body.count })))
}

/// An outage begins or ends.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct OutageBody {
    unavailable: bool,
}

/// `POST /control/guilds/{guild}/outage`
pub(crate) async fn outage(
    State(face): State<Arc<Face>>,
    At(PathId(id)): At<PathId>,
    Given(body): Given<OutageBody>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply(|world, _| world.set_unavailable(id, body.unavailable))?;
    Ok(Json(json!({ "id": Sid(id), "unavailable": body.unavailable })))
}

/// A channel to be made.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ChannelBody {
    name: String,
    #[serde(rename = "type", default)]
    kind: u64,
    parent_id: Option<AnyId>,
    topic: Option<String>,
    #[serde(default)]
    permission_overwrites: Vec<OverwriteBody>,
}

#[derive(Deserialize, JsonSchema)]
struct OverwriteBody {
    id: AnyId,
    #[serde(rename = "type", default)]
    kind: u8,
    allow: Option<Value>,
    deny: Option<Value>,
}

impl OverwriteBody {
    fn read(&self) -> Overwrite {
        Overwrite {
            id: self.id.0,
            kind: if self.kind == 1 { OverwriteKind::Member } else { OverwriteKind::Role },
            allow: permissions(self.allow.as_ref()),
            deny: permissions(self.deny.as_ref()),
        }
    }
}

/// `POST /control/guilds/{guild}/channels`
pub(crate) async fn create_channel(
    State(face): State<Arc<Face>>,
    At(PathId(guild)): At<PathId>,
    Given(body): Given<ChannelBody>,
) -> Result<Json<Value>, ControlError> {
    let kind = ChannelKind::from_code(body.kind).filter(|kind| !kind.is_dm() && !kind.is_thread());
    let kind =
        kind.ok_or_else(|| ControlError::bad(format!("a guild has no channel of type {}", body.kind)))?;
    Ok(Json(
        face.engine
            .try_apply(|world, now| {
                let new = NewChannel {
                    name: body.name,
                    kind,
                    parent_id: body.parent_id.map(|AnyId(id)| id),
                    topic: body.topic,
                    overwrites: body.permission_overwrites.iter().map(OverwriteBody::read).collect(),
                    ..NewChannel::default()
                };
                let (id, told) = world.create_channel(guild, new, now)?;
                let made = world.channel(id).map(|channel| wire::channel(world, channel, None));
                Ok::<_, ControlError>((made, told))
            })?
            .unwrap_or_default(),
    ))
}

/// `POST /control/guilds/{guild}/roles`
pub(crate) async fn create_role(
    State(face): State<Arc<Face>>,
    At(PathId(guild)): At<PathId>,
    Given(body): Given<RoleBody>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(
        face.engine
            .try_apply(|world, now| {
                let (id, told) = world.create_role(guild, body.into_new(), now)?;
                let made = world.guild(guild)?.role(id).map(wire::role);
                Ok::<_, ControlError>((made, told))
            })?
            .unwrap_or_default(),
    ))
}

/// The roles a member is to have.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct MemberBody {
    roles: Option<Vec<AnyId>>,
}

/// `PUT /control/guilds/{guild}/members/{user}`
pub(crate) async fn add_member(
    State(face): State<Arc<Face>>,
    At((PathId(guild), PathId(user))): At<(PathId, PathId)>,
    Given(body): Given<MemberBody>,
) -> Result<Json<Value>, ControlError> {
    let roles: Option<Vec<Id>> = body.roles.map(|roles| roles.into_iter().map(|AnyId(id)| id).collect());
    Ok(Json(face.engine.try_apply(|world, now| {
        let mut told = Vec::new();
        if world.is_member(guild, user) {
            if let Some(roles) = roles {
                told = world.update_member(guild, user, |member| member.roles = roles)?.1;
            }
        } else {
            told = join(world, guild, user, &roles.unwrap_or_default(), now)?;
        }
        let member = wire::member(world.member(guild, user)?, world.users.get(&user));
        Ok::<_, ControlError>((member, told))
    })?))
}

/// `DELETE /control/guilds/{guild}/members/{user}`
pub(crate) async fn remove_member(
    State(face): State<Arc<Face>>,
    At((PathId(guild), PathId(user))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply(|world, _| world.remove_member(guild, user))?;
    Ok(Json(json!({ "removed": Sid(user) })))
}

/// What an invited bot may do.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct BotBody {
    /// As a number or as text; of a bot that is there already, they are replaced
    permissions: Option<Value>,
}

/// `POST /control/guilds/{guild}/bots/{application}`
pub(crate) async fn add_bot(
    State(face): State<Arc<Face>>,
    At((PathId(guild), PathId(application))): At<(PathId, PathId)>,
    Given(body): Given<BotBody>,
) -> Result<Json<Value>, ControlError> {
    let wanted = body.permissions.as_ref().map_or(Permissions::DEFAULT, |field| permissions(Some(field)));
    // Whoever asks here has no name; a bot is added by one who may, and that is the owner for certain.
    let owner = face.engine.read(|world| world.guild(guild).map(|guild| guild.owner_id))?;
    Ok(Json(face.engine.try_apply_as(Some(owner), None, |world, now| {
        let bot = world.application(application)?.bot_id;
        let there = world.guild(guild)?.members.contains_key(&bot);
        let told = match body.permissions {
            None if there => Vec::new(),
            _ => world.add_bot(guild, application, wanted, now)?.1,
        };
        let member = wire::member(world.member(guild, bot)?, world.users.get(&bot));
        Ok::<_, ControlError>((member, told))
    })?))
}

/// `DELETE /control/guilds/{guild}/bots/{application}`
pub(crate) async fn remove_bot(
    State(face): State<Arc<Face>>,
    At((PathId(guild), PathId(application))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply(|world, _| {
        let bot = world.application(application)?.bot_id;
        world.remove_member(guild, bot)
    })?;
    Ok(Json(json!({ "removed": Sid(application) })))
}
