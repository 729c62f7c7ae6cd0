//! What commands and options are called, in every language. (Discord docs: Application Commands,
//! Application Command Naming; Localization.)

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::validate::form::{Form, Path};

/// The locales that Discord knows. (Discord docs: Reference, Locales.)
const LOCALES: [&str; 32] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja",
    "zh-TW", "ko",
];

/// Whether `name` may name a chat-input command or an option.
pub(super) fn is_valid_name(name: &str) -> bool {
    let allowed = |c: char| {
        matches!(c, '-' | '_' | '\'')
            || c.is_alphanumeric()
            || matches!(c, '\u{900}'..='\u{97f}' | '\u{a8e0}'..='\u{a8ff}' | '\u{e00}'..='\u{e7f}')
    };
    let count = name.chars().count();
    (1..=32).contains(&count) && name.chars().all(allowed) && name.to_lowercase() == name
}

pub(super) fn check_localizations(
    form: &mut Form,
    body: &Map<String, Value>,
    key: &str,
    path: Path<'_>,
    bounds: (usize, usize),
    strict: bool,
) {
    let Some(value) = body.get(key).filter(|v| !v.is_null()) else { return };
    let here = path.key(key);
    let Some(map) = form.object(value, here) else { return };
    for (locale, text) in map {
        if !LOCALES.contains(&locale.as_str()) {
            form.error(here.key(locale), "BASE_TYPE_CHOICES", "Value is not a supported locale.");
        } else if !text.is_null() {
            let text = form.required_string(map, locale, here, bounds);
            if strict && text.is_some_and(|t| !is_valid_name(t)) {
                form.error(here.key(locale), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
            }
        }
    }
}

/// In no language may two options of a list have one name; those without one of their own keep the default.
pub(super) fn check_localized_names(form: &mut Form, options: &[Value], path: Path<'_>) {
    for locale in LOCALES {
        let mut names = HashSet::new();
        for (index, option) in options.iter().enumerate() {
            let own = option["name_localizations"][locale].as_str();
            let Some(name) = own.or_else(|| option["name"].as_str()) else { continue };
            if !names.insert(name) && options.iter().any(|o| o["name_localizations"][locale].is_string()) {
                let here = path.index(index);
                let here = here.key("name_localizations");
                form.error(
                    here.key(locale),
                    "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                    "Option name already exists",
                );
            }
        }
    }
}
