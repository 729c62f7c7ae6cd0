//! Invites: made, listed, looked up, revoked. (Discord docs: Invite resource.)

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::access;
use super::call::{Answer, Call, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::clock::iso;
use crate::permissions::Permissions;
use crate::snowflake::{Id, Millis, Sid};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::{Dispatch, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/invites", Auth::Bot, Pace::Ordinary, list_guild);
    table.get("/channels/{channel}/invites", Auth::Bot, Pace::Ordinary, list_channel);
    table.post("/channels/{channel}/invites", Auth::Bot, Pace::Ordinary, create);
    table.get("/invites/{code}", Auth::Open, Pace::Ordinary, get);
    table.delete("/invites/{code}", Auth::Bot, Pace::Ordinary, delete);
}

/// The most invites of a guild.
const MOST: usize = 1000;

/// An invite.
#[derive(Debug, Clone)]
pub(crate) struct Invite {
    code: String,
    guild_id: Id,
    channel_id: Id,
    inviter_id: Id,
    created_at: Millis,
    max_age: i64,
    max_uses: i64,
    temporary: bool,
    uses: i64,
}

/// Invites by code.
#[derive(Debug, Default)]
pub(crate) struct Invites(Mutex<BTreeMap<String, Invite>>);

impl Invites {
    /// Forgets every invite.
    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    /// Invites that are still good, of one guild or one channel.
    fn alive(&self, now: Millis, fits: impl Fn(&Invite) -> bool) -> Vec<Invite> {
        let mut all = self.0.lock();
        all.retain(|_, invite| invite.max_age == 0 || now < invite.created_at + invite.max_age * 1000);
        all.values().filter(|invite| fits(invite)).cloned().collect()
    }
}

fn show(world: &World, invite: &Invite, metadata: bool) -> Result<Value, ApiError> {
    let guild = world.guild(invite.guild_id)?;
    let channel = world.channel(invite.channel_id).ok_or(error::UNKNOWN_INVITE)?;
    let expires = (invite.max_age > 0).then(|| iso(invite.created_at + invite.max_age * 1000));
    let mut all = json!({
        "type": 0,
        "code": invite.code,
        "inviter": world.users.get(&invite.inviter_id).map(wire::user),
        "expires_at": expires,
        "guild_id": Sid(guild.id),
        "guild": {
            "id": Sid(guild.id),
            "name": guild.name,
            "splash": guild.splash,
            "banner": guild.banner,
            "description": guild.description,
            "icon": guild.icon,
            "features": guild.features,
            "verification_level": guild.verification_level,
            "vanity_url_code": guild.vanity_url_code,
            "nsfw_level": guild.nsfw_level,
            "nsfw": false,
            "premium_subscription_count": guild.premium_subscription_count,
            "premium_tier": guild.premium_tier,
        },
        "channel": { "id": Sid(channel.id), "name": channel.name, "type": channel.kind.code() },
        "flags": 0,
    });
    if metadata {
        all["uses"] = json!(invite.uses);
        all["max_uses"] = json!(invite.max_uses);
        all["max_age"] = json!(invite.max_age);
        all["temporary"] = json!(invite.temporary);
        all["created_at"] = json!(iso(invite.created_at));
    }
    Ok(all)
}

/// `POST /channels/{channel}/invites`
pub(crate) fn create(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    let max_age = form.integer(body, "max_age", Path::ROOT, (0, 604_800)).unwrap_or(86_400);
    let max_uses = form.integer(body, "max_uses", Path::ROOT, (0, 100)).unwrap_or(0);
    let temporary = form.boolean(body, "temporary", Path::ROOT).unwrap_or(false);
    let unique = form.boolean(body, "unique", Path::ROOT).unwrap_or(false);
    form.finish()?;
    ok(call.change(|world, now| {
        let wanted = Permissions::CREATE_INSTANT_INVITE;
        let seen = access::channel_with(world, bot, channel_id, wanted, now)?;
        let guild_id = seen.guild.ok_or(error::NOT_ON_DM)?.id;
        let invites = call.face.invites.alive(now, |i| i.guild_id == guild_id);
        if let Some(same) = invites.iter().find(|i| {
            !unique
                && (i.channel_id, i.inviter_id, i.max_age, i.max_uses, i.temporary)
                    == (channel_id, bot, max_age, max_uses, temporary)
        }) {
            return Ok((show(world, same, true)?, Vec::new()));
        }
        if invites.len() >= MOST {
            return Err(error::TOO_MANY_INVITES);
        }
        let code = code_of(world.ids.next(now));
        let invite = Invite {
            code: code.clone(),
            guild_id,
            channel_id,
            inviter_id: bot,
            created_at: now,
            max_age,
            max_uses,
            temporary,
            uses: 0,
        };
        let shown = show(world, &invite, true)?;
        let data = json!({
            "channel_id": Sid(channel_id),
            "guild_id": Sid(guild_id),
            "code": code,
            "created_at": iso(now),
            "expires_at": shown["expires_at"],
            "inviter": shown["inviter"],
            "max_age": max_age,
            "max_uses": max_uses,
            "temporary": temporary,
            "uses": 0,
            "type": 0,
        });
        call.face.invites.0.lock().insert(code, invite);
        let gate = Permissions::MANAGE_CHANNELS;
        let told = Dispatch::guild("INVITE_CREATE", guild_id, &data).gated(Some(channel_id), gate);
        Ok((shown, vec![told]))
    })?)
}

/// Eight letters and digits that differ from id to id.
fn code_of(id: Id) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut out = String::new();
    for _ in 0..8 {
        out.push(char::from(LETTERS[usize::try_from(rest % 62).unwrap_or(0)]));
        rest /= 62;
    }
    out
}

