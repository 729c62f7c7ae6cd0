//! Invites: made, listed, looked up, revoked. (Discord docs: Invite resource; Channel, Create Channel Invite.)

mod targets;

use serde_json::{Map, Value, json};

use super::access::{self, Seen};
use super::call::{Answer, Call, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Invite, InviteTarget, TargetUsers};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/invites", Auth::Bot, Pace::Ordinary, list_guild);
    table.get("/channels/{channel}/invites", Auth::Bot, Pace::Ordinary, list_channel);
    table.post("/channels/{channel}/invites", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/vanity-url", Auth::Bot, Pace::Ordinary, vanity);
    table.get("/invites/{code}", Auth::Open, Pace::Ordinary, get);
    table.delete("/invites/{code}", Auth::Bot, Pace::Ordinary, delete);
    targets::routes(table);
}

/// `POST /channels/{channel}/invites`
pub(crate) fn create(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    let wanted = Wanted::read(call.object()?)?;
    let users = call.files.first().map(|file| targets::read(&file.data)).transpose()?;
    ok(call.change(|world, now| {
        let seen = access::channel_with(world, bot, channel_id, Permissions::CREATE_INSTANT_INVITE, now)?;
        wanted.check(world, &seen, bot, now)?;
        let guild = seen.guild.ok_or(error::NOT_ON_DM)?;
        let mut invite = Invite { guild_id: guild.id, channel_id, inviter_id: bot, ..wanted.invite.clone() };
        if let Some(users) = users {
            targets::known(world, &users)?;
            invite.target_users = Some(Box::new(TargetUsers { users, given_at: now }));
        }
        if let Some(same) =
            world.invites_of(guild.id, now).find(|other| !wanted.unique && alike(&invite, other))
        {
            return Ok((wire::invite(world, guild, same, true), Vec::new()));
        }
        let (code, told) = world.create_invite(invite, now)?;
        let (guild, invite) = world.invite(&code, now)?;
        Ok((wire::invite(world, guild, invite, true), told))
    })?)
}

/// Whether an invite is there already; without `unique` it is given again.
fn alike(new: &Invite, old: &Invite) -> bool {
    let key = |i: &Invite| (i.channel_id, i.inviter_id, i.max_age, i.max_uses, i.temporary, i.target);
    key(new) == key(old)
        && new.role_ids == old.role_ids
        && new.target_users.is_none()
        && old.target_users.is_none()
}

/// What a request asks for.
struct Wanted {
    invite: Invite,
    unique: bool,
}

impl Wanted {
    fn read(body: &Map<String, Value>) -> Result<Self, ApiError> {
        let mut form = Form::default();
        let at = Path::ROOT;
        let mut number = |key, max, default: u32| {
            let given = form.integer(body, key, at, (0, max));
            given.and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
        };
        let (max_age, max_uses) = (number("max_age", 604_800, 86_400), number("max_uses", 100, 0));
        let temporary = form.boolean(body, "temporary", at).unwrap_or(false);
        let unique = form.boolean(body, "unique", at).unwrap_or(false);
        let user = form.snowflake(body, "target_user_id", at);
        let application = form.snowflake(body, "target_application_id", at);
        let target = match form.choice(body, "target_type", at, &[1, 2]) {
            Some(1) => required(&mut form, user, "target_user_id").map(InviteTarget::Stream),
            Some(2) => {
                required(&mut form, application, "target_application_id").map(InviteTarget::Application)
            }
            _ => None,
        };
        let role_ids = role_ids(&mut form, body);
        form.finish()?;
        Ok(Self {
            invite: Invite { max_age, max_uses, temporary, role_ids, target, ..Invite::default() },
            unique,
        })
    }

