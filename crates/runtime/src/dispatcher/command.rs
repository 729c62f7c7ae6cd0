//! Slash commands.

use guildhall_core::text;
use guildhall_framework::{
    Access, Ctx, Failure, Feature, Place,
    ctx::{Invocation, Services},
    operating::neutral,
    permissions,
};
use twilight_model::{application::interaction::application_command::CommandData, guild::Permissions};

use super::{Dispatcher, Work, reply::Job};

impl Dispatcher {
    /// Runs a slash command.
    pub(crate) async fn command(&self, work: Work, data: CommandData) {
        let name = data.name.clone();
        let found = self.services.registry.command(&name);
        let ephemeral = found.is_none_or(|(_, command)| command.access.ephemeral);
        let checked = open(&self.services, &work.invocation).and_then(|()| match &found {
            None => Err(Failure::Refused(text!("failure-unknown-command"))),
            Some((feature, command)) => {
                check(&self.services, &work.invocation, feature, Some(&command.access))
            }
        });
        let job = Job { kind: "command", name: &name, ephemeral };
        let run = async |ctx: &mut Ctx| {
            checked?;
            let (_, command) = found.ok_or_else(|| Failure::internal("the command is gone"))?;
            command.run(ctx, data).await
        };
        self.run(work, job, run).await;
    }
}

/// Whether people are let in: all of them but during maintenance, then operators alone.
pub(crate) fn open(services: &Services, invocation: &Invocation) -> Result<(), Failure> {
    let Some(maintenance) = services.operating.maintenance() else { return Ok(()) };
    if invocation.user.is_some_and(|user| services.operators.contains(user)) {
        return Ok(());
    }
    Err(Failure::Refused(match neutral(maintenance.words.trim()) {
        words if words.is_empty() => text!("failure-maintenance"),
        words => text!("failure-maintenance-words", words = words),
    }))
}

/// Whether this may run here: feature, operator, place, caller, bot, in that order.
pub(crate) fn check(
    services: &Services,
    invocation: &Invocation,
    feature: &Feature,
    access: Option<&Access>,
) -> Result<(), Failure> {
    if let Some(guild) = invocation.guild
        && !services.toggles.enabled(guild, feature)
    {
        let name = services.registry.catalogue().format(invocation.locale, &feature.title());
        return Err(Failure::Refused(if services.toggles.available(guild, feature) {
            text!("failure-feature-off", feature = name)
        } else {
            text!("failure-feature-rollout", feature = name)
        }));
    }
    let Some(access) = access else { return Ok(()) };
    if access.operators && !invocation.user.is_some_and(|user| services.operators.contains(user)) {
        return Err(Failure::Refused(text!("failure-operators-only")));
    }
    if invocation.guild.is_none() {
        return if access.place == Place::Guild { Err(Failure::guild_only()) } else { Ok(()) };
    }
    // What an operator lacks in a guild only decides whether Discord shows the command there.
    let wanted = if access.operators { Permissions::empty() } else { access.caller };
    let lacking = permissions::missing(invocation.user_permissions, wanted);
    if !lacking.is_empty() {
        return Err(Failure::CallerLacks(lacking));
    }
    let lacking = permissions::missing(invocation.bot_permissions, access.bot);
    if lacking.is_empty() { Ok(()) } else { Err(Failure::BotLacks(lacking)) }
}
