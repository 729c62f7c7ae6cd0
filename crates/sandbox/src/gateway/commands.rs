//! What a client asks for within a session: presence, voice, members, sounds
//! (Discord docs: Gateway Events, Send Events).

use serde_json::{Value, json};

use super::{close::Close, intents::Intents, session::Session, voice};
use crate::{
    Engine,
    model::{Guild, Member},
    snowflake::{self, Id, Sid},
    wire,
    world::{World, dispatch::to_bytes},
};

/// Members in one chunk.
const CHUNK: usize = 1_000;

/// Members that a search by name or by ids may ask for.
const SEARCH: usize = 100;

/// Does what was asked; an answer comes as a dispatch.
pub(super) fn run(engine: &Engine, session: &Session, op: u64, data: &Value) -> Result<(), Close> {
    if !data.is_object() {
        return Err(Close::DECODE_ERROR);
    }
    match op {
        4 => voice::update(engine, session, data),
        8 => members(engine, session, data),
        31 => sounds(engine, session, data),
        _ => channel_info(engine, session, data),
    }
}

/// An id as a string, or as a number: discord.py sends numbers.
pub(super) fn id(value: &Value) -> Option<Id> {
    value.as_str().map_or_else(|| value.as_u64(), snowflake::parse)
}

/// Sends members in chunks (Discord docs: Gateway Events, Request Guild Members).
fn members(engine: &Engine, session: &Session, data: &Value) -> Result<(), Close> {
    let guild_id = match &data["guild_id"] {
        Value::Array(one) if one.len() == 1 => id(&one[0]),
        given => id(given),
    };
    let guild_id = guild_id.ok_or(Close::DECODE_ERROR)?;
    let wanted = Wanted::read(data)?;
    if matches!(&wanted, Wanted::Prefix(query, 0) if query.is_empty()) {
        if !session.intents.contains(Intents::GUILD_MEMBERS) {
            return Ok(());
        }
        if let Some(wait) = engine.request_member_list(session.application_id, guild_id) {
            let mut meta = json!({ "guild_id": Sid(guild_id) });
            if let Some(nonce) = nonce(data) {
                meta["nonce"] = json!(nonce);
            }
            let limited = json!({ "opcode": 8, "retry_after": wait as f64 / 1_000.0, "meta": meta });
            session.push("RATE_LIMITED", to_bytes(&limited));
            return Ok(());
        }
    }
    let chunks = engine.read(|world| {
        let guild = world.guilds.get(&guild_id).filter(|guild| guild.members.contains_key(&session.bot_id));
        guild.map(|guild| wanted.chunks(world, guild, session, data)).unwrap_or_default()
    });
    for chunk in chunks {
        session.push_in_guild(guild_id, "GUILD_MEMBERS_CHUNK", to_bytes(&chunk));
    }
    Ok(())
}

/// A longer mark is dropped without a word.
fn nonce(data: &Value) -> Option<&str> {
    data["nonce"].as_str().filter(|nonce| nonce.len() <= 32)
}

/// Which members are asked for.
enum Wanted {
    /// Those whose name begins like this, at most so many; all for an empty text and 0.
    Prefix(String, usize),
    /// These, as they were given.
    Ids(Vec<Value>),
}

impl Wanted {
    fn read(data: &Value) -> Result<Self, Close> {
        match (&data["query"], &data["user_ids"]) {
            (Value::String(query), Value::Null) => {
                let limit = data["limit"].as_u64().ok_or(Close::DECODE_ERROR)?;
                Ok(Self::Prefix(query.to_lowercase(), usize::try_from(limit).unwrap_or(usize::MAX)))
            }
            (_, Value::Array(ids)) if ids.len() <= SEARCH => Ok(Self::Ids(ids.clone())),
            (_, one @ (Value::String(_) | Value::Number(_))) => Ok(Self::Ids(vec![one.clone()])),
            _ => Err(Close::DECODE_ERROR),
        }
    }

