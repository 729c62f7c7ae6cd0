//! Interactions as the library reads them.

use serde_json::{Map, Value, json};
use serenity::all::{
    CommandInteraction, ComponentInteraction, ComponentInteractionDataKind, Interaction, ResolvedOption,
    ResolvedTarget, ResolvedValue,
};

/// What the test is told of one.
pub(crate) fn describe(interaction: &Interaction) -> Value {
    match interaction {
        Interaction::Command(command) => of_command(command, "application_command"),
        Interaction::Autocomplete(command) => of_command(command, "autocomplete"),
        Interaction::Component(component) => json!({
            "id": component.id, "kind": "component", "user": component.user.name, "guild": component.guild_id,
            "custom_id": component.data.custom_id, "values": values(component),
        }),
        Interaction::Modal(modal) => {
            let components = serde_json::to_value(&modal.data.components).unwrap_or_default();
            json!({
                "id": modal.id, "kind": "modal_submit", "user": modal.user.name, "guild": modal.guild_id,
                "custom_id": modal.data.custom_id, "values": [], "uploads": [],
                "fields": guildhall_e2e::fields(&components),
            })
        }
        _ => json!({ "kind": "unknown" }),
    }
}

fn of_command(command: &CommandInteraction, kind: &str) -> Value {
    let mut path = vec![command.data.name.clone()];
    let mut options = command.data.options();
    while let Some(ResolvedOption { name, value, .. }) = options.first() {
        let (ResolvedValue::SubCommand(inner) | ResolvedValue::SubCommandGroup(inner)) = value.clone() else {
            break;
        };
        path.push((*name).to_owned());
        options = inner;
    }
    let mut named = Map::new();
    let mut focused = Value::Null;
    for option in &options {
        named.insert(option.name.to_owned(), plain(&option.value));
        if matches!(option.value, ResolvedValue::Autocomplete { .. }) {
            focused = json!(option.name);
        }
    }
    let target = match command.data.target() {
        Some(ResolvedTarget::User(user, _)) => json!(user.name),
        Some(ResolvedTarget::Message(message)) => json!(message.content),
        _ => Value::Null,
    };
    json!({
        "id": command.id, "kind": kind, "user": command.user.name, "guild": command.guild_id,
        "name": path.join(" "), "options": named, "focused": focused, "target": target,
    })
}

fn plain(value: &ResolvedValue<'_>) -> Value {
    match value {
        ResolvedValue::Boolean(value) => json!(value),
        ResolvedValue::Integer(value) => json!(value),
        ResolvedValue::Number(value) => json!(value),
        ResolvedValue::String(value) | ResolvedValue::Autocomplete { value, .. } => json!(value),
        ResolvedValue::Attachment(file) => json!(file.filename),
        ResolvedValue::Channel(channel) => json!(channel.name),
        ResolvedValue::Role(role) => json!(role.name),
        ResolvedValue::User(user, _) => json!(user.name),
        other => json!(format!("{other:?}")),
    }
}

fn values(component: &ComponentInteraction) -> Value {
    match &component.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => json!(values),
        ComponentInteractionDataKind::UserSelect { values } => json!(values),
        ComponentInteractionDataKind::RoleSelect { values } => json!(values),
        ComponentInteractionDataKind::MentionableSelect { values } => json!(values),
        ComponentInteractionDataKind::ChannelSelect { values } => json!(values),
        _ => json!([]),
    }
}
