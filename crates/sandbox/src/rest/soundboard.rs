//! Soundboard sounds: Discord's own, a guild's, and playing one. (Discord docs: Soundboard.)

use serde_json::{Map, Value, json};

use super::access;
use super::call::{Answer, Call, Reply, created, ok};
use super::error::{self, ApiError};
use super::expressions::{self, Expression, check_room};
use super::routes::{Auth, Pace, Table};
use crate::model::{Guild, Sound, User};
use crate::permissions::Permissions;
use crate::snowflake::{Id, Sid};
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::{Changed, World};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/soundboard-default-sounds", Auth::Bot, Pace::Ordinary, defaults);
    table.get("/guilds/{guild}/soundboard-sounds", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/soundboard-sounds", Auth::Bot, Pace::Ordinary, create);
    table.get(
        "/guilds/{guild}/soundboard-sounds/{sound}",
        Auth::Bot,
        Pace::Ordinary,
        expressions::get::<Sound>,
    );
    table.patch("/guilds/{guild}/soundboard-sounds/{sound}", Auth::Bot, Pace::Ordinary, edit);
    table.delete(
        "/guilds/{guild}/soundboard-sounds/{sound}",
        Auth::Bot,
        Pace::Ordinary,
        expressions::delete::<Sound>,
    );
    table.post("/channels/{channel}/send-soundboard-sound", Auth::Bot, Pace::Ordinary, play);
}

/// The sounds that every user has: number, name, emoji.
const DEFAULTS: [(Id, &str, &str); 6] = [
    (1, "quack", "\u{1f986}"),
    (2, "airhorn", "\u{1f50a}"),
    (3, "cricket", "\u{1f997}"),
    (4, "golf clap", "\u{1f44f}"),
    (5, "sad horn", "\u{1f3ba}"),
    (7, "ba dum tss", "\u{1f941}"),
];

fn default((id, name, emoji): (Id, &str, &str)) -> Sound {
    let emoji_name = Some(emoji.to_owned());
    Sound { id, name: name.to_owned(), volume: 1.0, emoji_name, ..Sound::default() }
}

/// `GET /soundboard-default-sounds`
pub(crate) fn defaults(_: &Call) -> Answer {
    ok(DEFAULTS.map(|sound| wire::sound(&default(sound), None)))
}

impl Expression for Sound {
    const PARAM: &'static str = "sound_id";
    const UNKNOWN: ApiError = error::UNKNOWN_SOUND;

    fn all(guild: &Guild) -> &[Self] {
        &guild.extras().sounds
    }

    fn ids(&self) -> (Id, Id) {
        (self.id, self.user_id)
    }

    fn wire(&self, user: Option<&User>) -> Value {
        wire::sound(self, user)
    }

    fn remove(world: &mut World, guild_id: Id, id: Id) -> Changed<()> {
        world.delete_sound(guild_id, id)
    }
}

/// `GET /guilds/{guild}/soundboard-sounds`
pub(crate) fn list(call: &Call) -> Answer {
    ok(json!({ "items": expressions::all::<Sound>(call)? }))
}

/// What a request says about a sound.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
struct Wanted {
    name: Option<String>,
    volume: Option<f64>,
    emoji_id: Option<Option<Id>>,
    emoji_name: Option<Option<String>>,
}

fn read(form: &mut Form, body: &Map<String, Value>) -> Wanted {
    let at = Path::ROOT;
    let volume = body.get("volume").map(|value| match value {
        Value::Null => 1.0,
        value => {
            let volume = value.as_f64().filter(|volume| (0.0..=1.0).contains(volume));
            if volume.is_none() {
                form.error(at.key("volume"), "NUMBER_TYPE_MAX", "float value should be between 0.0 and 1.0.");
            }
            volume.unwrap_or(1.0)
        }
    });
    Wanted {
        name: form.string(body, "name", at, (2, 32)).map(str::to_owned),
        volume,
        emoji_id: body.contains_key("emoji_id").then(|| form.snowflake(body, "emoji_id", at)),
        emoji_name: body
            .contains_key("emoji_name")
            .then(|| form.string(body, "emoji_name", at, (1, 32)).map(str::to_owned)),
    }
}

impl Wanted {
    fn apply(self, sound: &mut Sound) {
        if let Some(name) = self.name {
            sound.name = name;
        }
        sound.volume = self.volume.unwrap_or(sound.volume);
        sound.emoji_id = self.emoji_id.unwrap_or(sound.emoji_id);
        sound.emoji_name = self.emoji_name.unwrap_or_else(|| sound.emoji_name.take());
    }
}

