//! Members are changed: names, roles, timeouts, voice. (Discord docs: Guild resource, Modify Guild Member.)

use serde_json::{Map, Value, json};

use super::show;
use crate::model::{Asset, Guild, Member};
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis};
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::world::{Dispatch, World};

/// The longest timeout.
const MAX_TIMEOUT_MS: Millis = 28 * 24 * 3600 * 1000;

/// The largest picture in bytes.
const PICTURE: usize = 8 * 1024 * 1024;

/// The only flag that can be changed: exempt from verification.
/// (Discord docs: Guild, Guild Member Flags.)
const EDITABLE: u64 = 1 << 2;

/// What a request changes about a member.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
#[derive(Default)]
pub(super) struct Change {
    pub nick: Option<Option<String>>,
    pub roles: Option<Vec<Id>>,
    timeout: Option<Option<Millis>>,
    pub mute: Option<bool>,
    pub deaf: Option<bool>,
    channel_id: Option<Option<Id>>,
    flags: Option<u64>,
}

impl Change {
    pub(super) fn read(body: &Map<String, Value>, now: Millis) -> Result<Self, ApiError> {
        let mut form = Form::default();
        let at = Path::ROOT;
        let nick = body.contains_key("nick").then(|| form.string(body, "nick", at, (0, 32)));
        let roles = body.get("roles").filter(|v| !v.is_null()).map(|_| {
            let list = form.list(body, "roles", at, 250);
            let ids = list.iter().enumerate();
            ids.filter_map(|(i, v)| form.snowflake_value(v, at.key("roles").index(i))).collect::<Vec<Id>>()
        });
        let key = "communication_disabled_until";
        let timeout = body.contains_key(key).then(|| {
            let until = form.time(body, key, at);
            if until.is_some_and(|until| until > now + MAX_TIMEOUT_MS) {
                form.error(at.key(key), "TIMEOUT_TOO_LONG", "Timeouts cannot be longer than 28 days.");
            }
            until.filter(|until| *until > now)
        });
        let (mute, deaf) = (form.boolean(body, "mute", at), form.boolean(body, "deaf", at));
        let channel_id = body.contains_key("channel_id").then(|| form.snowflake(body, "channel_id", at));
        let flags = form.integer(body, "flags", at, (0, i64::from(u32::MAX)));
        form.finish()?;
        let nick = nick.map(|n| n.filter(|n| !n.is_empty()).map(str::to_owned));
        let flags = flags.and_then(|flags| u64::try_from(flags).ok());
        Ok(Self { nick, roles, timeout, mute, deaf, channel_id, flags })
    }

    fn check(
        &self,
        world: &World,
        guild: &Guild,
        member: &Member,
        actor: Id,
        now: Millis,
    ) -> Result<(), ApiError> {
        let own = permissions::in_guild(guild, actor, now);
        let target = member.user_id;
        if self.nick.is_some() {
            let wanted =
                if target == actor { Permissions::CHANGE_NICKNAME } else { Permissions::MANAGE_NICKNAMES };
            access::need(own, wanted)?;
            hierarchy(guild, actor, target)?;
        }
        if let Some(roles) = &self.roles {
            access::need(own, Permissions::MANAGE_ROLES)?;
            access::need_second_factor(world, guild, actor, Permissions::MANAGE_ROLES)?;
            check_roles(guild, actor, roles, &member.roles)?;
        }
        if self.timeout.is_some() {
            access::need(own, Permissions::MODERATE_MEMBERS)?;
            // Administrators cannot be timed out.
            if permissions::in_guild(guild, target, Millis::MAX).contains(Permissions::ADMINISTRATOR) {
                return Err(error::MISSING_PERMISSIONS);
            }
            hierarchy(guild, actor, target)?;
        }
        if let Some(flags) = self.flags {
            let all = Permissions::MODERATE_MEMBERS | Permissions::KICK_MEMBERS | Permissions::BAN_MEMBERS;
            if !own.intersects(Permissions::MANAGE_GUILD | Permissions::MANAGE_ROLES) && !own.contains(all) {
                return Err(error::MISSING_PERMISSIONS);
            }
            if (flags ^ member.flags) & !EDITABLE != 0 {
                let text = "Only BYPASSES_VERIFICATION can be changed.";
                return Err(ApiError::field(&["flags"], "MEMBER_FLAGS_INVALID", text));
            }
        }
        for (wanted, given) in
            [(Permissions::MUTE_MEMBERS, self.mute), (Permissions::DEAFEN_MEMBERS, self.deaf)]
        {
            if given.is_some() {
                access::need(own, wanted)?;
            }
        }
        if let Some(to) = self.channel_id {
            access::need(own, Permissions::MOVE_MEMBERS)?;
            // Who moves others must be able to go there too.
            if let Some(channel) = to.and_then(|id| guild.channel(id)) {
                let there = permissions::in_channel(guild, channel, actor, now).implied(channel);
                access::need(there, Permissions::CONNECT)?;
            }
        }
        if (self.mute.is_some() || self.deaf.is_some() || self.channel_id.is_some())
            && world.voice_state(guild.id, target).is_none()
        {
            return Err(error::NOT_IN_VOICE);
        }
        Ok(())
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
        member.flags = self.flags.unwrap_or(member.flags);
    }

