//! Stickers of a guild, and those that Discord offers to all. (Discord docs: Sticker.)

use serde_json::{Map, Value, json};

use super::access;
use super::body::Upload;
use super::call::{Answer, Call, created, ok};
use super::error::{self, ApiError};
use super::expressions::{self, Expression, check_room};
use super::routes::{Auth, Pace, Table};
use crate::model::{Asset, Guild, Sticker, User};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Sid};
use crate::validate::data_uri::sniff;
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::{Changed, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/sticker-packs", Auth::Bot, Pace::Ordinary, packs);
    table.get("/sticker-packs/{pack}", Auth::Bot, Pace::Ordinary, pack);
    table.get("/stickers/{sticker}", Auth::Bot, Pace::Ordinary, get);
    table.get("/guilds/{guild}/stickers", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/stickers", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/stickers/{sticker}", Auth::Bot, Pace::Ordinary, expressions::get::<Sticker>);
    table.patch("/guilds/{guild}/stickers/{sticker}", Auth::Bot, Pace::Ordinary, edit);
    table.delete(
        "/guilds/{guild}/stickers/{sticker}",
        Auth::Bot,
        Pace::Ordinary,
        expressions::delete::<Sticker>,
    );
}

/// The one pack of the sandbox.
const PACK: Id = 847_199_849_233_514_549;

/// The stickers of the pack: id, name, tags.
const STANDARD: [(Id, &str, &str); 3] = [
    (749_054_660_769_218_631, "Wave", "wave, hello, hi"),
    (751_606_379_340_365_864, "Cheer", "cheer, yay, party"),
    (754_108_890_559_283_200, "Sleep", "sleep, tired, night"),
];

fn standard((sort, (id, name, tags)): (usize, (Id, &str, &str))) -> Value {
    json!({
        "id": Sid(id),
        "name": name,
        "tags": tags,
        "type": 1,
        "format_type": 3,
        "description": format!("Says {}", name.to_lowercase()),
        "asset": "",
        "pack_id": Sid(PACK),
        "sort_value": sort + 1,
    })
}

/// A sticker that everyone has.
pub(crate) fn standard_sticker(id: Id) -> Option<Value> {
    STANDARD.into_iter().enumerate().find(|(_, (own, ..))| *own == id).map(standard)
}

fn the_pack() -> Value {
    json!({
        "id": Sid(PACK),
        "sku_id": Sid(PACK - 1),
        "name": "First words",
        "description": "What one says every day",
        "cover_sticker_id": Sid(STANDARD[0].0),
        "stickers": STANDARD.into_iter().enumerate().map(standard).collect::<Vec<_>>(),
    })
}

/// `GET /sticker-packs`
pub(crate) fn packs(_: &Call) -> Answer {
    ok(json!({ "sticker_packs": [the_pack()] }))
}

/// `GET /sticker-packs/{pack}`
pub(crate) fn pack(call: &Call) -> Answer {
    if call.id(0, "pack_id")? == PACK { ok(the_pack()) } else { Err(error::UNKNOWN_STICKER_PACK) }
}

/// `GET /stickers/{sticker}`
pub(crate) fn get(call: &Call) -> Answer {
    let id = call.id(0, "sticker_id")?;
    if let Some(standard) = standard_sticker(id) {
        return ok(standard);
    }
    ok(call.read(|world| {
        world.sticker(id).map(|sticker| wire::sticker(sticker, None)).ok_or(error::UNKNOWN_STICKER)
    })?)
}

impl Expression for Sticker {
    const PARAM: &'static str = "sticker_id";
    const UNKNOWN: ApiError = error::UNKNOWN_STICKER;

    fn all(guild: &Guild) -> &[Self] {
        &guild.stickers
    }

    fn ids(&self) -> (Id, Id) {
        (self.id, self.user_id)
    }

    fn wire(&self, user: Option<&User>) -> Value {
        wire::sticker(self, user)
    }

    fn remove(world: &mut World, guild_id: Id, id: Id) -> Changed<()> {
        world.delete_sticker(guild_id, id)
    }
}

/// `GET /guilds/{guild}/stickers`
pub(crate) fn list(call: &Call) -> Answer {
    ok(expressions::all::<Sticker>(call)?)
}

/// What a request says about a sticker.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
struct Wanted {
    name: Option<String>,
    tags: Option<String>,
    description: Option<Option<String>>,
}

