//! Who is in which voice channel, and stages.

use crate::snowflake::{Id, Millis};

/// A user in a voice channel.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of a voice client, each by its own name")]
pub struct VoiceState {
    /// Who.
    pub user_id: Id,
    /// Where.
    pub channel_id: Option<Id>,
    /// The voice session.
    pub session_id: String,
    /// Muted by themselves.
    pub self_mute: bool,
    /// Deafened by themselves.
    pub self_deaf: bool,
    /// With their camera on.
    pub self_video: bool,
    /// Sharing their screen.
    pub self_stream: bool,
    /// Not allowed to speak, as the audience of a stage.
    pub suppress: bool,
    /// When they asked to speak on a stage.
    pub request_to_speak: Option<Millis>,
}

/// What is known of a voice channel while someone is in it.
#[derive(Clone, Debug, Default)]
pub struct VoiceRoom {
    /// What it says beside its name.
    pub status: Option<String>,
    /// Since when someone is in it; nobody is with none.
    pub started_at: Option<Millis>,
}

/// A live stage (Discord docs: Stage Instance).
#[derive(Clone, Debug, Default)]
pub struct StageInstance {
    /// Its id.
    pub id: Id,
    /// The stage channel.
    pub channel_id: Id,
    /// What it is about.
    pub topic: String,
    /// 1 public, 2 for the guild alone.
    pub privacy_level: u8,
    /// The scheduled event that it belongs to.
    pub event_id: Option<Id>,
    /// When it closes unless someone speaks before.
    pub closes_at: Option<Millis>,
}
