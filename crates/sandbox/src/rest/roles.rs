//! Roles. (Discord docs: Guild resource, Create Guild Role.)

use serde_json::{Map, Value};

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Asset, Guild, Role};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, FormErrors, Path};
use crate::wire;
use crate::world::NewRole;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/roles", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/roles", Auth::Bot, Pace::Ordinary, create);
    table.patch("/guilds/{guild}/roles", Auth::Bot, Pace::Ordinary, positions);
    table.get("/guilds/{guild}/roles/member-counts", Auth::Bot, Pace::Ordinary, member_counts);
    table.get("/guilds/{guild}/roles/{role}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/roles/{role}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/roles/{role}", Auth::Bot, Pace::Ordinary, delete);
}

/// `GET /guilds/{guild}/roles`
pub(crate) fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        Ok::<_, ApiError>(guild.roles.iter().map(wire::role).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/roles/{role}`
pub(crate) fn get(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "role_id")?);
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        guild.role(id).map(wire::role).ok_or(error::UNKNOWN_ROLE)
    })?)
}

/// `GET /guilds/{guild}/roles/member-counts`
pub(crate) fn member_counts(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let count = |id: Id| guild.members.values().filter(|m| m.roles.contains(&id)).count();
        let others = guild.roles.iter().filter(|role| role.id != guild.id);
        Ok::<_, ApiError>(
            others.map(|r| (r.id.to_string(), count(r.id).into())).collect::<Map<String, Value>>(),
        )
    })?)
}

/// The three colours that a holographic role has, whatever is asked for.
/// (Discord docs: Permissions, Role Colors Object.)
const HOLOGRAPHIC: [u32; 3] = [11_127_295, 16_759_788, 16_761_760];

/// The largest icon in bytes.
const ICON: usize = 256 * 1024;

/// What a request says about a role.
struct Wanted {
    name: Option<String>,
    permissions: Option<Permissions>,
    color: Option<u32>,
    /// The second and third colour, when colours were given at all.
    more_colors: Option<(Option<u32>, Option<u32>)>,
    hoist: Option<bool>,
    mentionable: Option<bool>,
    icon: Option<Asset>,
    no_icon: bool,
    unicode_emoji: Option<String>,
    no_emoji: bool,
}

fn read(body: &Map<String, Value>) -> Result<Wanted, FormErrors> {
    let mut form = Form::default();
    let at = Path::ROOT;
    let here = at.key("colors");
    let mut number = |object: &Map<String, Value>, key: &str, path: Path<'_>| {
        form.integer(object, key, path, (0, 0xFF_FF_FF)).and_then(|n| u32::try_from(n).ok())
    };
    let (mut color, mut more_colors) = (None, None);
    if let Some(colors) = body.get("colors").and_then(Value::as_object) {
        color = number(colors, "primary_color", here);
        let (second, third) =
            (number(colors, "secondary_color", here), number(colors, "tertiary_color", here));
        more_colors = Some((second, third));
        if third.is_some() {
            (color, more_colors) = (Some(HOLOGRAPHIC[0]), Some((Some(HOLOGRAPHIC[1]), Some(HOLOGRAPHIC[2]))));
        }
    } else if let Some(given) = number(body, "color", at) {
        color = Some(given);
    }
    let null = |key: &str| body.get(key).is_some_and(Value::is_null);
    let emoji = form.string(body, "unicode_emoji", at, (0, 100)).filter(|text| !text.is_empty());
    let wanted = Wanted {
        name: form.string(body, "name", at, (1, 100)).map(str::to_owned),
        permissions: form.snowflake(body, "permissions", at).map(Permissions),
        color,
        more_colors,
        hoist: form.boolean(body, "hoist", at),
        mentionable: form.boolean(body, "mentionable", at),
        icon: data_uri::read(&mut form, body, "icon", at, (Expected::Image, ICON)),
        no_icon: null("icon"),
        unicode_emoji: emoji.map(str::to_owned),
        no_emoji: null("unicode_emoji"),
    };
    form.finish()?;
    Ok(wanted)
}

impl Wanted {
    /// Icons and gradients are for servers that have the feature.
    fn check(&self, guild: &Guild) -> Result<(), ApiError> {
        let icon = self.icon.is_some() || self.unicode_emoji.is_some();
        let gradient = self.more_colors.is_some_and(|(second, third)| second.or(third).is_some());
        let lacks = |feature: &str| !guild.has_feature(feature);
        if (icon && lacks("ROLE_ICONS")) || (gradient && lacks("ENHANCED_ROLE_COLORS")) {
            return Err(error::NEEDS_BOOSTS);
        }
        Ok(())
    }

    fn apply(self, role: &mut Role, icon: Option<String>) {
        if let Some(name) = self.name {
            role.name = name;
        }
        role.permissions = self.permissions.unwrap_or(role.permissions);
        role.color = self.color.unwrap_or(role.color);
        if let Some((second, third)) = self.more_colors {
            (role.secondary_color, role.tertiary_color) = (second, third);
        }
        role.hoist = self.hoist.unwrap_or(role.hoist);
        role.mentionable = self.mentionable.unwrap_or(role.mentionable);
        if icon.is_some() || self.no_icon {
            role.icon = icon;
        }
        if self.unicode_emoji.is_some() || self.no_emoji {
            role.unicode_emoji = self.unicode_emoji;
        }
    }
}

/// Nobody grants what they do not have.
fn may_grant(guild: &Guild, user: Id, wanted: Option<Permissions>, now: Millis) -> Result<(), ApiError> {
    access::need(permissions::in_guild(guild, user, now), wanted.unwrap_or(Permissions::NONE))
}

/// `POST /guilds/{guild}/roles`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|w| access::guild_with(w, caller, guild_id, Permissions::MANAGE_ROLES, call.now).map(|_| ()))?;
    let mut wanted = read(call.object()?)?;
    ok(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        may_grant(guild, caller.bot_id, wanted.permissions, now)?;
        // Without the field a new role has what everyone has.
        let everyone = guild.role(guild_id).map_or(Permissions::NONE, |role| role.permissions);
        wanted.check(guild)?;
        let mut role = Role { name: "new role".to_owned(), permissions: everyone, ..Role::default() };
        let icon = wanted.icon.take().map(|icon| world.assets.put(icon));
        wanted.apply(&mut role, icon);
        let new = NewRole {
            name: role.name,
            permissions: role.permissions,
            color: role.color,
            secondary_color: role.secondary_color,
            tertiary_color: role.tertiary_color,
            hoist: role.hoist,
            mentionable: role.mentionable,
            icon: role.icon,
            unicode_emoji: role.unicode_emoji,
            ..NewRole::default()
        };
        let (id, told) = world.create_role(guild_id, new, now)?;
        let role = world.guild(guild_id)?.role(id).ok_or(error::UNKNOWN_ROLE)?;
        Ok((wire::role(role), told))
    })?)
}

/// `PATCH /guilds/{guild}/roles/{role}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "role_id")?);
    call.read(|w| access::guild_with(w, caller, guild_id, Permissions::MANAGE_ROLES, call.now).map(|_| ()))?;
    let mut wanted = read(call.object()?)?;
    ok(call.change(|world, now| {
        let guild = world.guild(guild_id)?;
        guild.role(id).ok_or(error::UNKNOWN_ROLE)?;
        if id != guild_id && !access::above_role(guild, caller.bot_id, id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        may_grant(guild, caller.bot_id, wanted.permissions, now)?;
        wanted.check(guild)?;
        let icon = wanted.icon.take().map(|icon| world.assets.put(icon));
        let ((), told) = world.update_role(guild_id, id, |role| wanted.apply(role, icon))?;
        let role = world.guild(guild_id)?.role(id).ok_or(error::UNKNOWN_ROLE)?;
        Ok((wire::role(role), told))
    })?)
}

