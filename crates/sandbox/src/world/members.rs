//! Members: joining, changing, leaving, banned.

use serde_json::{Value, json};

use super::{Audience, Changed, Dispatch, NewRole, Payload, World, WorldError};
use crate::{
    model::{Ban, Member, RoleTags, VoiceState},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid},
    wire::{self, member::MemberWire},
};

impl World {
    /// Lets a user join. A bot joins by [`Self::add_bot`].
    pub fn add_member(&mut self, guild_id: Id, user_id: Id, roles: &[Id], now: Millis) -> Changed<()> {
        self.add_member_as(guild_id, user_id, roles, now, |_| {})
    }

    /// The same, with something of the member set before anyone is told.
    pub fn add_member_as(
        &mut self,
        guild_id: Id,
        user_id: Id,
        roles: &[Id],
        now: Millis,
        set: impl FnOnce(&mut Member),
    ) -> Changed<()> {
        self.user(user_id)?;
        let guild = self.guild_mut(guild_id)?;
        if guild.bans.contains_key(&user_id) {
            return Err(WorldError::Banned);
        }
        if guild.members.contains_key(&user_id) {
            return Ok(((), Vec::new()));
        }
        let roles = roles.iter().copied().filter(|id| guild.role(*id).is_some()).collect();
        let pending = Self::screens(guild);
        let mut member = Member { user_id, roles, pending, joined_at: now, ..Member::default() };
        set(&mut member);
        guild.members.insert(user_id, member);
        let data = self.member_data(guild_id, user_id)?;
        let told = Dispatch::guild("GUILD_MEMBER_ADD", guild_id, &data).except(user_id);
        // The one who joins hears of the guild as a whole instead.
        let own = match self.bots.get(&user_id) {
            Some(application) => {
                let audience = Audience::Application { id: *application, guild_id: Some(guild_id) };
                Dispatch::new("GUILD_CREATE", audience, Payload::GuildCreate(guild_id))
            }
            None => Dispatch::client("GUILD_CREATE", user_id, &json!({ "id": Sid(guild_id) })),
        };
        self.moderate_names(guild_id, user_id, now);
        Ok(((), vec![own, told]))
    }

    /// Adds a bot with a role of its own that grants `permissions`; one that is there already is granted
    /// these instead of what it had.
    pub fn add_bot(
        &mut self,
        guild_id: Id,
        application_id: Id,
        permissions: Permissions,
        now: Millis,
    ) -> Changed<()> {
        let application = self.application(application_id)?;
        let (bot_id, name) = (application.bot_id, application.name.clone());
        if self.is_member(guild_id, bot_id) {
            return self.regrant(guild_id, bot_id, permissions);
        }
        let tags = RoleTags { bot_id: Some(bot_id), ..RoleTags::default() };
        let new = NewRole { name, permissions, managed: true, tags: Some(tags), ..NewRole::default() };
        let (role_id, told) = self.silently(|world| world.create_role(guild_id, new, now))?;
        // The bot itself finds the role in the guild that it is told of.
        let mut told: Vec<Dispatch> = told.into_iter().map(|role| role.except(bot_id)).collect();
        let ((), joined) = self.add_member(guild_id, bot_id, &[role_id], now)?;
        told.extend(joined);
        told.extend(self.tell_integration(guild_id, bot_id, true));
        told.extend(self.audit_bot(guild_id, bot_id));
        Ok(((), told))
    }

    /// What a bot's own role grants from now on.
    fn regrant(&mut self, guild_id: Id, bot_id: Id, permissions: Permissions) -> Changed<()> {
        let own = |role: &&crate::model::Role| role.tags.is_some_and(|tags| tags.bot_id == Some(bot_id));
        match self.guild(guild_id)?.roles.iter().find(own) {
            Some(role) if role.permissions != permissions => {
                let id = role.id;
                self.update_role(guild_id, id, |role| role.permissions = permissions)
            }
            _ => Ok(((), Vec::new())),
        }
    }

    /// Changes a member.
    pub fn update_member(
        &mut self,
        guild_id: Id,
        user_id: Id,
        change: impl FnOnce(&mut Member),
    ) -> Changed<()> {
        let before = self.audited(|world| world.member_now(guild_id, user_id));
        let seen = self.bots.contains_key(&user_id).then(|| self.seen(guild_id));
        let guild = self.guild_mut(guild_id)?;
        let member = guild.members.get_mut(&user_id).ok_or(WorldError::UnknownMember)?;
        let heard = (member.mute, member.deaf);
        change(member);
        let silenced = heard != (member.mute, member.deaf);
        let data = self.member_data(guild_id, user_id)?;
        let mut told = vec![Dispatch::guild("GUILD_MEMBER_UPDATE", guild_id, &data).about(user_id)];
        told.extend(seen.map(|seen| self.tell_gained(guild_id, &seen)).unwrap_or_default());
        if let Some(state) = self.voice_state(guild_id, user_id).filter(|_| silenced) {
            told.push(self.tell_voice_state(guild_id, state)?);
        }
        if let Some(before) = before {
            let after = self.member_now(guild_id, user_id);
            told.extend(self.audit_member(guild_id, user_id, &before, &after));
            if let Some(now) =
                self.acting().filter(|_| before["nick"] != after["nick"]).map(|acting| acting.now)
            {
                self.moderate_names(guild_id, user_id, now);
            }
        }
        Ok(((), told))
    }