    /// Roles are given by those who could give them to a member; streams and activities need a voice channel.
    fn check(&self, world: &World, seen: &Seen<'_>, bot: Id, now: Millis) -> Result<(), ApiError> {
        let guild = seen.guild.ok_or(error::NOT_ON_DM)?;
        if seen.channel.kind.is_thread() {
            return Err(error::WRONG_CHANNEL_TYPE);
        }
        if !self.invite.role_ids.is_empty() {
            access::need(permissions::in_guild(guild, bot, now), Permissions::MANAGE_ROLES)?;
        }
        for id in &self.invite.role_ids {
            let role = guild.role(*id).filter(|role| role.id != guild.id).ok_or(error::UNKNOWN_ROLE)?;
            if role.managed || !access::above_role(guild, bot, *id) {
                return Err(error::MISSING_PERMISSIONS);
            }
        }
        match self.invite.target {
            None => return Ok(()),
            Some(InviteTarget::Stream(id)) => world.user(id).map(|_| ())?,
            Some(InviteTarget::Application(id)) => world.application(id).map(|_| ())?,
        }
        if seen.channel.kind.is_voice() { Ok(()) } else { Err(error::WRONG_CHANNEL_TYPE) }
    }
}

fn required(form: &mut Form, id: Option<Id>, key: &str) -> Option<Id> {
    if id.is_none() {
        form.required(Path::ROOT.key(key));
    }
    id
}

/// A list, or in a form with files a text with commas.
fn role_ids(form: &mut Form, body: &Map<String, Value>) -> Vec<Id> {
    let split;
    let items = match body.get("role_ids") {
        Some(Value::String(text)) => {
            split = text.split(',').take(251).map(|part| json!(part.trim())).collect::<Vec<_>>();
            &split[..]
        }
        _ => form.list(body, "role_ids", Path::ROOT, 250),
    };
    let here = Path::ROOT.key("role_ids");
    let ids = items.iter().enumerate().filter_map(|(index, id)| form.snowflake_value(id, here.index(index)));
    ids.collect()
}

/// `GET /channels/{channel}/invites`
pub(crate) fn list_channel(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        let seen = access::channel_with(world, bot, channel_id, Permissions::MANAGE_CHANNELS, call.now)?;
        let guild = seen.guild.ok_or(error::NOT_ON_DM)?;
        let own = world.invites_of(guild.id, call.now).filter(|invite| invite.channel_id == channel_id);
        Ok::<_, ApiError>(own.map(|invite| wire::invite(world, guild, invite, true)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/invites`; who may only read the audit log sees no uses.
pub(crate) fn list_guild(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild(world, bot, guild_id)?;
        let own = permissions::in_guild(guild, bot, call.now);
        if !own.intersects(Permissions::MANAGE_GUILD | Permissions::VIEW_AUDIT_LOG) {
            return Err(error::MISSING_PERMISSIONS);
        }
        let metadata = own.contains(Permissions::MANAGE_GUILD);
        let all = world.invites_of(guild_id, call.now);
        Ok(all.map(|invite| wire::invite(world, guild, invite, metadata)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/vanity-url`
pub(crate) fn vanity(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, call.now)?;
        Ok::<_, ApiError>(json!({ "code": guild.vanity_url_code, "uses": guild.extras().vanity_uses }))
    })?)
}

/// `GET /invites/{code}`
pub(crate) fn get(call: &Call) -> Answer {
    let code = call.text(0);
    let counts = call.query_flag("with_counts");
    ok(call.read(|world| {
        let (guild, mut all) = if let Some(id) = world.vanity_guild(code) {
            let guild = world.guild(id)?;
            (guild, wire::invite::vanity(guild))
        } else {
            let (guild, invite) = world.invite(code, call.now)?;
            (guild, wire::invite(world, guild, invite, false))
        };
        if counts {
            all["approximate_member_count"] = json!(guild.member_count());
            all["approximate_presence_count"] = json!(world.online(guild));
        }
        Ok::<_, ApiError>(all)
    })?)
}

/// `DELETE /invites/{code}`
pub(crate) fn delete(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let code = call.text(0);
    ok(call.change(|world, now| {
        let (guild, invite) = world.invite(code, now)?;
        let own = permissions::in_guild(guild, bot, now);
        let here = world.channel_permissions(invite.channel_id, bot, now);
        if !own.contains(Permissions::MANAGE_GUILD) && !here.contains(Permissions::MANAGE_CHANNELS) {
            return Err(if guild.member(bot).is_some() {
                error::MISSING_PERMISSIONS
            } else {
                error::MISSING_ACCESS
            });
        }
        let shown = wire::invite(world, guild, invite, true);
        Ok((shown, world.delete_invite(code)?.1))
    })?)
}
