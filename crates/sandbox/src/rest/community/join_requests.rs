//! Requests to join a server that looks at each. (Discord docs: Guild Join Request resource.)

use serde_json::{Value, json};

use crate::model::{Guild, JoinRequest};
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::Id;
use crate::validate::form::{Form, Path};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/requests", Auth::Bot, Pace::Ordinary, list);
    table.patch("/guilds/{guild}/requests/{request}", Auth::Bot, Pace::Ordinary, act);
}

fn status(text: &str) -> Option<&'static str> {
    ["SUBMITTED", "APPROVED", "REJECTED"].into_iter().find(|known| *known == text)
}

fn choices(key: &str) -> ApiError {
    let text = "Value must be one of {'SUBMITTED', 'APPROVED', 'REJECTED'}.";
    ApiError::field(&[key], "BASE_TYPE_CHOICES", text)
}

/// Only servers that look at each request have this.
fn reviewing(guild: &Guild) -> Result<(), ApiError> {
    if guild.reviews_joins() { Ok(()) } else { Err(error::MISSING_ACCESS) }
}

/// `GET /guilds/{guild}/requests`; who may only manage the server is told how many there are.
fn list(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    let wanted = status(call.query("status").unwrap_or("SUBMITTED")).ok_or_else(|| choices("status"))?;
    let limit = call.query_number("limit", 100, (1, 100))?;
    let after = call.query_id("after")?;
    let before = call.query_id("before")?.filter(|_| after.is_none());
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let own = permissions::in_guild(guild, bot, call.now);
        if !own.intersects(Permissions::KICK_MEMBERS | Permissions::MANAGE_GUILD) {
            return Err(error::MISSING_PERMISSIONS);
        }
        reviewing(guild)?;
        let all = || guild.community().join_requests.iter().filter(|request| request.status == wanted);
        let mut answer = json!({});
        if wanted == "SUBMITTED" {
            answer["total"] = json!(all().count());
        }
        if own.contains(Permissions::KICK_MEMBERS) {
            let fits = |r: &&JoinRequest| {
                after.is_none_or(|id| r.place() > id) && before.is_none_or(|id| r.place() < id)
            };
            let mut found: Vec<&JoinRequest> = all().filter(fits).collect();
            found.sort_unstable_by_key(|request| std::cmp::Reverse(request.place()));
            let shown = found.into_iter().take(limit);
            let shown = shown.map(|request| wire::community::join_request(world, guild_id, request));
            answer["guild_join_requests"] = shown.collect();
        }
        Ok(answer)
    })?)
}

/// `PATCH /guilds/{guild}/requests/{request}`
fn act(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id): (Id, Id) = (call.id(0, "guild_id")?, call.id(1, "request_id")?);
    let (body, mut form) = (call.object()?, Form::default());
    let action = form.required_string(body, "action", Path::ROOT, (1, 20)).unwrap_or_default();
    let reason = form.string(body, "rejection_reason", Path::ROOT, (0, 160)).map(str::to_owned);
    form.finish()?;
    let action = status(action).filter(|action| *action != "SUBMITTED").ok_or_else(|| choices("action"))?;
    ok(call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::KICK_MEMBERS, now)?;
        reviewing(guild)?;
        let told = world.review_join(guild_id, id, (action, reason), caller.bot_id, now)?.1;
        let guild = world.guild(guild_id)?;
        let request = guild.community().join_requests.iter().find(|request| request.id == id);
        let request = request.ok_or(error::UNKNOWN_JOIN_REQUEST)?;
        Ok::<(Value, _), ApiError>((wire::community::join_request(world, guild_id, request), told))
    })?)
}
