//! Voice states and stages on the wire (Discord docs: Voice; Stage Instance).

use serde_json::{Value, json};

use crate::{
    clock::iso,
    model::{Guild, StageInstance, VoiceState},
    snowflake::{Id, Sid},
};

/// A voice state; inside `GUILD_CREATE` it has no `guild_id`. What moderators did comes from the member.
pub fn voice_state(guild: &Guild, state: &VoiceState, with_guild: bool) -> Value {
    let member = guild.member(state.user_id);
    let mut all = json!({
        "channel_id": state.channel_id.map(Sid),
        "user_id": Sid(state.user_id),
        "session_id": state.session_id,
        "deaf": member.is_some_and(|member| member.deaf),
        "mute": member.is_some_and(|member| member.mute),
        "self_deaf": state.self_deaf,
        "self_mute": state.self_mute,
        "self_video": state.self_video,
        "self_stream": state.self_stream,
        "suppress": state.suppress,
        "request_to_speak_timestamp": state.request_to_speak.map(iso),
    });
    if with_guild {
        all["guild_id"] = json!(Sid(guild.id));
    }
    all
}

/// A stage.
pub fn stage(guild_id: Id, stage: &StageInstance) -> Value {
    json!({
        "id": Sid(stage.id),
        "guild_id": Sid(guild_id),
        "channel_id": Sid(stage.channel_id),
        "topic": stage.topic,
        "privacy_level": stage.privacy_level,
        "discoverable_disabled": true,
        "guild_scheduled_event_id": stage.event_id.map(Sid),
    })
}
