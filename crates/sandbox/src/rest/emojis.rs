//! A guild's emojis. (Discord docs: Emoji.)

use serde_json::{Map, Value};

use super::access;
use super::call::{Answer, Call, Reply, created, ok};
use super::error::{self, ApiError};
use super::expressions::{may_change, shows_users, too_many};
use super::routes::{Auth, Pace, Table};
use crate::model::{Asset, Emoji, Guild};
use crate::permissions::Permissions;
use crate::snowflake::Id;
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/emojis", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/emojis", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/emojis/{emoji}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/emojis/{emoji}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/emojis/{emoji}", Auth::Bot, Pace::Ordinary, delete);
}

fn show(world: &World, guild: &Guild, emoji: &Emoji, viewer: Id, now: i64) -> Value {
    let user = world.users.get(&emoji.user_id).filter(|_| shows_users(guild, viewer, now));
    wire::emoji(emoji, user)
}

fn find(guild: &Guild, id: Id) -> Result<&Emoji, ApiError> {
    guild.emojis.iter().find(|emoji| emoji.id == id).ok_or(error::UNKNOWN_GUILD_EMOJI)
}

/// `GET /guilds/{guild}/emojis`
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let all = guild.emojis.iter().map(|emoji| show(world, guild, emoji, bot, call.now));
        Ok::<_, ApiError>(all.collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/emojis/{emoji}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "emoji_id")?);
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        Ok::<_, ApiError>(show(world, guild, find(guild, id)?, bot, call.now))
    })?)
}

/// A name of letters, digits and underscores; Discord takes nothing else.
pub(crate) fn name(form: &mut Form, body: &Map<String, Value>) -> Option<String> {
    let name = form.string(body, "name", Path::ROOT, (2, 32))?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let message = "String value did not match validation regex.";
        form.error(Path::ROOT.key("name"), "STRING_TYPE_REGEX", message);
    }
    Some(name.to_owned())
}

/// The picture of a new emoji.
pub(crate) fn image(form: &mut Form, body: &Map<String, Value>, max: usize) -> Option<Asset> {
    if matches!(body.get("image"), None | Some(Value::Null)) {
        form.required(Path::ROOT.key("image"));
    }
    data_uri::read(form, body, "image", Path::ROOT, (Expected::Image, max))
}

fn roles(form: &mut Form, body: &Map<String, Value>) -> Option<Vec<Id>> {
    body.get("roles").map(|_| {
        let list = form.list(body, "roles", Path::ROOT, 250).iter().enumerate().take(250);
        let at = Path::ROOT.key("roles");
        list.filter_map(|(index, value)| form.snowflake_value(value, at.index(index))).collect()
    })
}

fn known_roles(guild: &Guild, roles: Option<&[Id]>) -> Result<(), ApiError> {
    let unknown = roles.into_iter().flatten().any(|id| guild.role(*id).is_none());
    if unknown { Err(error::UNKNOWN_ROLE) } else { Ok(()) }
}

/// `POST /guilds/{guild}/emojis`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let wanted = Permissions::CREATE_GUILD_EXPRESSIONS;
    let max = call.read(|world| {
        access::guild_with(world, caller, guild_id, wanted, call.now).map(|_| world.limits.emoji_bytes)
    })?;
    let body = call.object()?;
    let mut form = Form::default();
    if !body.contains_key("name") {
        form.required(Path::ROOT.key("name"));
    }
    let (name, image) = (name(&mut form, body), image(&mut form, body, max));
    let roles = roles(&mut form, body);
    form.finish()?;
    let image = image.unwrap_or_default();
    created(call.change(|world, now| {
        let most = world.limits.guild_emojis;
        let guild = world.guild(guild_id)?;
        known_roles(guild, roles.as_deref())?;
        // Still and animated ones are counted apart.
        let animated = image.is_animated();
        let count = guild.emojis.iter().filter(|emoji| emoji.image.is_animated() == animated).count();
        let most = most[usize::from(guild.premium_tier).min(3)];
        if count >= most {
            let (code, kind) = if animated { (30_018, "animated emojis") } else { (30_008, "emojis") };
            return Err(too_many(code, kind, most));
        }
        let emoji = Emoji {
            name: name.unwrap_or_default(),
            roles: roles.unwrap_or_default(),
            user_id: caller.bot_id,
            image,
            ..Emoji::default()
        };
        let (id, told) = world.create_emoji(guild_id, emoji, now)?;
        let guild = world.guild(guild_id)?;
        Ok((show(world, guild, find(guild, id)?, caller.bot_id, now), told))
    })?)
}

/// `PATCH /guilds/{guild}/emojis/{emoji}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "emoji_id")?);
    let body = call.object()?;
    let mut form = Form::default();
    let (name, roles) = (name(&mut form, body), roles(&mut form, body));
    form.finish()?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        may_change(guild, caller.bot_id, find(guild, id)?.user_id, now)?;
        known_roles(guild, roles.as_deref())?;
        let ((), told) = world.update_emoji(guild_id, id, |emoji| {
            emoji.name = name.unwrap_or_else(|| std::mem::take(&mut emoji.name));
            emoji.roles = roles.unwrap_or_else(|| std::mem::take(&mut emoji.roles));
        })?;
        let guild = world.guild(guild_id)?;
        Ok((show(world, guild, find(guild, id)?, caller.bot_id, now), told))
    })?)
}

/// `DELETE /guilds/{guild}/emojis/{emoji}`
pub(crate) fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "emoji_id")?);
    call.change(|world, now| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        may_change(guild, caller.bot_id, find(guild, id)?.user_id, now)?;
        Ok(world.delete_emoji(guild_id, id)?)
    })?;
    Ok(Reply::Empty)
}