/// `POST /guilds/{guild}/soundboard-sounds`
pub(crate) fn create(call: &Call) -> Answer {
    let caller = call.caller()?;
    let guild_id = call.id(0, "guild_id")?;
    let wanted = Permissions::CREATE_GUILD_EXPRESSIONS;
    let max = call.read(|world| {
        access::guild_with(world, caller, guild_id, wanted, call.now).map(|_| world.limits.sound_bytes)
    })?;
    let body = call.object()?;
    let mut form = Form::default();
    for key in ["name", "sound"] {
        if matches!(body.get(key), None | Some(Value::Null)) {
            form.required(Path::ROOT.key(key));
        }
    }
    let wanted = read(&mut form, body);
    let audio = data_uri::read(&mut form, body, "sound", Path::ROOT, (Expected::Audio, max));
    form.finish()?;
    created(call.change(|world, now| {
        let most = world.limits.guild_sounds;
        let guild = world.guild(guild_id)?;
        check_room(guild, guild.extras().sounds.len(), most, (30_045, "soundboard sounds"))?;
        let audio = audio.unwrap_or_default();
        let mut sound = Sound { volume: 1.0, user_id: caller.bot_id, audio, ..Sound::default() };
        wanted.apply(&mut sound);
        let (id, told) = world.create_sound(guild_id, sound, now)?;
        Ok((Sound::shown(world, guild_id, id, caller.bot_id, now)?, told))
    })?)
}

/// `PATCH /guilds/{guild}/soundboard-sounds/{sound}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "sound_id")?);
    let mut form = Form::default();
    let wanted = read(&mut form, call.object()?);
    form.finish()?;
    ok(call.change(|world, now| {
        Sound::may_change(world, caller.bot_id, guild_id, id, now)?;
        let ((), told) = world.update_sound(guild_id, id, |sound| wanted.apply(sound))?;
        Ok((Sound::shown(world, guild_id, id, caller.bot_id, now)?, told))
    })?)
}

/// `POST /channels/{channel}/send-soundboard-sound`
pub(crate) fn play(call: &Call) -> Answer {
    let caller = call.caller()?;
    let channel_id = call.id(0, "channel_id")?;
    let body = call.object()?;
    let mut form = Form::default();
    if matches!(body.get("sound_id"), None | Some(Value::Null)) {
        form.required(Path::ROOT.key("sound_id"));
    }
    let sound_id = form.snowflake(body, "sound_id", Path::ROOT).unwrap_or(0);
    let source = form.snowflake(body, "source_guild_id", Path::ROOT);
    form.finish()?;
    call.change(|world, now| {
        let wanted = Permissions::SPEAK | Permissions::USE_SOUNDBOARD;
        let seen = access::channel_with(world, caller.bot_id, channel_id, wanted, now)?;
        let guild = seen.guild.filter(|_| seen.channel.kind.is_voice()).ok_or(error::WRONG_CHANNEL_TYPE)?;
        let state = guild.voice_states.iter().find(|state| state.user_id == caller.bot_id);
        let state = state.filter(|state| state.channel_id == Some(channel_id)).ok_or(error::NOT_IN_VOICE)?;
        let quiet = guild.member(caller.bot_id).is_some_and(|member| member.mute || member.deaf);
        if quiet || state.self_deaf || state.self_mute || state.suppress {
            return Err(error::MISSING_PERMISSIONS);
        }
        let own = DEFAULTS.iter().find(|(id, ..)| *id == sound_id).map(|sound| default(*sound));
        let sound = if let Some(sound) = own {
            sound
        } else {
            let source = source.unwrap_or(guild.id);
            if source != guild.id {
                seen.need(Permissions::USE_EXTERNAL_SOUNDS)?;
            }
            Sound::find(access::guild(world, caller.bot_id, source)?, sound_id)?.clone()
        };
        let emoji = json!({ "id": sound.emoji_id.map(Sid), "name": sound.emoji_name });
        let effect = json!({
            "channel_id": Sid(channel_id),
            "user_id": Sid(caller.bot_id),
            "emoji": if sound.emoji_id.is_none() && sound.emoji_name.is_none() { Value::Null } else { emoji },
            "sound_id": if sound.guild_id.is_none() { json!(sound.id) } else { json!(Sid(sound.id)) },
            "sound_volume": sound.volume,
        });
        Ok(((), vec![world.tell_in_channel("VOICE_CHANNEL_EFFECT_SEND", channel_id, effect)]))
    })?;
    Ok(Reply::Empty)
}
