//! Interactions as the library reads them.

use serde_json::{Map, Value, json};
use twilight_model::application::command::CommandType;
use twilight_model::application::interaction::application_command::{
    CommandData, CommandDataOption, CommandOptionValue,
};
use twilight_model::application::interaction::{
    Interaction, InteractionData, InteractionDataResolved, InteractionType,
};

/// What the test is told of one.
pub(crate) fn describe(interaction: &Interaction) -> Value {
    let mut values = json!({
        "id": interaction.id, "user": interaction.author().map(|user| &user.name), "guild": interaction.guild_id,
    });
    match &interaction.data {
        Some(InteractionData::ApplicationCommand(command)) => {
            let kind = match interaction.kind {
                InteractionType::ApplicationCommandAutocomplete => "autocomplete",
                _ => "application_command",
            };
            values["kind"] = json!(kind);
            of_command(command, &mut values);
        }
        Some(InteractionData::MessageComponent(component)) => {
            values["kind"] = json!("component");
            values["custom_id"] = json!(component.custom_id);
            values["values"] = json!(component.values);
        }
        Some(InteractionData::ModalSubmit(modal)) => {
            let components = serde_json::to_value(&modal.components).unwrap_or_default();
            let files = modal.resolved.as_ref().map(|resolved| &resolved.attachments);
            let mut uploads: Vec<&String> =
                files.into_iter().flatten().map(|(_, file)| &file.filename).collect();
            uploads.sort();
            values["kind"] = json!("modal_submit");
            values["custom_id"] = json!(modal.custom_id);
            values["fields"] = guildhall_e2e::fields(&components);
            values["uploads"] = json!(uploads);
        }
        _ => values["kind"] = json!("unknown"),
    }
    values
}

fn of_command(command: &CommandData, values: &mut Value) {
    let mut path = vec![command.name.clone()];
    let mut options: &[CommandDataOption] = &command.options;
    while let [CommandDataOption { name, value }] = options {
        let (CommandOptionValue::SubCommand(inner) | CommandOptionValue::SubCommandGroup(inner)) = value
        else {
            break;
        };
        path.push(name.clone());
        options = inner;
    }
    let resolved = command.resolved.as_ref();
    let focused = options.iter().find(|one| matches!(one.value, CommandOptionValue::Focused(..)));
    let named: Map<_, _> =
        options.iter().map(|one| (one.name.clone(), plain(&one.value, resolved))).collect();
    values["name"] = json!(path.join(" "));
    values["options"] = Value::Object(named);
    values["focused"] = json!(focused.map(|one| &one.name));
    if let Some(target) = command.target_id {
        values["target"] = match command.kind {
            CommandType::User => {
                json!(resolved.and_then(|all| all.users.get(&target.cast())).map(|user| &user.name))
            }
            _ => json!(
                resolved.and_then(|all| all.messages.get(&target.cast())).map(|message| &message.content)
            ),
        };
    }
}

fn plain(value: &CommandOptionValue, resolved: Option<&InteractionDataResolved>) -> Value {
    let user = |id| resolved.and_then(|all| all.users.get(&id)).map(|user| &user.name);
    let role = |id| resolved.and_then(|all| all.roles.get(&id)).map(|role| &role.name);
    match value {
        CommandOptionValue::Boolean(value) => json!(value),
        CommandOptionValue::Integer(value) => json!(value),
        CommandOptionValue::Number(value) => json!(value),
        CommandOptionValue::String(value) | CommandOptionValue::Focused(value, _) => json!(value),
        CommandOptionValue::Attachment(id) => {
            json!(resolved.and_then(|all| all.attachments.get(id)).map(|file| &file.filename))
        }
        CommandOptionValue::Channel(id) => {
            json!(resolved.and_then(|all| all.channels.get(id)).map(|channel| &channel.name))
        }
        CommandOptionValue::Role(id) => json!(role(*id)),
        CommandOptionValue::User(id) => json!(user(*id)),
        CommandOptionValue::Mentionable(id) => json!(user(id.cast()).or_else(|| role(id.cast()))),
        CommandOptionValue::SubCommand(_) | CommandOptionValue::SubCommandGroup(_) => Value::Null,
    }
}
