//! Members of a guild. (Discord docs: Guild resource, List Guild Members and those after it.)

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::gateway::intents::Intents;
use crate::model::{Guild, Member};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

const MEMBER: Pace = Pace::Own(10, 10_000);

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/members", Auth::Bot, MEMBER, list);
    table.get("/guilds/{guild}/members/search", Auth::Bot, MEMBER, search);
    table.patch("/guilds/{guild}/members/@me", Auth::Bot, MEMBER, edit_me);
    table.patch("/guilds/{guild}/members/@me/nick", Auth::Bot, MEMBER, edit_my_nick);
    table.get("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, get);
    table.patch("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, edit);
    table.delete("/guilds/{guild}/members/{user}", Auth::Bot, MEMBER, kick);
    table.put("/guilds/{guild}/members/{user}/roles/{role}", Auth::Bot, MEMBER, add_role);
    table.delete("/guilds/{guild}/members/{user}/roles/{role}", Auth::Bot, MEMBER, remove_role);
}

/// The longest timeout.
const MAX_TIMEOUT_MS: Millis = 28 * 24 * 3600 * 1000;

fn show(world: &World, member: &Member) -> Value {
    wire::member(member, world.users.get(&member.user_id))
}

/// `GET /guilds/{guild}/members`
pub(crate) fn list(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 1, (1, 1000))?;
    let after = call.query_id("after")?.unwrap_or(0);
    ok(call.read(|world| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        // The privileged intent gates this route too.
        if !world.application(caller.application_id)?.privileged.contains(Intents::GUILD_MEMBERS) {
            return Err(error::MISSING_ACCESS);
        }
        let from = guild.members.range(after.saturating_add(1)..).take(limit);
        Ok(from.map(|(_, m)| show(world, m)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/members/search`
pub(crate) fn search(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let limit = call.query_number("limit", 1, (1, 1000))?;
    let Some(query) = call.query("query").map(str::to_lowercase).filter(|q| !q.is_empty()) else {
        return Err(ApiError::field(&["query"], "BASE_TYPE_REQUIRED", "This field is required"));
    };
    ok(call.read(|world| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        let starts = |text: &str| text.to_lowercase().starts_with(&query);
        let fits = |member: &&Member| {
            let user = world.users.get(&member.user_id);
            member.nick.as_deref().is_some_and(starts)
                || user.is_some_and(|u| starts(&u.username) || u.global_name.as_deref().is_some_and(starts))
        };
        let found = guild.members.values().filter(fits).take(limit);
        Ok::<_, ApiError>(found.map(|m| show(world, m)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/members/{user}`
pub(crate) fn get(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    ok(call.read(|world| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        world.user(user_id)?;
        Ok::<_, ApiError>(show(world, guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?))
    })?)
}

/// `PATCH /guilds/{guild}/members/{user}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let body = call.object()?;
    let change = Change::read(body, call.now)?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        let member = guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        change.check(guild, member, caller.bot_id, now)?;
        let ((), told) = world.update_member(guild_id, user_id, |member| change.apply(member))?;
        Ok((show(world, world.member(guild_id, user_id)?), told))
    })?)
}

/// What a request changes about a member.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
#[derive(Default)]
struct Change {
    nick: Option<Option<String>>,
    roles: Option<Vec<Id>>,
    timeout: Option<Option<Millis>>,
    mute: Option<bool>,
    deaf: Option<bool>,
}

impl Change {
    fn read(body: &Map<String, Value>, now: Millis) -> Result<Self, ApiError> {
        let mut form = Form::default();
        let at = Path::ROOT;
        let nick = body.contains_key("nick").then(|| form.string(body, "nick", at, (0, 32)));
        let roles = body.get("roles").filter(|v| !v.is_null()).map(|_| {
            let list = form.list(body, "roles", at, 250);
            let ids = list.iter().enumerate();
            ids.filter_map(|(i, v)| form.snowflake_value(v, at.key("roles").index(i))).collect::<Vec<Id>>()
        });
        let timeout = body.contains_key("communication_disabled_until").then(|| {
            let text = form.string(body, "communication_disabled_until", at, (0, 64))?;
            let until = OffsetDateTime::parse(text, &Iso8601::DEFAULT).ok();
            let until = until.and_then(|t| Millis::try_from(t.unix_timestamp_nanos() / 1_000_000).ok());
            let here = at.key("communication_disabled_until");
            match until {
                None => {
                    form.error(here, "DATE_TIME_TYPE_PARSE", "Could not parse timestamp. Should be ISO8601.");
                }
                Some(until) if until > now + MAX_TIMEOUT_MS => {
                    form.error(here, "TIMEOUT_TOO_LONG", "Timeouts cannot be longer than 28 days.");
                }
                Some(_) => {}
            }
            until.filter(|until| *until > now)
        });
        let (mute, deaf) = (form.boolean(body, "mute", at), form.boolean(body, "deaf", at));
        form.finish()?;
        let nick = nick.map(|n| n.filter(|n| !n.is_empty()).map(str::to_owned));
        Ok(Self { nick, roles, timeout, mute, deaf })
    }

