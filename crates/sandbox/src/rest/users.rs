//! The bot's own user, other users, and direct messages. (Discord docs: User resource.)

use serde_json::{Value, json};

use super::call::{Answer, Call, Reply, not_snowflake, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::Scopes;
use crate::permissions;
use crate::snowflake::Sid;
use crate::validate::form::{Form, Path, parse_snowflake};
use crate::wire;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/users/@me", Auth::Either(Scopes::IDENTIFY), Pace::Ordinary, me);
    table.patch("/users/@me", Auth::Bot, Pace::Ordinary, edit_me);
    table.get("/users/@me/guilds", Auth::Either(Scopes::GUILDS), Pace::Ordinary, my_guilds);
    table.get(
        "/users/@me/guilds/{guild}/member",
        Auth::Bearer(Scopes::GUILDS_MEMBERS_READ),
        Pace::Ordinary,
        my_member,
    );
    table.get("/users/@me/connections", Auth::Either(Scopes::CONNECTIONS), Pace::Ordinary, connections);
    table.delete("/users/@me/guilds/{guild}", Auth::Bot, Pace::Ordinary, leave_guild);
    table.post("/users/@me/channels", Auth::Bot, Pace::Ordinary, create_dm);
    table.get("/users/{user}", Auth::Bot, Pace::Own(30, 30_000), get);
}

/// `GET /users/@me`
pub(crate) fn me(call: &Call) -> Answer {
    let caller = call.caller()?;
    ok(call.read(|world| {
        let user = world.user(caller.bot_id)?;
        Ok::<_, ApiError>(match caller.bearer {
            Some(scopes) => wire::user::private_user(user, scopes.contains(Scopes::EMAIL)),
            None => wire::own_user(user),
        })
    })?)
}

/// `GET /users/{user}`
pub(crate) fn get(call: &Call) -> Answer {
    let id = call.id(0, "user_id")?;
    ok(call.read(|world| world.user(id).map(wire::user))?)
}

/// `PATCH /users/@me`
pub(crate) fn edit_me(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let body = call.object()?;
    let mut form = Form::default();
    let username = form.string(body, "username", Path::ROOT, (2, 32));
    form.finish()?;
    let avatar = body.get("avatar").cloned();
    ok(call.change(|world, _| {
        let user = world.users.get_mut(&bot).ok_or(error::UNKNOWN_USER)?;
        if let Some(name) = username {
            name.clone_into(&mut user.username);
        }
        match avatar {
            Some(Value::Null) => user.avatar = None,
            Some(Value::String(data)) => user.avatar = Some(image_hash(&data)?),
            _ => {}
        }
        let shown = wire::own_user(user);
        let told = crate::world::Dispatch::application("USER_UPDATE", bot, None, &shown);
        Ok((shown, vec![told]))
    })?)
}

/// The hash under which an uploaded image would be served.
pub(crate) fn image_hash(data: &str) -> Result<String, ApiError> {
    let kind = data.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,"));
    let Some(("png" | "jpeg" | "jpg" | "gif" | "webp", bytes)) = kind else {
        return Err(ApiError::field(&["avatar"], "IMAGE_INVALID", "Invalid image data"));
    };
    let fold = |seed: u64| bytes.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    Ok(format!("{:016x}{:016x}", fold(0xcbf2_9ce4_8422_2325), fold(0x6c62_272e_07bb_0142)))
}

/// `GET /users/@me/guilds`
pub(crate) fn my_guilds(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let limit = call.query_number("limit", 200, (1, 200))?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let counts = call.query_flag("with_counts");
    ok(call.read(|world| {
        let guilds = world.guilds_of(bot);
        let wanted = guilds.filter(|g| before.is_none_or(|id| g.id < id) && after.is_none_or(|id| g.id > id));
        let mut wanted: Vec<_> = wanted.collect();
        if before.is_some() && wanted.len() > limit {
            wanted.drain(..wanted.len() - limit);
        }
        let shown = wanted.into_iter().take(limit).map(|guild| {
            let mut all = json!({
                "id": Sid(guild.id),
                "name": guild.name,
                "icon": guild.icon,
                "banner": guild.banner,
                "owner": guild.owner_id == bot,
                "permissions": permissions::in_guild(guild, bot, call.now),
                "features": guild.features,
            });
            if counts {
                all["approximate_member_count"] = json!(guild.member_count());
                all["approximate_presence_count"] = json!(guild.members.len());
            }
            all
        });
        shown.collect::<Vec<_>>()
    }))
}

/// `GET /users/@me/guilds/{guild}/member`
pub(crate) fn my_member(call: &Call) -> Answer {
    let user_id = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let guild = super::access::guild(world, user_id, guild_id)?;
        let member = guild.member(user_id).ok_or(error::UNKNOWN_MEMBER)?;
        Ok::<_, ApiError>(wire::member(member, world.users.get(&user_id)))
    })?)
}

/// `GET /users/@me/connections`. People of the sandbox have linked no accounts elsewhere.
pub(crate) fn connections(_call: &Call) -> Answer {
    ok(json!([]))
}

/// `DELETE /users/@me/guilds/{guild}`
pub(crate) fn leave_guild(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    call.change(|world, _| {
        let guild = super::access::guild(world, bot, guild_id)?;
        if guild.owner_id == bot {
            return Err(error::OWNER_CANNOT_LEAVE);
        }
        Ok(world.remove_member(guild_id, bot)?)
    })?;
    Ok(Reply::Empty)
}

/// `POST /users/@me/channels`
pub(crate) fn create_dm(call: &Call) -> Answer {
    let bot = call.caller()?.bot_id;
    let Some(field) = call.object()?.get("recipient_id").filter(|v| !v.is_null()) else {
        return Err(ApiError::field(&["recipient_id"], "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let other = parse_snowflake(field).ok_or_else(|| not_snowflake(&["recipient_id"], &field.to_string()))?;
    ok(call.change(|world, now| {
        let user = world.users.get(&other).ok_or(error::UNKNOWN_USER)?;
        if other == bot || user.bot {
            return Err(error::CANNOT_SEND_TO_USER);
        }
        let id = world.open_dm(bot, other, now)?;
        let channel = world.channel(id).ok_or(error::UNKNOWN_CHANNEL)?;
        Ok((wire::channel(world, channel, Some(bot)), Vec::new()))
    })?)
}
