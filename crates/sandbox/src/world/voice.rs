//! Voice: who is where, and who may speak. The voice socket itself is not part of the sandbox.

use serde_json::{Value, json};

use super::{Audience, Audit, Changed, Dispatch, Payload, World, WorldError};
use crate::{
    model::{AuditAction, ChannelKind, Guild, VoiceState},
    permissions::{self, Permissions},
    snowflake::{Id, Millis, Sid},
    wire,
};

impl World {
    /// Whether a user may enter a voice channel: it takes the permission, and a free place or the right to
    /// move members (Discord docs: Gateway Events, Update Voice State).
    pub fn may_join_voice(
        &self,
        guild_id: Id,
        user_id: Id,
        channel_id: Id,
        now: Millis,
    ) -> Result<(), WorldError> {
        let guild = self.guild(guild_id)?;
        let channel = guild.channel(channel_id).ok_or(WorldError::UnknownChannel)?;
        let Some(voice) = &channel.voice else { return Err(WorldError::WrongChannelType) };
        let own = permissions::in_channel(guild, channel, user_id, now).implied(channel);
        if !own.contains(Permissions::CONNECT) {
            return Err(WorldError::NoVoiceAccess);
        }
        let inside = guild.voice_states.iter().filter(|state| state.channel_id == Some(channel_id));
        let others = inside.filter(|state| state.user_id != user_id).count();
        let full = voice.user_limit > 0 && others >= voice.user_limit as usize;
        if full && !own.contains(Permissions::MOVE_MEMBERS) {
            return Err(WorldError::VoiceChannelFull);
        }
        Ok(())
    }

    /// Lets a user join, move or leave by their own wish, or change what they do there. Whether they may
    /// speak is not theirs to say.
    pub fn connect_voice(&mut self, guild_id: Id, mut state: VoiceState, now: Millis) -> Changed<()> {
        let user_id = state.user_id;
        self.member(guild_id, user_id)?;
        let Some(channel_id) = state.channel_id else { return self.leave_voice(guild_id, user_id, now) };
        let before = self.voice_state(guild_id, user_id).cloned();
        if before.as_ref().and_then(|before| before.channel_id) == Some(channel_id) {
            let before = before.unwrap_or_default();
            (state.suppress, state.request_to_speak) = (before.suppress, before.request_to_speak);
        } else {
            self.may_join_voice(guild_id, user_id, channel_id, now)?;
            (state.suppress, state.request_to_speak) = (self.joins_silent(guild_id, &state, now)?, None);
        }
        Ok(((), self.put_voice_state(guild_id, &state, now)?))
    }

    /// On a stage all begin in the audience; elsewhere those are silent who may not speak there.
    fn joins_silent(&self, guild_id: Id, state: &VoiceState, now: Millis) -> Result<bool, WorldError> {
        let guild = self.guild(guild_id)?;
        let channel = state.channel_id.and_then(|id| guild.channel(id)).ok_or(WorldError::UnknownChannel)?;
        let own = permissions::in_channel(guild, channel, state.user_id, now).implied(channel);
        let afk = guild.afk_channel_id == Some(channel.id);
        Ok(afk || channel.kind == ChannelKind::Stage || !own.contains(Permissions::SPEAK))
    }

    /// Lets a user leave voice; nothing happens when they are in no channel.
    pub fn leave_voice(&mut self, guild_id: Id, user_id: Id, now: Millis) -> Changed<()> {
        let Some(mut state) = self.voice_state(guild_id, user_id).cloned() else {
            return Ok(((), Vec::new()));
        };
        state.channel_id = None;
        (state.request_to_speak, state.suppress) = (None, false);
        Ok(((), self.put_voice_state(guild_id, &state, now)?))
    }

    /// Someone else moves a user to another voice channel, or out of voice with none. The one who is moved
    /// needs no permission.
    pub fn move_voice(
        &mut self,
        guild_id: Id,
        user_id: Id,
        channel_id: Option<Id>,
        now: Millis,
    ) -> Changed<()> {
        let mut state = self.voice_state(guild_id, user_id).cloned().ok_or(WorldError::NotInVoice)?;
        if state.channel_id == channel_id {
            return Ok(((), Vec::new()));
        }
        let Some(to) = channel_id else {
            let ((), mut told) = self.leave_voice(guild_id, user_id, now)?;
            told.extend(self.audit(guild_id, Audit::new(AuditAction::MemberDisconnect)));
            return Ok(((), told));
        };
        if !self.guild(guild_id)?.channel(to).is_some_and(|channel| channel.kind.is_voice()) {
            return Err(WorldError::WrongChannelType);
        }
        state.channel_id = channel_id;
        state.request_to_speak = None;
        state.suppress = self.joins_silent(guild_id, &state, now)?;
        let mut told = self.put_voice_state(guild_id, &state, now)?;
        if let Some(application) = self.application_of_bot(user_id) {
            let bot = Audience::Application { id: application.id, guild_id: Some(guild_id) };
            told.push(Dispatch::new("VOICE_SERVER_UPDATE", bot, Payload::VoiceServer(guild_id)));
        }
        told.extend(self.audit(guild_id, Audit::new(AuditAction::MemberMove).option("channel_id", to)));
        Ok(((), told))
    }

    /// Changes what is kept of a user in voice and tells of it.
    pub fn update_voice(
        &mut self,
        guild_id: Id,
        user_id: Id,
        now: Millis,
        change: impl FnOnce(&mut VoiceState),
    ) -> Changed<()> {
        let mut state = self.voice_state(guild_id, user_id).cloned().ok_or(WorldError::UnknownVoiceState)?;
        change(&mut state);
        Ok(((), self.put_voice_state(guild_id, &state, now)?))
    }

