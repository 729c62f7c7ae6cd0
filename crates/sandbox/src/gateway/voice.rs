//! Joining voice (Discord docs: Gateway Events, Update Voice State; Voice, Retrieving Voice Server
//! Information). The voice socket itself is not part of the sandbox.

use serde_json::{Value, json};

use super::{
    close::Close,
    commands::id,
    session::{Session, moment_of},
};
use crate::{
    Engine,
    engine::{Moment, Point},
    model::VoiceState,
    snowflake::{Id, Sid},
    world::dispatch::to_bytes,
};

/// Joins, moves or leaves, or changes what the bot does there. Who joins or moves hears of the state and
/// then of the voice server; a wish that may not be is met with silence.
pub(super) fn update(engine: &Engine, session: &Session, data: &Value) -> Result<(), Close> {
    let guild_id = id(&data["guild_id"]).ok_or(Close::DECODE_ERROR)?;
    let channel_id = match &data["channel_id"] {
        Value::Null => None,
        given => Some(id(given).ok_or(Close::DECODE_ERROR)?),
    };
    let flag = |key: &str| match &data[key] {
        Value::Null => Ok(false),
        given => given.as_bool().ok_or(Close::DECODE_ERROR),
    };
    let state = VoiceState {
        user_id: session.bot_id,
        channel_id,
        session_id: session.id.to_string(),
        self_mute: flag("self_mute")?,
        self_deaf: flag("self_deaf")?,
        ..VoiceState::default()
    };
    let done = engine.try_apply(|world, now| {
        let before = world.voice_state(guild_id, session.bot_id).and_then(|state| state.channel_id);
        let ((), told) = world.connect_voice(guild_id, state, now)?;
        Ok::<_, crate::world::WorldError>((before, told))
    });
    match done {
        Ok(before) => {
            if channel_id.is_some() && before != channel_id {
                session.joined_voice(guild_id);
                tell_server(engine, session, guild_id);
            }
        }
        Err(error) => tracing::debug!(%error, "a voice state was not taken"),
    }
    Ok(())
}

/// Says where the voice server is. Without an address there is none for now, and another event follows
/// when there is.
pub(crate) fn tell_server(engine: &Engine, session: &Session, guild_id: Id) {
    let moment = Moment { guild: Some(guild_id), ..moment_of(session) };
    let gone = engine.faults().play(engine.now(), Point::Voice, &moment).is_some();
    let url = engine.gateway_url();
    let endpoint = url.split_once("://").map(|(_, authority)| authority).filter(|_| !gone);
    let token = format!("{:016x}", crate::engine::Dice(guild_id ^ session.bot_id).next());
    let server = json!({ "token": token, "guild_id": Sid(guild_id), "endpoint": endpoint });
    session.push_in_guild(guild_id, "VOICE_SERVER_UPDATE", to_bytes(&server));
}
