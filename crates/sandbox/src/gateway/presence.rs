//! What a bot may set of its presence (Discord docs: Gateway Events, Update Presence).

use serde_json::{Map, Value, json};

use super::close::Close;
use crate::snowflake::Millis;

/// The most activities of one presence.
const ACTIVITIES: usize = 10;

/// The longest text in an activity.
const TEXT: usize = 512;

/// Reads a presence as it is kept and told: the status, and of activities name, state, type and address.
/// Keys of an activity that bots may not set are passed over.
pub(crate) fn read(given: &Value, now: Millis) -> Result<Value, Close> {
    let bad = Close::DECODE_ERROR;
    if !given.is_object() {
        return Err(bad);
    }
    let status = match &given["status"] {
        Value::Null => "online",
        Value::String(status) => match status.as_str() {
            "online" => "online",
            "dnd" => "dnd",
            "idle" => "idle",
            "invisible" | "offline" => "offline",
            _ => return Err(bad),
        },
        _ => return Err(bad),
    };
    // `since` may be anything: serenity sends an object of seconds and nanoseconds, and is let in.
    if !(given["afk"].is_null() || given["afk"].is_boolean()) {
        return Err(bad);
    }
    let activities = match &given["activities"] {
        Value::Null => Vec::new(),
        Value::Array(all) if all.len() <= ACTIVITIES => {
            all.iter().map(|one| activity(one, now).ok_or(bad)).collect::<Result<Vec<_>, _>>()?
        }
        _ => return Err(bad),
    };
    Ok(of(status, &activities))
}

/// A presence of a status and its activities.
pub(crate) fn of(status: &str, activities: &[Value]) -> Value {
    let client = if status == "offline" { json!({}) } else { json!({ "web": status }) };
    json!({ "status": status, "activities": activities, "client_status": client })
}

/// One activity; nothing when a part has the wrong type or is too long.
pub(crate) fn activity(given: &Value, now: Millis) -> Option<Value> {
    let given = given.as_object()?;
    let text = |key: &str| match given.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) if text.len() <= TEXT => Some(Some(text.as_str())),
        _ => None,
    };
    let kind = match given.get("type") {
        None | Some(Value::Null) => 0,
        Some(kind) => kind.as_u64().filter(|kind| *kind <= 5)?,
    };
    let mut kept = Map::new();
    kept.insert("name".to_owned(), json!(text("name")?.filter(|name| !name.is_empty())?));
    kept.insert("type".to_owned(), json!(kind));
    kept.insert("created_at".to_owned(), json!(now));
    for key in ["state", "url"] {
        if let Some(text) = text(key)? {
            kept.insert(key.to_owned(), json!(text));
        }
    }
    Some(Value::Object(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_set_only_part_of_a_presence() {
        let given = json!({ "status": "invisible", "activities": [{ "name": "a", "secrets": {} }] });
        let kept = read(&given, 7).unwrap();
        assert_eq!(kept["status"], "offline");
        assert_eq!(kept["activities"], json!([{ "name": "a", "type": 0, "created_at": 7 }]));
    }

    #[test]
    fn wrong_parts_are_decode_errors() {
        let table = [
            json!([]),
            json!({ "status": "away" }),
            json!({ "status": 1 }),
            json!({ "afk": "no" }),
            json!({ "activities": {} }),
            json!({ "activities": [{}] }),
            json!({ "activities": [{ "name": "a", "type": 6 }] }),
            json!({ "activities": [{ "name": "a", "url": 5 }] }),
        ];
        for given in table {
            assert_eq!(read(&given, 7).unwrap_err().code, 4002, "{given}");
        }
    }
}