    /// Removes a member, who left or was kicked. A bot's own role goes with it.
    pub fn remove_member(&mut self, guild_id: Id, user_id: Id) -> Changed<()> {
        let integration = self.tell_integration(guild_id, user_id, false);
        let guild = self.guild_mut(guild_id)?;
        guild.members.remove(&user_id).ok_or(WorldError::UnknownMember)?;
        let in_voice = guild.voice_states.iter().position(|state| state.user_id == user_id);
        let in_voice = in_voice.map(|at| VoiceState { channel_id: None, ..guild.voice_states.remove(at) });
        let managed = |role: &crate::model::Role| role.tags.is_some_and(|tags| tags.bot_id == Some(user_id));
        let own_role = guild.roles.iter().find(|role| managed(role)).map(|role| role.id);
        let user = wire::user(self.user(user_id)?);
        let data = json!({ "guild_id": Sid(guild_id), "user": user });
        let gone = json!({ "id": Sid(guild_id) });
        let mut told = vec![match self.bots.get(&user_id) {
            Some(application) => Dispatch::application("GUILD_DELETE", *application, Some(guild_id), &gone),
            None => Dispatch::client("GUILD_DELETE", user_id, &gone),
        }];
        if let Some(state) = in_voice {
            told.push(self.tell_voice_state(guild_id, &state)?);
        }
        told.push(Dispatch::guild("GUILD_MEMBER_REMOVE", guild_id, &data));
        if let Some(role_id) = own_role {
            told.extend(self.silently(|world| world.delete_role(guild_id, role_id))?.1);
        }
        told.extend(integration);
        told.extend(self.audit_kick(guild_id, user_id));
        Ok(((), told))
    }

    /// Bans a user, who need not be a member.
    pub fn ban(&mut self, guild_id: Id, user_id: Id, reason: Option<String>) -> Changed<()> {
        let user = wire::user(self.user(user_id)?);
        let guild = self.guild_mut(guild_id)?;
        guild.bans.insert(user_id, Ban { user_id, reason });
        let data = json!({ "guild_id": Sid(guild_id), "user": user });
        let mut told = vec![
            Dispatch::guild("GUILD_BAN_ADD", guild_id, &data)
                .gated(None, Permissions::BAN_MEMBERS | Permissions::VIEW_AUDIT_LOG),
        ];
        if self.is_member(guild_id, user_id) {
            told.extend(self.silently(|world| world.remove_member(guild_id, user_id))?.1);
        }
        told.extend(self.audit_ban(guild_id, user_id, true));
        Ok(((), told))
    }

    /// Lifts a ban.
    pub fn unban(&mut self, guild_id: Id, user_id: Id) -> Changed<()> {
        let user = self.users.get(&user_id).map(wire::user).ok_or(WorldError::UnknownBan)?;
        self.guild_mut(guild_id)?.bans.remove(&user_id).ok_or(WorldError::UnknownBan)?;
        let data = json!({ "guild_id": Sid(guild_id), "user": user });
        let mut told = vec![
            Dispatch::guild("GUILD_BAN_REMOVE", guild_id, &data)
                .gated(None, Permissions::BAN_MEMBERS | Permissions::VIEW_AUDIT_LOG),
        ];
        told.extend(self.audit_ban(guild_id, user_id, false));
        Ok(((), told))
    }

    /// Sets a user's presence and tells every guild they share. An offline presence is forgotten.
    pub fn set_presence(&mut self, user_id: Id, presence: Value) -> Vec<Dispatch> {
        let mut data = presence.clone();
        data["user"] = json!({ "id": Sid(user_id) });
        if presence["status"] == "offline" {
            self.presences.remove(&user_id);
        } else {
            self.presences.insert(user_id, presence);
        }
        let tell = |id: Id| {
            let mut data = data.clone();
            data["guild_id"] = json!(Sid(id));
            Dispatch::guild("PRESENCE_UPDATE", id, &data)
        };
        self.guilds_of(user_id).map(|guild| tell(guild.id)).collect()
    }

    fn member_data(&self, guild_id: Id, user_id: Id) -> Result<Value, WorldError> {
        let member = self.member(guild_id, user_id)?;
        Ok(wire::value(&MemberWire::of(member, self.users.get(&user_id)).in_guild(guild_id)))
    }
}
