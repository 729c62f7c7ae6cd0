//! A person in voice: joining, leaving, muting themselves, and the small effects shown there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ControlError;
use super::extract::{At, Given, PathId};
use super::routes::Routes;
use crate::model::VoiceState;
use crate::permissions::Permissions;
use crate::rest::face::Face;
use crate::rest::{access, error};
use crate::snowflake::{Id, Sid};
use crate::wire;

/// The routes of this topic.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post(
            "/as/{user}/channels/{channel}/voice",
            join,
            "Joins a voice channel, or changes what one does there",
        )
        .delete("/as/{user}/guilds/{guild}/voice", leave, "Leaves voice")
        .post("/as/{user}/channels/{channel}/voice/effects", effect, "Shows an emoji in a voice channel")
}

/// What the person's client does in voice.
#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the names on the wire")]
pub(crate) struct JoinBody {
    /// The microphone is off.
    self_mute: bool,
    /// The speakers are off.
    self_deaf: bool,
    /// The camera is on.
    self_video: bool,
    /// The screen is shared.
    self_stream: bool,
}

/// `POST /control/as/{user}/channels/{channel}/voice`
pub(crate) async fn join(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
    Given(body): Given<JoinBody>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(face.engine.try_apply_as(Some(user), None, |world, now| {
        let seen = access::channel(world, user, channel, now)?;
        let guild_id = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id;
        world.may_join_voice(guild_id, user, channel, now)?;
        // A person is in one call at a time.
        let others = world.guilds_of(user).filter(|guild| guild.id != guild_id);
        let others: Vec<Id> =
            others.filter(|g| world.voice_state(g.id, user).is_some()).map(|g| g.id).collect();
        let mut told = Vec::new();
        for other in others {
            told.extend(world.leave_voice(other, user, now)?.1);
        }
        let known = world.voice_state(guild_id, user).map(|state| state.session_id.clone());
        let session_id = known.unwrap_or_else(|| format!("{:032x}", world.ids.next(now)));
        let state = VoiceState {
            user_id: user,
            channel_id: Some(channel),
            session_id,
            self_mute: body.self_mute,
            self_deaf: body.self_deaf,
            self_video: body.self_video,
            self_stream: body.self_stream,
            ..VoiceState::default()
        };
        told.extend(world.connect_voice(guild_id, state, now)?.1);
        let state = world.voice_state(guild_id, user).ok_or(error::UNKNOWN_VOICE_STATE)?;
        Ok::<_, ControlError>((wire::voice_state(world.guild(guild_id)?, state, true), told))
    })?))
}

/// `DELETE /control/as/{user}/guilds/{guild}/voice`
pub(crate) async fn leave(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(guild))): At<(PathId, PathId)>,
) -> Result<Json<Value>, ControlError> {
    face.engine.try_apply_as(Some(user), None, |world, now| {
        world.voice_state(guild, user).ok_or(error::UNKNOWN_VOICE_STATE)?;
        Ok::<_, ControlError>(world.leave_voice(guild, user, now)?)
    })?;
    Ok(Json(json!({ "left": Sid(guild) })))
}

/// An effect.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EffectBody {
    /// A Unicode emoji, or the name of a custom one.
    emoji: String,
    /// The custom emoji's id.
    emoji_id: Option<String>,
    /// 0 premium, 1 basic.
    animation_type: Option<u8>,
}

/// `POST /control/as/{user}/channels/{channel}/voice/effects`
pub(crate) async fn effect(
    State(face): State<Arc<Face>>,
    At((PathId(user), PathId(channel))): At<(PathId, PathId)>,
    Given(body): Given<EffectBody>,
) -> Result<Json<Value>, ControlError> {
    if body.emoji.chars().count() > 64 || body.animation_type.is_some_and(|kind| kind > 1) {
        return Err(ControlError::bad("an emoji, and an animation type of 0 or 1"));
    }
    let shown = face.engine.try_apply(|world, now| {
        let seen = access::channel_with(world, user, channel, Permissions::CONNECT, now)?;
        let guild_id = seen.guild.ok_or(error::WRONG_CHANNEL_TYPE)?.id;
        let inside = world.voice_state(guild_id, user).is_some_and(|state| state.channel_id == Some(channel));
        if !inside {
            return Err(error::NOT_IN_VOICE.into());
        }
        let effect = json!({
            "channel_id": Sid(channel),
            "user_id": Sid(user),
            "emoji": { "id": body.emoji_id, "name": body.emoji },
            "animation_type": body.animation_type.unwrap_or(1),
            "animation_id": 0,
        });
        let told = world.tell_in_channel("VOICE_CHANNEL_EFFECT_SEND", channel, effect.clone());
        Ok::<_, ControlError>((effect, vec![told]))
    })?;
    Ok(Json(shown))
}
