//! What must not be written down: tokens, secrets, and the parts of paths that authorise.

use serde_json::Value;

/// Stands for what was taken out.
const GONE: &str = "{token}";

/// Keys whose values are secrets.
const SECRET: [&str; 7] =
    ["token", "access_token", "refresh_token", "client_secret", "secret", "code", "code_verifier"];

/// A request's label without the tokens that stand in paths.
pub(crate) fn route(label: &str) -> String {
    let mut parts: Vec<&str> = label.split('/').collect();
    for at in 0..parts.len() {
        // /interactions/{id}/{token}/callback, /webhooks/{id}/{token}
        if matches!(parts[at], "interactions" | "webhooks") && parts.len() > at + 2 {
            let place = &mut parts[at + 2];
            if place.len() > 20 {
                *place = GONE;
            }
        }
    }
    parts.join("/")
}

/// A body without secrets, however deep they lie.
pub(super) fn body(mut value: Value) -> Value {
    clean(&mut value);
    value
}

fn clean(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                // The code of an error is a number, that of an authorisation a text.
                if SECRET.contains(&key.as_str()) && value.is_string() {
                    *value = Value::from(GONE);
                } else {
                    clean(value);
                }
            }
            if map.contains_key("token") && map.get("url").is_some_and(Value::is_string) {
                map.insert("url".to_owned(), Value::from(GONE));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(clean),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_taken_out_of_paths_and_bodies() {
        let token = "aW50ZXJhY3Rpb246MTIzOmFiY2RlZg";
        let path = format!("POST /api/v10/interactions/5/{token}/callback");
        assert_eq!(route(&path), "POST /api/v10/interactions/5/{token}/callback");
        let path = format!("PATCH /api/v10/webhooks/5/{token}/messages/@original");
        assert_eq!(route(&path), "PATCH /api/v10/webhooks/5/{token}/messages/@original");
        assert_eq!(route("GET /api/v10/channels/5/webhooks"), "GET /api/v10/channels/5/webhooks");
        let told =
            body(json!({ "id": "5", "token": token, "list": [{ "access_token": "x", "code": 50013 }] }));
        assert_eq!(
            told,
            json!({ "id": "5", "token": "{token}", "list": [{ "access_token": "{token}", "code": 50013 }] })
        );
        assert_eq!(body(json!({ "url": "http://a/b/c", "token": "t" }))["url"], "{token}");
    }
}
