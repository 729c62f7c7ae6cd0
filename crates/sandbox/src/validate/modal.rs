//! Modals: the form a callback of type 9 opens, and the values a submit brings back.
//! (Discord docs: Receiving and Responding, Modal; Component Reference, Label.)

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::components::{SELECTS, select_body};
use super::file_types;
use super::form::{Form, FormErrors, Path};

const ROW: i64 = 1;
const TEXT_INPUT: i64 = 4;
const TEXT_DISPLAY: i64 = 10;
const LABEL: i64 = 18;
const FILE_UPLOAD: i64 = 19;
const RADIO_GROUP: i64 = 21;
const CHECKBOX_GROUP: i64 = 22;
const CHECKBOX: i64 = 23;

/// Checks the `data` of a callback of type 9.
pub(crate) fn check(data: &Value) -> Result<(), FormErrors> {
    let mut form = Form::default();
    let path = Path::ROOT.key("data");
    if let Some(object) = form.object(data, path) {
        form.required_string(object, "custom_id", path, (1, 100));
        form.required_string(object, "title", path, (1, 45));
        let inner = path.key("components");
        let components = form.list(object, "components", path, 5);
        if components.is_empty() {
            form.length(inner, 1, 5);
        }
        let mut seen = HashSet::new();
        for (index, component) in components.iter().enumerate() {
            check_top(&mut form, component, inner.index(index), &mut seen);
        }
    }
    form.finish()
}

fn check_top(form: &mut Form, component: &Value, path: Path<'_>, seen: &mut HashSet<String>) {
    let Some(object) = form.object(component, path) else { return };
    match form.choice(object, "type", path, &[ROW, TEXT_DISPLAY, LABEL]) {
        Some(ROW) => {
            let inner = path.key("components");
            let children = form.list(object, "components", path, 1);
            if children.is_empty() {
                form.length(inner, 1, 1);
            }
            for (index, child) in children.iter().enumerate() {
                check_input(form, child, inner.index(index), &[TEXT_INPUT], true, seen);
            }
        }
        Some(TEXT_DISPLAY) => {
            form.required_string(object, "content", path, (1, 4000));
        }
        Some(_) => {
            form.required_string(object, "label", path, (1, 45));
            form.string(object, "description", path, (0, 100));
            match object.get("component") {
                None | Some(Value::Null) => form.required(path.key("component")),
                Some(child) => {
                    let kinds =
                        [TEXT_INPUT, 3, 5, 6, 7, 8, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX];
                    check_input(form, child, path.key("component"), &kinds, false, seen);
                }
            }
        }
        None if object.get("type").is_none() => form.required(path.key("type")),
        None => {}
    }
}

fn check_input(
    form: &mut Form,
    component: &Value,
    path: Path<'_>,
    kinds: &[i64],
    own_label: bool,
    seen: &mut HashSet<String>,
) {
    let Some(object) = form.object(component, path) else { return };
    let Some(kind) = form.choice(object, "type", path, kinds) else { return };
    if let Some(id) = form.required_string(object, "custom_id", path, (1, 100))
        && !seen.insert(id.to_owned())
    {
        form.error(
            path.key("custom_id"),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        );
    }
    if object.get("disabled").and_then(Value::as_bool) == Some(true) {
        form.error(
            path.key("disabled"),
            "COMPONENT_DISABLED_IN_MODAL",
            "Components in modals cannot be disabled",
        );
    }
    match kind {
        TEXT_INPUT => check_text_input(form, object, path, own_label),
        kind if SELECTS.contains(&kind) => select_body(form, object, path, kind),
        FILE_UPLOAD => {
            bounds(form, object, path);
            file_types::check(form, object, path);
        }
        RADIO_GROUP => group_options(form, object, path, 2),
        CHECKBOX_GROUP => {
            group_options(form, object, path, 1);
            bounds(form, object, path);
        }
        _ => {
            form.boolean(object, "default", path);
        }
    }
}

fn bounds(form: &mut Form, object: &Map<String, Value>, path: Path<'_>) {
    let min = form.integer(object, "min_values", path, (0, 10));
    let max = form.integer(object, "max_values", path, (1, 10));
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        let text = "Minimum values must not exceed maximum values";
        form.error(path.key("min_values"), "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", text);
    }
}

fn check_text_input(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, own_label: bool) {
    if object.get("style").is_none() {
        form.required(path.key("style"));
    }
    form.choice(object, "style", path, &[1, 2]);
    if own_label {
        form.required_string(object, "label", path, (1, 45));
    }
    let min = form.integer(object, "min_length", path, (0, 4000));
    let max = form.integer(object, "max_length", path, (1, 4000));
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        let text = "Minimum length must not exceed maximum length";
        form.error(path.key("min_length"), "TEXT_INPUT_MIN_LENGTH_TOO_LARGE", text);
    }
    form.string(object, "value", path, (0, 4000));
    form.string(object, "placeholder", path, (0, 100));
}