/// `PATCH /guilds/{guild}/roles`
pub(crate) fn positions(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let moves = call.positions(|_, _, _, id, position| position.map(|position| (id, position)))?;
    let moves: Vec<_> = moves.into_iter().flatten().collect();
    ok(call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_ROLES, now)?;
        // Neither what is moved nor where it goes may be above what is one's own.
        let top = guild.top_role(caller.bot_id).map_or(0, |role| role.position);
        let above = |(id, place): &(Id, i32)| {
            // discord.js names every role with its place, also those that stay where they are.
            guild.role(*id).is_some_and(|role| role.position != *place)
                && (*place >= top || !access::above_role(guild, caller.bot_id, *id))
        };
        if guild.owner_id != caller.bot_id && moves.iter().any(above) {
            return Err(error::MISSING_PERMISSIONS);
        }
        let ((), told) = world.move_roles(guild_id, &moves)?;
        let guild = world.guild(guild_id)?;
        Ok((guild.roles.iter().map(wire::role).collect::<Vec<_>>(), told))
    })?)
}

/// `DELETE /guilds/{guild}/roles/{role}`
pub(crate) fn delete(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "role_id")?);
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_ROLES, now)?;
        let role = guild.role(id).ok_or(error::UNKNOWN_ROLE)?;
        if role.managed || id == guild_id {
            return Err(error::INVALID_ROLE);
        }
        if !access::above_role(guild, caller.bot_id, id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        Ok(world.delete_role(guild_id, id)?)
    })?;
    Ok(Reply::Empty)
}
