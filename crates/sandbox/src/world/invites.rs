//! Invites: made, used, revoked, expired.

use serde_json::{Value, json};

use super::{Audit, Changed, Dispatch, World, WorldError};
use crate::{
    model::{AuditAction, Guild, Invite},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid},
    wire,
};

const AUDITED: &[&str] =
    &["code", "channel_id", "inviter_id", "max_uses", "uses", "max_age", "temporary", "flags"];

/// Membership has to be confirmed by screening first.
const SCREENED: &str = "MEMBER_VERIFICATION_GATE_ENABLED";

impl World {
    /// An invite that can still be used, and its guild.
    pub fn invite(&self, code: &str, now: Millis) -> Result<(&Guild, &Invite), WorldError> {
        let guild = self.invite_guilds.get(code).and_then(|id| self.guilds.get(id));
        let found = guild.and_then(|guild| Some((guild, guild.extras().invites.get(code)?)));
        found.filter(|(guild, invite)| alive(guild, invite, now)).ok_or(WorldError::UnknownInvite)
    }

    /// The invites of a guild that can still be used.
    pub fn invites_of(&self, guild_id: Id, now: Millis) -> impl Iterator<Item = &Invite> {
        let guild = self.guilds.get(&guild_id);
        guild.into_iter().flat_map(move |guild| {
            guild.extras().invites.values().filter(move |invite| alive(guild, invite, now))
        })
    }

    /// Makes an invite and returns its code.
    pub fn create_invite(&mut self, mut invite: Invite, now: Millis) -> Changed<String> {
        let guild_id = invite.guild_id;
        self.forget_dead_invites(guild_id, now)?;
        if self.guild(guild_id)?.extras().invites.len() >= self.limits.invites {
            return Err(WorldError::TooManyInvites);
        }
        while invite.code.is_empty() || self.invite_guilds.contains_key(&invite.code) {
            invite.code = code_of(self.ids.next(now), 8);
        }
        invite.created_at = now;
        let code = invite.code.clone();
        let data = wire::invite::created(self, &invite);
        let gate = Permissions::MANAGE_CHANNELS;
        let mut told =
            vec![Dispatch::guild("INVITE_CREATE", guild_id, &data).gated(Some(invite.channel_id), gate)];
        let shown = audited(&invite);
        self.invite_guilds.insert(code.clone(), guild_id);
        self.guild_mut(guild_id)?.extras_mut().invites.insert(code.clone(), invite);
        let audit = Audit::new(AuditAction::InviteCreate).diff(&Value::Null, &shown, AUDITED);
        told.extend(self.audit(guild_id, audit));
        Ok((code, told))
    }

    /// Changes an invite without telling anyone; there is no event for that.
    pub fn update_invite(&mut self, code: &str, change: impl FnOnce(&mut Invite)) -> Result<(), WorldError> {
        let guild_id = *self.invite_guilds.get(code).ok_or(WorldError::UnknownInvite)?;
        let invites = &mut self.guild_mut(guild_id)?.extras_mut().invites;
        change(invites.get_mut(code).ok_or(WorldError::UnknownInvite)?);
        Ok(())
    }

    /// Removes an invite.
    pub fn delete_invite(&mut self, code: &str) -> Changed<Invite> {
        let guild_id = *self.invite_guilds.get(code).ok_or(WorldError::UnknownInvite)?;
        let invite = self.guild_mut(guild_id)?.extras_mut().invites.remove(code);
        let invite = invite.ok_or(WorldError::UnknownInvite)?;
        self.invite_guilds.remove(code);
        let data = json!({ "channel_id": Sid(invite.channel_id), "guild_id": Sid(guild_id), "code": code });
        let gate = Permissions::MANAGE_CHANNELS;
        let mut told =
            vec![Dispatch::guild("INVITE_DELETE", guild_id, &data).gated(Some(invite.channel_id), gate)];
        let audit = Audit::new(AuditAction::InviteDelete).diff(&audited(&invite), &Value::Null, AUDITED);
        told.extend(self.audit(guild_id, audit));
        Ok((invite, told))
    }

