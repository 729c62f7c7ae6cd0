//! Application commands on the wire (Discord docs: Application Commands, Application Command Object).

use serde_json::{Map, Value, json};

use crate::{model::Command, snowflake::Sid};

/// A command with all its localisations.
pub fn command(command: &Command) -> Value {
    let mut all = json!({
        "id": Sid(command.id),
        "application_id": Sid(command.application_id),
        "version": Sid(command.version),
        "type": command.kind,
        "name": command.name,
    });
    if let Some(guild_id) = command.guild_id {
        all["guild_id"] = json!(Sid(guild_id));
    }
    if let Value::Object(keys) = &mut all {
        keys.extend(command.body.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    all
}

/// A command as a list shows it: only the requester's localisation, under `name_localized` and
/// `description_localized`, instead of all of them.
pub fn command_localized(command: &Command, locale: Option<&str>) -> Value {
    let mut all = self::command(command);
    localize(&mut all, locale);
    all
}

fn localize(value: &mut Value, locale: Option<&str>) {
    let Value::Object(keys) = value else { return };
    for field in ["name", "description"] {
        let own = keys.remove(&format!("{field}_localizations"));
        // A text that is the default's says nothing, but it keeps the fallbacks away.
        if let Some(text) = own.as_ref().and_then(Value::as_object).and_then(|map| pick(map, locale?))
            && keys.get(field) != Some(text)
        {
            keys.insert(format!("{field}_localized"), text.clone());
        }
    }
    for list in ["options", "choices"] {
        if let Some(Value::Array(items)) = keys.get_mut(list) {
            for item in items {
                localize(item, locale);
            }
        }
    }
}

/// The text for a locale, with Discord's fallbacks.
fn pick<'m>(map: &'m Map<String, Value>, locale: &str) -> Option<&'m Value> {
    let fallback = match locale {
        "en-US" => "en-GB",
        "en-GB" => "en-US",
        "es-419" => "es-ES",
        _ => locale,
    };
    map.get(locale).or_else(|| map.get(fallback)).filter(|v| v.is_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_show_one_localisation() {
        let body = json!({ "description": "d", "name_localizations": { "en-GB": "colour", "de": "farbe" } });
        let given = Command {
            name: "color".into(),
            body: body.as_object().cloned().expect("object"),
            ..Command::default()
        };
        let shown = command_localized(&given, Some("en-US"));
        assert_eq!(shown["name_localized"], "colour");
        assert!(shown.get("name_localizations").is_none());
        assert!(command_localized(&given, Some("ja")).get("name_localized").is_none());
        let mut guarded = given;
        guarded.body["name_localizations"]["en-US"] = json!("color");
        assert!(command_localized(&guarded, Some("en-US")).get("name_localized").is_none());
        assert_eq!(command_localized(&guarded, Some("en-GB"))["name_localized"], "colour");
    }
}
