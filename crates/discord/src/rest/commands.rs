//! Registration of application commands (Discord docs: Application Commands).

use guildhall_core::id::{ApplicationId, GuildId};
use serde::Serialize;
use twilight_http::{request::Request, routing::Route};
use twilight_model::application::command::{Command, permissions::GuildCommandPermissions};

use super::{Call, Priority, Rest, RestError, twilight_id};

/// What a registration did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Registration {
    /// Discord had the same commands already.
    Unchanged,
    /// The commands were written.
    Written,
}

/// The commands that are registered for all guilds.
pub async fn global(rest: &Rest, application: ApplicationId) -> Result<Vec<Command>, RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    let builder = client.global_commands().with_localizations(true);
    rest.send(Call::build(builder, Priority::Command)?).await?.model()
}

/// The commands that are registered for one guild.
pub async fn guild(
    rest: &Rest,
    application: ApplicationId,
    guild: GuildId,
) -> Result<Vec<Command>, RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    let builder = client.guild_commands(twilight_id(guild)).with_localizations(true);
    rest.send(Call::build(builder, Priority::Command)?).await?.model()
}

/// What a guild has set for the commands of an application, and for the application itself.
pub async fn permissions(
    rest: &Rest,
    application: ApplicationId,
    guild: GuildId,
) -> Result<Vec<GuildCommandPermissions>, RestError> {
    let client = rest.builder().interaction(twilight_id(application));
    let builder = client.guild_command_permissions(twilight_id(guild));
    rest.send(Call::build(builder, Priority::Command)?).await?.model()
}

/// Makes these the commands of all guilds, if they are not already: Discord allows few creations a day.
pub async fn overwrite_global(
    rest: &Rest,
    application: ApplicationId,
    commands: &[Command],
) -> Result<Registration, RestError> {
    if same(&global(rest, application).await?, commands) {
        return Ok(Registration::Unchanged);
    }
    write(rest, &Route::SetGlobalCommands { application_id: application.get() }, commands).await
}

/// Makes these the commands of one guild, if they are not already.
pub async fn overwrite_guild(
    rest: &Rest,
    application: ApplicationId,
    guild_id: GuildId,
    commands: &[Command],
) -> Result<Registration, RestError> {
    if same(&guild(rest, application, guild_id).await?, commands) {
        return Ok(Registration::Unchanged);
    }
    let route = Route::SetGuildCommands { application_id: application.get(), guild_id: guild_id.get() };
    write(rest, &route, commands).await
}

async fn write(
    rest: &Rest,
    route: &Route<'_>,
    commands: &(impl Serialize + ?Sized),
) -> Result<Registration, RestError> {
    let body = serde_json::to_vec(commands).map_err(|error| RestError::Validation(error.to_string()))?;
    let request = Request::builder(route)
        .body(body)
        .build()
        .map_err(|error| RestError::Validation(error.to_string()))?;
    rest.send(Call::new(request, Priority::Command)).await?;
    Ok(Registration::Written)
}

/// Whether Discord has these commands, in any order.
fn same(registered: &[Command], wanted: &[Command]) -> bool {
    let forms = |commands: &[Command]| {
        let mut forms: Vec<String> = commands.iter().filter_map(comparable).collect();
        forms.sort_unstable();
        forms
    };
    registered.len() == wanted.len() && forms(registered) == forms(wanted)
}

/// A command without what only Discord sets, and with Discord's defaults taken out.
fn comparable(command: &Command) -> Option<String> {
    let mut value = serde_json::to_value(command).ok()?;
    let fields = value.as_object_mut()?;
    for key in ["id", "application_id", "guild_id", "version", "dm_permission"] {
        fields.remove(key);
    }
    tidy(&mut value);
    serde_json::to_string(&value).ok()
}

/// Takes out what means the same as being absent: null, false, and empty lists and maps.
fn tidy(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(tidy);
            fields.retain(|_, value| match value {
                Value::Null | Value::Bool(false) => false,
                Value::Array(list) => !list.is_empty(),
                Value::Object(map) => !map.is_empty(),
                _ => true,
            });
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(json: serde_json::Value) -> Command {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_only_discord_sets_makes_no_difference_and_all_else_does() {
        let wanted = command(serde_json::json!({
            "name": "ping", "description": "Answers", "type": 1, "version": "1", "default_member_permissions": null,
        }));
        let registered = command(serde_json::json!({
            "id": "100000000000000001", "application_id": "100000000000000002", "version": "100000000000000003",
            "name": "ping", "description": "Answers", "type": 1, "default_member_permissions": null,
            "nsfw": false, "options": [],
        }));
        let other = command(serde_json::json!({
            "name": "ping", "description": "Answers at once", "type": 1, "version": "1",
            "default_member_permissions": null,
        }));
        assert!(same(std::slice::from_ref(&registered), std::slice::from_ref(&wanted)));
        assert!(!same(std::slice::from_ref(&registered), std::slice::from_ref(&other)));
        assert!(!same(&[], std::slice::from_ref(&wanted)));
        let pair = [registered.clone(), other.clone()];
        assert!(same(&pair, &[other, wanted]), "order is no difference");
    }
}