    fn chunks(&self, world: &World, guild: &Guild, session: &Session, data: &Value) -> Vec<Value> {
        let mut not_found = Vec::new();
        let found: Vec<&Member> = match self {
            Self::Prefix(query, limit) => {
                let begins = |member: &&Member| {
                    let user = world.users.get(&member.user_id);
                    let names = [member.nick.as_deref(), user.map(|user| user.username.as_str())];
                    names.into_iter().flatten().any(|name| name.to_lowercase().starts_with(query))
                };
                let most = match (query.is_empty(), *limit) {
                    (true, 0) => usize::MAX,
                    (false, 0) => SEARCH,
                    (_, limit) => limit.min(SEARCH),
                };
                guild.members.values().filter(begins).take(most).collect()
            }
            Self::Ids(ids) => ids
                .iter()
                .filter_map(|given| {
                    let member = id(given).and_then(|id| guild.member(id));
                    if member.is_none() {
                        not_found.push(given.clone());
                    }
                    member
                })
                .collect(),
        };
        let parts: Vec<&[&Member]> = if found.is_empty() { vec![&[]] } else { found.chunks(CHUNK).collect() };
        let presences = data["presences"] == true && session.intents.contains(Intents::GUILD_PRESENCES);
        let chunk = |(index, part): (usize, &&[&Member])| {
            let members: Vec<Value> =
                part.iter().map(|member| wire::member(member, world.users.get(&member.user_id))).collect();
            let mut chunk = json!({
                "guild_id": Sid(guild.id),
                "members": members,
                "chunk_index": index,
                "chunk_count": parts.len(),
            });
            if !not_found.is_empty() {
                chunk["not_found"] = json!(not_found);
            }
            if presences {
                let known = part.iter().filter_map(|member| {
                    let mut presence = world.presences.get(&member.user_id)?.clone();
                    presence["user"] = json!({ "id": Sid(member.user_id) });
                    Some(presence)
                });
                chunk["presences"] = known.collect();
            }
            if let Some(nonce) = nonce(data) {
                chunk["nonce"] = json!(nonce);
            }
            chunk
        };
        parts.iter().enumerate().map(chunk).collect()
    }
}

fn sounds(engine: &Engine, session: &Session, data: &Value) -> Result<(), Close> {
    let ids = data["guild_ids"].as_array().ok_or(Close::DECODE_ERROR)?;
    for guild_id in ids.iter().filter_map(id) {
        let sounds = engine.read(|world| {
            let guild = world.guilds.get(&guild_id).filter(|guild| guild.member(session.bot_id).is_some())?;
            Some(guild.extras().sounds.iter().map(|sound| wire::sound(sound, None)).collect::<Vec<_>>())
        });
        if let Some(sounds) = sounds {
            let all = json!({ "guild_id": Sid(guild_id), "soundboard_sounds": sounds });
            session.push_in_guild(guild_id, "SOUNDBOARD_SOUNDS", to_bytes(&all));
        }
    }
    Ok(())
}

/// What voice channels say beside their names, and since when someone is in them (Discord docs: Gateway
/// Events, Request Channel Info). Channels that the bot does not see are left out, and so are those of
/// which there is nothing to say.
fn channel_info(engine: &Engine, session: &Session, data: &Value) -> Result<(), Close> {
    let guild_id = id(&data["guild_id"]).ok_or(Close::DECODE_ERROR)?;
    let fields = data["fields"].as_array().ok_or(Close::DECODE_ERROR)?;
    let known = |field: &Value| matches!(field.as_str(), Some("status" | "voice_start_time"));
    if !fields.iter().all(known) {
        return Err(Close::DECODE_ERROR);
    }
    let wants = |name: &str| fields.iter().any(|field| field == name);
    let info = engine.read(|world| {
        let guild =
            world.guilds.get(&guild_id).filter(|guild| guild.members.contains_key(&session.bot_id))?;
        let rooms = guild.extras().voice_rooms.iter().filter(|(id, _)| world.can_view(**id, session.bot_id));
        let channels = rooms.filter_map(|(id, room)| {
            let mut channel = json!({ "id": Sid(*id) });
            if let Some(status) = room.status.as_ref().filter(|_| wants("status")) {
                channel["status"] = json!(status);
            }
            if let Some(at) = room.started_at.filter(|_| wants("voice_start_time")) {
                channel["voice_start_time"] = json!(at / 1_000);
            }
            channel.as_object().is_some_and(|channel| channel.len() > 1).then_some(channel)
        });
        Some(json!({ "guild_id": Sid(guild_id), "channels": channels.collect::<Vec<_>>() }))
    });
    if let Some(info) = info {
        session.push_in_guild(guild_id, "CHANNEL_INFO", to_bytes(&info));
    }
    Ok(())
}