fn read(form: &mut Form, body: &Map<String, Value>) -> Wanted {
    let at = Path::ROOT;
    let description = body.contains_key("description").then(|| {
        let text = form.string(body, "description", at, (0, 100)).filter(|text| !text.is_empty());
        // Nothing at all, or enough to mean something.
        if text.is_some_and(|text| text.chars().count() < 2) {
            form.length(at.key("description"), 2, 100);
        }
        text.map(str::to_owned)
    });
    Wanted {
        name: form.string(body, "name", at, (2, 30)).map(str::to_owned),
        tags: form.string(body, "tags", at, (1, 200)).map(str::to_owned),
        description,
    }
}

/// The format of a picture: 1 PNG, 2 APNG, 3 Lottie, 4 GIF, and why another is none.
fn format(guild: &Guild, file: &Upload, max: usize) -> Result<(u8, Asset), ApiError> {
    if file.data.len() > max {
        return Err(error::FILE_TOO_LARGE);
    }
    let (format, kind, size) = match sniff(&file.data) {
        Some(kind @ "image/png") => {
            let moves = file.data.windows(4).any(|chunk| chunk == b"acTL");
            let side =
                |at: usize| file.data.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
            (if moves { 2 } else { 1 }, kind, side(16).zip(side(20)))
        }
        Some(kind @ "image/gif") => {
            let side =
                |at: usize| file.data.get(at..at + 2).map(|b| u32::from(u16::from_le_bytes([b[0], b[1]])));
            (4, kind, side(6).zip(side(8)))
        }
        _ if serde_json::from_slice::<Map<String, Value>>(&file.data)
            .is_ok_and(|l| l.contains_key("layers")) =>
        {
            // Vector animations are for guilds that Discord knows.
            let known = guild.features.iter().any(|feature| feature == "VERIFIED" || feature == "PARTNERED");
            if !known {
                return Err(error::LOTTIE_NOT_ALLOWED);
            }
            (3, "application/json", Some((320, 320)))
        }
        _ => return Err(error::INVALID_FILE),
    };
    match size {
        Some((width, height)) if width <= 320 && height <= 320 => {
            Ok((format, Asset { data: file.data.clone(), kind }))
        }
        _ => Err(error::INVALID_FILE),
    }
}

/// `POST /guilds/{guild}/stickers`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let wanted = Permissions::CREATE_GUILD_EXPRESSIONS;
    call.read(|world| access::guild_with(world, caller, guild_id, wanted, call.now).map(|_| ()))?;
    let body = call.object()?;
    let mut form = Form::default();
    for key in ["name", "tags"] {
        if !body.contains_key(key) {
            form.required(Path::ROOT.key(key));
        }
    }
    let wanted = read(&mut form, body);
    if call.files.is_empty() {
        form.required(Path::ROOT.key("file"));
    }
    form.finish()?;
    created(call.change(|world, now| {
        let (most, max) = (world.limits.guild_stickers, world.limits.sticker_bytes);
        let guild = world.guild(guild_id)?;
        let file = call.files.first().ok_or(error::INVALID_FILE)?;
        let (format, image) = format(guild, file, max)?;
        check_room(guild, guild.stickers.len(), most, (30_039, "stickers"))?;
        let sticker = Sticker {
            name: wanted.name.unwrap_or_default(),
            tags: wanted.tags.unwrap_or_default(),
            description: wanted.description.flatten(),
            format,
            user_id: caller.bot_id,
            image,
            ..Sticker::default()
        };
        let (id, told) = world.create_sticker(guild_id, sticker, now)?;
        Ok((Sticker::shown(world, guild_id, id, caller.bot_id, now)?, told))
    })?)
}

/// `PATCH /guilds/{guild}/stickers/{sticker}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "sticker_id")?);
    let mut form = Form::default();
    let wanted = read(&mut form, call.object()?);
    form.finish()?;
    ok(call.change(|world, now| {
        Sticker::may_change(world, caller.bot_id, guild_id, id, now)?;
        let ((), told) = world.update_sticker(guild_id, id, |sticker| {
            sticker.name = wanted.name.unwrap_or_else(|| std::mem::take(&mut sticker.name));
            sticker.tags = wanted.tags.unwrap_or_else(|| std::mem::take(&mut sticker.tags));
            sticker.description = wanted.description.unwrap_or_else(|| sticker.description.take());
        })?;
        Ok((Sticker::shown(world, guild_id, id, caller.bot_id, now)?, told))
    })?)
}
