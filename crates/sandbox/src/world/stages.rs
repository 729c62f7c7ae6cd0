//! Stages: opened, changed, closed.

use serde_json::Value;

use super::{Audit, Changed, Dispatch, World, WorldError};
use crate::{
    model::{AuditAction, StageInstance},
    snowflake::{Id, Millis},
    wire,
};

const KEYS: &[&str] = &["topic", "privacy_level"];

impl World {
    /// Opens a stage; its id is filled in here.
    pub fn open_stage(&mut self, guild_id: Id, mut stage: StageInstance, now: Millis) -> Changed<Id> {
        if self.stage(guild_id, stage.channel_id).is_some() {
            return Err(WorldError::StageAlreadyOpen);
        }
        stage.id = self.ids.next(now);
        let id = stage.id;
        let data = wire::stage(guild_id, &stage);
        let channel_id = stage.channel_id;
        self.guild_mut(guild_id)?.extras_mut().stages.push(stage);
        self.expect_closing(guild_id, channel_id, now);
        let mut told = vec![Dispatch::guild("STAGE_INSTANCE_CREATE", guild_id, &data).in_channel(channel_id)];
        let audit = Audit::new(AuditAction::StageInstanceCreate).option("channel_id", channel_id);
        told.extend(self.audit(guild_id, audit.target(id).diff(&Value::Null, &data, KEYS)));
        Ok((id, told))
    }

    /// Changes a stage.
    pub fn update_stage(
        &mut self,
        guild_id: Id,
        channel_id: Id,
        change: impl FnOnce(&mut StageInstance),
    ) -> Changed<()> {
        let stages = &mut self.guild_mut(guild_id)?.extras_mut().stages;
        let stage = stages.iter_mut().find(|stage| stage.channel_id == channel_id);
        let stage = stage.ok_or(WorldError::UnknownStage)?;
        let (id, before) = (stage.id, wire::stage(guild_id, stage));
        change(stage);
        let data = wire::stage(guild_id, stage);
        let mut told = vec![Dispatch::guild("STAGE_INSTANCE_UPDATE", guild_id, &data).in_channel(channel_id)];
        let audit = Audit::new(AuditAction::StageInstanceUpdate).option("channel_id", channel_id);
        told.extend(self.audit(guild_id, audit.target(id).diff(&before, &data, KEYS)));
        Ok(((), told))
    }

    /// Closes a stage.
    pub fn close_stage(&mut self, guild_id: Id, channel_id: Id) -> Changed<()> {
        let stages = &mut self.guild_mut(guild_id)?.extras_mut().stages;
        let place = stages.iter().position(|stage| stage.channel_id == channel_id);
        let stage = stages.remove(place.ok_or(WorldError::UnknownStage)?);
        self.due.cancel(stage.closes_at, super::due::Thing::Stage(guild_id, channel_id));
        let data = wire::stage(guild_id, &stage);
        let mut told = vec![Dispatch::guild("STAGE_INSTANCE_DELETE", guild_id, &data).in_channel(channel_id)];
        let audit = Audit::new(AuditAction::StageInstanceDelete).option("channel_id", channel_id);
        told.extend(self.audit(guild_id, audit.target(stage.id).diff(&data, &Value::Null, KEYS)));
        Ok(((), told))
    }

    /// The stage that is open in a channel.
    pub fn stage(&self, guild_id: Id, channel_id: Id) -> Option<&StageInstance> {
        let stages = &self.guilds.get(&guild_id)?.extras().stages;
        stages.iter().find(|stage| stage.channel_id == channel_id)
    }
}
