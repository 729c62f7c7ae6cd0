//! Guilds: made, changed, removed, out of order.

use serde_json::json;

use super::{Audience, Changed, Dispatch, Payload, World, WorldError};
use crate::{
    model::{Guild, Member, Role},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid},
    wire,
};

/// A guild to be made.
#[derive(Clone, Debug, Default)]
pub struct NewGuild {
    /// Its name.
    pub name: String,
    /// Who owns it and becomes its first member.
    pub owner_id: Id,
    /// A fixed id; made up when none is given.
    pub id: Option<Id>,
}

impl World {
    /// Makes a guild with its everyone role and its owner. It has no channels yet.
    pub fn create_guild(&mut self, new: NewGuild, now: Millis) -> Changed<Id> {
        let id = new.id.unwrap_or_else(|| self.ids.next(now));
        self.user(new.owner_id)?;
        let owner = Member { user_id: new.owner_id, joined_at: now, ..Member::default() };
        let everyone =
            Role { id, name: "@everyone".to_owned(), permissions: Permissions::DEFAULT, ..Role::default() };
        let guild = Guild {
            id,
            name: new.name,
            owner_id: new.owner_id,
            roles: vec![everyone],
            members: [(new.owner_id, owner)].into(),
            preferred_locale: "en-US".to_owned(),
            afk_timeout: 300,
            ..Guild::default()
        };
        self.guilds.insert(id, guild);
        Ok((id, vec![Dispatch::client("GUILD_CREATE", new.owner_id, &json!({ "id": Sid(id) }))]))
    }

    /// Changes a guild's own properties.
    pub fn update_guild(&mut self, id: Id, change: impl FnOnce(&mut Guild)) -> Changed<()> {
        let before = self.audited(|world| world.guilds.get(&id).map(|guild| wire::guild(guild, false)));
        change(self.guild_mut(id)?);
        let data = wire::guild(self.guild(id)?, false);
        let mut told = vec![Dispatch::guild("GUILD_UPDATE", id, &data)];
        if let Some(before) = before.flatten() {
            told.extend(self.audit_guild(id, &before, &data));
        }
        Ok(((), told))
    }

    /// Removes a guild with all that is in it.
    pub fn delete_guild(&mut self, id: Id) -> Changed<()> {
        let guild = self.guilds.remove(&id).ok_or(WorldError::UnknownGuild)?;
        for channel in &guild.channels {
            self.channel_guilds.remove(&channel.id);
            self.messages.remove(&channel.id);
            self.archives.remove(&channel.id);
        }
        self.forget_invites(id);
        self.template_guilds.retain(|_, guild_id| *guild_id != id);
        self.webhooks.retain(|_, webhook| webhook.guild_id != id);
        let data = json!({ "id": Sid(id) });
        let mut told = Vec::new();
        for user_id in guild.members.keys() {
            match self.bots.get(user_id) {
                Some(application) => {
                    told.push(Dispatch::application("GUILD_DELETE", *application, Some(id), &data));
                }
                None => told.push(Dispatch::client("GUILD_DELETE", *user_id, &data)),
            }
        }
        Ok(((), told))
    }

    /// Begins or ends an outage of a guild (Discord docs: Gateway Events, Guild Delete).
    pub fn set_unavailable(&mut self, id: Id, unavailable: bool) -> Changed<()> {
        let guild = self.guild_mut(id)?;
        if guild.unavailable == unavailable {
            return Ok(((), Vec::new()));
        }
        guild.unavailable = unavailable;
        let told = if unavailable {
            Dispatch::guild("GUILD_DELETE", id, &json!({ "id": Sid(id), "unavailable": true }))
        } else {
            Dispatch::new("GUILD_CREATE", Audience::Guild(id), Payload::GuildCreate(id))
        };
        Ok(((), vec![told]))
    }
}
