//! Screening, requests to join, templates and integrations of guilds.

use serde_json::{Value, json};

use super::{Changed, Dispatch, World, WorldError, invites::code_of};
use crate::{
    model::{Application, Guild, JoinRequest, Template},
    permissions::Permissions,
    snowflake::{Id, Millis, Sid},
    wire,
};

/// Decided requests that a guild keeps.
const DECIDED: usize = 1_000;

impl World {
    /// The bots of a guild, with their applications.
    pub fn bots_of<'w>(&'w self, guild: &'w Guild) -> impl Iterator<Item = &'w Application> {
        guild.members.keys().filter_map(|id| self.application_of_bot(*id))
    }

    /// What is told when a bot came or went.
    pub(super) fn tell_integration(&self, guild_id: Id, bot_id: Id, joined: bool) -> Vec<Dispatch> {
        let (Some(guild), Some(application)) = (self.guilds.get(&guild_id), self.application_of_bot(bot_id))
        else {
            return Vec::new();
        };
        let own = if joined {
            let mut data = wire::community::integration(self, guild, application);
            data["guild_id"] = json!(Sid(guild_id));
            Dispatch::guild("INTEGRATION_CREATE", guild_id, &data)
        } else {
            let data = json!({
                "id": Sid(guild.integration_id(bot_id)),
                "guild_id": Sid(guild_id),
                "application_id": Sid(application.id),
            });
            Dispatch::guild("INTEGRATION_DELETE", guild_id, &data)
        };
        let all =
            Dispatch::guild("GUILD_INTEGRATIONS_UPDATE", guild_id, &json!({ "guild_id": Sid(guild_id) }));
        vec![all.except(bot_id), own.except(bot_id)]
    }

    /// Lets a member pass screening.
    pub fn pass_screening(&mut self, guild_id: Id, user_id: Id) -> Changed<()> {
        if !self.member(guild_id, user_id)?.pending {
            return Ok(((), Vec::new()));
        }
        self.silently(|world| world.update_member(guild_id, user_id, |member| member.pending = false))
    }

    /// Someone asks to join; a second time changes nothing while the first is open.
    pub fn request_join(
        &mut self,
        guild_id: Id,
        user_id: Id,
        answers: Vec<Value>,
        now: Millis,
    ) -> Changed<Id> {
        self.user(user_id)?;
        let id = self.ids.next(now);
        let requests = &mut self.guild_mut(guild_id)?.community_mut().join_requests;
        if let Some(open) = requests.iter().find(|r| r.user_id == user_id && r.status == "SUBMITTED") {
            return Ok((open.id, Vec::new()));
        }
        if requests.len() >= DECIDED
            && let Some(oldest) = requests.iter().position(|request| request.status != "SUBMITTED")
        {
            requests.remove(oldest);
        }
        let request = JoinRequest {
            id,
            user_id,
            status: "SUBMITTED",
            answers,
            created_at: now,
            ..JoinRequest::default()
        };
        requests.push(request.clone());
        Ok((id, vec![self.tell_request("GUILD_JOIN_REQUEST_CREATE", guild_id, &request)]))
    }

    /// Approves or rejects a request. Who was let in becomes a member, or one who is no longer pending.
    pub fn review_join(
        &mut self,
        guild_id: Id,
        id: Id,
        (status, reason): (&'static str, Option<String>),
        by: Id,
        now: Millis,
    ) -> Changed<()> {
        let requests = &mut self.guild_mut(guild_id)?.community_mut().join_requests;
        let request = requests.iter_mut().find(|r| r.id == id).ok_or(WorldError::UnknownJoinRequest)?;
        if request.status != "SUBMITTED" {
            return Ok(((), Vec::new()));
        }
        request.status = status;
        request.reviewed = Some((now, by));
        request.rejection_reason = reason.filter(|_| status == "REJECTED");
        let request = request.clone();
        let mut told = vec![self.tell_request("GUILD_JOIN_REQUEST_UPDATE", guild_id, &request)];
        if status == "APPROVED" {
            let joined = self.silently(|world| world.add_member(guild_id, request.user_id, &[], now))?;
            told.extend(joined.1);
            told.extend(self.pass_screening(guild_id, request.user_id)?.1);
        }
        Ok(((), told))
    }

    fn tell_request(&self, event: &'static str, guild_id: Id, request: &JoinRequest) -> Dispatch {
        let data = json!({
            "guild_id": Sid(guild_id),
            "status": request.status,
            "request": wire::community::join_request(self, guild_id, request),
        });
        Dispatch::guild(event, guild_id, &data).gated(None, Permissions::KICK_MEMBERS)
    }

    /// The guild that a template was made of.
    pub fn template_guild(&self, code: &str) -> Option<Id> {
        self.template_guilds.get(code).copied()
    }

    /// Keeps a guild's template; a new one gets its code here.
    pub fn set_template(
        &mut self,
        guild_id: Id,
        mut template: Template,
        now: Millis,
    ) -> Result<(), WorldError> {
        if template.code.is_empty() {
            template.code = code_of(self.ids.next(now), 12);
        }
        self.template_guilds.insert(template.code.clone(), guild_id);
        self.guild_mut(guild_id)?.community_mut().template = Some(template);
        Ok(())
    }

    /// Forgets a guild's template.
    pub fn drop_template(&mut self, guild_id: Id) -> Result<(), WorldError> {
        if let Some(old) = self.guild_mut(guild_id)?.community_mut().template.take() {
            self.template_guilds.remove(&old.code);
        }
        Ok(())
    }
}
