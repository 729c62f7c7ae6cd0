//! Members who have not been there for long (Discord docs: Guild, Get Guild Prune Count).

use std::collections::HashSet;

use super::{Audit, Changed, World, WorldError};
use crate::{
    model::{AuditAction, Member},
    snowflake::{Id, Millis, at},
};

const DAY: Millis = 24 * 3600 * 1000;

impl World {
    /// Who joined before, is not online, and has not written since. Bots and the owner stay, and so does
    /// who has a role that is not among `roles`.
    pub fn inactive(
        &self,
        guild_id: Id,
        days: i64,
        roles: &[Id],
        now: Millis,
    ) -> Result<Vec<Id>, WorldError> {
        let guild = self.guild(guild_id)?;
        let since = now - days * DAY;
        let recent = guild.channels.iter().filter_map(|channel| self.messages.get(&channel.id));
        let recent = recent.flat_map(|all| all.range(at(since)..).map(|(_, message)| message.author_id));
        let active: HashSet<Id> = recent.collect();
        let gone = |member: &&Member| {
            let id = member.user_id;
            member.joined_at < since
                && id != guild.owner_id
                && member.roles.iter().all(|role| roles.contains(role))
                && !active.contains(&id)
                && !self.presences.contains_key(&id)
                && self.users.get(&id).is_some_and(|user| !user.bot)
        };
        Ok(guild.members.values().filter(gone).map(|member| member.user_id).collect())
    }

    /// Removes them, with one entry in the audit log for all.
    pub fn prune(&mut self, guild_id: Id, days: i64, roles: &[Id], now: Millis) -> Changed<usize> {
        let gone = self.inactive(guild_id, days, roles, now)?;
        let mut told = Vec::new();
        for id in &gone {
            told.extend(self.silently(|world| world.remove_member(guild_id, *id))?.1);
        }
        let audit = Audit::new(AuditAction::MemberPrune)
            .option("delete_member_days", days)
            .option("members_removed", gone.len());
        told.extend(self.audit(guild_id, audit));
        Ok((gone.len(), told))
    }
}