    /// A user's voice state.
    pub fn voice_state(&self, guild_id: Id, user_id: Id) -> Option<&VoiceState> {
        self.guilds.get(&guild_id)?.voice_states.iter().find(|state| state.user_id == user_id)
    }

    fn put_voice_state(
        &mut self,
        guild_id: Id,
        state: &VoiceState,
        now: Millis,
    ) -> Result<Vec<Dispatch>, WorldError> {
        let user_id = state.user_id;
        let guild = self.guild_mut(guild_id)?;
        let place = guild.voice_states.iter().position(|other| other.user_id == user_id);
        let from = place.and_then(|at| guild.voice_states[at].channel_id);
        match (place, state.channel_id) {
            (Some(at), Some(_)) => guild.voice_states[at] = state.clone(),
            (Some(at), None) => drop(guild.voice_states.remove(at)),
            (None, Some(_)) => guild.voice_states.push(state.clone()),
            (None, None) => {}
        }
        let mut told = vec![self.tell_voice_state(guild_id, state)?];
        let to = state.channel_id;
        if from != to {
            for channel_id in [from, to].into_iter().flatten() {
                told.extend(self.tend_room(guild_id, channel_id, now)?);
            }
        }
        self.tend_channels(guild_id, [from, to], now);
        Ok(told)
    }

    /// `VOICE_STATE_UPDATE`, with the member.
    pub(super) fn tell_voice_state(&self, guild_id: Id, state: &VoiceState) -> Result<Dispatch, WorldError> {
        let guild = self.guild(guild_id)?;
        let mut data = wire::voice_state(guild, state, true);
        if let Some(member) = guild.member(state.user_id) {
            data["member"] = wire::member(member, self.users.get(&state.user_id));
        }
        Ok(Dispatch::guild("VOICE_STATE_UPDATE", guild_id, &data))
    }

    /// A call begins with the first who comes and ends with the last who goes; its status ends with it.
    fn tend_room(&mut self, guild_id: Id, channel_id: Id, now: Millis) -> Result<Vec<Dispatch>, WorldError> {
        let guild = self.guild_mut(guild_id)?;
        let used = guild.voice_states.iter().any(|state| state.channel_id == Some(channel_id));
        let known = guild.extras().voice_rooms.get(&channel_id).is_some_and(|room| room.started_at.is_some());
        let rooms = &mut guild.extras_mut().voice_rooms;
        let mut told = Vec::new();
        if used && !known {
            rooms.entry(channel_id).or_default().started_at = Some(now);
            told.push(start_time(guild, channel_id, Some(now / 1000)));
        } else if !used && known {
            let gone = rooms.remove(&channel_id);
            told.push(start_time(guild, channel_id, None));
            if gone.is_some_and(|room| room.status.is_some()) {
                told.push(status(guild, channel_id, None));
            }
        }
        Ok(told)
    }

    /// Sets what a voice channel says beside its name.
    pub fn set_voice_status(&mut self, guild_id: Id, channel_id: Id, text: Option<String>) -> Changed<()> {
        let guild = self.guild_mut(guild_id)?;
        let room = guild.extras_mut().voice_rooms.entry(channel_id).or_default();
        if room.status == text {
            return Ok(((), Vec::new()));
        }
        room.status.clone_from(&text);
        let mut told = vec![status(guild, channel_id, text.as_deref())];
        let audit = match text {
            Some(text) => Audit::new(AuditAction::VoiceStatusCreate).option("status", text),
            None => Audit::new(AuditAction::VoiceStatusDelete),
        };
        told.extend(self.audit(guild_id, audit.target(channel_id).option("channel_id", channel_id)));
        Ok(((), told))
    }

    /// All leave a channel that is removed. Nobody hears of the channel's call any more.
    pub(super) fn clear_voice(&mut self, guild_id: Id, channel_id: Id) -> Result<Vec<Dispatch>, WorldError> {
        let guild = self.guild_mut(guild_id)?;
        if !guild.voice_states.iter().any(|state| state.channel_id == Some(channel_id)) {
            return Ok(Vec::new());
        }
        guild.extras_mut().voice_rooms.remove(&channel_id);
        let (gone, rest) = std::mem::take(&mut guild.voice_states)
            .into_iter()
            .partition::<Vec<_>, _>(|state| state.channel_id == Some(channel_id));
        guild.voice_states = rest;
        self.tend_channels(guild_id, [Some(channel_id), None], self.now);
        let left = gone.into_iter().map(|state| VoiceState { channel_id: None, ..state });
        left.map(|state| self.tell_voice_state(guild_id, &state)).collect()
    }
}

fn start_time(guild: &Guild, channel_id: Id, seconds: Option<Millis>) -> Dispatch {
    let data = json!({ "id": Sid(channel_id), "guild_id": Sid(guild.id), "voice_start_time": seconds });
    told(guild, channel_id, "VOICE_CHANNEL_START_TIME_UPDATE", &data)
}

fn status(guild: &Guild, channel_id: Id, status: Option<&str>) -> Dispatch {
    let data = json!({ "id": Sid(channel_id), "guild_id": Sid(guild.id), "status": status });
    told(guild, channel_id, "VOICE_CHANNEL_STATUS_UPDATE", &data)
}

fn told(guild: &Guild, channel_id: Id, event: &'static str, data: &Value) -> Dispatch {
    Dispatch::guild(event, guild.id, data).in_channel(channel_id)
}
