//! What emojis, stickers and sounds have in common: who may add and change them and see their authors, and
//! the routes that list, show and delete them. (Discord docs: Permissions, Bitwise Permission Flags.)

use serde_json::Value;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::ApiError;
use crate::model::{Guild, User};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::world::{Changed, World};

/// One kind of them.
pub(super) trait Expression: Sized {
    /// The name of the id in a path.
    const PARAM: &'static str;
    /// There is none with this id.
    const UNKNOWN: ApiError;

    /// Those of a guild.
    fn all(guild: &Guild) -> &[Self];
    /// The id, and who added it.
    fn ids(&self) -> (Id, Id);
    /// The wire object.
    fn wire(&self, user: Option<&User>) -> Value;
    /// Deletes it.
    fn remove(world: &mut World, guild_id: Id, id: Id) -> Changed<()>;

    /// The one with this id.
    fn find(guild: &Guild, id: Id) -> Result<&Self, ApiError> {
        Self::all(guild).iter().find(|one| one.ids().0 == id).ok_or(Self::UNKNOWN)
    }

    /// The wire object, with the author for those who may know.
    fn show(&self, world: &World, guild: &Guild, viewer: Id, now: Millis) -> Value {
        self.wire(world.users.get(&self.ids().1).filter(|_| shows_users(guild, viewer, now)))
    }

    /// The wire object after a change.
    fn shown(world: &World, guild_id: Id, id: Id, viewer: Id, now: Millis) -> Result<Value, ApiError> {
        let guild = world.guild(guild_id)?;
        Ok(Self::find(guild, id)?.show(world, guild, viewer, now))
    }

    /// Whether someone may change it, and the guild.
    fn may_change(world: &World, actor: Id, guild_id: Id, id: Id, now: Millis) -> Result<&Guild, ApiError> {
        let guild = access::guild(world, actor, guild_id)?;
        may_change(guild, actor, Self::find(guild, id)?.ids().1, now)?;
        Ok(guild)
    }
}

/// Those of a guild, as its member sees them.
pub(super) fn all<E: Expression>(call: &Call) -> Result<Vec<Value>, ApiError> {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        Ok(E::all(guild).iter().map(|one| one.show(world, guild, bot, call.now)).collect())
    })
}

/// The route that shows one.
pub(super) fn get<E: Expression>(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, E::PARAM)?);
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        Ok::<_, ApiError>(E::find(guild, id)?.show(world, guild, bot, call.now))
    })?)
}

/// The route that deletes one.
pub(super) fn delete<E: Expression>(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, E::PARAM)?);
    call.change(|world, now| {
        E::may_change(world, bot, guild_id, id, now)?;
        Ok(E::remove(world, guild_id, id)?)
    })?;
    Ok(Reply::Empty)
}

/// Either of the two permissions shows who added something.
fn shows_users(guild: &Guild, viewer: Id, now: Millis) -> bool {
    permissions::in_guild(guild, viewer, now)
        .intersects(Permissions::CREATE_GUILD_EXPRESSIONS | Permissions::MANAGE_GUILD_EXPRESSIONS)
}

/// One's own may be changed with either permission, others' only with the right to manage them.
fn may_change(guild: &Guild, actor: Id, author: Id, now: Millis) -> Result<(), ApiError> {
    let own = permissions::in_guild(guild, actor, now);
    if actor == author && own.contains(Permissions::CREATE_GUILD_EXPRESSIONS) {
        return Ok(());
    }
    access::need(own, Permissions::MANAGE_GUILD_EXPRESSIONS)
}

/// Refuses one more when there are as many as the guild's premium tier allows.
pub(super) fn check_room(
    guild: &Guild,
    count: usize,
    by_tier: [usize; 4],
    (code, what): (u32, &str),
) -> Result<(), ApiError> {
    let most = by_tier[usize::from(guild.premium_tier).min(3)];
    if count < most { Ok(()) } else { Err(too_many(code, what, most)) }
}

/// "Maximum number of ... reached", with the number in force.
pub(super) fn too_many(code: u32, what: &str, most: usize) -> ApiError {
    let message = format!("Maximum number of {what} reached ({most})");
    ApiError { message: message.into(), ..ApiError::new(400, code, "") }
}