    fn check(&self, guild: &Guild, member: &Member, actor: Id, now: Millis) -> Result<(), ApiError> {
        let own = permissions::in_guild(guild, actor, now);
        let target = member.user_id;
        if self.nick.is_some() {
            let wanted =
                if target == actor { Permissions::CHANGE_NICKNAME } else { Permissions::MANAGE_NICKNAMES };
            access::need(own, wanted)?;
            self.hierarchy(guild, actor, target)?;
        }
        if let Some(roles) = &self.roles {
            access::need(own, Permissions::MANAGE_ROLES)?;
            let changed = roles.iter().filter(|id| !member.roles.contains(id));
            let changed = changed.chain(member.roles.iter().filter(|id| !roles.contains(id)));
            for id in changed {
                let role = guild.role(*id).filter(|r| r.id != guild.id).ok_or(error::UNKNOWN_ROLE)?;
                if role.managed || !access::above_role(guild, actor, *id) {
                    return Err(error::MISSING_PERMISSIONS);
                }
            }
        }
        if self.timeout.is_some() {
            access::need(own, Permissions::MODERATE_MEMBERS)?;
            // Administrators cannot be timed out (Discord docs: Guild resource, Modify Guild Member).
            if permissions::in_guild(guild, target, Millis::MAX).contains(Permissions::ADMINISTRATOR) {
                return Err(error::MISSING_PERMISSIONS);
            }
            self.hierarchy(guild, actor, target)?;
        }
        for (wanted, given) in
            [(Permissions::MUTE_MEMBERS, self.mute), (Permissions::DEAFEN_MEMBERS, self.deaf)]
        {
            if given.is_some() {
                access::need(own, wanted)?;
            }
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "reads as a step of the check")]
    fn hierarchy(&self, guild: &Guild, actor: Id, target: Id) -> Result<(), ApiError> {
        if actor == target || access::outranks(guild, actor, target) {
            return Ok(());
        }
        Err(error::MISSING_PERMISSIONS)
    }

    fn apply(&self, member: &mut Member) {
        if let Some(nick) = &self.nick {
            member.nick.clone_from(nick);
        }
        if let Some(roles) = &self.roles {
            member.roles.clone_from(roles);
        }
        if let Some(timeout) = self.timeout {
            member.timeout_until = timeout;
        }
        member.mute = self.mute.unwrap_or(member.mute);
        member.deaf = self.deaf.unwrap_or(member.deaf);
    }
}

/// `PATCH /guilds/{guild}/members/@me`
pub(crate) fn edit_me(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let body = call.object()?;
    let only_nick: Map<String, Value> = body.iter().filter(|(k, _)| *k == "nick").map(own).collect();
    let change = Change::read(&only_nick, call.now)?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        let member = guild.member(caller.bot_id).ok_or(error::UNKNOWN_MEMBER)?;
        change.check(guild, member, caller.bot_id, now)?;
        let ((), told) = world.update_member(guild_id, caller.bot_id, |member| change.apply(member))?;
        Ok((show(world, world.member(guild_id, caller.bot_id)?), told))
    })?)
}

fn own((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// `PATCH /guilds/{guild}/members/@me/nick`, the older route, which answers the nickname alone.
pub(crate) fn edit_my_nick(call: &Call) -> Answer {
    edit_me(call)?;
    ok(serde_json::json!({ "nick": call.body.get("nick") }))
}

/// `DELETE /guilds/{guild}/members/{user}`
pub(crate) fn kick(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::KICK_MEMBERS, now)?;
        guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        if !access::outranks(guild, caller.bot_id, user_id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        Ok(world.remove_member(guild_id, user_id)?)
    })?;
    Ok(Reply::Empty)
}

/// `PUT /guilds/{guild}/members/{user}/roles/{role}`
pub(crate) fn add_role(call: &Call) -> Answer {
    set_role(call, true)
}

/// `DELETE /guilds/{guild}/members/{user}/roles/{role}`
pub(crate) fn remove_role(call: &Call) -> Answer {
    set_role(call, false)
}

fn set_role(call: &Call, wanted: bool) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let role_id = call.id(2, "role_id")?;
    call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_ROLES, now)?;
        let role = guild.role(role_id).filter(|r| r.id != guild_id).ok_or(error::UNKNOWN_ROLE)?;
        let member = guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        if role.managed || !access::above_role(guild, caller.bot_id, role_id) {
            return Err(error::MISSING_PERMISSIONS);
        }
        if member.roles.contains(&role_id) == wanted {
            return Ok(((), Vec::new()));
        }
        Ok(world.update_member(guild_id, user_id, |member| {
            member.roles.retain(|id| *id != role_id);
            if wanted {
                member.roles.push(role_id);
            }
        })?)
    })?;
    Ok(Reply::Empty)
}