    /// Lets a user join by an invite or a vanity address. No event tells which one was used; only the count
    /// of its uses goes up. Who is a member already uses nothing.
    pub fn join_by_invite(&mut self, code: &str, user_id: Id, now: Millis) -> Changed<Id> {
        if let Some(guild_id) = self.vanity_guild(code) {
            let mut told = Vec::new();
            if !self.is_member(guild_id, user_id) {
                told = self.silently(|world| world.add_member(guild_id, user_id, &[], now))?.1;
                self.guild_mut(guild_id)?.extras_mut().vanity_uses += 1;
            }
            return Ok((guild_id, told));
        }
        let (guild, invite) = self.invite(code, now)?;
        let guild_id = guild.id;
        if guild.members.contains_key(&user_id) {
            return Ok((guild_id, Vec::new()));
        }
        if !invite.is_for(user_id) {
            return Err(WorldError::UnknownInvite);
        }
        let (roles, last) = (invite.role_ids.clone(), invite.max_uses == invite.uses + 1);
        let joined = self.silently(|world| world.add_member(guild_id, user_id, &roles, now))?.1;
        self.update_invite(code, |invite| invite.uses += 1)?;
        // A used up invite is gone before the new member is told.
        let mut told = if last { self.silently(|world| world.delete_invite(code))?.1 } else { Vec::new() };
        told.extend(joined);
        Ok((guild_id, told))
    }

    /// Whether nobody may join by this invite now (Discord docs: Guild, Incidents Data Object).
    pub fn invites_paused(&self, code: &str, now: Millis) -> bool {
        let guild = self.invite_guilds.get(code).and_then(|id| self.guilds.get(id));
        guild.is_some_and(|guild| {
            guild.has_feature("INVITES_DISABLED")
                || guild.community().invites_disabled_until.is_some_and(|until| until > now)
        })
    }

    /// The guild whose vanity address this is.
    pub fn vanity_guild(&self, code: &str) -> Option<Id> {
        let id = *self.invite_guilds.get(code)?;
        (self.guilds.get(&id)?.vanity_url_code.as_deref() == Some(code)).then_some(id)
    }

    /// Gives a guild a vanity address, or takes it away.
    pub fn set_vanity(&mut self, guild_id: Id, code: Option<&str>) -> Changed<()> {
        self.guild(guild_id)?;
        if let Some(code) = code
            && self.invite_guilds.get(code).is_some_and(|_| self.vanity_guild(code) != Some(guild_id))
        {
            return Err(WorldError::Taken);
        }
        if let Some(old) = self.guild(guild_id)?.vanity_url_code.clone() {
            self.invite_guilds.remove(&old);
        }
        if let Some(code) = code {
            self.invite_guilds.insert(code.to_owned(), guild_id);
        }
        self.update_guild(guild_id, |guild| {
            if guild.vanity_url_code.as_deref() != code {
                guild.vanity_url_code = code.map(str::to_owned);
                guild.extras_mut().vanity_uses = 0;
            }
        })
    }

    /// Whether who joins now has to pass screening first.
    pub(super) fn screens(guild: &Guild) -> bool {
        guild.features.iter().any(|feature| feature == SCREENED)
    }

    /// Forgets the invites of a guild that is gone.
    pub(super) fn forget_invites(&mut self, guild_id: Id) {
        self.invite_guilds.retain(|_, id| *id != guild_id);
    }

    fn forget_dead_invites(&mut self, guild_id: Id, now: Millis) -> Result<(), WorldError> {
        let guild = self.guild(guild_id)?;
        let all = guild.extras().invites.values();
        let dead: Vec<String> =
            all.filter(|invite| !alive(guild, invite, now)).map(|invite| invite.code.clone()).collect();
        for code in dead {
            self.invite_guilds.remove(&code);
            self.guild_mut(guild_id)?.extras_mut().invites.remove(&code);
        }
        Ok(())
    }
}

/// Not expired, and its channel is still there.
fn alive(guild: &Guild, invite: &Invite, now: Millis) -> bool {
    !invite.expired(now) && guild.channel(invite.channel_id).is_some()
}

fn audited(invite: &Invite) -> Value {
    json!({
        "code": invite.code,
        "channel_id": Sid(invite.channel_id),
        "inviter_id": Sid(invite.inviter_id),
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "max_age": invite.max_age,
        "temporary": invite.temporary,
        "flags": 0,
    })
}

/// Letters and digits that differ from id to id.
pub(super) fn code_of(id: Id, length: usize) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = u128::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> 17;
    let mut letter = || {
        let at = usize::try_from(rest % 62).unwrap_or(0);
        rest /= 62;
        char::from(LETTERS[at])
    };
    (0..length).map(|_| letter()).collect()
}
