//! A guild's emojis. (Discord docs: Emoji.)

use serde_json::{Map, Value};

use super::access;
use super::call::{Answer, Call, created, ok};
use super::error::{self, ApiError};
use super::expressions::{self, Expression, check_room};
use super::routes::{Auth, Pace, Table};
use crate::model::{Asset, Emoji, Guild, User};
use crate::permissions::Permissions;
use crate::snowflake::Id;
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::{Changed, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/emojis", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/emojis", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/emojis/{emoji}", Auth::Bot, Pace::Ordinary, expressions::get::<Emoji>);
    table.patch("/guilds/{guild}/emojis/{emoji}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/emojis/{emoji}", Auth::Bot, Pace::Ordinary, expressions::delete::<Emoji>);
}

impl Expression for Emoji {
    const PARAM: &'static str = "emoji_id";
    const UNKNOWN: ApiError = error::UNKNOWN_GUILD_EMOJI;

    fn all(guild: &Guild) -> &[Self] {
        &guild.emojis
    }

    fn ids(&self) -> (Id, Id) {
        (self.id, self.user_id)
    }

    fn wire(&self, user: Option<&User>) -> Value {
        wire::emoji(self, user)
    }

    fn remove(world: &mut World, guild_id: Id, id: Id) -> Changed<()> {
        world.delete_emoji(guild_id, id)
    }
}

/// `GET /guilds/{guild}/emojis`
pub(crate) fn list(call: &Call) -> Answer {
    ok(expressions::all::<Emoji>(call)?)
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
        let refusal = if animated { (30_018, "animated emojis") } else { (30_008, "emojis") };
        check_room(guild, count, most, refusal)?;
        let emoji = Emoji {
            name: name.unwrap_or_default(),
            roles: roles.unwrap_or_default(),
            user_id: caller.bot_id,
            image,
            ..Emoji::default()
        };
        let (id, told) = world.create_emoji(guild_id, emoji, now)?;
        Ok((Emoji::shown(world, guild_id, id, caller.bot_id, now)?, told))
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
        let guild = Emoji::may_change(world, caller.bot_id, guild_id, id, now)?;
        known_roles(guild, roles.as_deref())?;
        let ((), told) = world.update_emoji(guild_id, id, |emoji| {
            emoji.name = name.unwrap_or_else(|| std::mem::take(&mut emoji.name));
            emoji.roles = roles.unwrap_or_else(|| std::mem::take(&mut emoji.roles));
        })?;
        Ok((Emoji::shown(world, guild_id, id, caller.bot_id, now)?, told))
    })?)
}
