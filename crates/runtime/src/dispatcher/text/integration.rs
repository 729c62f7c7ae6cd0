//! What a server's integration settings say of single commands. Discord applies them to slash commands by itself; for
//! text commands they are read, and kept for a while.

use std::{collections::HashMap, sync::Arc, time::Duration};

use guildhall_core::{
    clock::Timestamp,
    id::{ApplicationId, ChannelId, GuildId, RoleId, UserId},
};
use guildhall_discord::rest::{RestError, commands, guilds};
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use twilight_model::{
    application::command::permissions::{
        CommandPermission, CommandPermissionType as Whom, GuildCommandPermissions,
    },
    guild::Permissions,
};

use super::{Called, Dispatcher, Invocation, Message, Place};

/// How long settings are believed without another look.
const KEPT: Duration = Duration::from_mins(1);
/// Guilds whose settings are kept.
const REMEMBERED: usize = 10_000;

/// The settings of guilds where text commands are used.
#[derive(Debug, Default)]
pub struct Integrations {
    application: OnceCell<ApplicationId>,
    of: Mutex<HashMap<GuildId, Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    since: Timestamp,
    settings: Arc<Vec<GuildCommandPermissions>>,
}

/// Who wants to use a command, and where.
struct Asked<'a> {
    guild: GuildId,
    channel: ChannelId,
    user: UserId,
    roles: &'a [RoleId],
}

impl Dispatcher {
    /// Whether the guild's settings let the author of a message use a command there.
    pub(super) async fn is_let(
        &self,
        guild: GuildId,
        place: Place,
        message: &Message,
        invocation: &Invocation,
        called: &Called<'_>,
    ) -> Result<bool, RestError> {
        if invocation.user_permissions.contains(Permissions::ADMINISTRATOR) {
            return Ok(true);
        }
        let settings = self.settings(guild).await?;
        let command = self.services.command_ids.read().get(&called.definition.name).map(|id| id.get());
        let application = self.integrations.application.get().map(|id| id.get());
        let of = |id: Option<u64>| {
            let found = settings.iter().find(|setting| Some(setting.id.get()) == id);
            found.map(|setting| setting.permissions.as_slice()).unwrap_or_default()
        };
        let (user, roles) = (message.author.id, message.member.roles.as_slice());
        let asked = Asked { guild, channel: place.channel, user, roles };
        Ok(!asked.is_forbidden(of(command), of(application)))
    }

    async fn settings(&self, guild: GuildId) -> Result<Arc<Vec<GuildCommandPermissions>>, RestError> {
        let now = self.services.clock.now();
        let kept = self.integrations.of.lock().get(&guild).cloned();
        if let Some(kept) = kept.filter(|kept| now.since(kept.since) < KEPT) {
            return Ok(kept.settings);
        }
        let settings = match self.ask(guild).await {
            Ok(settings) => settings,
            Err(error) if error.is_temporary() => return Err(error),
            // There is nothing to be read, and there will be nothing soon.
            Err(_) => Vec::new(),
        };
        let settings = Arc::new(settings);
        let mut all = self.integrations.of.lock();
        if all.len() >= REMEMBERED {
            // Everything can be asked for again.
            all.clear();
        }
        all.insert(guild, Kept { since: now, settings: Arc::clone(&settings) });
        Ok(settings)
    }

    async fn ask(&self, guild: GuildId) -> Result<Vec<GuildCommandPermissions>, RestError> {
        let application = self.integrations.application.get_or_try_init(async || {
            let application = guilds::current_application(&self.rest).await?;
            Ok::<_, RestError>(application.id.into_nonzero().into())
        });
        commands::permissions(&self.rest, *application.await?, guild).await
    }
}

impl Asked<'_> {
    /// In the order in which Discord decides: the channel, the command's own settings for the person, those of the
    /// application (Discord docs: Application Commands, Permissions). What a setting allows beyond the usual changes
    /// nothing here: every command checks its permissions itself.
    fn is_forbidden(&self, command: &[CommandPermission], application: &[CommandPermission]) -> bool {
        let here = self.here(command).or_else(|| self.here(application));
        let mine = self.mine(command).or_else(|| self.mine(application));
        here == Some(false) || mine == Some(false)
    }

    /// The channel's own setting, or that of all channels, whose id is the guild's minus one.
    fn here(&self, settings: &[CommandPermission]) -> Option<bool> {
        let of = |wanted: u64| {
            let is = |one: &&CommandPermission| matches!(one.id, Whom::Channel(id) if id.get() == wanted);
            settings.iter().find(is).map(|one| one.permission)
        };
        of(self.channel.get()).or_else(|| of(self.guild.get() - 1))
    }

    /// The person's own setting, those of their roles, of which one that allows wins, or everyone's.
    fn mine(&self, settings: &[CommandPermission]) -> Option<bool> {
        let is_mine =
            |one: &&CommandPermission| matches!(one.id, Whom::User(id) if id.get() == self.user.get());
        if let Some(own) = settings.iter().find(is_mine) {
            return Some(own.permission);
        }
        let of_role = |wanted: u64| {
            let is = move |one: &&CommandPermission| matches!(one.id, Whom::Role(id) if id.get() == wanted);
            settings.iter().find(is).map(|one| one.permission)
        };
        let decided: Vec<bool> = self.roles.iter().filter_map(|role| of_role(role.get())).collect();
        if decided.is_empty() { of_role(self.guild.get()) } else { Some(decided.contains(&true)) }
    }
}

#[cfg(test)]
mod tests {
    use twilight_model::id::Id;

    use super::*;

    fn is_forbidden(command: &[(Whom, bool)], application: &[(Whom, bool)]) -> bool {
        let list = |settings: &[(Whom, bool)]| -> Vec<CommandPermission> {
            settings
                .iter()
                .map(|(id, permission)| CommandPermission { id: *id, permission: *permission })
                .collect()
        };
        let roles = [RoleId::new(40).unwrap(), RoleId::new(41).unwrap()];
        let (guild, channel, user) = (GuildId::new(100), ChannelId::new(30), UserId::new(9));
        let asked =
            Asked { guild: guild.unwrap(), channel: channel.unwrap(), user: user.unwrap(), roles: &roles };
        asked.is_forbidden(&list(command), &list(application))
    }

    #[test]
    fn settings_decide_in_the_order_of_discord() {
        let channel = |id| Whom::Channel(Id::new(id));
        let role = |id| Whom::Role(Id::new(id));
        let user = |id| Whom::User(Id::new(id));
        assert!(!is_forbidden(&[], &[]));
        // Channels: the command's before the application's, one before all of them.
        assert!(is_forbidden(&[(channel(30), false)], &[(channel(30), true)]));
        assert!(!is_forbidden(&[(channel(30), true), (channel(99), false)], &[]));
        assert!(is_forbidden(&[], &[(channel(99), false)]));
        assert!(!is_forbidden(&[(channel(31), false)], &[]));
        // People: the person, any role that allows, everyone; the command's before the application's.
        assert!(is_forbidden(&[(user(9), false), (role(40), true)], &[]));
        assert!(!is_forbidden(&[(role(40), false), (role(41), true)], &[]));
        assert!(is_forbidden(&[(role(40), false)], &[]));
        assert!(!is_forbidden(&[(role(100), false), (role(41), true)], &[]));
        assert!(is_forbidden(&[(role(100), false)], &[]));
        assert!(!is_forbidden(&[(user(9), true)], &[(role(100), false)]));
        assert!(is_forbidden(&[(user(8), false)], &[(role(100), false)]));
        assert!(is_forbidden(&[(user(9), true)], &[(channel(30), false)]), "both have to allow it");
    }
}
