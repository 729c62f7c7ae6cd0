//! Tells Discord of the commands, where it does not know them as they are, and learns their ids.

use std::time::Duration;

use guildhall_core::id::{ApplicationId, GuildId, UserId};
use guildhall_discord::rest::{
    Rest, RestError,
    commands::{self, Registration},
    guilds as discord_guilds,
};
use guildhall_framework::ctx::Services;
use twilight_model::application::command::Command;

use crate::{directory::known::Known, telemetry};

/// The pause before another try.
const PAUSE: Duration = Duration::from_secs(15);

/// Registers the commands, trying again for as long as that may help.
pub async fn keep_registering(services: &Services, known: &Known, rest: &Rest, development: &[GuildId]) {
    loop {
        match register(services, known, rest, development).await {
            Ok(()) => return,
            Err(error) if error.is_temporary() => {
                tracing::warn!(
                    error = guildhall_core::error::chain(&error),
                    "the commands could not be registered yet"
                );
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::error!(error = guildhall_core::error::chain(&error), "Discord refuses the commands");
                return;
            }
        }
    }
}

/// Registers the commands in these guilds, or everywhere where none is named.
pub async fn register(
    services: &Services,
    known: &Known,
    rest: &Rest,
    development: &[GuildId],
) -> Result<(), RestError> {
    let application = discord_guilds::current_application(rest).await?;
    let id: ApplicationId = application.id.into_nonzero().into();
    let user = discord_guilds::current_user(rest).await?;
    known.set_me(UserId::from(user.id.into_nonzero()));
    let definitions = services.registry.definitions();
    if development.is_empty() {
        let written = commands::overwrite_global(rest, id, &definitions).await?;
        telemetry::registered(definitions.len(), written == Registration::Written, "everywhere");
        learn(services, &commands::global(rest, id).await?);
        return Ok(());
    }
    for guild in development {
        let written = commands::overwrite_guild(rest, id, *guild, &definitions).await?;
        telemetry::registered(definitions.len(), written == Registration::Written, "development guild");
        learn(services, &commands::guild(rest, id, *guild).await?);
    }
    Ok(())
}

fn learn(services: &Services, registered: &[Command]) {
    let mut ids = services.command_ids.write();
    for command in registered {
        if let Some(id) = command.id {
            ids.insert(command.name.clone(), id.into_nonzero().into());
        }
    }
}