fn group_options(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, min: usize) {
    let inner = path.key("options");
    let options = form.list(object, "options", path, 10);
    if options.len() < min {
        form.length(inner, min, 10);
    }
    let mut values = HashSet::new();
    let mut defaults = 0;
    for (index, option) in options.iter().enumerate() {
        let here = inner.index(index);
        let Some(option) = form.object(option, here) else { continue };
        form.required_string(option, "label", here, (1, 100));
        form.string(option, "description", here, (0, 100));
        defaults += usize::from(form.boolean(option, "default", here) == Some(true));
        if let Some(value) = form.required_string(option, "value", here, (1, 100))
            && !values.insert(value)
        {
            let text = "The specified option value is already used";
            form.error(here.key("value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text);
        }
    }
    // Of a radio group one option is chosen at most.
    if min == 2 && defaults > 1 {
        form.error(inner, "RADIO_GROUP_TOO_MANY_DEFAULTS", "Only one option may be the default");
    }
}

/// The input components of a modal, whatever wraps them.
pub(crate) fn inputs(components: &[Value]) -> Vec<&Value> {
    let mut found = Vec::new();
    for component in components {
        match component["type"].as_i64() {
            Some(ROW) => found.extend(component["components"].as_array().into_iter().flatten()),
            Some(LABEL) => found.extend(component.get("component")),
            _ => {}
        }
    }
    found
}

/// Why a client would not have let the user submit these values, if it would not.
/// Real clients check before they send, so the control interface does.
pub(crate) fn refuse_submit(modal: &Value, submitted: &[Value]) -> Option<String> {
    let none = Vec::new();
    let wanted = inputs(modal["components"].as_array().unwrap_or(&none));
    let given = inputs(submitted);
    for input in &given {
        if !wanted.iter().any(|w| w["custom_id"] == input["custom_id"]) {
            return Some(format!("the modal has no input with custom_id {}", input["custom_id"]));
        }
    }
    for want in wanted {
        let id = want["custom_id"].as_str().unwrap_or_default();
        let found = given.iter().find(|g| g["custom_id"] == want["custom_id"]);
        let required = want["required"].as_bool().unwrap_or(want["type"] != CHECKBOX);
        let empty = found.is_none_or(|g| {
            let value = &g["value"];
            value.as_str().map_or(value.is_null(), str::is_empty)
                && g["values"].as_array().is_none_or(Vec::is_empty)
        });
        if empty && required {
            return Some(format!("input `{id}` is required"));
        }
        if let Some(refusal) = found.filter(|_| !empty).and_then(|given| refuse_values(want, given)) {
            return Some(refusal);
        }
        if want["type"] == TEXT_INPUT
            && !empty
            && let Some(text) = found.and_then(|g| g["value"].as_str())
        {
            let length = text.chars().count() as u64;
            let max = want["max_length"].as_u64().unwrap_or(4000);
            let min = want["min_length"].as_u64().unwrap_or(0);
            if length < min || length > max {
                return Some(format!("input `{id}` must be between {min} and {max} characters"));
            }
        }
    }
    None
}

/// Why a client would not have let the user choose these values for an input.
fn refuse_values(want: &Value, given: &Value) -> Option<String> {
    let id = want["custom_id"].as_str().unwrap_or_default();
    let kind = want["type"].as_i64().unwrap_or_default();
    if given["type"].as_i64().is_some_and(|other| other != kind) {
        return Some(format!("input `{id}` is of type {kind}"));
    }
    let options = want["options"].as_array().map_or(&[][..], Vec::as_slice);
    let offered = |value: &Value| options.is_empty() || options.iter().any(|one| one["value"] == *value);
    match kind {
        TEXT_INPUT if !given["value"].is_string() => Some(format!("input `{id}` takes text")),
        CHECKBOX if !given["value"].is_boolean() => Some(format!("input `{id}` is on or off")),
        RADIO_GROUP if !offered(&given["value"]) => Some(format!("input `{id}` offers no such choice")),
        TEXT_INPUT | CHECKBOX | RADIO_GROUP => None,
        _ => {
            let values = given["values"].as_array().map_or(&[][..], Vec::as_slice);
            let most = if kind == CHECKBOX_GROUP { options.len() as u64 } else { 1 };
            let max = want["max_values"].as_u64().unwrap_or(most);
            let min = want["min_values"].as_u64().unwrap_or(1);
            let count = values.len() as u64;
            if count < min || count > max {
                return Some(format!("choose {min} to {max} values for input `{id}`"));
            }
            if values.iter().enumerate().any(|(at, value)| values[..at].contains(value)) {
                return Some(format!("input `{id}` has a value twice"));
            }
            values.iter().any(|value| !offered(value)).then(|| format!("input `{id}` offers no such choice"))
        }
    }
}

/// What is submitted with the numbers that the modal gave its components, where they are left out:
/// inputs take theirs by `custom_id`, what holds them by what it holds.
pub(crate) fn number(modal: &Value, submitted: &mut [Value]) {
    let opened = modal["components"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, top) in submitted.iter_mut().enumerate() {
        let names = custom_ids(top);
        let same = opened.iter().find(|one| !names.is_empty() && custom_ids(one) == names);
        let beside = opened.get(index).filter(|one| names.is_empty() && one["type"] == top["type"]);
        let Some(wanted) = same.or(beside) else { continue };
        take_id(top, wanted);
        if let Some(child) = top.get_mut("component") {
            take_id(child, &wanted["component"]);
        }
        if let Some(Value::Array(children)) = top.get_mut("components") {
            for child in children {
                let name = child["custom_id"].clone();
                let inner = wanted["components"].as_array().map_or(&[][..], Vec::as_slice);
                if let Some(input) = inner.iter().find(|input| input["custom_id"] == name) {
                    take_id(child, input);
                }
            }
        }
    }
}

fn custom_ids(top: &Value) -> Vec<&str> {
    inputs(std::slice::from_ref(top)).iter().filter_map(|input| input["custom_id"].as_str()).collect()
}

fn take_id(into: &mut Value, from: &Value) {
    if let Value::Object(keys) = into
        && keys.get("id").is_none_or(Value::is_null)
    {
        keys.insert("id".to_owned(), from["id"].clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn modal(components: &Value) -> Value {
        json!({ "custom_id": "m", "title": "Title", "components": components })
    }

    #[test]
    fn labels_and_old_rows_are_both_taken() {
        let label =
            json!({ "type": 18, "label": "Text", "component": { "type": 4, "custom_id": "a", "style": 1 } });
        let row = json!({ "type": 1, "components": [{ "type": 4, "custom_id": "b", "style": 2, "label": "Text" }] });
        assert_eq!(check(&modal(&json!([label, row]))), Ok(()));
    }

    #[test]
    fn limits_are_named() {
        let bad = json!({ "custom_id": "", "title": "x".repeat(46), "components": [] });
        let errors = check(&bad).expect_err("three errors").into_json();
        for key in ["custom_id", "title", "components"] {
            assert!(errors["data"][key]["_errors"].is_array(), "{key}");
        }
    }

    #[test]
    fn submits_take_the_numbers_of_their_modal() {
        let open = modal(&json!([
            { "type": 10, "id": 1, "content": "Read this" },
            { "type": 18, "id": 2, "label": "T", "component": { "type": 4, "id": 3, "custom_id": "a" } },
            { "type": 1, "id": 4, "components": [{ "type": 4, "id": 5, "custom_id": "b" }] },
        ]));
        let mut submitted = [
            json!({ "type": 10 }),
            json!({ "type": 1, "components": [{ "type": 4, "custom_id": "b", "value": "y" }] }),
            json!({ "type": 18, "component": { "type": 4, "id": 9, "custom_id": "a", "value": "x" } }),
            json!({ "type": 18, "component": "hostile" }),
        ];
        number(&open, &mut submitted);
        assert_eq!(submitted[0]["id"], 1);
        assert_eq!((&submitted[1]["id"], &submitted[1]["components"][0]["id"]), (&json!(4), &json!(5)));
        assert_eq!(submitted[2]["id"], 2);
        assert_eq!(submitted[2]["component"]["id"], 9, "a given number stays");
        assert_eq!(submitted[3].get("id"), None, "what fits nothing stays as it is");
    }

    #[test]
    fn submits_are_checked_like_a_client_would() {
        let open = modal(&json!([
            { "type": 18, "label": "T", "component": { "type": 4, "custom_id": "a", "style": 1, "min_length": 3 } },
        ]));
        let submit = |value: &str| {
            vec![json!({ "type": 18, "component": { "type": 4, "custom_id": "a", "value": value } })]
        };
        assert_eq!(refuse_submit(&open, &submit("long enough")), None);
        assert!(refuse_submit(&open, &submit("ab")).is_some());
        assert!(refuse_submit(&open, &submit("")).is_some());
        assert!(refuse_submit(&open, &[]).is_some());
    }
}
