//! Ids change from one session to the next: which recorded one is which new one.

use std::collections::HashMap;

use serde_json::Value;

use crate::snowflake::parse;

/// Recorded ids and what they are now.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(HashMap<String, String>);

impl Ids {
    /// Learns from two answers of the same form.
    pub(super) fn learn(&mut self, recorded: &Value, now: &Value) {
        match (recorded, now) {
            (Value::String(old), Value::String(new)) => self.learn_id(old, new),
            (Value::Object(old), Value::Object(new)) => {
                for (key, old) in old {
                    if let Some(new) = new.get(key) {
                        self.learn(old, new);
                    }
                }
            }
            (Value::Array(old), Value::Array(new)) => {
                old.iter().zip(new).for_each(|(old, new)| self.learn(old, new));
            }
            _ => {}
        }
    }

    pub(super) fn learn_id(&mut self, old: &str, new: &str) {
        if old != new && is_id(old) && is_id(new) {
            self.0.entry(old.to_owned()).or_insert_with(|| new.to_owned());
        }
    }

    /// A text with every recorded id replaced, wherever in it the id stands.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut digits = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            out.push_str(self.0.get(&digits).unwrap_or(&digits));
            digits.clear();
            out.push(c);
        }
        out.pop();
        out
    }

    /// A value with every recorded id replaced.
    pub(super) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => list.iter().map(|one| self.value(one)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, one)| (self.text(key), self.value(one)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

/// Whether a text may be a snowflake.
fn is_id(text: &str) -> bool {
    text.len() >= 15 && parse(text).is_some()
}

/// A route with its ids left open, so that calls can be told apart by what they do.
pub(super) fn shape(label: &str) -> String {
    let parts = label.split('/').map(|part| if is_id(part) { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A body without what a library makes up anew each time.
pub(super) fn lasting(mut body: Value) -> Value {
    if let Some(map) = body.as_object_mut() {
        map.remove("nonce");
        map.remove("enforce_nonce");
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_learned_and_replaced_everywhere() {
        let mut ids = Ids::default();
        let (old, new) = ("1573535367666073600", "1573535586130591749");
        ids.learn(&json!({ "id": old, "list": [{ "n": 5 }] }), &json!({ "id": new, "list": [] }));
        assert_eq!(ids.text(&format!("POST /as/{old}/x")), format!("POST /as/{new}/x"));
        assert_eq!(ids.value(&json!([format!("<@{old}>"), old, 5])), json!([format!("<@{new}>"), new, 5]));
        ids.learn_id("word", new);
        assert_eq!(ids.text("word"), "word");
        assert_eq!(shape(&format!("GET /channels/{old}/messages/@me")), "GET /channels/{}/messages/@me");
    }
}
