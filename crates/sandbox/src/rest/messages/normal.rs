//! Embeds and components as Discord gives them back: trimmed, typed, numbered, with defaults.
//! (Discord docs: Message resource, Embed Object; Component Reference.)

use std::collections::HashSet;

use serde_json::{Map, Value, json};

/// Embeds as they are stored.
pub(crate) fn embeds(given: &[Value]) -> Vec<Value> {
    given.iter().filter_map(Value::as_object).map(embed).collect()
}

fn embed(given: &Map<String, Value>) -> Value {
    let mut out = Map::new();
    out.insert("type".to_owned(), json!("rich"));
    for key in ["title", "description", "url"] {
        if let Some(text) = given.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty()) {
            out.insert(key.to_owned(), json!(text));
        }
    }
    if let Some(color) = given.get("color").filter(|v| v.is_number()) {
        out.insert("color".to_owned(), color.clone());
    }
    if let Some(stamp) = given.get("timestamp").and_then(Value::as_str) {
        out.insert("timestamp".to_owned(), json!(timestamp(stamp)));
    }
    for key in ["image", "thumbnail"] {
        if let Some(url) = given.get(key).and_then(|v| v.get("url")).and_then(Value::as_str) {
            out.insert(key.to_owned(), json!({ "url": url, "proxy_url": url, "width": 0, "height": 0 }));
        }
    }
    for (key, texts) in [("footer", &["text", "icon_url"][..]), ("author", &["name", "url", "icon_url"][..])]
    {
        let Some(part) = given.get(key).and_then(Value::as_object) else { continue };
        let texts =
            texts.iter().filter_map(|t| Some(((*t).to_owned(), json!(part.get(*t)?.as_str()?.trim()))));
        let kept: Map<String, Value> = texts.collect();
        if !kept.is_empty() {
            out.insert(key.to_owned(), Value::Object(kept));
        }
    }
    if let Some(fields) = given.get("fields").and_then(Value::as_array).filter(|f| !f.is_empty()) {
        let field = |f: &Value| {
            json!({
                "name": f["name"].as_str().unwrap_or_default().trim(),
                "value": f["value"].as_str().unwrap_or_default().trim(),
                "inline": f["inline"].as_bool().unwrap_or(false),
            })
        };
        out.insert("fields".to_owned(), fields.iter().map(field).collect());
    }
    Value::Object(out)
}

/// A client's timestamp in Discord's form.
fn timestamp(text: &str) -> String {
    use time::format_description::well_known::Iso8601;
    let parsed = time::OffsetDateTime::parse(text, &Iso8601::DEFAULT).or_else(|_| {
        time::PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).map(time::PrimitiveDateTime::assume_utc)
    });
    let Ok(at) = parsed else { return text.to_owned() };
    let millis = i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    crate::clock::iso(millis)
}

/// Components as they are stored: every one with an id, selects with their bounds, and so on.
pub(crate) fn components(given: &[Value]) -> Vec<Value> {
    let mut out = given.to_vec();
    let mut taken = HashSet::new();
    for component in &out {
        collect_ids(component, &mut taken);
    }
    let mut next = 1;
    for component in &mut out {
        complete(component, &mut taken, &mut next);
    }
    out
}

fn collect_ids(component: &Value, taken: &mut HashSet<i64>) {
    taken.extend(component["id"].as_i64().filter(|id| *id != 0));
    for key in ["components", "component", "accessory"] {
        match component.get(key) {
            Some(Value::Array(list)) => list.iter().for_each(|child| collect_ids(child, taken)),
            Some(child) => collect_ids(child, taken),
            None => {}
        }
    }
}

fn complete(component: &mut Value, taken: &mut HashSet<i64>, next: &mut i64) {
    let Value::Object(keys) = component else { return };
    if keys.get("id").and_then(Value::as_i64).unwrap_or(0) == 0 {
        while !taken.insert(*next) {
            *next += 1;
        }
        keys.insert("id".to_owned(), json!(*next));
    }
    let kind = keys.get("type").and_then(Value::as_i64).unwrap_or(0);
    for (key, value) in defaults_of(kind) {
        if !keys.contains_key(key) {
            keys.insert(key.to_owned(), value);
        }
    }
    if let Some(children) = keys.get_mut("components").and_then(Value::as_array_mut) {
        for child in children {
            complete(child, taken, next);
        }
    }
    for key in ["accessory", "component"] {
        if let Some(child) = keys.get_mut(key) {
            complete(child, taken, next);
        }
    }
}

/// The keys that Discord fills in for a type of component.
fn defaults_of(kind: i64) -> Vec<(&'static str, Value)> {
    match kind {
        3 | 5..=8 => vec![("min_values", json!(1)), ("max_values", json!(1))],
        11 => vec![("description", Value::Null), ("spoiler", json!(false))],
        13 => vec![("name", json!("file")), ("size", json!(0)), ("spoiler", json!(false))],
        14 => vec![("spacing", json!(1)), ("divider", json!(true))],
        17 => vec![("accent_color", Value::Null), ("spoiler", json!(false))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_numbered_around_given_ids() {
        let given =
            [json!({ "type": 1, "components": [{ "type": 2, "id": 1 }, { "type": 5, "custom_id": "s" }] })];
        let out = components(&given);
        assert_eq!(out[0]["id"], 2);
        assert_eq!(out[0]["components"][0]["id"], 1);
        assert_eq!(out[0]["components"][1]["id"], 3);
        assert_eq!(out[0]["components"][1]["max_values"], 1);
    }

    #[test]
    fn embeds_are_trimmed_and_typed() {
        let out = embeds(&[json!({ "title": " x ", "fields": [{ "name": "a", "value": "b" }], "junk": 1,
            "timestamp": "2026-11-20T12:00:00Z" })]);
        assert_eq!(out[0]["title"], "x");
        assert_eq!(out[0]["type"], "rich");
        assert_eq!(out[0]["fields"][0]["inline"], false);
        assert_eq!(out[0]["timestamp"], "2026-11-20T12:00:00.000000+00:00");
        assert!(out[0].get("junk").is_none());
    }
}
