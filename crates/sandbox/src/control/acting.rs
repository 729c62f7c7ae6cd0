//! Acting as a person: looking around, reading, writing. People are refused what their permissions
//! do not allow, with the words a bot would get.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ControlError;
use super::extract::{AnyId, Asked, At, Given, PathId};
use super::files::{self, FileBody};
use super::routes::Routes;
use crate::model::{Guild, Message};
use crate::permissions::{self, Permissions};
use crate::rest::face::Face;
use crate::rest::mentions::Allowed;
use crate::rest::messages::{apply_edit, draft, may_delete, may_send, reference, slowmode};
use crate::rest::{access, error};
use crate::snowflake::{Id, Sid};
use crate::validate::form::Path;
use crate::validate::message::{self as rules, Place};
use crate::wire;
use crate::world::World;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/as/{user}/guilds", guilds, "The guilds of a person")
        .get(
            "/as/{user}/guilds/{guild}",
            guild,
            "A guild as a member sees it: channels, roles, members, own permissions",
        )
        .get("/as/{user}/dms", dms, "A person's direct message channels")
        .post("/as/{user}/dms", open_dm, "Opens a direct message channel")
        .get(
            "/as/{user}/channels/{channel}/messages",
            messages,
            "Messages of a channel as a person sees them, newest first",
        )
        .post("/as/{user}/channels/{channel}/messages", send, "Says something in a channel")
        .patch("/as/{user}/channels/{channel}/messages/{message}", edit, "Edits a message of one's own")
        .delete(
            "/as/{user}/channels/{channel}/messages/{message}",
            remove,
            "Deletes a message, or dismisses an ephemeral one",
        )
}

/// Members shown with a guild.
const MEMBERS_SHOWN: usize = 1000;

/// Which of a person's guilds.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GuildPage {
    /// Only those whose name holds this, in any case, or whose id it is.
    query: Option<String>,
    /// Only those whose id is higher.
    after: Option<PathId>,
    /// At most so many, the lowest ids first.
    limit: Option<usize>,
}

impl GuildPage {
    fn fits(&self, guild: &Guild) -> bool {
        let wanted = self.query.as_deref().unwrap_or_default().to_lowercase();
        self.after.is_none_or(|PathId(after)| guild.id > after)
            && (wanted.is_empty()
                || guild.name.to_lowercase().contains(&wanted)
                || guild.id.to_string() == wanted)
    }
}

/// `GET /control/as/{user}/guilds`
pub(crate) async fn guilds(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
    Asked(page): Asked<GuildPage>,
) -> Result<Json<Value>, ControlError> {
    let now = face.engine.now();
    face.engine.read(|world| {
        world.user(user)?;
        let fitting = world.guilds_of(user).filter(|guild| page.fits(guild));
        let shown = fitting.take(page.limit.unwrap_or(usize::MAX)).map(|guild| {
            json!({
                "id": Sid(guild.id),
                "name": guild.name,
                "icon": guild.icon,
                "owner_id": Sid(guild.owner_id),
                "owner": guild.owner_id == user,
                "permissions": permissions::in_guild(guild, user, now),
                "member_count": guild.member_count(),
            })
        });
        Ok(Json(shown.collect()))
    })
}

/// `GET /control/as/{user}/guilds/{guild}`
pub(crate) async fn guild(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(id))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    let now = face.engine.now();
    face.engine.read(|world| {
        let guild = access::guild(world, user, id)?;
        let visible = guild.channels.iter().filter(|channel| permissions::can_view(guild, channel, user));
        let channels = visible.map(|channel| {
            let mut shown = wire::channel(world, channel, Some(user));
            shown["permissions"] = json!(permissions::in_channel(guild, channel, user, now).implied(channel));
            shown
        });
        let channels: Vec<Value> = channels.collect();
        let members = guild.members.values().take(MEMBERS_SHOWN);
        let members: Vec<Value> = members.map(|m| wire::member(m, world.users.get(&m.user_id))).collect();
        let presences = guild.members.keys().take(MEMBERS_SHOWN).filter_map(|id| {
            let mut shown = world.presences.get(id)?.clone();
            shown["user"] = json!({ "id": Sid(*id) });
            Some(shown)
        });
        let voices = guild.voice_states.iter().map(|state| wire::voice_state(guild, state, false));
        Ok(Json(json!({
            "id": Sid(guild.id),
            "name": guild.name,
            "icon": guild.icon,
            "owner_id": Sid(guild.owner_id),
            "permissions": permissions::in_guild(guild, user, now),
            "member_count": guild.member_count(),
            "unavailable": guild.unavailable,
            "channels": channels,
            "roles": guild.roles.iter().map(wire::role).collect::<Vec<_>>(),
            "members": members,
            "presences": presences.collect::<Vec<_>>(),
            "voice_states": voices.collect::<Vec<_>>(),
        })))
    })
}

/// `GET /control/as/{user}/dms`
pub(crate) async fn dms(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
) -> Result<Json<Value>, ControlError> {
    face.engine.read(|world| {
        world.user(user)?;
        let own = world.dms.values().filter(|channel| channel.recipients.contains(&user));
        Ok(Json(own.map(|channel| wire::channel(world, channel, Some(user))).collect()))
    })
}

/// Whom to talk to.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DmBody {
    recipient_id: AnyId,
}

/// `POST /control/as/{user}/dms`
pub(crate) async fn open_dm(
    State(face): State<Arc<Face>>,
    At(PathId(user)): At<PathId>,
    Given(body): Given<DmBody>,
) -> Result<Json<Value>, ControlError> {
    if body.recipient_id.0 == user {
        return Err(ControlError::bad("nobody has a direct message with themselves"));
    }
    Ok(Json(face.engine.try_apply(|world, now| {
        let id = world.open_dm(user, body.recipient_id.0, now)?;
        let channel = world.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
        Ok::<_, ControlError>((wire::channel(world, channel, Some(user)), Vec::new()))
    })?))
}

