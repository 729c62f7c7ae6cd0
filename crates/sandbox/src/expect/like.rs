//! Whether JSON is like a pattern.

use serde_json::Value;

/// Whether a value is like a pattern. Of an object only the pattern's keys are looked at, and a null stands for
/// "none"; of a list each of the pattern's entries must be like one of the value's; `{"contains": "text"}` is a
/// part of a text. A number is like the same number written as text, because ids are.
pub fn fits(pattern: &Value, value: &Value) -> bool {
    match pattern {
        Value::Object(keys) => match (keys.get("contains"), value) {
            (Some(Value::String(part)), Value::String(text)) if keys.len() == 1 => {
                text.contains(part.as_str())
            }
            _ => keys.iter().all(|(key, pattern)| fits(pattern, &value[key.as_str()])),
        },
        Value::Array(wanted) => {
            let there = value.as_array().map_or(&[][..], Vec::as_slice);
            wanted.iter().all(|pattern| there.iter().any(|value| fits(pattern, value)))
                && (!wanted.is_empty() || there.is_empty())
        }
        Value::Number(number) => {
            value == pattern || value.as_str().is_some_and(|text| text == number.to_string())
        }
        _ => value == pattern,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_names_only_what_matters() {
        let value =
            json!({ "id": "5", "content": "hello there", "embeds": [{ "title": "A" }, { "title": "B" }] });
        for (pattern, good) in [
            (json!({ "id": 5 }), true),
            (json!({ "content": { "contains": "there" } }), true),
            (json!({ "content": { "contains": "nowhere" } }), false),
            (json!({ "embeds": [{ "title": "B" }] }), true),
            (json!({ "embeds": [{ "title": "B" }, { "title": "C" }] }), false),
            (json!({ "embeds": [] }), false),
            (json!({ "components": null, "content": "hello there" }), true),
            (json!({ "content": null }), false),
        ] {
            assert_eq!(fits(&pattern, &value), good, "{pattern}");
        }
    }
}
