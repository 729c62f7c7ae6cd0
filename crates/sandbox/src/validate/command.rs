//! Application commands: what may be registered, and which option values a client lets a user send.
//! (Discord docs: Application Commands.)

mod names;
mod values;

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::form::{Form, FormErrors, Path};

use names::{check_localizations, check_localized_names, is_valid_name};
pub(crate) use values::check_values;

/// Sub-command option type.
pub(crate) const SUB_COMMAND: i64 = 1;
/// Sub-command group option type.
pub(crate) const SUB_COMMAND_GROUP: i64 = 2;
/// Characters of names, descriptions and values in one command.
pub(crate) const TOTAL_CHARACTERS: usize = 8000;

/// Checks one command. `existing` is the type of a command that is changed; absent fields then keep their value.
pub(crate) fn check(
    body: &Map<String, Value>,
    path: Path<'_>,
    existing: Option<i64>,
    global: bool,
) -> Result<(), FormErrors> {
    let mut form = Form::default();
    check_into(&mut form, body, path, existing, global);
    form.finish()
}

/// Checks a bulk overwrite: each command, and the names against each other.
pub(crate) fn check_bulk(commands: &[Value], global: bool) -> Result<(), FormErrors> {
    let mut form = Form::default();
    let mut names = HashSet::new();
    for (index, command) in commands.iter().enumerate() {
        let path = Path::ROOT.index(index);
        let Some(object) = form.object(command, path) else { continue };
        check_into(&mut form, object, path, None, global);
        let kind = object.get("type").and_then(Value::as_i64).unwrap_or(1);
        if let Some(name) = object.get("name").and_then(Value::as_str)
            && !names.insert((kind, name))
        {
            form.error(
                path.key("name"),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
    }
    form.finish()
}

fn check_into(
    form: &mut Form,
    body: &Map<String, Value>,
    path: Path<'_>,
    existing: Option<i64>,
    global: bool,
) {
    let kinds: &[i64] = if global { &[1, 2, 3, 4] } else { &[1, 2, 3] };
    let kind = existing.unwrap_or_else(|| form.choice(body, "type", path, kinds).unwrap_or(1));
    if body.get("name").is_some() || existing.is_none() {
        check_name(form, body, path, kind == 1);
    }
    check_localizations(form, body, "name_localizations", path, (1, 32), kind == 1);
    let describes = matches!(kind, 1 | 4);
    if describes {
        if kind == 1 && (existing.is_none() || body.contains_key("description")) {
            form.required_string(body, "description", path, (1, 100));
        } else {
            form.string(body, "description", path, (0, 100));
        }
    } else if body.get("description").and_then(Value::as_str).is_some_and(|d| !d.is_empty()) {
        form.error(
            path.key("description"),
            "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
            "Context menu commands cannot have description",
        );
    }
    check_localizations(form, body, "description_localizations", path, (1, 100), false);
    if let Some(bits) = body.get("default_member_permissions").filter(|v| !v.is_null())
        && super::form::parse_snowflake(bits).is_none()
    {
        form.error(
            path.key("default_member_permissions"),
            "NUMBER_TYPE_COERCE",
            "Value is not a permission set.",
        );
    }
    for (key, choices) in [("contexts", &[0, 1, 2][..]), ("integration_types", &[0, 1][..])] {
        for (index, item) in form.list(body, key, path, choices.len()).iter().enumerate() {
            if item.as_i64().is_none_or(|n| !choices.contains(&n)) {
                form.not_a_choice(path.key(key).index(index), choices);
            }
        }
    }
    if kind == 4 {
        form.choice(body, "handler", path, &[1, 2]);
    }
    form.boolean(body, "nsfw", path);
    form.boolean(body, "dm_permission", path);
    if kind == 1 {
        check_options(form, body, path, 0);
    } else if body.get("options").and_then(Value::as_array).is_some_and(|o| !o.is_empty()) {
        form.error(
            path.key("options"),
            "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
            "Context menu commands cannot have options",
        );
    }
    if size(body) > TOTAL_CHARACTERS {
        form.error(
            path,
            "APPLICATION_COMMAND_TOO_LARGE",
            format!("Command exceeds maximum size ({TOTAL_CHARACTERS})"),
        );
    }
}

fn check_name(form: &mut Form, body: &Map<String, Value>, path: Path<'_>, strict: bool) {
    let Some(name) = form.required_string(body, "name", path, (1, 32)) else { return };
    if strict && !is_valid_name(name) {
        form.error(path.key("name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

/// Options at `depth` 0 (command), 1 (sub-command or group) or 2 (sub-command in a group).
fn check_options(form: &mut Form, owner: &Map<String, Value>, path: Path<'_>, depth: u8) {
    let options = form.list(owner, "options", path, 25);
    let inner = path.key("options");
    let mut names = HashSet::new();
    let mut optional_seen = false;
    let nests = |o: &Value| matches!(o["type"].as_i64(), Some(SUB_COMMAND | SUB_COMMAND_GROUP));
    if options.iter().any(nests) && !options.iter().all(nests) {
        form.error(
            inner,
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        );
    }
    check_localized_names(form, options, inner);
    for (index, option) in options.iter().enumerate() {
        let here = inner.index(index);
        let Some(object) = form.object(option, here) else { continue };
        if object.get("type").is_none() {
            form.required(here.key("type"));
        }
        let kinds: &[i64] = match depth {
            0 => &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            1 => &[1, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            _ => &[3, 4, 5, 6, 7, 8, 9, 10, 11],
        };
        let kind = form.choice(object, "type", here, kinds);
        check_name(form, object, here, true);
        check_localizations(form, object, "name_localizations", here, (1, 32), true);
        form.required_string(object, "description", here, (1, 100));
        check_localizations(form, object, "description_localizations", here, (1, 100), false);
        if let Some(name) = object.get("name").and_then(Value::as_str)
            && !names.insert(name)
        {
            form.error(
                here.key("name"),
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            );
        }
        let required = form.boolean(object, "required", here).unwrap_or(false);
        if required && optional_seen {
            form.error(
                here,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            );
        }
        optional_seen |= !required;
        match kind {
            Some(SUB_COMMAND_GROUP) => check_options(form, object, here, 1),
            // A sub-command's own options may not nest again.
            Some(SUB_COMMAND) => check_options(form, object, here, 2),
            Some(kind) => check_leaf(form, object, here, kind),
            None => {}
        }
    }
}

fn check_leaf(form: &mut Form, option: &Map<String, Value>, path: Path<'_>, kind: i64) {
    let takes_choices = matches!(kind, 3 | 4 | 10);
    let choices = form.list(option, "choices", path, 25);
    let inner = path.key("choices");
    let autocomplete = form.boolean(option, "autocomplete", path).unwrap_or(false);
    if autocomplete && (!takes_choices || !choices.is_empty()) {
        form.error(
            path.key("autocomplete"),
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            "Autocomplete is only for string, integer and number options without choices",
        );
    }
    if !choices.is_empty() && !takes_choices {
        form.error(
            inner,
            "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
            "This option type cannot have choices",
        );
    }
    let mut names = HashSet::new();
    for (index, choice) in choices.iter().enumerate() {
        let here = inner.index(index);
        let Some(choice) = form.object(choice, here) else { continue };
        if let Some(name) = form.required_string(choice, "name", here, (1, 100))
            && !names.insert(name)
        {
            form.error(
                here.key("name"),
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
                "Choice name already exists",
            );
        }
        check_localizations(form, choice, "name_localizations", here, (1, 100), false);
        match (kind, choice.get("value")) {
            (_, None | Some(Value::Null)) => form.required(here.key("value")),
            (3, _) => {
                form.required_string(choice, "value", here, (0, 100));
            }
            (4, Some(value)) if value.as_i64().is_none() => {
                form.error(here.key("value"), "NUMBER_TYPE_COERCE", "Value is not int.");
            }
            (10, Some(value)) if !value.is_number() => {
                form.error(here.key("value"), "NUMBER_TYPE_COERCE", "Value is not float.");
            }
            _ => {}
        }
    }
    if kind == 3 {
        let min = form.integer(option, "min_length", path, (0, 6000));
        let max = form.integer(option, "max_length", path, (1, 6000));
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            form.error(
                path.key("min_length"),
                "APPLICATION_COMMAND_OPTION_MIN_LENGTH_INVALID",
                "Minimum must not exceed maximum",
            );
        }
    }
    if matches!(kind, 4 | 10)
        && let (Some(min), Some(max)) =
            (option.get("min_value").and_then(Value::as_f64), option.get("max_value").and_then(Value::as_f64))
        && min > max
    {
        form.error(
            path.key("min_value"),
            "APPLICATION_COMMAND_OPTION_MIN_VALUE_INVALID",
            "Minimum must not exceed maximum",
        );
    }
    if kind == 11 {
        super::file_types::check(form, option, path);
    }
}

/// Characters that count against the budget: of each text only its longest localisation.
fn size(object: &Map<String, Value>) -> usize {
    let longest = |key: &str, localized: &str| {
        let own = object.get(key).and_then(Value::as_str).map_or(0, |t| t.chars().count());
        let others = object.get(localized).and_then(Value::as_object).into_iter().flat_map(Map::values);
        others.filter_map(Value::as_str).map(|t| t.chars().count()).fold(own, usize::max)
    };
    let nested = ["options", "choices"].into_iter().filter_map(|key| object.get(key)?.as_array()).flatten();
    longest("name", "name_localizations")
        + longest("description", "description_localizations")
        + object.get("value").and_then(Value::as_str).map_or(0, |t| t.chars().count())
        + nested.filter_map(Value::as_object).map(size).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(body: &Value) -> Value {
        check(body.as_object().expect("object"), Path::ROOT, None, true)
            .err()
            .map_or(json!({}), FormErrors::into_json)
    }

    fn with_options(options: &Value) -> Value {
        json!({ "name": "a", "description": "d", "options": options })
    }

    #[test]
    fn names_follow_the_pattern() {
        for (name, good) in [
            ("ask_knowledge", true),
            ("it's-fine", true),
            ("Ask", false),
            ("two words", false),
            ("", false),
            ("größe", true),
            ("हिन्दी", true),
            ("ไทยที่", true),
            ("日本語", true),
            ("a!b", false),
        ] {
            assert_eq!(is_valid_name(name), good, "{name}");
        }
        assert!(!is_valid_name(&"x".repeat(33)));
    }

    #[test]
    fn context_menus_keep_case_and_have_no_description() {
        assert_eq!(errors(&json!({ "type": 2, "name": "Show Profile" })), json!({}));
        assert!(errors(&json!({ "type": 2, "name": "Show", "description": "x" }))["description"].is_object());
    }

    #[test]
    fn required_options_come_first() {
        let options = json!([
            { "type": 3, "name": "a", "description": "d" },
            { "type": 3, "name": "b", "description": "d", "required": true },
        ]);
        assert_eq!(
            errors(&with_options(&options))["options"]["1"]["_errors"][0]["code"],
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
        );
    }

    #[test]
    fn options_have_names_of_their_own_in_every_language() {
        let options = |german: &str| {
            json!([
                { "type": 3, "name": "from", "description": "d", "name_localizations": { "de": "von" } },
                { "type": 3, "name": "to", "description": "d", "name_localizations": { "de": german } },
                { "type": 3, "name": "via", "description": "d" },
            ])
        };
        assert_eq!(errors(&with_options(&options("nach"))), json!({}));
        for (clashing, at) in [("von", "1"), ("via", "2")] {
            let errors = errors(&with_options(&options(clashing)));
            let code = &errors["options"][at]["name_localizations"]["de"]["_errors"][0]["code"];
            assert_eq!(code, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "{errors}");
        }
    }

    #[test]
    fn sub_commands_do_not_mix_or_nest_too_deep() {
        let mixed = json!([
            { "type": 1, "name": "a", "description": "d" },
            { "type": 3, "name": "b", "description": "d" },
        ]);
        assert!(errors(&with_options(&mixed))["options"]["_errors"].is_array());
        let deep = json!([{ "type": 1, "name": "a", "description": "d", "options": [
            { "type": 1, "name": "b", "description": "d" }
        ] }]);
        assert!(errors(&with_options(&deep))["options"]["0"]["options"]["0"]["type"]["_errors"].is_array());
        let group = json!([{ "type": 2, "name": "g", "description": "d", "options": [
            { "type": 1, "name": "b", "description": "d", "options": [{ "type": 4, "name": "n", "description": "d" }] }
        ] }]);
        assert_eq!(errors(&with_options(&group)), json!({}));
    }

    #[test]
    fn the_budget_counts_the_longest_localisation() {
        let choices: Vec<Value> =
            (0..25).map(|i| json!({ "name": format!("{i:0>100}"), "value": "v".repeat(100) })).collect();
        let option =
            |n: usize| json!({ "type": 3, "name": format!("o{n}"), "description": "d", "choices": choices });
        assert_eq!(errors(&with_options(&json!([option(0)]))), json!({}));
        assert_eq!(
            errors(&with_options(&json!([option(0), option(1)])))["_errors"][0]["code"],
            "APPLICATION_COMMAND_TOO_LARGE"
        );
    }

    #[test]
    fn autocomplete_excludes_choices() {
        let options = json!([{ "type": 3, "name": "a", "description": "d", "autocomplete": true,
            "choices": [{ "name": "x", "value": "x" }] }]);
        assert!(errors(&with_options(&options))["options"]["0"]["autocomplete"]["_errors"].is_array());
    }

    #[test]
    fn bulk_names_are_unique_by_type() {
        let chat = json!({ "name": "a", "description": "d" });
        assert!(check_bulk(&[chat.clone(), chat.clone()], true).is_err());
        assert_eq!(check_bulk(&[chat, json!({ "name": "a", "type": 2 })], true), Ok(()));
    }
}