/// Which page of messages.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Page {
    limit: Option<usize>,
    before: Option<PathId>,
    after: Option<PathId>,
}

/// `GET /control/as/{user}/channels/{channel}/messages`, newest first, with the ephemeral ones that
/// are for this person.
pub(crate) async fn messages(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
    Asked(page): Asked<Page>,
) -> Result<Json<Value>, ControlError> {
    let now = face.engine.now();
    face.engine.read(|world| {
        let seen = access::channel(world, user, channel, now)?;
        let limit = page.limit.unwrap_or(50).clamp(1, 500);
        let (before, after) = (page.before.map(|PathId(id)| id), page.after.map(|PathId(id)| id));
        let reads = seen.own.contains(Permissions::READ_MESSAGE_HISTORY);
        let found = world.history(channel, before, after, limit, Some(user));
        let found = found.into_iter().filter(|m| reads || m.ephemeral_for.is_some());
        Ok(Json(found.map(|message| show(world, &message, user)).collect()))
    })
}

/// A message as a person's client has it.
pub(crate) fn show(world: &World, message: &Message, user: Id) -> Value {
    let mut all = wire::message(world, message, Some(user));
    if let Some(guild) = world.guild_of_channel(message.channel_id) {
        all["guild_id"] = json!(Sid(guild.id));
        if let Some(member) = guild.member(message.author_id) {
            all["member"] = wire::member(member, None);
        }
    }
    all
}

/// What a person writes.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Written {
    #[serde(default)]
    content: String,
    /// The message that is answered.
    reply_to: Option<AnyId>,
    #[serde(default)]
    files: Vec<FileBody>,
}

/// `POST /control/as/{user}/channels/{channel}/messages`
pub(crate) async fn send(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
    Given(written): Given<Written>,
) -> Result<Json<Value>, ControlError> {
    let (files, attachments) = files::read(&written.files, face.engine.limits().attachment_bytes)?;
    let mut body = checked(&written.content, files.len())?;
    body.insert("attachments".to_owned(), attachments);
    let base = face.base_url();
    Ok(Json(face.engine.try_apply(|world, now| {
        world.user(user)?;
        let seen = may_send(world, user, channel, now)?;
        slowmode::may_write(world, &seen, user, now)?;
        let own = seen.own;
        let answers = written.reply_to.map(|AnyId(id)| json!({ "message_id": id.to_string() }));
        let (kind, reference) = reference(world, answers.as_ref(), &seen)?;
        let context = draft::Context { files: &files, ..context(channel, user, own, &base, now) };
        let mut message = draft::build(world, &body, &context)?;
        message.kind = kind;
        message.reference = reference;
        if kind == draft::REPLY {
            draft::mention_replied(world, &mut message);
        }
        world.moderate(&mut message, channel, now).map_err(error::ApiError::from)?;
        let (id, told) = world.create_message(message, now)?;
        let message = world.message(channel, id).ok_or(error::UNKNOWN_MESSAGE)?;
        Ok::<_, ControlError>((show(world, message, user), told))
    })?))
}

fn checked(content: &str, files: usize) -> Result<Map<String, Value>, ControlError> {
    let mut body = Map::new();
    body.insert("content".to_owned(), json!(content));
    rules::check(&body, Path::ROOT, Place::Channel, files).map_err(error::ApiError::from)?;
    if rules::is_empty(&body, files) { Err(error::EMPTY_MESSAGE.into()) } else { Ok(body) }
}

fn context(channel_id: Id, author_id: Id, own: Permissions, base: &str, now: i64) -> draft::Context<'_> {
    draft::Context { channel_id, author_id, own, allowed: Allowed::EVERYTHING, files: &[], base, now }
}

/// A message that the person can see.
fn visible(world: &World, user: Id, channel: Id, id: Id) -> Result<&Message, ControlError> {
    let fits = |m: &&Message| m.ephemeral_for.is_none_or(|only| only == user);
    Ok(world.message(channel, id).filter(fits).ok_or(error::UNKNOWN_MESSAGE)?)
}

/// `PATCH /control/as/{user}/channels/{channel}/messages/{message}`
pub(crate) async fn edit(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel), PathId(id))): At<(PathId, PathId, PathId)>,
    Given(written): Given<Written>,
) -> Result<Json<Value>, ControlError> {
    let body = checked(&written.content, 0)?;
    let base = face.base_url();
    Ok(Json(face.engine.try_apply(|world, now| {
        let own = access::channel(world, user, channel, now)?.own;
        if visible(world, user, channel, id)?.author_id != user {
            return Err(error::CANNOT_EDIT_OTHERS.into());
        }
        let told = apply_edit(world, &body, id, &context(channel, user, own, &base, now))?;
        Ok::<_, ControlError>((show(world, visible(world, user, channel, id)?, user), told))
    })?))
}

/// `DELETE /control/as/{user}/channels/{channel}/messages/{message}`
pub(crate) async fn remove(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel), PathId(id))): At<(PathId, PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply_as(Some(user), None, |world, now| {
        let seen = access::channel(world, user, channel, now)?;
        let message = visible(world, user, channel, id)?;
        if message.ephemeral_for.is_none() {
            may_delete(&seen, message, user)?;
        }
        let ((), told) = world.delete_message(channel, id).map(|(_, told)| ((), told))?;
        Ok::<_, ControlError>(((), told))
    })?;
    Ok(Json(json!({ "deleted": Sid(id) })))
}
