//! Values by their names: `{"text": "hi"}` in place of Discord's nested options, and `{"field": "hi"}` in
//! place of a modal's components. The types come from the command's and the modal's own definition.

use serde_json::{Map, Value, json};

use crate::validate::command::{SUB_COMMAND, SUB_COMMAND_GROUP};

/// The options of an invocation. A value of a sub-command is an object of its own options; names that the
/// definition does not have are kept as text, so that the check that follows names them.
pub(super) fn options(defined: &[Value], given: &Map<String, Value>, focused: Option<&str>) -> Vec<Value> {
    let one = |(name, value): (&String, &Value)| {
        let definition = defined.iter().find(|option| option["name"] == name.as_str());
        let kind = definition.and_then(|option| option["type"].as_i64()).unwrap_or(3);
        if matches!(kind, SUB_COMMAND | SUB_COMMAND_GROUP) {
            let inner =
                definition.and_then(|option| option["options"].as_array()).map_or(&[][..], Vec::as_slice);
            let none = Map::new();
            let given = value.as_object().unwrap_or(&none);
            return json!({ "name": name, "type": kind, "options": options(inner, given, focused) });
        }
        let mut option = json!({ "name": name, "type": kind, "value": value });
        if focused == Some(name.as_str()) {
            option["focused"] = json!(true);
        }
        option
    };
    given.iter().map(one).collect()
}

/// The components of a submitted modal: each input with its given value, or with its own default.
pub(super) fn fields(modal: &Value, given: &Map<String, Value>) -> Vec<Value> {
    let components = modal["components"].as_array().into_iter().flatten();
    components.map(|component| component_of(component, given)).collect()
}

fn component_of(component: &Value, given: &Map<String, Value>) -> Value {
    if let Some(inner) = component["components"].as_array() {
        let inner: Vec<Value> = inner.iter().map(|one| input(one, given)).collect();
        return json!({ "type": component["type"], "components": inner });
    }
    match component.get("component") {
        Some(one) => json!({ "type": component["type"], "component": input(one, given) }),
        None => json!({ "type": component["type"] }),
    }
}

fn input(input: &Value, given: &Map<String, Value>) -> Value {
    let value = input["custom_id"].as_str().and_then(|name| given.get(name));
    let mut sent = json!({ "type": input["type"], "custom_id": input["custom_id"] });
    match input["type"].as_i64() {
        // Text input, checkbox, radio group.
        Some(4) => sent["value"] = value.or(input.get("value")).cloned().unwrap_or_else(|| json!("")),
        Some(23) => sent["value"] = value.or(input.get("default")).cloned().unwrap_or(json!(false)),
        Some(21) => {
            sent["value"] =
                value.cloned().unwrap_or_else(|| chosen(input).into_iter().next().unwrap_or_default());
        }
        _ => {
            sent["values"] = match value {
                Some(Value::Array(values)) => json!(values),
                Some(one) => json!([one]),
                None => json!(chosen(input)),
            };
        }
    }
    sent
}

/// The options that are chosen unless something else is.
fn chosen(input: &Value) -> Vec<Value> {
    let options = input["options"].as_array().into_iter().flatten();
    options.filter(|option| option["default"] == true).map(|option| option["value"].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn options_take_their_types_from_the_definition() {
        let defined = [json!({ "name": "add", "type": 1, "options": [
            { "name": "text", "type": 3 }, { "name": "count", "type": 4 },
        ] })];
        let given = map(json!({ "add": { "text": "hi", "count": 3, "other": 1 } }));
        let expected = json!([{ "name": "add", "type": 1, "options": [
            { "name": "count", "type": 4, "value": 3 },
            { "name": "other", "type": 3, "value": 1 },
            { "name": "text", "type": 3, "value": "hi", "focused": true },
        ] }]);
        assert_eq!(json!(options(&defined, &given, Some("text"))), expected);
    }

    #[test]
    fn fields_fall_back_to_their_defaults() {
        let modal = json!({ "components": [
            { "type": 18, "component": { "type": 4, "custom_id": "a", "value": "old" } },
            { "type": 1, "components": [{ "type": 4, "custom_id": "b" }] },
            { "type": 18, "component": { "type": 3, "custom_id": "c", "options": [{ "value": "x", "default": true }] } },
            { "type": 10, "content": "read this" },
        ] });
        let sent = fields(&modal, &map(json!({ "b": "new" })));
        let expected = json!([
            { "type": 18, "component": { "type": 4, "custom_id": "a", "value": "old" } },
            { "type": 1, "components": [{ "type": 4, "custom_id": "b", "value": "new" }] },
            { "type": 18, "component": { "type": 3, "custom_id": "c", "values": ["x"] } },
            { "type": 10 },
        ]);
        assert_eq!(json!(sent), expected);
    }
}
