//! Removing those who have not been there for long. (Discord docs: Guild resource, Begin Guild Prune.)

use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, not_snowflake, ok};
use super::error::ApiError;
use super::routes::{Auth, Pace, Table};
use crate::permissions::Permissions;
use crate::snowflake::{Id, parse};
use crate::validate::form::{Form, Path};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/prune", Auth::Bot, Pace::Ordinary, count);
    table.post("/guilds/{guild}/prune", Auth::Bot, Pace::Ordinary, begin);
}

/// Roles that can be included.
const ROLES: usize = 100;

const WANTED: Permissions = Permissions(Permissions::MANAGE_GUILD.0 | Permissions::KICK_MEMBERS.0);

/// `GET /guilds/{guild}/prune`
fn count(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let days = call.query_number("days", 7, (1, 30))?;
    let days = i64::try_from(days).unwrap_or(7);
    // A list with commas, or the same key again and again.
    let given = call.query.iter().filter(|(key, _)| key == "include_roles");
    let texts = given.flat_map(|(_, text)| text.split(',')).filter(|text| !text.is_empty()).take(ROLES);
    let roles: Result<Vec<Id>, ApiError> =
        texts.map(|text| parse(text).ok_or_else(|| not_snowflake(&["include_roles"], text))).collect();
    let roles = roles?;
    ok(call.read(|world| {
        access::guild_with(world, caller, guild_id, WANTED, call.now)?;
        Ok::<_, ApiError>(json!({ "pruned": world.inactive(guild_id, days, &roles, call.now)?.len() }))
    })?)
}

/// `POST /guilds/{guild}/prune`
fn begin(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let (body, mut form) = (call.object()?, Form::default());
    let days = form.integer(body, "days", Path::ROOT, (1, 30)).unwrap_or(7);
    let counted = form.boolean(body, "compute_prune_count", Path::ROOT).unwrap_or(true);
    let here = Path::ROOT.key("include_roles");
    let items = form.list(body, "include_roles", Path::ROOT, ROLES).iter().enumerate();
    let roles: Vec<Id> = items.filter_map(|(n, id)| form.snowflake_value(id, here.index(n))).collect();
    form.finish()?;
    ok(call.change(|world, now| {
        access::guild_with(world, caller, guild_id, WANTED, now)?;
        let (removed, told) = world.prune(guild_id, days, &roles, now)?;
        Ok((json!({ "pruned": if counted { json!(removed) } else { Value::Null } }), told))
    })?)
}
