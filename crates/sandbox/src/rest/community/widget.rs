//! The widget: what anyone may see of a server on a page of their own. (Discord docs: Guild, Get Guild Widget.)

use bytes::Bytes;
use serde_json::{Value, json};

use crate::model::{Guild, Invite};
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, Reply, ok};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::Sid;
use crate::validate::form::{Form, Path};
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/widget", Auth::Bot, Pace::Ordinary, settings);
    table.patch("/guilds/{guild}/widget", Auth::Bot, Pace::Ordinary, edit);
    table.get("/guilds/{guild}/widget.json", Auth::Open, Pace::Ordinary, show);
    table.get("/guilds/{guild}/widget.png", Auth::Open, Pace::Ordinary, picture);
}

/// Members that are shown.
const MOST: usize = 100;

fn shown(guild: &Guild) -> Value {
    let community = guild.community();
    json!({ "enabled": community.widget_enabled, "channel_id": community.widget_channel_id.map(Sid) })
}

fn settings(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, call.now).map(shown)
    })?)
}

fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    let enabled = form.boolean(body, "enabled", Path::ROOT);
    let channel_id = form.snowflake(body, "channel_id", Path::ROOT);
    form.finish()?;
    ok(call.change(|world, now| {
        let guild = access::guild_with(world, caller, guild_id, Permissions::MANAGE_GUILD, now)?;
        if channel_id.is_some_and(|id| guild.channel(id).is_none()) {
            return Err(error::UNKNOWN_CHANNEL);
        }
        let ((), told) = world.update_guild(guild_id, |guild| {
            let community = guild.community_mut();
            community.widget_enabled = enabled.unwrap_or(community.widget_enabled);
            if body.contains_key("channel_id") {
                community.widget_channel_id = channel_id;
            }
        })?;
        Ok((shown(world.guild(guild_id)?), told))
    })?)
}

fn enabled<'w>(world: &'w World, call: &Call) -> Result<&'w Guild, ApiError> {
    let guild = world.guild(call.id(0, "guild_id")?)?;
    if guild.community().widget_enabled { Ok(guild) } else { Err(error::WIDGET_DISABLED) }
}

/// `GET /guilds/{guild}/widget.json`; an invite is made when there is a channel for it and none yet.
fn show(call: &Call) -> Answer {
    let base = call.face.base_url();
    ok(call.change(|world, now| {
        let guild = enabled(world, call)?;
        let (guild_id, inviter_id) = (guild.id, guild.owner_id);
        let (mut code, mut told) = (None, Vec::new());
        if let Some(channel_id) =
            guild.community().widget_channel_id.filter(|id| guild.channel(*id).is_some())
        {
            let own = |invite: &&Invite| invite.channel_id == channel_id && invite.inviter_id == inviter_id;
            code = world.invites_of(guild_id, now).find(own).map(|invite| invite.code.clone());
            if code.is_none() {
                let new = Invite { guild_id, channel_id, inviter_id, max_age: 86_400, ..Invite::default() };
                let (made, events) = world.silently(|world| world.create_invite(new, now))?;
                (code, told) = (Some(made), events);
            }
        }
        let guild = world.guild(guild_id)?;
        let invite = code.map(|code| format!("https://discord.com/invite/{code}"));
        Ok((widget(world, guild, invite.as_deref(), &base), told))
    })?)
}

fn widget(world: &World, guild: &Guild, invite: Option<&str>, base: &str) -> Value {
    let open = |c: &&crate::model::Channel| {
        c.kind.is_voice() && permissions::of_everyone(guild, c).contains(Permissions::VIEW_CHANNEL)
    };
    let channels = guild.channels.iter().filter(open);
    let channels = channels.map(|c| json!({ "id": Sid(c.id), "name": c.name, "position": c.position }));
    let online = guild.members.keys().filter_map(|id| Some((world.users.get(id)?, world.presences.get(id)?)));
    let members = online.take(MOST).enumerate().map(|(number, (user, presence))| {
        // Ids and pictures are not given away (Discord docs: Guild Widget Object).
        json!({
            "id": number.to_string(),
            "username": user.display_name(),
            "discriminator": "0000",
            "avatar": null,
            "status": presence["status"],
            "avatar_url": format!("{base}/widget-avatars/{number}"),
        })
    });
    json!({
        "id": Sid(guild.id),
        "name": guild.name,
        "instant_invite": invite,
        "channels": channels.collect::<Vec<_>>(),
        "members": members.collect::<Vec<_>>(),
        "presence_count": world.online(guild),
    })
}

/// `GET /guilds/{guild}/widget.png`: a picture of our own, a bar with a dot for those who are online.
fn picture(call: &Call) -> Answer {
    let style = call.query("style").unwrap_or("shield");
    let (width, height) = match style {
        "shield" => (120, 20),
        "banner1" | "banner3" => (320, 85),
        "banner2" => (320, 60),
        "banner4" => (320, 120),
        _ => {
            let text = "Value must be one of {'shield', 'banner1', 'banner2', 'banner3', 'banner4'}.";
            return Err(ApiError::field(&["style"], "BASE_TYPE_CHOICES", text));
        }
    };
    let online = call.read(|world| enabled(world, call).map(|guild| world.online(guild)))?;
    Ok(Reply::Raw("image/png", bar(width, height, online > 0)))
}

/// A PNG without compression: one byte a pixel, three colours.
fn bar(width: u32, height: u32, online: bool) -> Bytes {
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0);
        rows.extend((0..width).map(|x| {
            let (dx, dy) = (x.abs_diff(height / 2), y.abs_diff(height / 2));
            let dot = dx * dx + dy * dy < height * height / 16;
            u8::from(dot) * (1 + u8::from(online))
        }));
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"PLTE", &[0x31, 0x33, 0x38, 0x80, 0x84, 0x8E, 0x23, 0xA5, 0x5A]);
    chunk(&mut png, *b"IDAT", &deflate(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png.into()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut sum = flate2::Crc::new();
    sum.update(&kind);
    sum.update(data);
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(sum.sum().to_be_bytes());
}
