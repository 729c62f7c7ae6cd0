//! Templates: snapshots of a server. (Discord docs: Guild Template resource.)

use serde_json::Value;

use crate::model::Template;
use crate::permissions::Permissions;
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::Id;
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/templates/{code}", Auth::Open, Pace::Ordinary, get);
    table.get("/guilds/{guild}/templates", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/templates", Auth::Bot, Pace::Ordinary, create);
    table.put("/guilds/{guild}/templates/{code}", Auth::Bot, Pace::Ordinary, sync);
    table.patch("/guilds/{guild}/templates/{code}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/templates/{code}", Auth::Bot, Pace::Ordinary, delete);
}

fn get(call: &Call) -> Answer {
    ok(call.read(|world| {
        let id = world.template_guild(call.text(0)).ok_or(error::UNKNOWN_TEMPLATE)?;
        shown(world, id)
    })?)
}

fn shown(world: &World, guild_id: Id) -> Result<Value, ApiError> {
    let guild = world.guild(guild_id)?;
    let template = guild.community().template.as_ref().ok_or(error::UNKNOWN_TEMPLATE)?;
    Ok(wire::community::template(world, guild, template))
}

/// The guild of the path, whose template must have the code of the path.
fn managed(world: &World, call: &Call, now: i64) -> Result<(Id, Template), ApiError> {
    let guild_id = call.id(0, "guild_id")?;
    let guild = access::guild_with(world, call.caller()?, guild_id, Permissions::MANAGE_GUILD, now)?;
    let template = guild.community().template.as_ref().filter(|template| template.code == call.text(1));
    Ok((guild_id, template.ok_or(error::UNKNOWN_TEMPLATE)?.clone()))
}

fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, call.now)?;
        let all = guild.community().template.iter();
        Ok::<_, ApiError>(
            all.map(|template| wire::community::template(world, guild, template)).collect::<Vec<_>>(),
        )
    })?)
}

fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let (body, mut form) = (call.object()?, Form::default());
    let name = form.required_string(body, "name", Path::ROOT, (1, 100)).unwrap_or_default().to_owned();
    let description = form.string(body, "description", Path::ROOT, (0, 120)).map(str::to_owned);
    form.finish()?;
    ok(call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, now)?;
        if guild.community().template.is_some() {
            return Err(error::TEMPLATE_EXISTS);
        }
        let template = Template {
            name,
            description,
            creator_id: caller.bot_id,
            created_at: now,
            updated_at: now,
            snapshot: wire::community::snapshot(guild),
            ..Template::default()
        };
        world.set_template(guild_id, template, now)?;
        Ok((shown(world, guild_id)?, Vec::new()))
    })?)
}

fn sync(call: &Call) -> Answer {
    ok(call.change(|world, now| {
        let (guild_id, mut template) = managed(world, call, now)?;
        template.snapshot = wire::community::snapshot(world.guild(guild_id)?);
        template.updated_at = now;
        world.set_template(guild_id, template, now)?;
        Ok((shown(world, guild_id)?, Vec::new()))
    })?)
}

fn edit(call: &Call) -> Answer {
    let (body, mut form) = (call.object()?, Form::default());
    let name = form.string(body, "name", Path::ROOT, (1, 100));
    let description = form.string(body, "description", Path::ROOT, (0, 120));
    form.finish()?;
    ok(call.change(|world, now| {
        let (guild_id, mut template) = managed(world, call, now)?;
        if let Some(name) = name {
            name.clone_into(&mut template.name);
        }
        if body.contains_key("description") {
            template.description = description.map(str::to_owned);
        }
        world.set_template(guild_id, template, now)?;
        Ok((shown(world, guild_id)?, Vec::new()))
    })?)
}

fn delete(call: &Call) -> Answer {
    ok(call.change(|world, now| {
        let (guild_id, _) = managed(world, call, now)?;
        let gone = shown(world, guild_id)?;
        world.drop_template(guild_id)?;
        Ok((gone, Vec::new()))
    })?)
}