/// `GET /channels/{channel}/invites`
pub(crate) fn list_channel(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let channel_id = call.id(0, "channel_id")?;
    ok(call.read(|world| {
        access::channel_with(world, bot, channel_id, Permissions::MANAGE_CHANNELS, call.now)?;
        let invites = call.face.invites.alive(call.now, |i| i.channel_id == channel_id);
        invites.iter().map(|i| show(world, i, true)).collect::<Result<Vec<_>, _>>()
    })?)
}

/// `GET /guilds/{guild}/invites`
pub(crate) fn list_guild(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, call.now)?;
        let invites = call.face.invites.alive(call.now, |i| i.guild_id == guild_id);
        Ok::<_, ApiError>(invites.iter().filter_map(|i| show(world, i, true).ok()).collect::<Vec<_>>())
    })?)
}

/// `GET /invites/{code}`
pub(crate) fn get(call: &Call) -> Answer {
    let invite = find(call)?;
    let counts = call.query_flag("with_counts");
    ok(call.read(|world| {
        let mut all = show(world, &invite, false)?;
        if counts {
            let guild = world.guild(invite.guild_id)?;
            all["approximate_member_count"] = json!(guild.member_count());
            all["approximate_presence_count"] = json!(guild.members.len());
        }
        Ok::<_, ApiError>(all)
    })?)
}

fn find(call: &Call) -> Result<Invite, ApiError> {
    let code = call.text(0);
    call.face.invites.alive(call.now, |i| i.code == code).into_iter().next().ok_or(error::UNKNOWN_INVITE)
}

/// `DELETE /invites/{code}`
pub(crate) fn delete(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let invite = find(call)?;
    ok(call.change(|world, now| {
        let guild = access::guild(world, bot, invite.guild_id)?;
        let own = crate::permissions::in_guild(guild, bot, now) | world.channel_permissions(invite.channel_id, bot, now);
        if !own.intersects(Permissions::MANAGE_GUILD | Permissions::MANAGE_CHANNELS) {
            return Err(error::MISSING_PERMISSIONS);
        }
        let shown = show(world, &invite, true)?;
        call.face.invites.0.lock().remove(&invite.code);
        let data =
            json!({ "channel_id": Sid(invite.channel_id), "guild_id": Sid(invite.guild_id), "code": invite.code });
        let told = Dispatch::guild("INVITE_DELETE", invite.guild_id, &data)
            .gated(Some(invite.channel_id), Permissions::MANAGE_CHANNELS);
        Ok((shown, vec![told]))
    })?)
}