    fn changes_member(&self) -> bool {
        self.nick.is_some()
            || self.roles.is_some()
            || self.timeout.is_some()
            || self.mute.is_some()
            || self.deaf.is_some()
            || self.flags.is_some()
    }

    fn carry_out(
        &self,
        world: &mut World,
        guild_id: Id,
        user_id: Id,
        now: Millis,
    ) -> Result<Vec<Dispatch>, ApiError> {
        let mut told = Vec::new();
        if self.changes_member() {
            told = world.update_member(guild_id, user_id, |member| self.apply(member))?.1;
            if self.mute.is_some() || self.deaf.is_some() {
                // The voice state shows both.
                told.extend(world.update_voice(guild_id, user_id, now, |_| {})?.1);
            }
        }
        if let Some(channel_id) = self.channel_id {
            told.extend(world.move_voice(guild_id, user_id, channel_id, now)?.1);
        }
        Ok(told)
    }
}

/// Roles that are added or taken must exist, be nobody's own and stand below the actor's highest.
pub(super) fn check_roles(guild: &Guild, actor: Id, wanted: &[Id], had: &[Id]) -> Result<(), ApiError> {
    let changed = wanted.iter().filter(|id| !had.contains(id));
    let changed = changed.chain(had.iter().filter(|id| !wanted.contains(id)));
    for id in changed {
        let role = guild.role(*id).filter(|r| r.id != guild.id).ok_or(error::UNKNOWN_ROLE)?;
        if role.managed || !access::above_role(guild, actor, *id) {
            return Err(error::MISSING_PERMISSIONS);
        }
    }
    Ok(())
}

fn hierarchy(guild: &Guild, actor: Id, target: Id) -> Result<(), ApiError> {
    if actor == target || access::outranks(guild, actor, target) {
        return Ok(());
    }
    Err(error::MISSING_PERMISSIONS)
}

/// `PATCH /guilds/{guild}/members/{user}`
pub(super) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, user_id) = (call.id(0, "guild_id")?, call.id(1, "user_id")?);
    let change = Change::read(call.object()?, call.now)?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        let member = guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        change.check(world, guild, member, caller.bot_id, now)?;
        let told = change.carry_out(world, guild_id, user_id, now)?;
        Ok((show(world, world.member(guild_id, user_id)?), told))
    })?)
}

/// `PATCH /guilds/{guild}/members/@me`: the bot's own name and pictures in this guild.
pub(super) fn own(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let body = call.object()?;
    let nick = body.iter().filter(|(key, _)| *key == "nick");
    let change = Change::read(&nick.map(|(k, v)| (k.clone(), v.clone())).collect(), call.now)?;
    let mut form = Form::default();
    let mut picture = |key: &str| {
        let asset = data_uri::read(&mut form, body, key, Path::ROOT, (Expected::Image, PICTURE));
        body.contains_key(key).then_some(asset)
    };
    let (mut avatar, mut banner) = (picture("avatar"), picture("banner"));
    form.string(body, "bio", Path::ROOT, (0, 190));
    form.finish()?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, caller.bot_id, guild_id)?;
        let member = guild.member(caller.bot_id).ok_or(error::UNKNOWN_MEMBER)?;
        change.check(world, guild, member, caller.bot_id, now)?;
        let mut keep = |given: &mut Option<Option<Asset>>| {
            given.take().map(|asset| asset.map(|asset| world.assets.put(asset)))
        };
        let (avatar, banner) = (keep(&mut avatar), keep(&mut banner));
        let ((), told) = world.update_member(guild_id, caller.bot_id, |member| {
            change.apply(member);
            if let Some(avatar) = avatar {
                member.avatar = avatar;
            }
            if let Some(banner) = banner {
                member.banner = banner;
            }
        })?;
        Ok((show(world, world.member(guild_id, caller.bot_id)?), told))
    })?)
}

/// `PATCH /guilds/{guild}/members/@me/nick`, the older route, which answers the nickname alone.
pub(super) fn own_nick(call: &Call) -> Answer {
    own(call)?;
    ok(json!({ "nick": call.body.get("nick") }))
}
